import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Change } from '../journal/journal.ts'
import type { PaymentEvent } from '../payment/events.ts'
import type { Counterfoil, PaymentResult, PayRequest } from './api.ts'
import { type Bed, onBed, RARELY, settle } from './bed.test-data.ts'
import { Machine } from './outage.test-data.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

const eventsOf = (change: Change): readonly PaymentEvent[] => change.payment?.events ?? []
/** What was learned from the provider's answer, word for word: an inquiry says it in other words. */
const hasAnswer = (change: Change): boolean =>
  eventsOf(change).some((event) => 'evidence' in event && event.evidence.source === 'answer')

/** As a database that cannot hold this answer, in whatever event it comes. */
function refusing(bed: Bed, what: (change: Change) => boolean): void {
  bed.journalFault = (change) => (what(change) ? 'refused' : undefined)
}

/** What is written down of an answer comes from the spool then, and from nowhere else. */
function noInquiryIsAnswered(bed: Bed): void {
  bed.network.on('inquiry', { kind: 'unknown', executed: false }, 100_000)
}

/** Pays, and lets pass what the payer waits at most. */
async function paid(bed: Bed, cf: Counterfoil, changes: Partial<PayRequest> = {}): Promise<PaymentResult> {
  const paying = cf.pay(bed.request({ ...changes, waitMs: 1_000 }))
  await bed.advance(1_000)
  return paying
}

const said = (bed: Bed, words: string): number =>
  bed.logs.filter(({ message }) => message.includes(words)).length

describe('what the journal can never hold', () => {
  it(
    'before anything is sent is an error that says so, the order is free, and nothing reaches the PSP',
    onBed(async (bed) => {
      const cf = await bed.engine()
      refusing(bed, () => true)
      await assert.rejects(cf.pay(bed.request()), { code: 'CF_JOURNAL_REFUSED', retry: 'never', status: 422 })
      assert.equal(bed.appends.length, 1, 'it is not tried twice')
      assert.equal(bed.network.sent.length, 0)
      assert.equal((await cf.order('order-1')).state, 'open')
      bed.journalFault = () => undefined
      assert.equal((await cf.pay(bed.request({ key: 'key-00000002' }))).status, 'paid')
    }),
  )

  it(
    'of an answer to what was sent is kept aside at once and never an error for the payer, who is paid by inquiry',
    onBed(async (bed) => {
      const machine = new Machine()
      const cf = await bed.engine({ spool: machine.spool() })
      refusing(bed, hasAnswer)
      const { id, next } = await paid(bed, cf)
      assert.equal(next.kind, 'wait')
      await settle()
      assert.equal(cf.spool?.entries, 1)
      const tries = bed.appends.filter(({ change }) => hasAnswer(change)).length
      assert.equal(tries, 1, 'what can never be written is not tried again and again')
      await bed.advance(5 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.network.times('charge'), 1)
      assert.ok(bed.network.times('inquiry') > 0)
    }),
  )

  it(
    'of an answer in the spool tells people in a case, once, and is looked at less and less',
    onBed(async (bed) => {
      const machine = new Machine()
      const cf = await bed.engine({ spool: machine.spool(), limits: RARELY })
      noInquiryIsAnswered(bed)
      refusing(bed, hasAnswer)
      const { id } = await paid(bed, cf)
      await bed.advance(DAY_MS)
      assert.equal(cf.spool?.entries, 1, 'it is kept')
      const tries = bed.appends.filter(({ change }) => hasAnswer(change)).length
      assert.ok(tries > 5 && tries < 60, `${tries} tries in a day`)
      assert.equal(said(bed, 'is parked'), 1)
      const cases = bed.payment(id).cases.filter(({ reason }) => reason === 'recovery-failed')
      assert.equal(cases.length, 1)
      assert.match(
        cases[0]?.text ?? '',
        /answered 'approved' .* cannot be written down .* answers\.spool of node-1/,
      )
      assert.equal(cases[0]?.reference, bed.charge(id).reference)
    }),
  )

  it(
    'of one answer keeps no other from being written down (F22)',
    onBed(async (bed) => {
      const machine = new Machine()
      const cf = await bed.engine({ spool: machine.spool(), limits: { recoveriesAtOnceMax: 1 } })
      const count = 12
      bed.network.on('charge', { kind: 'held' }, count)
      const paying = Array.from({ length: count }, (_, index) => {
        bed.order(`o${index}`, 500n)
        return cf.pay(bed.request({ orderId: `o${index}`, key: `key-${10_000_000 + index}`, waitMs: 1_000 }))
      })
      await settle()
      // More of them than a round of the replay takes failures in a row, and the oldest.
      const poisoned = new Set([0, 1, 2, 3, 4].map((index) => `o${index}`))
      let isAway = true
      bed.journalFault = (change) => {
        if (!hasAnswer(change)) return undefined
        if (isAway) return 'before'
        return poisoned.has(change.payment?.snapshot.orderId ?? '') ? 'refused' : undefined
      }
      // Whoever asks gets no answer: what is written down comes from the spool.
      noInquiryIsAnswered(bed)
      bed.network.release()
      await bed.advance(5 * MINUTE_MS)
      const ids = (await Promise.all(paying)).map(({ id }) => id)
      assert.equal(cf.spool?.entries, count)
      isAway = false
      await bed.advance(2 * MINUTE_MS)
      for (const id of ids) {
        const { orderId, status } = bed.payment(id)
        assert.equal(status, poisoned.has(orderId) ? 'in-progress' : 'paid', orderId)
      }
      assert.equal(cf.spool?.entries, poisoned.size)
    }),
  )

  it(
    'is dropped from the spool only after its time and once a case has told of it',
    onBed(async (bed) => {
      const machine = new Machine()
      const limits = { ...RARELY, parkedForMs: 60 * MINUTE_MS }
      const cf = await bed.engine({ spool: machine.spool(), limits })
      noInquiryIsAnswered(bed)
      const isCase = (change: Change): boolean => eventsOf(change).some(({ type }) => type === 'case-opened')
      refusing(bed, (change) => hasAnswer(change) || isCase(change))
      const { id } = await paid(bed, cf)
      await bed.advance(DAY_MS)
      assert.equal(cf.spool?.entries, 1, 'nobody was told but the log')
      assert.equal(said(bed, 'could not be made a case'), 1)
      assert.equal(said(bed, 'is parked'), 1)
      refusing(bed, hasAnswer)
      await bed.advance(180 * MINUTE_MS)
      assert.ok(bed.reasons(id).includes('recovery-failed'))
      assert.equal(cf.spool?.entries, 0)
      assert.equal(said(bed, 'is given up'), 1)
    }),
  )

  it(
    'and is kept in the spool is written down once what refused it is put right',
    onBed(async (bed) => {
      const machine = new Machine()
      const cf = await bed.engine({ spool: machine.spool() })
      noInquiryIsAnswered(bed)
      refusing(bed, hasAnswer)
      const { id } = await paid(bed, cf)
      await bed.advance(10 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'in-progress')
      bed.journalFault = () => undefined
      await bed.advance(70 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.network.times('charge'), 1)
      assert.equal(cf.spool?.entries, 0)
    }),
  )
})

