import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { PaymentEvent } from '../payment/events.ts'
import { openOrder } from '../payment/order.ts'
import type { Payment } from '../payment/state.ts'
import { sampleEvents, samplePayment } from '../testkit/journal-samples.ts'
import { decodeEvents, decodeOrder, decodePayment, encode } from './codec.ts'

const anyJson = fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<unknown>

describe('the codec', () => {
  it('writes amounts as decimal strings', () => {
    assert.match(encode(samplePayment('p1')), /"amountMinor":"1999"/)
  })

  it('reads back every payment as it was, whatever amounts and shop values it has', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.dictionary(fc.string(), anyJson), (amountMinor, values) => {
        const json = JSON.parse(JSON.stringify(values)) as Record<string, unknown>
        const payment = samplePayment('p1', { amountMinor, values: json })
        const back = decodePayment(encode(payment))
        assert.equal(back.amountMinor, amountMinor)
        assert.deepEqual(back.values, json)
        assert.equal(back.operations[0]?.amountMinor, 1999n)
        assert.equal(back.operations[0]?.frozenBy, undefined)
      }),
    )
  })

  it('leaves what it was given as it was', () => {
    const payment = samplePayment('p1')
    encode(payment)
    assert.deepEqual(payment, samplePayment('p1'))
    const events = sampleEvents('p1')
    encode(events)
    assert.deepEqual(events, sampleEvents('p1'))
  })

  it('leaves a field of the shop alone that is named like an amount', () => {
    const events: PaymentEvent[] = [{ type: 'step-completed', step: 's', values: { deep: { aMinor: 'no' } } }]
    assert.deepEqual(decodeEvents(encode(events)), events)
  })

  it('keeps event types and amounts that it does not know (F25)', () => {
    const event = { type: 'from-later', nested: [{ tipMinor: -5n }], flag: null } as unknown as PaymentEvent
    assert.deepEqual(decodeEvents(encode([event])), [event])
  })

  it('refuses a bigint that it could not read back', () => {
    assert.throws(() => encode(samplePayment('p1', { values: { n: 1n } })), TypeError)
    assert.throws(() => encode({ ...samplePayment('p1'), count: 1n } as Payment), /count is a bigint/)
  })

  it('brings a snapshot of 0.1.0 forward, which knew no notifications, hosted pages and chargebacks', () => {
    const { notices: _notices, learned: _learned, facts: _facts, ...old } = samplePayment('p1')
    const { chargedBackMinor: _minor, ...balances } = old.balances
    const operations = old.operations.map(
      ({ refusedAttempts: _attempts, hints: _hints, ...operation }) => operation,
    )
    const text = encode({ ...old, balances, operations } as unknown as Payment)
    assert.deepEqual(decodePayment(text), decodePayment(encode(samplePayment('p1'))))
  })

  it('reads an order record', () => {
    assert.deepEqual(decodeOrder(encode({ ...openOrder('o1'), paymentId: 'p1', lastPaymentId: 'p1' })), {
      ...openOrder('o1'),
      paymentId: 'p1',
      lastPaymentId: 'p1',
    })
  })

  it('says that a record is damaged, and shows nothing of it', () => {
    for (const text of ['', '{"amountMinor":"12x"}', '{"token":"4444333322221111"', '7', 'null']) {
      assert.throws(
        () => decodePayment(text),
        (error: Error & { code?: string }) =>
          error.code === 'CF_JOURNAL_CORRUPT' && !error.message.includes('4444'),
      )
    }
  })
})
