import assert from 'node:assert/strict'
import { test } from 'node:test'
import { found, status } from './replies.test-data.ts'

void test('an expired order of which money is settled in another currency is a contradiction, not an end', () => {
  const settled = status('EXPIRED', ['SETTLED_BIBIT_NET', 580])
  const inEuros = settled.replace('value="580" currencyCode="GBP"', 'value="580" currencyCode="EUR"')
  assert.notEqual(inEuros, settled)
  assert.equal(found(inEuros).kind, 'unavailable')
  const dead = found(status('EXPIRED'))
  assert.equal(dead.kind === 'found' && dead.charge, 'reversed', 'one that shows no money is one')
})
