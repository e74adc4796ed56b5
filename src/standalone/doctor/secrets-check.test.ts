import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secret } from '../../gateway/secret.ts'
import type { SecretSource } from '../setting.ts'
import { checkSecrets } from './secrets-check.ts'

const GOOD = 'dGhpcyBpcyByYW5kb20gZW5vdWdoIGZvciB1cw=='

function source(name: string, text: string, mode?: number, path = '/etc/counterfoil/secret'): SecretSource {
  const from = mode === undefined ? 'variable' : 'file'
  return { name, from, path: mode === undefined ? undefined : path, mode, secret: secret(text) }
}

describe('the check of secrets', () => {
  it('is content with long random ones that their owner alone can read', () => {
    const checked = checkSecrets([source('A', GOOD), source('B', GOOD.toLowerCase(), 0o600)])
    assert.deepEqual(checked, { status: 'ok', text: 'A (variable), B (file)' })
    assert.equal(checkSecrets([source('A', GOOD, 0o440)]).status, 'ok')
    assert.equal(checkSecrets([]).status, 'ok')
  })

  it('warns of files that every user can read, unless a container has them for itself', () => {
    const checked = checkSecrets([source('A', GOOD, 0o644)])
    assert.equal(checked.status, 'warn')
    assert.equal(checked.text, 'every user can read the file of A')
    assert.equal(checked.todo, 'chmod 600 /etc/counterfoil/secret.')
    assert.equal(checkSecrets([source('A', GOOD, 0o444, '/run/secrets/a')]).status, 'ok')
  })

  it('warns of secrets that can be guessed, that are the same, and that end with a space', () => {
    for (const [sources, text] of [
      [[source('A', 'tea')], 'A can be guessed'],
      [[source('A', 'abababababababababababab')], 'A can be guessed'],
      [[source('A', GOOD), source('B', GOOD)], 'A and B are the same'],
      [[source('A', `${GOOD} `)], 'A begins or ends with a space'],
    ] as const) {
      const checked = checkSecrets(sources)
      assert.deepEqual([checked.status, checked.text], ['warn', text])
      assert.ok(checked.todo !== undefined)
    }
  })

  it('fails where others can put another secret in its place, and never says what it is', () => {
    for (const mode of [0o620, 0o602, 0o666]) {
      const checked = checkSecrets([source('A', GOOD, mode)])
      assert.deepEqual([checked.status, checked.text], ['fail', 'others can change the file of A'])
      assert.doesNotMatch(JSON.stringify(checked), new RegExp(GOOD))
    }
  })
})
