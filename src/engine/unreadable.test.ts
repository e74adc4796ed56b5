import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeChange } from '../journal/encoded-change.ts'
import type { Journal } from '../journal/journal.ts'
import { dueOf } from '../payment/due.ts'
import { type Bed, CALLED, hostedModule, onBed, RARELY, settle } from './bed.test-data.ts'

const MINUTE_MS = 60_000

const said = (bed: Bed, words: string) => bed.logs.filter(({ message }) => message.includes(words))

/** Puts something that is no payment in the place of one, as a damaged disk or a hand would; the answer puts it right. */
function damage(bed: Bed, paymentId: string): () => void {
  const payment = bed.payment(paymentId)
  const write = (isDamaged: boolean): void => {
    const { version = 0, fence = 0 } = bed.store.history(paymentId).at(-1) ?? {}
    const change = encodeChange({
      payment: {
        paymentId,
        expectedVersion: version,
        expectedFence: fence,
        events: [],
        snapshot: payment,
        references: [],
        ...dueOf(payment),
        atMs: bed.clock.nowMs,
      },
    })
    assert.ok(change.payment !== undefined)
    const row = isDamaged ? { ...change.payment, snapshot: '{' } : change.payment
    assert.deepEqual(bed.store.applyEncoded({ ...change, payment: row }), { kind: 'committed' })
  }
  write(true)
  return () => write(false)
}

async function payTwo(bed: Bed, cf: Awaited<ReturnType<Bed['engine']>>): Promise<readonly [string, string]> {
  bed.order('order-2', 700n)
  const first = await cf.pay(bed.request({ waitMs: 1_000 }))
  // Ids sort by time.
  await bed.advance(5)
  const second = await cf.pay(bed.request({ orderId: 'order-2', key: 'key-00000002', waitMs: 1_000 }))
  await settle()
  return [first.id, second.id]
}

describe('a payment whose row in the journal cannot be read (F22)', () => {
  it(
    'hides no other from a list, is told by its id, once in the log, and says itself what is wrong',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const [broken, other] = await payTwo(bed, cf)
      const repair = damage(bed, broken)
      for (let time = 0; time < 3; time++) {
        const listed = await cf.list({ limit: 10 })
        assert.deepEqual(
          listed.map(({ id }) => id),
          [other],
        )
        assert.deepEqual(await cf.unreadable({ limit: 10, orderId: 'order-1' }), [broken])
        assert.deepEqual(await cf.unreadable({ limit: 10, orderId: 'order-2' }), [])
      }
      assert.deepEqual(
        said(bed, 'cannot be read in the journal').map(({ paymentId, level }) => [paymentId, level]),
        [[broken, 'error']],
      )
      await assert.rejects(cf.payment(broken), { code: 'CF_JOURNAL_CORRUPT' })
      assert.ok((await cf.history(broken)).length > 1)
      // The end of a period does not call the books whole.
      const closing = { gateway: 'worldpay', untilMs: bed.clock.nowMs, sinceMs: 0 }
      assert.deepEqual((await cf.closeSettlement(closing)).unreadable, [broken])
      repair()
      assert.equal((await cf.closeSettlement(closing)).unreadable, undefined)
      assert.equal((await cf.list({ limit: 10 })).length, 2)
    }),
  )

  it(
    'hides no case of another one',
    onBed(async (bed) => {
      const cf = await bed.engine()
      bed.network.on('charge', { kind: 'answer', fault: { kind: 'duplicate-text', when: 'before' } }, 2)
      // The newest one: it stands before the other, on a page of its own.
      const [other, broken] = await payTwo(bed, cf)
      const repair = damage(bed, broken)
      const found = await cf.cases({ limit: 1 })
      assert.deepEqual(
        found.map(({ paymentId }) => paymentId),
        [other],
      )
      assert.equal((await cf.case(found[0]?.caseId ?? ''))?.paymentId, other)
      assert.deepEqual(await cf.unreadable({ withCases: true, limit: 10 }), [broken])
      repair()
    }),
  )

  it(
    'keeps no other from being due, nor the count of what is in doubt from being told, and goes on once it is put right',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: RARELY })
      bed.network.on('charge', { kind: 'unknown', executed: true }, 2)
      const [broken, other] = await payTwo(bed, cf)
      const repair = damage(bed, broken)
      assert.deepEqual(
        (await cf.inDoubt()).map(({ payments }) => payments),
        [2],
      )
      await bed.advance(10 * MINUTE_MS)
      assert.equal(bed.payment(other).status, 'paid')
      await bed.advance(24 * 60 * MINUTE_MS)
      assert.equal(said(bed, 'could not be made a case').length, 1)
      assert.ok(said(bed, 'recovery failed').length <= 6)
      repair()
      await bed.advance(70 * MINUTE_MS)
      assert.equal(bed.payment(broken).status, 'paid')
    }),
  )
})

describe('a notification whose row cannot be read (F22)', () => {
  it(
    'delays no other, and is told once by its id',
    onBed(async (bed) => {
      const before = bed.between
      bed.between = (ports) => {
        const given = before(ports)
        const inbox: Journal['inbox'] = async (limit) => ({
          items: (await given.journal.inbox(limit)).items,
          unreadable: ['broken-one'],
        })
        return { ...given, journal: { ...given.journal, inbox } }
      }
      const cf = await bed.engine({ modules: [hostedModule()] })
      const page = await cf.pay(bed.pageRequest())
      bed.payThere(bed.charge(page.id).reference)
      await bed.calls(cf)
      await bed.advance(5 * MINUTE_MS)
      assert.equal(bed.payment(page.id).status, 'paid')
      assert.equal(bed.store.inbox(10).length, 0)
      assert.equal(said(bed, 'the notification broken-one cannot be read').length, 1)
    }, CALLED),
  )

  it(
    'and one that cannot be taken out keeps no other from being looked at in the same round',
    onBed(async (bed) => {
      const before = bed.between
      let refused = 0
      bed.between = (ports) => {
        const given = before(ports)
        const removeFromInbox: Journal['removeFromInbox'] = async (id, recordedBy) => {
          if (refused++ < 3) throw new Error('malformed JSON')
          await given.journal.removeFromInbox(id, recordedBy)
        }
        return { ...given, journal: { ...given.journal, removeFromInbox } }
      }
      const cf = await bed.engine({
        modules: [hostedModule()],
        limits: { ...RARELY, recoveriesAtOnceMax: 1 },
      })
      for (let index = 1; index <= 5; index++) {
        const raw = `<unreadable-${index}/>`
        bed.store.receive({
          id: `n${index}`,
          gateway: 'worldpay',
          receivedAtMs: bed.clock.nowMs,
          raw,
          isAuthentic: true,
          callerAddress: undefined,
        })
      }
      await bed.advance(MINUTE_MS)
      assert.equal(said(bed, 'stays in the inbox').length, 3)
      assert.deepEqual(
        bed.store.inbox(10).map(({ id }) => id),
        ['n1', 'n2', 'n3'],
        'the others went in the same round',
      )
      await bed.advance(5 * MINUTE_MS)
      assert.equal(bed.store.inbox(10).length, 0)
      assert.equal(cf.running, true)
    }, CALLED),
  )
})
