import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Change } from '../journal/journal.ts'
import { type Bed, onBed, settle } from './bed.test-data.ts'

const types = (change: Change): readonly string[] => (change.payment?.events ?? []).map(({ type }) => type)
const isCommitB = (change: Change): boolean => types(change).includes('operation-moved')

function failing(bed: Bed, times: number, when: 'before' | 'after', of: (change: Change) => boolean): void {
  let left = times
  bed.journalFault = (change) => (of(change) && left-- > 0 ? when : undefined)
}

describe('the journal is away', () => {
  it(
    'before sending: the payment is refused, and nothing reaches the PSP (F6)',
    onBed(async (bed) => {
      const cf = await bed.engine()
      failing(bed, 1, 'before', () => true)
      await assert.rejects(cf.pay(bed.request()), { code: 'CF_JOURNAL_UNAVAILABLE', retry: 'later' })
      assert.equal(bed.network.sent.length, 0)
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.equal((await cf.pay(bed.request())).status, 'paid')
    }),
  )

  it(
    'after it has written the intent and before it says so: it is read back, and the payment goes on (F8)',
    onBed(async (bed) => {
      const cf = await bed.engine()
      failing(bed, 1, 'after', () => true)
      const result = await cf.pay(bed.request())
      assert.equal(result.status, 'paid')
      assert.equal(bed.network.times('charge'), 1)
      assert.equal(bed.only().operations.length, 1)
    }),
  )

  it(
    'and cannot be read back either: nothing is sent, the same key finds it, and it ends (F8)',
    onBed(async (bed) => {
      const cf = await bed.engine()
      failing(bed, 1, 'after', () => true)
      bed.unreadable = true
      await assert.rejects(cf.pay(bed.request()), { code: 'CF_JOURNAL_UNAVAILABLE' })
      bed.unreadable = false
      const again = await cf.pay(bed.request())
      assert.equal(again.next.kind, 'wait')
      await bed.advance(40 * 60_000)
      assert.equal((await cf.payment(again.id))?.status, 'cancelled')
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.equal(bed.network.times('charge'), 0)
    }),
  )

  it(
    'at commit B a few times: the answer still lands, once, and the PSP is not asked again (F7)',
    onBed(async (bed) => {
      const cf = await bed.engine()
      failing(bed, 4, 'before', isCommitB)
      const paying = cf.pay(bed.request())
      await bed.advance(30_000)
      const result = await paying
      assert.equal(result.status, 'paid')
      assert.equal(bed.network.times('charge'), 1)
      assert.equal(bed.network.times('inquiry'), 0)
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      assert.equal(bed.logs.filter(({ message }) => message.includes('did not take a commit')).length, 4)
    }),
  )

  it(
    'with commit B written and its answer lost: it is read back, and nothing is told twice (F8)',
    onBed(async (bed) => {
      const cf = await bed.engine()
      failing(bed, 1, 'after', isCommitB)
      const paying = cf.pay(bed.request())
      await bed.advance(5_000)
      const result = await paying
      await settle()
      assert.equal(result.status, 'paid')
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      const approvals = bed.appends.filter(
        ({ change, verdict }) => isCommitB(change) && verdict !== 'lost' && verdict.kind === 'committed',
      )
      assert.equal(approvals.length, 1)
      assert.equal(bed.payment(result.id).balances.authorizedMinor, 1999n)
    }),
  )

  it(
    'at commit B for good: the payer waits, and recovery finds out by itself',
    onBed(async (bed) => {
      const cf = await bed.engine()
      failing(bed, 100, 'before', isCommitB)
      const paying = cf.pay(bed.request({ waitMs: 1_000 }))
      await bed.advance(1_000)
      const result = await paying
      assert.equal(result.next.kind, 'wait')
      await bed.advance(120_000)
      assert.ok(
        bed.logs.some(({ level, message }) => level === 'error' && message.includes('left to recovery')),
      )
      bed.journalFault = () => undefined
      await bed.advance(120_000)
      assert.equal((await cf.payment(result.id))?.status, 'paid')
      assert.equal(bed.network.times('charge'), 1)
    }),
  )

  it(
    'when the deliveries are written down: they are repeated with the same keys',
    onBed(async (bed) => {
      const cf = await bed.engine()
      failing(bed, 100, 'before', (change) => types(change).includes('work-done'))
      await cf.pay(bed.request())
      await bed.advance(90_000)
      bed.journalFault = () => undefined
      await bed.advance(60_000)
      const keys = bed.told.map(({ what, key }) => `${what} ${key}`)
      assert.ok(keys.length > 3, 'told again')
      assert.equal(new Set(keys).size, 3)
      assert.ok(bed.only().work.every(({ state }) => state === 'done'))
    }),
  )

  it(
    'when a start asks for it: the start fails, and can be tried again',
    onBed(async (bed) => {
      const cf = bed.unstarted()
      const heartbeat = bed.store.heartbeat.bind(bed.store)
      bed.store.heartbeat = () => {
        throw new Error('away')
      }
      await assert.rejects(cf.start(), /away/)
      assert.equal(cf.running, false)
      await assert.rejects(cf.pay(bed.request()), { code: 'CF_NOT_STARTED' })
      bed.store.heartbeat = heartbeat
      await cf.start()
      assert.equal((await cf.pay(bed.request())).status, 'paid')
    }),
  )
})