describe('a payment of which nothing can be written any more', () => {
  it(
    'delays no other, is looked at less and less, and the log says once that it can be no case (F22)',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: RARELY })
      bed.order('order-2', 700n)
      bed.network.on('charge', { kind: 'unknown', executed: true }, 2)
      const { id } = await paid(bed, cf)
      const other = await paid(bed, cf, { orderId: 'order-2', key: 'key-00000002' })
      await settle()
      refusing(bed, ({ payment }) => payment?.paymentId === id)
      await bed.advance(5 * MINUTE_MS)
      assert.equal(bed.payment(other.id).status, 'paid')
      await bed.advance(DAY_MS)
      const tries = bed.appends.filter(
        ({ change, verdict }) => verdict === 'lost' && change.payment?.paymentId === id,
      )
      assert.ok(tries.length > 10 && tries.length < 80, `${tries.length} tries in a day`)
      assert.equal(said(bed, 'could not be made a case'), 1)
      assert.ok(said(bed, 'recovery failed') <= 6, `${said(bed, 'recovery failed')} lines`)
      bed.journalFault = () => undefined
      await bed.advance(70 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
    }),
  )

  it(
    'is a case where only what it waits for is refused',
    onBed(async (bed) => {
      const cf = await bed.engine()
      bed.network.on('charge', { kind: 'unknown', executed: true })
      refusing(bed, (change) => eventsOf(change).some(({ type }) => type === 'operation-moved'))
      const { id } = await paid(bed, cf)
      await bed.advance(60 * MINUTE_MS)
      assert.ok(bed.reasons(id).includes('recovery-failed'), bed.reasons(id).join())
      assert.match(
        bed
          .payment(id)
          .cases.map(({ text }) => text)
          .join(),
        /The journal cannot hold this/,
      )
    }),
  )
})
