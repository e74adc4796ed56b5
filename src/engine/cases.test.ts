import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { steps } from '../pipeline/build-steps.ts'
import { backOffice } from '../simulators/worldpay/index.ts'
import { account, CALLED, cardModule, onBed, settle } from './bed.test-data.ts'
import {
  afterwards,
  both,
  captureInDoubt,
  chargeInDoubt,
  HOUR_MS,
  ledger,
  LIMITS,
  MINUTE_MS,
  reversalInDoubt,
  say,
  standing,
  UNAVAILABLE,
} from './cases.test-data.ts'

describe('a case', () => {
  it(
    'shows what it is about, how that went, what can be done and what was said, in amounts as people write them',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      const { open, cf, id } = stand
      assert.equal(open.reason, 'doubt-unresolved')
      assert.match(open.text, /^sale of 19\.99 GBP: /)
      assert.deepEqual(
        [open.orderId, open.module, open.amountMinor, open.currency, open.status],
        ['order-1', 'card', 1999n, 'GBP', 'in-progress'],
      )
      assert.deepEqual([open.operation?.kind, open.operation?.inDoubt], ['sale', true])
      assert.deepEqual(
        open.actions.map(({ action, people }) => [action, people]),
        [
          ['adopt', 2],
          ['close', 2],
          ['reverse', 2],
        ],
      )
      assert.equal(open.evidence[0]?.found, 'in-doubt')
      assert.ok(open.evidence.every((entry) => entry.atMs > 0 && entry.text !== '' && !('raw' in entry)))
      await say(stand, 'ann', 'adopt')
      const said = await cf.case({ paymentId: id, caseId: open.caseId })
      assert.deepEqual([said?.proposal?.by, said?.proposal?.action], ['ann', 'adopt'])
      assert.deepEqual(
        said?.history.map(({ type }) => type),
        ['case-opened', 'case-proposed'],
      )
      assert.equal(await cf.case('no-such-case'), undefined)
      assert.equal(await cf.case({ paymentId: id, caseId: 'none' }), undefined)
      assert.match((await cf.payment(id))?.cases[0]?.text ?? '', /19\.99 GBP/)
    }),
  )

  it(
    'that is closed leaves the list, and stays with its payment',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await both(stand, 'adopt')
      const { cf, id, open } = stand
      assert.deepEqual(await cf.cases(), [])
      assert.deepEqual(await cf.list({ withCases: true, limit: 10 }), [])
      const closed = await cf.case({ paymentId: id, caseId: open.caseId })
      assert.deepEqual([closed?.closed?.by, closed?.closed?.approvedBy, closed?.actions], ['ann', 'bob', []])
      assert.equal((await cf.payment(id))?.cases[0]?.closed?.action, 'adopt')
      assert.equal(await cf.case(open.caseId), undefined, 'by its id alone only an open one is found')
    }),
  )

  it(
    'is found page by page',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: LIMITS })
      for (const name of ['order-1', 'order-2', 'order-3']) {
        bed.order(name, 1999n)
        bed.network.on('charge', { kind: 'unknown', executed: true })
        await cf.pay(bed.request({ orderId: name, key: `key-of-${name}` }))
        await bed.advance(1_000)
      }
      bed.network.on('inquiry', UNAVAILABLE, 9_999)
      await bed.advance(80 * MINUTE_MS)
      const first = await cf.cases({ limit: 2 })
      const before = first.at(-1)?.paymentId ?? ''
      const rest = await cf.cases({ limit: 2, before })
      assert.deepEqual(
        [...first, ...rest].map(({ orderId }) => orderId),
        ['order-3', 'order-2', 'order-1'],
      )
    }),
  )
})

describe('adopt', () => {
  it(
    'makes a charge that happened approved: the order is claimed, the shop is told, the PSP agrees',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      const { case: closed } = await both(stand, 'adopt')
      assert.equal(closed.payment.status, 'paid')
      assert.equal((await stand.cf.order('order-1')).state, 'claimed')
      await afterwards(stand)
      assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail'])
      assert.deepEqual(ledger(stand), [1999n, 1999n])
      assert.equal(bed.network.times('charge'), 1)
    }),
  )

  it(
    'makes a capture that happened done, with its balances',
    onBed(async (bed) => {
      const stand = await captureInDoubt(bed, true)
      await both(stand, 'adopt')
      assert.deepEqual(bed.operations(stand.id), ['authorize approved', 'capture done'])
      assert.equal(bed.payment(stand.id).balances.capturedMinor, 1999n)
      await afterwards(stand)
      assert.deepEqual(ledger(stand), [1999n, 1999n])
    }),
  )

  it(
    'of a charge whose order was closed meanwhile is refused, and says what to do instead',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await say(stand, 'ann', 'adopt')
      await stand.cf.closeOrder({ orderId: 'order-1' })
      await assert.rejects(say(stand, 'bob', 'adopt'), {
        code: 'CF_CASE_ACTION',
        message: /is closed.*reverse it/,
      })
      await both(stand, 'reverse')
      await afterwards(stand)
      assert.deepEqual(ledger(stand)[0], 0n)
      assert.ok(!bed.words().includes('paid'))
    }),
  )
})

describe('people who were wrong', () => {
  it(
    'are found out by the PSP: an adopted charge is asked about again, and one that it does not have is a case',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, false)
      await both(stand, 'adopt')
      bed.network.clear()
      await bed.advance(40 * HOUR_MS)
      assert.deepEqual(
        (await stand.cf.cases()).map(({ reason, actions }) => [reason, actions[0]?.action]),
        [['doubt-unresolved', 'reverse']],
      )
    }),
  )
})

