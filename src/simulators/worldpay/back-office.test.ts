import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BackOfficeAction, backOffice } from './back-office.ts'
import { hostedOrder, payHosted } from './hosted.ts'
import { ledgerOf } from './ledger.ts'
import { amount, Bench, inquiry, modification, order } from './samples.test-data.ts'

function captured(): Bench {
  const bench = new Bench({ notificationUrl: 'kept', notifyBatchMs: 0 })
  bench.send(order({ captureDelay: '0' }))
  bench.pass(5_000)
  bench.told()
  return bench
}
const act = (bench: Bench, action: BackOfficeAction, amountMinor?: bigint, orderCode = 'o1') =>
  backOffice(bench.state, orderCode, action, amountMinor, bench.nowMs)
const truth = (bench: Bench) => {
  const found = ledgerOf(bench.state, 'o1', bench.nowMs)
  assert.ok(found !== undefined)
  return found
}

describe('the back office', () => {
  it('lets a booked capture fail: the money is only authorized again', () => {
    const bench = captured()
    assert.deepEqual(act(bench, 'fail-capture', 999n), { ok: true })
    const { authorisedMinor, capturedMinor, liveMinor, entries } = truth(bench)
    assert.deepEqual([authorisedMinor, capturedMinor, liveMinor], [1999n, 1000n, 1999n])
    assert.equal(entries.at(-1)?.kind, 'capture-undone')
    assert.equal(bench.lastEvent(), 'CAPTURE_FAILED')
    assert.match(bench.send(inquiry()), /IN_PROCESS_AUTHORISED"><amount value="999"/)
    assert.deepEqual(bench.told(), ['o1 CAPTURE_FAILED'])
    assert.match(bench.send(modification(`<capture>${amount(999)}</capture>`)), /captureReceived/)
  })

  it('takes money back for the payer, and gives it back when the merchant wins', () => {
    const bench = captured()
    assert.deepEqual(act(bench, 'charge-back'), { ok: true })
    assert.deepEqual([truth(bench).chargedBackMinor, truth(bench).liveMinor], [1999n, 0n])
    assert.equal(truth(bench).liveExecutions, 0)
    assert.equal(bench.lastEvent(), 'CHARGED_BACK')
    assert.equal(bench.error(modification(`<refund>${amount(1)}</refund>`)), '5 Refund amount too high')
    assert.deepEqual(act(bench, 'reverse-charge-back', 1_000n), { ok: true })
    assert.deepEqual([truth(bench).chargedBackMinor, truth(bench).liveMinor], [999n, 1000n])
    assert.equal(bench.lastEvent(), 'CHARGEBACK_REVERSED')
    assert.deepEqual(bench.told(), ['o1 CHARGED_BACK', 'o1 CHARGEBACK_REVERSED'])
  })

  it('lets a refund under way fail when the payer has the money back already', () => {
    const bench = captured()
    bench.send(modification(`<refund>${amount(1999)}</refund>`))
    act(bench, 'charge-back')
    bench.pass(3_000)
    assert.equal(bench.lastEvent(), 'REFUND_FAILED')
    assert.deepEqual([truth(bench).refundedMinor, truth(bench).liveMinor], [0n, 0n])
  })

  it('refunds and cancels as a message does, without a reference of the merchant', () => {
    const bench = captured()
    assert.deepEqual(act(bench, 'refund', 500n), { ok: true })
    assert.equal(bench.lastEvent(), 'SENT_FOR_REFUND')
    bench.pass(3_000)
    assert.deepEqual([bench.lastEvent(), truth(bench).refundedMinor], ['REFUNDED', 500n])
    assert.equal(truth(bench).entries.at(-1)?.reference, undefined)
    assert.deepEqual(bench.told(), ['o1 SENT_FOR_REFUND', 'o1 REFUNDED'])
    const other = new Bench()
    other.send(order())
    assert.deepEqual(act(other, 'cancel'), { ok: true })
    other.pass(3_000)
    assert.deepEqual([other.lastEvent(), truth(other).cancelledMinor], ['CANCELLED', 1999n])
  })

  it('lets an authorization expire: it can be neither captured nor cancelled any more', () => {
    const bench = new Bench({ notificationUrl: 'kept', notifyBatchMs: 0 })
    bench.send(order())
    bench.send(modification('<cancel/>'))
    assert.deepEqual(act(bench, 'expire'), { ok: true })
    assert.deepEqual(
      [truth(bench).expiredMinor, truth(bench).liveMinor, bench.lastEvent()],
      [1999n, 0n, 'EXPIRED'],
    )
    assert.match(bench.error(modification(`<capture>${amount(1)}</capture>`)) ?? '', /^5 Requested capture/)
    assert.equal(bench.error(modification('<cancel/>')), '5 Payment is expired')
    bench.pass(3_000)
    assert.deepEqual([bench.lastEvent(), truth(bench).cancelledMinor], ['EXPIRED', 0n])
    assert.deepEqual(bench.told(), ['o1 AUTHORISED', 'o1 EXPIRED'])
  })

  it('ends a hosted page that nobody has paid', () => {
    const bench = new Bench()
    const ticket = bench.register()
    assert.deepEqual(act(bench, 'expire', undefined, 'h1'), { ok: true })
    assert.equal(hostedOrder(bench.state, ticket, bench.nowMs)?.state, 'expired')
    const result = payHosted(bench.state, ticket, { method: 'IDEAL-SSL', result: 'paid' }, bench.nowMs)
    assert.equal(result.kind, 'expired')
    assert.equal(act(bench, 'expire', undefined, 'h1').ok, false)
  })

  it('says why something is not possible, and changes nothing', () => {
    const bench = captured()
    const why = (action: BackOfficeAction, amountMinor?: bigint, orderCode?: string) => {
      const result = act(bench, action, amountMinor, orderCode)
      return result.ok ? 'done' : result.why
    }
    assert.match(why('charge-back', undefined, 'none'), /^nothing was executed/)
    assert.match(why('charge-back', undefined, '__proto__'), /^nothing was executed/)
    assert.match(why('cancel'), /nothing to cancel: it is CAPTURED/)
    assert.match(why('expire'), /nothing to expire/)
    assert.match(why('reverse-charge-back'), /nothing to reverse-charge-back/)
    for (const amountMinor of [0n, -1n, 2000n]) {
      assert.match(why('charge-back', amountMinor), /at most GBP 19\.99/)
      assert.match(why('refund', amountMinor), /at most GBP 19\.99/)
    }
    assert.deepEqual([truth(bench).liveMinor, bench.told()], [1999n, []])
    bench.send(order({ orderCode: 'o2', holder: 'REFUSED' }))
    assert.match(why('charge-back', undefined, 'o2'), /it is REFUSED/)
  })

  it('changes nothing that an older view of the books shows', () => {
    const bench = captured()
    act(bench, 'charge-back')
    assert.equal(ledgerOf(bench.state, 'o1', bench.nowMs - 1)?.chargedBackMinor, 0n)
  })
})
