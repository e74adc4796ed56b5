import assert from 'node:assert/strict'
import { it } from 'node:test'
import { containsCardNumber } from '../gateway/card.ts'
import { formsWith } from './forms.ts'
import { settingsFrom } from './options.ts'
import { sealWith } from './seal.ts'

it('a form has a key that no engine takes for a card number', () => {
  const secret = 'a secret of thirty-two bytes or more'
  const forms = formsWith(settingsFrom('http://localhost', { secret }), sealWith(secret))
  const of = { session: 's', orderId: 'A-1', module: 'card' }
  const keys = Array.from({ length: 5_000 }, () => forms.issue(of).key)
  assert.deepEqual(keys.filter(containsCardNumber), [])
  assert.equal(new Set(keys).size, keys.length)
  assert.ok(keys.every((key) => /^[\w.:-]{8,128}$/.test(key) && forms.startedBy('s', 'A-1', key)))
})
