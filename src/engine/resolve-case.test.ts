import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CaseAction } from '../payment/events.ts'
import { NUMBER, onBed, settle } from './bed.test-data.ts'
import { chargeInDoubt, HOUR_MS, LIMITS, say } from './cases.test-data.ts'

describe('people', () => {
  it(
    'are two, and a name in other letters is no other person',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await say(stand, 'ann', 'adopt')
      for (const by of ['ann', 'ANN', 'ａｎｎ', 'Ann']) {
        await assert.rejects(say(stand, by, 'adopt'), { code: 'CF_CASE_NEEDS_ANOTHER' })
      }
      assert.deepEqual(bed.operations(stand.id), ['sale intended'])
      await say(stand, 'bob', 'reverse')
      assert.equal((await say(stand, 'ann', 'adopt')).outcome, 'proposed', 'the first was replaced')
    }),
  )

  it(
    'are answered as the first time under the same key, also after a restart and after another proposal',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      const first = { key: 'resolve-ann-1' }
      await say(stand, 'ann', 'adopt', first)
      assert.equal((await say(stand, 'ann', 'adopt', first)).outcome, 'proposed')
      await say(stand, 'bob', 'reverse')
      const appends = bed.committed()
      const replayed = await say(stand, 'ann', 'adopt', first)
      assert.deepEqual([replayed.outcome, replayed.case.proposal?.by], ['proposed', 'bob'])
      assert.equal(bed.committed(), appends)
      await say(stand, 'ann', 'reverse', { key: 'resolve-ann-2' })
      const other = { ...stand, cf: await bed.engine({ limits: LIMITS }) }
      assert.equal((await say(other, 'ann', 'reverse', { key: 'resolve-ann-2' })).outcome, 'resolved')
      assert.equal((await say(other, 'eve', 'reverse')).outcome, 'resolved', 'answers how it was resolved')
      await assert.rejects(say(other, 'eve', 'adopt'), { code: 'CF_CASE_CLOSED' })
      await assert.rejects(say(other, 'eve', 'reverse', first), { code: 'CF_KEY_REUSED' })
      assert.equal(bed.network.times('reversal'), 1)
    }),
  )

  it(
    'write down no card number, and say who and why in one line',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      for (const [more, code] of [
        [{ why: `the card ${NUMBER} was charged` }, 'CF_CARD_DATA_LEAK'],
        [{ by: NUMBER }, 'CF_CARD_DATA_LEAK'],
        [{ why: '' }, 'CF_REQUEST_INVALID'],
        [{ why: 'x'.repeat(501) }, 'CF_REQUEST_INVALID'],
        [{ why: 'one\ntwo' }, 'CF_REQUEST_INVALID'],
        [{ by: ' ann' }, 'CF_REQUEST_INVALID'],
        [{ by: 'Counterfoil' }, 'CF_REQUEST_INVALID'],
        [{ by: 'an\u200bn' }, 'CF_REQUEST_INVALID'],
        [{ by: 'ann\u00a0lee' }, 'CF_REQUEST_INVALID'],
        [{ by: '---' }, 'CF_REQUEST_INVALID'],
        [{ key: 'short' }, 'CF_KEY_MISSING'],
        [{ paymentId: 'none' }, 'CF_CASE_UNKNOWN'],
        [{ caseId: 'none' }, 'CF_CASE_UNKNOWN'],
        [{ action: 'burn' as CaseAction }, 'CF_CASE_ACTION'],
      ] as const) {
        await assert.rejects(say(stand, 'ann', 'adopt', more), { code })
      }
      assert.equal(bed.payment(stand.id).cases[0]?.proposal, undefined)
    }),
  )
})

describe('a resolution', () => {
  it(
    'survives its process: what was agreed on and not sent is sent by whoever takes it up',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await say(stand, 'ann', 'reverse')
      bed.network.on('reversal', { kind: 'late' })
      // Its process ends before it could be answered.
      const resolving = Promise.allSettled([say(stand, 'bob', 'reverse')])
      await settle()
      const other = await bed.engine({ limits: LIMITS })
      assert.equal(
        (await other.case({ paymentId: stand.id, caseId: stand.open.caseId }))?.closed?.approvedBy,
        'bob',
      )
      const stopping = stand.cf.stop({ deadlineMs: 0 })
      bed.network.clear()
      await bed.advance(6 * HOUR_MS)
      assert.equal(bed.network.times('reversal'), 1, 'by the other')
      bed.network.release()
      await Promise.all([resolving, stopping])
      assert.deepEqual(bed.operations(stand.id), ['sale abandoned', 'reversal done'])
      assert.equal(bed.network.ledger(bed.charge(stand.id).reference)?.liveMinor, 0n)
    }),
  )

  it(
    'goes on where another process takes over between the two people',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await say(stand, 'ann', 'adopt')
      const fence = bed.payment(stand.id).fence
      const other = { ...stand, cf: await bed.engine({ limits: LIMITS }) }
      assert.equal((await say(other, 'bob', 'adopt')).outcome, 'resolved')
      assert.deepEqual([bed.payment(stand.id).owner, bed.payment(stand.id).fence], ['node-2', fence + 1])
      assert.equal(bed.payment(stand.id).status, 'paid')
    }),
  )

  it(
    'of two who agree at the same moment is carried out once',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      const other = { ...stand, cf: await bed.engine({ limits: LIMITS }) }
      await say(stand, 'ann', 'reverse')
      const agreed = await Promise.all([say(stand, 'bob', 'reverse'), say(other, 'eve', 'reverse')])
      assert.deepEqual(
        agreed.map(({ outcome }) => outcome),
        ['resolved', 'resolved'],
      )
      assert.equal(bed.network.times('reversal'), 1)
      assert.equal(bed.payment(stand.id).operations.length, 2)
    }),
  )

  it(
    'is weighed again when an inquiry has settled the charge meanwhile',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await say(stand, 'ann', 'close')
      bed.network.clear()
      await bed.advance(HOUR_MS)
      assert.equal(bed.payment(stand.id).status, 'paid')
      await assert.rejects(say(stand, 'bob', 'close'), { code: 'CF_CASE_CLOSED' })
      assert.deepEqual(bed.operations(stand.id), ['sale approved'])
      const { closed } = bed.payment(stand.id).cases[0] ?? {}
      assert.deepEqual([closed?.by, closed?.approvedBy], ['counterfoil', undefined])
      assert.deepEqual(await stand.cf.cases(), [], 'evidence has closed it')
    }),
  )

  it(
    'whose answer from the journal was lost is found again under its key',
    onBed(async (bed) => {
      const stand = await chargeInDoubt(bed, true)
      await say(stand, 'ann', 'reverse')
      const key = { key: 'resolve-bob-1' }
      bed.journalFault = (change) =>
        change.payment?.events.some(({ type }) => type === 'case-closed') === true ? 'after' : undefined
      await assert.rejects(say(stand, 'bob', 'reverse', key), { code: 'CF_JOURNAL_UNAVAILABLE' })
      bed.journalFault = () => undefined
      assert.equal((await say(stand, 'bob', 'reverse', key)).outcome, 'resolved')
      bed.network.clear()
      await bed.advance(6 * HOUR_MS)
      assert.deepEqual(bed.operations(stand.id), ['sale abandoned', 'reversal done'])
    }),
  )
})
