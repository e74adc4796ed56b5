import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { CounterfoilError } from '../errors.ts'
import { secret } from './secret.ts'

const CANARY = 'hunter2-canary'

void test('a secret shows in nothing that prints, and reveals itself when asked', () => {
  const sealed = secret(CANARY)
  const printed = [
    String(sealed),
    `password: ${sealed as unknown as string}`,
    JSON.stringify({ sealed }),
    inspect(sealed, { showHidden: true, depth: 9, customInspect: false }),
    inspect({ sealed }),
    JSON.stringify(structuredClone({ sealed })),
    Object.values(Object.assign({}, sealed)).join(),
    new Error('wrong', { cause: sealed }).stack,
  ].join('\n')
  assert.doesNotMatch(printed, new RegExp(CANARY))
  assert.equal(sealed.reveal(), CANARY)
})

void test('a secret that is empty or not set is a mistake in the configuration', () => {
  for (const text of ['', undefined]) {
    assert.throws(
      () => secret(text),
      (error: unknown) => error instanceof CounterfoilError && error.code === 'CF_CONFIG',
    )
  }
})
