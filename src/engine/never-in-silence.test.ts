import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cardModule, onBed, RARELY } from './bed.test-data.ts'
import { both, chargeInDoubt, HOUR_MS, say, standing } from './cases.test-data.ts'

const DAY_MS = 24 * HOUR_MS

/** What the inquiries of a provider say that has lost the capture. */
const unbooked = (body: string): string => body.replaceAll('CAPTURED', 'AUTHORISED')

describe('a sale that the provider never books', () => {
  it(
    'is a case again when nobody asks any more, although one person has closed the first',
    onBed(
      async (bed) => {
        const options = { modules: [cardModule({ paidWhen: 'captured' })], limits: RARELY }
        const cf = await bed.engine(options)
        const { id } = await cf.pay(bed.request())
        await bed.advance(26 * HOUR_MS)
        const first = await standing(bed, cf)
        assert.equal((await say(first, 'ann', 'close')).outcome, 'resolved')
        await bed.advance(10 * HOUR_MS)
        assert.deepEqual(await cf.cases(), [], 'the same wait is no news')
        const stopping = cf.stop({ deadlineMs: 1_000 })
        await bed.advance(29 * DAY_MS)
        await stopping
        bed.network.on('inquiry', { kind: 'altered', alter: unbooked }, 9_999)
        const later = await bed.engine(options)
        await bed.advance(10 * HOUR_MS)
        const again = await standing(bed, later)
        assert.deepEqual([again.open.reason, again.open.status], ['modification-unresolved', 'in-progress'])
        await assert.rejects(say(again, 'ann', 'close'), { code: 'CF_CASE_ACTION' })
        const asked = bed.network.times('inquiry')
        await bed.advance(DAY_MS)
        assert.equal(bed.network.times('inquiry'), asked, 'nobody asks any more')
        await both(again, 'adopt')
        assert.equal(bed.payment(id).status, 'paid')
        assert.deepEqual(await later.cases(), [])
      },
      { processingMs: 30 * DAY_MS },
    ),
  )
})

describe('a case whose doubt an inquiry ends', () => {
  it(
    'is closed in the append that ends the doubt, and leaves the list with it',
    onBed(async (bed) => {
      const { cf, id, open } = await chargeInDoubt(bed, true)
      bed.network.clear()
      await bed.advance(HOUR_MS)
      assert.deepEqual([bed.payment(id).status, await cf.cases()], ['paid', []])
      const appends = bed.store.history(id)
      const ending = appends.find(({ events }) => events.some(({ type }) => type === 'case-closed'))
      assert.ok(ending?.events.some((event) => event.type === 'operation-moved' && event.to === 'approved'))
      const closed = await cf.case({ paymentId: id, caseId: open.caseId })
      assert.deepEqual(
        [closed?.closed?.by, closed?.closed?.action, closed?.actions],
        ['counterfoil', 'close', []],
      )
      assert.match(closed?.closed?.why ?? '', /^the provider said so: /)
    }),
  )

  it(
    'is one about its reversal too',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await both(stand, 'reverse')
      await bed.advance(HOUR_MS)
      assert.equal((await standing(bed, stand.cf)).open.reason, 'reversal-unresolved')
      bed.network.clear()
      await bed.advance(HOUR_MS)
      assert.deepEqual(bed.operations(stand.id), ['sale abandoned', 'reversal done'])
      assert.deepEqual(await stand.cf.cases(), [])
    }),
  )
})
