import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ledger, ledgerOf } from './ledger.ts'
import { amount, Bench, document, inquiry, modification, order } from './samples.test-data.ts'

const capture = (value: number, reference?: string) =>
  modification(
    `<capture${reference === undefined ? '' : ` reference="${reference}"`}>${amount(value)}</capture>`,
  )
const refund = (value: number) => modification(`<refund>${amount(value)}</refund>`)
const cancel = modification('<cancel/>')
const cancelOrRefund = modification('<cancelOrRefund/>')
const refundable = document('<inquiry><refundableAmountInquiry orderCode="o1"/></inquiry>')

describe('modifications', () => {
  it('are received first and take effect modifyMs later', () => {
    const bench = new Bench()
    bench.send(order({ captureDelay: 'OFF' }))
    assert.match(bench.send(capture(1999, 'cap-7')), /<ok><captureReceived orderCode="o1">/)
    bench.pass(2_999)
    assert.equal(bench.lastEvent(), 'AUTHORISED')
    assert.equal(truth(bench).capturedMinor, 0n)
    assert.equal(truth(bench).pending, 1)
    bench.pass(1)
    assert.equal(bench.lastEvent(), 'CAPTURED')
    assert.match(bench.send(inquiry()), /<balance accountType="IN_PROCESS_CAPTURED"><amount value="1999"/)
    assert.doesNotMatch(bench.send(inquiry()), /IN_PROCESS_AUTHORISED/)
    const entry = truth(bench).entries.at(-1)
    assert.deepEqual(
      { kind: entry?.kind, amountMinor: entry?.amountMinor, reference: entry?.reference, atMs: entry?.atMs },
      { kind: 'captured', amountMinor: 1999n, reference: 'cap-7', atMs: bench.nowMs },
    )
  })

  it('run faster by the time scale', () => {
    const bench = new Bench({ timeScale: 60 })
    bench.send(order())
    bench.send(capture(1999))
    bench.pass(49)
    assert.equal(bench.lastEvent(), 'AUTHORISED')
    bench.pass(1)
    assert.equal(bench.lastEvent(), 'CAPTURED')
  })

  it('capture in parts, up to what is authorized', () => {
    const bench = new Bench()
    bench.send(order())
    bench.send(capture(500))
    assert.equal(
      bench.error(capture(1500)),
      '5 Requested capture amount (GBP 15.00) exceeds the authorised balance for this payment (GBP 14.99)',
    )
    bench.pass(3_000)
    bench.send(capture(700))
    bench.pass(3_000)
    assert.match(
      bench.send(inquiry()),
      /IN_PROCESS_AUTHORISED"><amount value="799".*IN_PROCESS_CAPTURED"><amount value="1200"/,
    )
    assert.equal(truth(bench).capturedMinor, 1200n)
    assert.equal(truth(bench).liveMinor, 1999n)
  })

  it('refund in parts, only what was captured, and the same twice is two refunds', () => {
    const bench = new Bench()
    bench.send(order())
    assert.equal(bench.error(refund(1)), '5 Order not ready')
    bench.send(capture(1999))
    assert.equal(bench.error(refund(1)), '5 Order not ready')
    bench.pass(3_000)
    assert.match(bench.send(refundable), /<refundableAmount orderCode="o1"><amount value="1999"/)
    assert.equal(bench.error(refund(500)), undefined)
    assert.equal(bench.lastEvent(), 'SENT_FOR_REFUND')
    assert.equal(bench.error(refund(500)), undefined)
    assert.equal(bench.error(refund(1000)), '5 Refund amount too high')
    assert.match(bench.send(refundable), /<amount value="999"/)
    bench.pass(3_000)
    assert.equal(bench.lastEvent(), 'REFUNDED')
    assert.equal(truth(bench).refundedMinor, 1000n)
    assert.equal(truth(bench).liveMinor, 999n)
    assert.equal(truth(bench).entries.filter((entry) => entry.kind === 'refunded').length, 2)
    assert.equal(bench.error(refund(1000)), '5 Refund amount too high')
    assert.equal(bench.error(refund(999)), undefined)
  })

  it('cancel before capture, not after', () => {
    const bench = new Bench()
    bench.send(order())
    assert.match(bench.send(cancel), /<ok><cancelReceived orderCode="o1"\/><\/ok>/)
    assert.match(
      bench.error(capture(1)) ?? '',
      /exceeds the authorised balance for this payment \(GBP 0.00\)/,
    )
    bench.pass(3_000)
    assert.equal(bench.lastEvent(), 'CANCELLED')
    assert.equal(truth(bench).liveMinor, 0n)
    assert.equal(bench.error(cancel), undefined)
    bench.pass(3_000)
    assert.equal(truth(bench).entries.length, 2)

    const captured = new Bench()
    captured.send(order())
    captured.send(capture(1))
    captured.pass(3_000)
    assert.match(captured.error(cancel) ?? '', /^5 Payment is captured/)
  })

  it('can be received and still fail when a capture is faster', () => {
    const bench = new Bench()
    bench.send(order())
    bench.send(capture(1999))
    bench.pass(1_000)
    assert.equal(bench.error(cancel), undefined)
    bench.pass(3_000)
    assert.equal(bench.lastEvent(), 'CAPTURED')
    assert.equal(truth(bench).liveMinor, 1999n)
    assert.equal(truth(bench).entries.at(-1)?.kind, 'cancel-failed')
  })

  it('cancelOrRefund ends with nothing live, whatever the state', () => {
    const authorised = new Bench()
    authorised.send(order())
    assert.match(authorised.send(cancelOrRefund), /<ok><voidReceived orderCode="o1"\/><\/ok>/)
    authorised.pass(3_000)
    assert.equal(authorised.lastEvent(), 'CANCELLED')
    assert.equal(truth(authorised).cancelledMinor, 1999n)

    const sold = new Bench()
    sold.send(order({ captureDelay: '0' }))
    sold.pass(5_000)
    assert.equal(sold.lastEvent(), 'CAPTURED')
    sold.send(cancelOrRefund)
    assert.equal(sold.lastEvent(), 'SENT_FOR_REFUND')
    assert.equal(sold.error(refund(1)), '5 Refund amount too high')
    sold.pass(3_000)
    assert.equal(truth(sold).refundedMinor, 1999n)
    assert.equal(truth(sold).liveMinor, 0n)

    const partly = new Bench()
    partly.send(order())
    partly.send(capture(600))
    partly.pass(3_000)
    partly.send(cancelOrRefund)
    partly.pass(3_000)
    assert.equal(truth(partly).refundedMinor, 600n)
    assert.equal(truth(partly).cancelledMinor, 1399n)
    assert.equal(truth(partly).liveMinor, 0n)
  })

  it('cancelOrRefund that overtakes the automatic capture leaves it nothing', () => {
    const bench = new Bench()
    bench.send(order({ captureDelay: '0' }))
    bench.send(cancelOrRefund)
    bench.pass(10_000)
    assert.equal(bench.lastEvent(), 'CANCELLED')
    assert.equal(truth(bench).capturedMinor, 0n)
    assert.equal(truth(bench).pending, 0)
  })

  it('are refused for orders that are not known, refused, or in another currency', () => {
    const bench = new Bench()
    for (const body of [capture(1), refund(1), cancel, cancelOrRefund]) {
      assert.equal(bench.error(body), '5 Could not find payment for order')
    }
    bench.send(order({ holder: 'REFUSED' }))
    assert.match(bench.error(capture(1)) ?? '', /exceeds the authorised balance/)
    assert.equal(bench.error(refund(1)), '5 Order not ready')
    assert.match(bench.error(cancel) ?? '', /^5 Payment is not authorised/)
    assert.match(bench.error(cancelOrRefund) ?? '', /^5 Payment is not authorised/)
    const live = new Bench()
    live.send(order())
    assert.match(live.error(modification(`<capture>${amount(1, 'EUR')}</capture>`)) ?? '', /^5 The currency/)
    assert.match(live.error(modification(`<capture>${amount(0)}</capture>`)) ?? '', /^3 /)
    assert.equal(truth(live).entries.length, 1)
  })

  it('take effect at once on accounts with synchronous answers', () => {
    const bench = new Bench({ synchronousModifications: true })
    bench.send(order())
    assert.match(
      bench.send(capture(100)),
      /<orderStatus orderCode="o1"><payment>.*<lastEvent>CAPTURED<.*<\/payment><orderModification orderCode="o1"><capture><amount value="100".*<\/capture><\/orderModification>/,
    )
    assert.match(
      bench.send(capture(9_999)),
      /<orderStatus orderCode="o1"><error code="5"><!\[CDATA\[Requested capture amount \(GBP 99.99\) exceeds/,
    )
    assert.match(
      bench.send(refund(100)),
      /<lastEvent>SENT_FOR_REFUND<.*<orderModification orderCode="o1"><refund>/,
    )
    bench.pass(3_000)
    assert.equal(truth(bench).refundedMinor, 100n)
  })
})

describe('captureDelay', () => {
  it('0 books the capture after processingMs, OFF never, absent as the account has it', () => {
    for (const [captureDelay, account, event] of [
      ['0', 'OFF', 'CAPTURED'],
      ['OFF', 0, 'AUTHORISED'],
      [undefined, 'OFF', 'AUTHORISED'],
      [undefined, 0, 'CAPTURED'],
      ['DEFAULT', 0, 'CAPTURED'],
    ] as const) {
      const bench = new Bench({ captureDelay: account })
      const answer = bench.send(order(captureDelay === undefined ? {} : { captureDelay }))
      assert.match(answer, /<lastEvent>AUTHORISED</)
      bench.pass(4_999)
      assert.equal(bench.lastEvent(), 'AUTHORISED')
      bench.pass(1)
      assert.equal(bench.lastEvent(), event, `${captureDelay} ${account}`)
    }
    const days = new Bench()
    days.send(order({ captureDelay: '2' }))
    days.pass(2 * 24 * 3_600_000)
    assert.equal(days.lastEvent(), 'AUTHORISED')
    days.pass(5_000)
    assert.equal(days.lastEvent(), 'CAPTURED')
  })
})

describe('the ledger', () => {
  it('adds up by currency, and never shows more live than was authorized', () => {
    const bench = new Bench()
    bench.send(order({ orderCode: 'o1' }))
    bench.send(order({ orderCode: 'o2', currency: 'EUR', value: '700' }))
    bench.send(order({ orderCode: 'o3', holder: 'REFUSED' }))
    bench.send(order({ orderCode: 'o4', value: '1' }))
    bench.send(capture(1999))
    bench.send(modification('<cancel/>', 'o4'))
    bench.pass(3_000)
    bench.send(refund(99))
    bench.pass(3_000)
    const { totals, merchantCode, orders } = ledger(bench.state, bench.nowMs)
    assert.equal(merchantCode, 'SHOPECOM')
    assert.ok(orders.every((each) => each.merchantCode === 'SHOPECOM'))
    assert.deepEqual(totals.byCurrency, {
      GBP: {
        authorisedMinor: 2000n,
        capturedMinor: 1999n,
        refundedMinor: 99n,
        cancelledMinor: 1n,
        expiredMinor: 0n,
        chargedBackMinor: 0n,
        liveMinor: 1900n,
      },
      EUR: {
        authorisedMinor: 700n,
        capturedMinor: 0n,
        refundedMinor: 0n,
        cancelledMinor: 0n,
        expiredMinor: 0n,
        chargedBackMinor: 0n,
        liveMinor: 700n,
      },
    })
    assert.deepEqual([totals.orders, totals.executions, totals.liveExecutions], [4, 4, 2])
  })

  it('can be read at an earlier time, and the state survives JSON', () => {
    const bench = new Bench()
    bench.send(order())
    const early = bench.nowMs
    bench.send(capture(1999))
    bench.pass(60_000)
    assert.equal(ledgerOf(bench.state, 'o1', early)?.capturedMinor, 0n)
    const beforeRefund = bench.nowMs
    bench.pass(1)
    bench.send(refund(1))
    assert.equal(ledgerOf(bench.state, 'o1', beforeRefund)?.lastEvent, 'CAPTURED')
    assert.equal(ledgerOf(bench.state, 'o1', beforeRefund)?.pending, 0)
    const copy = JSON.parse(JSON.stringify(bench.state)) as typeof bench.state
    assert.deepEqual(ledger(copy, bench.nowMs), ledger(bench.state, bench.nowMs))
    assert.doesNotMatch(JSON.stringify(bench.state), /4444333322221111|"555"/)
  })
})

function truth(bench: Bench) {
  const found = ledgerOf(bench.state, 'o1', bench.nowMs)
  assert.ok(found !== undefined)
  return found
}
