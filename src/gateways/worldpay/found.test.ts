import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amount, ECHO, found, modification, reply, status } from './replies.test-data.ts'

void test('a refund in full leaves no live money; one in part, or one that shows no balance, does', () => {
  const full = found(status('REFUNDED', ['IN_PROCESS_CAPTURED', 0]))
  assert.equal(full.kind === 'found' && full.charge, 'reversed')
  const part = found(status('REFUNDED', ['IN_PROCESS_CAPTURED', 1499]))
  assert.equal(part.kind === 'found' && part.charge, 'approved')
  assert.deepEqual(part.kind === 'found' && part.balances, {
    authorizedMinor: 1999n,
    capturedMinor: 1999n,
    refundedMinor: 500n,
  })
  const open = found(status('REFUNDED', ['IN_PROCESS_AUTHORISED', 1499], ['IN_PROCESS_CAPTURED', 0]))
  assert.equal(open.kind === 'found' && open.charge, 'approved', 'the rest can still be captured')
  const silent = found(status('REFUNDED'))
  assert.equal(silent.kind === 'found' && silent.charge, 'approved')
  assert.equal(silent.kind === 'found' && silent.balances, undefined)
})

void test('a refund that was sent has not ended: it may fail, so money is live', () => {
  const unmoved = found(status('SENT_FOR_REFUND', ['IN_PROCESS_CAPTURED', 1999]))
  assert.equal(unmoved.kind === 'found' && unmoved.charge, 'approved')
  assert.deepEqual(unmoved.kind === 'found' && unmoved.balances, {
    authorizedMinor: 1999n,
    capturedMinor: 1999n,
    refundedMinor: 0n,
  })
  const moved = found(status('SENT_FOR_REFUND', ['IN_PROCESS_CAPTURED', 0]))
  assert.equal(moved.kind === 'found' && moved.charge, 'approved')
})

void test('a refund that failed leaves what earlier ones gave back', () => {
  for (const event of ['REFUND_FAILED', 'REFUND_EXPIRED']) {
    const nothing = found(status(event, ['IN_PROCESS_CAPTURED', 1999]))
    const some = found(status(event, ['IN_PROCESS_AUTHORISED', 999], ['IN_PROCESS_CAPTURED', 700]))
    assert.equal(some.kind === 'found' && some.charge, 'approved')
    assert.equal(some.kind === 'found' && some.failed, 'refund')
    assert.deepEqual(nothing.kind === 'found' && nothing.balances, {
      authorizedMinor: 1999n,
      capturedMinor: 1999n,
      refundedMinor: 0n,
    })
    assert.deepEqual(some.kind === 'found' && some.balances, {
      authorizedMinor: 1999n,
      capturedMinor: 1000n,
      refundedMinor: 300n,
    })
  }
})

void test('what can be refunded is no answer to what became of a refund', () => {
  const refundable = reply(`<refundableAmount orderCode="ord-1001-a1">${amount(1499)}</refundableAmount>`)
  assert.equal(found(refundable, modification('refund', 500n)).kind, 'unavailable')
})

void test('a cancelled order of which money is taken is a contradiction, not an end', () => {
  assert.equal(found(status('CANCELLED', ['IN_PROCESS_CAPTURED', 500])).kind, 'unavailable')
})

void test('balances are read where they can be: all known, and in the currency of the order', () => {
  const balances = (text: string): unknown => {
    const read = found(text)
    return read.kind === 'found' ? read.balances : 'not found'
  }
  assert.deepEqual(balances(status('AUTHORISED', ['IN_PROCESS_AUTHORISED', 1999])), {
    authorizedMinor: 1999n,
    capturedMinor: 0n,
    refundedMinor: 0n,
  })
  assert.deepEqual(
    balances(status('CAPTURED', ['IN_PROCESS_AUTHORISED', 1499], ['IN_PROCESS_CAPTURED', 500])),
    {
      authorizedMinor: 1999n,
      capturedMinor: 500n,
      refundedMinor: 0n,
    },
  )
  assert.deepEqual(
    balances(status('SETTLED', ['SETTLED_BIBIT_NET', 1900], ['SETTLED_BIBIT_COMMISSION', 99])),
    { authorizedMinor: 1999n, capturedMinor: 1999n, refundedMinor: 0n },
  )
  assert.equal(balances(status('CAPTURED', ['SOMETHING_ELSE', 1999])), undefined)
  assert.equal(balances(status('CAPTURED', ['IN_PROCESS_CAPTURED', 2000])), undefined)
  const foreign = status('CAPTURED', ['IN_PROCESS_CAPTURED', 1999]).replace(
    `<balance accountType="IN_PROCESS_CAPTURED">${amount(1999)}`,
    `<balance accountType="IN_PROCESS_CAPTURED">${amount(1999).replace('GBP', 'EUR')}`,
  )
  assert.equal(balances(foreign), undefined)
})

void test('the balances of a currency that Worldpay counts otherwise are in ISO minor units, the echo is not', () => {
  const huf = status('CAPTURED', ['IN_PROCESS_CAPTURED', 1999])
    .replaceAll('GBP', 'HUF')
    .replaceAll('exponent="2"', 'exponent="0"')
  const read = found(huf)
  assert.equal(read.kind === 'found' && read.balances?.capturedMinor, 199_900n)
  assert.deepEqual(read.kind === 'found' && read.echo, { ...ECHO, currency: 'HUF', exponent: 0 })
})