describe('reverse', () => {
  it(
    'undoes the charge at the PSP, and frees the order once that is seen',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      const { case: closed } = await both(stand, 'reverse')
      const reference = closed.closed?.reference
      assert.equal(closed.payment.operations.at(-1)?.reference, reference)
      assert.equal(bed.network.times('reversal'), 1)
      assert.equal((await stand.cf.order('order-1')).state, 'held', 'a receipt is not done')
      await afterwards(stand)
      assert.deepEqual(bed.operations(stand.id), ['sale abandoned', 'reversal done'])
      assert.equal((await stand.cf.order('order-1')).state, 'open')
      assert.deepEqual(ledger(stand)[0], 0n)
    }),
  )

  it(
    'of a reversal that came to nothing sends a new one',
    onBed(async (bed) => {
      const stand = await reversalInDoubt(bed)
      await both(stand, 'reverse')
      assert.equal(bed.network.times('reversal'), 2)
      await afterwards(stand)
      assert.deepEqual(bed.operations(stand.id), ['sale approved', 'reversal failed', 'reversal done'])
      assert.deepEqual(ledger(stand)[0], 0n)
      assert.equal((await stand.cf.order('order-1')).state, 'open')
    }),
  )
})

describe('refund', () => {
  it(
    'gives so much back at the PSP, of what somebody else has left there',
    onBed(async (bed) => {
      const modules = [cardModule({ gateway: account.direct, believe: 'source' })]
      const cf = await bed.engine({ modules, limits: LIMITS })
      const { id } = await cf.pay(bed.request())
      const { reference } = bed.charge(id)
      await bed.advance(10 * MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(10 * MINUTE_MS)
      backOffice(bed.network.psp, reference, 'refund', 400n, bed.clock.nowMs)
      await bed.advance(20 * MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(20 * MINUTE_MS)
      const stand = await standing(bed, cf)
      assert.deepEqual([stand.open.reason, stand.open.actions[1]?.mostMinor], ['changed-elsewhere', 1599n])
      await assert.rejects(say(stand, 'ann', 'refund', { amountMinor: 1600n }), {
        code: 'CF_AMOUNT_EXCEEDED',
      })
      const { case: closed } = await both(stand, 'refund', { amountMinor: 500n })
      assert.equal(closed.closed?.amountMinor, 500n)
      await bed.advance(HOUR_MS)
      assert.deepEqual(bed.operations(id), ['sale approved', 'refund done'])
      assert.equal(bed.payment(id).balances.refundedMinor, 900n)
      assert.equal(bed.network.ledger(reference)?.refundedMinor, 900n)
      assert.deepEqual(await cf.cases(), [])
    }, CALLED),
  )
})

describe('close', () => {
  it(
    'ends a charge that did not happen: the order is free, the shop is told, and the PSP is asked later',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, false)
      await both(stand, 'close')
      assert.deepEqual(bed.operations(stand.id), ['sale not-seen'])
      assert.equal((await stand.cf.order('order-1')).state, 'open')
      await afterwards(stand)
      assert.deepEqual(bed.words(), ['in-progress', 'cancelled'])
      assert.deepEqual(ledger(stand), [0n, 0n])
    }),
  )

  it(
    'of a charge that happened after all is put right by that: found an hour later, it is reversed and a case',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await both(stand, 'close')
      bed.network.clear()
      await bed.advance(3 * HOUR_MS)
      assert.deepEqual(bed.operations(stand.id), ['sale not-seen', 'reversal done'])
      assert.deepEqual(ledger(stand)[0], 0n)
      assert.deepEqual(
        (await stand.cf.cases()).map(({ reason }) => reason),
        ['late-approval'],
      )
    }),
  )

  it(
    'ends a capture that did not happen as failed, and it can be asked for again',
    onBed(async (bed) => {
      const stand = await captureInDoubt(bed, false)
      await both(stand, 'close')
      bed.network.clear()
      await stand.cf.capture({ paymentId: stand.id, key: 'capture-00002' })
      await afterwards(stand)
      assert.deepEqual(bed.operations(stand.id), ['authorize approved', 'capture failed', 'capture done'])
      assert.deepEqual(ledger(stand), [1999n, 1999n])
    }),
  )
})

describe('retry', () => {
  it(
    'has work that was given up done again, with the same key, by one person; it can be given up again',
    onBed(async (bed) => {
      const keysHeard: string[] = []
      let away = true
      const stubborn = steps().effect('tell-warehouse', {
        parkAfterMs: HOUR_MS,
        run: async ({ key }) => {
          keysHeard.push(key)
          if (away) throw new Error('nobody there')
        },
      })
      const cf = await bed.engine({
        modules: [cardModule({ pipelines: { statusOk: (p) => p.append(stubborn) } })],
        limits: LIMITS,
      })
      await cf.pay(bed.request())
      await bed.advance(2 * HOUR_MS)
      const first = await standing(bed, cf)
      const tries = keysHeard.length
      assert.equal((await say(first, 'ann', 'retry')).outcome, 'resolved')
      await settle()
      assert.equal(keysHeard.length, tries + 1, 'at once')
      assert.deepEqual(await cf.cases(), [], 'it may fail for as long as the first time')
      await bed.advance(2 * HOUR_MS)
      const second = await standing(bed, cf)
      assert.notEqual(second.open.caseId, first.open.caseId)
      away = false
      await say(second, 'ann', 'retry')
      await settle()
      assert.equal(new Set(keysHeard).size, 1)
      assert.equal(bed.payment(second.id).work.at(-1)?.state, 'done')
      assert.deepEqual(await cf.cases(), [])
    }),
  )
})
