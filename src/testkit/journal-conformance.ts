import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Journal, Verdict } from '../journal/journal.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { damageConformance } from './journal-damage-conformance.ts'
import { type JournalFixture, stored } from './journal-fixture.ts'
import { readingConformance } from './journal-reading-conformance.ts'
import { refusalConformance } from './journal-refusal-conformance.ts'
import {
  following,
  opening,
  orderChange,
  SAMPLE_AT_MS,
  sampleEvents,
  samplePayment,
} from './journal-samples.ts'

export type { JournalFixture } from './journal-fixture.ts'

const committed: Verdict = { kind: 'committed' }
const conflict = (on: Extract<Verdict, { kind: 'conflict' }>['on']): Verdict => ({ kind: 'conflict', on })

/**
 * The tests that every journal has to pass, for `node --test`. Each gets a journal of its own.
 *
 * @example
 * journalConformance('my journal', { open: async () => ({ journal, reopen, dispose }) })
 */
export function journalConformance(
  name: string,
  { open }: { readonly open: () => Promise<JournalFixture> },
): void {
  let fixture: JournalFixture
  let journal: Journal

  describe(`${name} keeps the journal's promises`, () => {
    beforeEach(async () => {
      fixture = await open()
      journal = fixture.journal
    })
    afterEach(() => fixture.dispose())

    describe('writing', () => {
      it('writes events, snapshot, order and references of one change together', async () => {
        const change = { ...opening('p1', {}, { references: ['r1', 'r2'] }), order: orderChange('o1', 0) }
        assert.deepEqual(await journal.append(change), committed)
        const found = { payment: stored(samplePayment('p1')), version: 1 }
        assert.deepEqual(await journal.read('p1'), found)
        assert.deepEqual(await journal.findByKey('key-of-p1'), found)
        assert.deepEqual(await journal.findByReference('r1'), found)
        assert.deepEqual(await journal.findByReference('r2'), found)
        assert.deepEqual(await journal.order('o1'), stored(change.order.record))
        assert.deepEqual(await journal.history('p1'), [
          { version: 1, atMs: SAMPLE_AT_MS, fence: 1, events: stored(sampleEvents('p1')) },
        ])
      })

      it('keeps all of it over a restart', async () => {
        const change = { ...opening('p1', {}, { references: ['r1'] }), order: orderChange('o1', 0) }
        await journal.append(change)
        await journal.receive({
          id: 'n1',
          gateway: 'example',
          receivedAtMs: 5,
          raw: '<paid/>',
          isAuthentic: true,
          callerAddress: undefined,
        })
        journal = await fixture.reopen()
        assert.deepEqual(await journal.findByReference('r1'), {
          payment: stored(samplePayment('p1')),
          version: 1,
        })
        assert.deepEqual(await journal.order('o1'), stored(change.order.record))
        assert.equal((await journal.history('p1')).length, 1)
        assert.equal((await journal.inbox(10)).items.length, 1)
      })

      it('answers undefined or nothing for what it does not have', async () => {
        assert.equal(await journal.read('p1'), undefined)
        assert.equal(await journal.order('o1'), undefined)
        assert.equal(await journal.findByKey('k'), undefined)
        assert.equal(await journal.findByReference('r'), undefined)
        assert.deepEqual(await journal.history('p1'), [])
        assert.deepEqual(await journal.list({ limit: 10 }), { payments: [], unreadable: [], next: undefined })
        assert.deepEqual(await journal.inbox(10), { items: [], unreadable: [] })
      })

      it('writes an order without a payment, and a payment without an order', async () => {
        assert.deepEqual(
          await journal.append({ order: orderChange('o1', 0, { state: 'closed' }) }),
          committed,
        )
        assert.deepEqual(await journal.append(opening('p1')), committed)
        assert.equal((await journal.order('o1'))?.state, 'closed')
        assert.equal(await journal.order('order-of-p1'), undefined)
      })

      it('reads amounts as bigint and leaves the values of the shop as they are', async () => {
        await journal.append(opening('p1', { values: { priceMinor: '12', list: [{ feeMinor: 3 }] } }))
        const payment = (await journal.read('p1'))?.payment
        assert.equal(payment?.amountMinor, 1999n)
        assert.equal(payment?.balances.capturingMinor, 1999n)
        assert.deepEqual(payment?.values, { priceMinor: '12', list: [{ feeMinor: 3 }] })
        assert.equal(payment?.refusal, undefined)
      })

      it('keeps any text as it is', async () => {
        const text = 'Grüße, 日本, \u{1F600}, "quotes", \\, \u0000, \n'
        await journal.append(opening('p1', { refusal: text }))
        await journal.receive({
          id: 'n1',
          gateway: 'example',
          receivedAtMs: 1,
          raw: text,
          isAuthentic: false,
          callerAddress: undefined,
        })
        assert.equal((await journal.read('p1'))?.payment.refusal, text)
        assert.equal((await journal.inbox(1)).items[0]?.raw, text)
      })

      it('keeps event types that it does not know (F25)', async () => {
        const event = { type: 'moon-landed', craterMinor: 7n, note: 'from a later version' }
        await journal.append(opening('p1', {}, { events: [event as unknown as PaymentEvent] }))
        journal = await fixture.reopen()
        assert.deepEqual((await journal.history('p1'))[0]?.events, [event])
      })

      it('tells the appends of a payment in the order in which they were written', async () => {
        await journal.append(opening('p1'))
        for (let version = 1; version < 12; version++) {
          const atMs = SAMPLE_AT_MS - version
          assert.deepEqual(await journal.append(following('p1', version, {}, { atMs })), committed)
        }
        const history = await journal.history('p1')
        assert.deepEqual(
          history.map(({ version }) => version),
          [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        )
        assert.deepEqual(history[11]?.events, [{ type: 'step-refused', step: 'charge', reason: '11' }])
        assert.equal(history[11]?.atMs, SAMPLE_AT_MS - 11)
      })
    })

    describe('conflicts', () => {
      /** Everything that a change could have written must be as before. */
      async function assertOnlyTheFirst(): Promise<void> {
        assert.equal((await journal.read('p1'))?.version, 1)
        assert.equal((await journal.read('p1'))?.payment.status, 'in-progress')
        assert.equal((await journal.history('p1')).length, 1)
        assert.equal((await journal.order('o1'))?.revision, 1)
        assert.equal((await journal.order('o2')) ?? undefined, undefined)
        assert.equal((await journal.findByReference('r1'))?.payment.paymentId, 'p1')
        assert.equal(await journal.findByReference('r2'), undefined)
        assert.equal((await journal.list({ limit: 10 })).payments.length, 1)
      }

      beforeEach(async () => {
        await journal.append({ ...opening('p1', {}, { references: ['r1'] }), order: orderChange('o1', 0) })
      })

      it('refuses a version that has moved on, and writes nothing of the change', async () => {
        for (const version of [0, 2]) {
          const change = following('p1', version, { status: 'paid' }, { references: ['r2'] })
          assert.deepEqual(
            await journal.append({ ...change, order: orderChange('o2', 0) }),
            conflict('version'),
          )
        }
        await assertOnlyTheFirst()
      })

      it('refuses an owner that was overtaken, and writes nothing of the change (F13)', async () => {
        for (const expectedFence of [0, 2]) {
          const change = following(
            'p1',
            1,
            { status: 'paid', fence: 2 },
            { references: ['r2'], expectedFence },
          )
          assert.deepEqual(
            await journal.append({ ...change, order: orderChange('o2', 0) }),
            conflict('fence'),
          )
        }
        await assertOnlyTheFirst()
      })

      it('lets the fence of the snapshot be the one that the next change must name', async () => {
        assert.deepEqual(await journal.append(following('p1', 1, { fence: 2 })), committed)
        assert.deepEqual(await journal.append(following('p1', 2)), conflict('fence'))
        assert.deepEqual(
          await journal.append(following('p1', 2, { fence: 2 }, { expectedFence: 2 })),
          committed,
        )
      })

      it('refuses an order that has moved on, and writes nothing of the change', async () => {
        for (const revision of [0, 2]) {
          const change = following('p1', 1, { status: 'paid' }, { references: ['r2'] })
          assert.deepEqual(
            await journal.append({ ...change, order: orderChange('o1', revision) }),
            conflict('order'),
          )
        }
        await assertOnlyTheFirst()
      })

      it('refuses a second payment with the same key, before it looks at the order', async () => {
        const change = opening('p2', { key: 'key-of-p1' }, { references: ['r2'] })
        assert.deepEqual(await journal.append({ ...change, order: orderChange('o1', 0) }), conflict('key'))
        assert.equal(await journal.read('p2'), undefined)
        assert.deepEqual(await journal.history('p2'), [])
        await assertOnlyTheFirst()
      })

      it('refuses a reference that another payment has, and writes nothing of the change', async () => {
        const change = opening('p2', {}, { references: ['r2', 'r1'] })
        assert.deepEqual(
          await journal.append({ ...change, order: orderChange('o2', 0) }),
          conflict('reference'),
        )
        assert.equal(await journal.read('p2'), undefined)
        await assertOnlyTheFirst()
      })

      it('refuses a reference that the payment has already', async () => {
        assert.deepEqual(
          await journal.append(following('p1', 1, {}, { references: ['r1'] })),
          conflict('reference'),
        )
      })

      it('gives each change that comes at once its own verdict, in the order in which they came', async () => {
        const verdicts = await Promise.all([
          journal.append(opening('p2')),
          journal.append(following('p1', 7)),
          journal.append(following('p2', 1)),
          journal.append(opening('p3', { key: 'key-of-p2' })),
          journal.append({ order: orderChange('o1', 1) }),
          journal.append({ order: orderChange('o1', 1) }),
          journal.append(opening('p4', {}, { references: ['r4'] })),
          journal.append(opening('p5', {}, { references: ['r4'] })),
        ])
        assert.deepEqual(verdicts, [
          committed,
          conflict('version'),
          committed,
          conflict('key'),
          committed,
          conflict('order'),
          committed,
          conflict('reference'),
        ])
        assert.equal((await journal.read('p2'))?.version, 2)
        assert.equal(await journal.read('p5'), undefined)
      })
    })

    describe('many at once', () => {
      it('commits 200 changes of different payments', async () => {
        const ids = Array.from({ length: 200 }, (_, index) => `p${1000 + index}`)
        const verdicts = await Promise.all(ids.map((id) => journal.append(opening(id))))
        assert.deepEqual(new Set(verdicts.map(({ kind }) => kind)), new Set(['committed']))
        const { payments: listed } = await journal.list({ limit: 1000 })
        assert.deepEqual(listed.map(({ payment }) => payment.paymentId).reverse(), ids)
      })

      it('lets exactly one of 50 racers have an order (F12)', async () => {
        const ids = Array.from({ length: 50 }, (_, index) => `p${10 + index}`)
        // All have looked before the first of them writes, whatever the journal's reads take.
        const seen = await Promise.all(ids.map(() => journal.order('o1')))
        const verdicts = await Promise.all(
          ids.map((paymentId, index) => {
            const order = orderChange('o1', seen[index]?.revision ?? 0, { paymentId })
            return journal.append({ ...opening(paymentId, { orderId: 'o1' }), order })
          }),
        )
        const winners = ids.filter((_, index) => verdicts[index]?.kind === 'committed')
        assert.equal(winners.length, 1)
        assert.equal(
          verdicts.filter((verdict) => verdict.kind === 'conflict' && verdict.on === 'order').length,
          49,
        )
        assert.equal((await journal.order('o1'))?.paymentId, winners[0])
        assert.equal((await journal.list({ orderId: 'o1', limit: 100 })).payments.length, 1)
      })
    })

    readingConformance(() => fixture)
    refusalConformance(() => fixture)
    damageConformance(() => fixture)

    describe('watching', () => {
      it('calls back after a commit with the new version, and not after a conflict', async () => {
        const seen: string[] = []
        const end = journal.watch((paymentId, version) => seen.push(`${paymentId} ${version}`))
        await journal.append(opening('p1'))
        await journal.append(following('p1', 1))
        await journal.append(following('p1', 1))
        await journal.append({ order: orderChange('o1', 0) })
        end()
        await journal.append(following('p1', 2))
        assert.deepEqual(seen, ['p1 1', 'p1 2'])
      })

      it('shows a watcher what it was called for', async () => {
        const reads: Promise<boolean>[] = []
        // A read that takes its time may show what was committed meanwhile, too.
        const isThere = async (paymentId: string, version: number): Promise<boolean> =>
          ((await journal.read(paymentId))?.version ?? 0) >= version
        journal.watch((paymentId, version) => reads.push(isThere(paymentId, version)))
        await journal.append(opening('p1'))
        await journal.append(following('p1', 1))
        assert.deepEqual(await Promise.all(reads), [true, true])
      })

      it('commits all the same when a listener throws, and calls the others', async (t) => {
        const warn = t.mock.method(process, 'emitWarning', () => undefined)
        const seen: number[] = []
        journal.watch(() => {
          throw new Error('a broken listener')
        })
        journal.watch((_, version) => seen.push(version))
        assert.deepEqual(await journal.append(opening('p1')), committed)
        assert.deepEqual(seen, [1])
        assert.match(String(warn.mock.calls[0]?.arguments[0]), /broken listener/)
      })
    })

    it('rejects every call once it is closed', async () => {
      await journal.close()
      const unavailable = { code: 'CF_JOURNAL_UNAVAILABLE' }
      await assert.rejects(journal.append(opening('p1')), unavailable)
      await assert.rejects(journal.read('p1'), unavailable)
      await assert.rejects(journal.order('o1'), unavailable)
      await assert.rejects(journal.history('p1'), unavailable)
      await assert.rejects(
        journal.due({ nodeId: 'node-1', nowMs: 0, deadBeforeMs: 0, limit: 1 }),
        unavailable,
      )
      await assert.rejects(journal.heartbeat('node-1', 1), unavailable)
      await assert.rejects(journal.inDoubt(), unavailable)
      await assert.rejects(journal.inbox(1), unavailable)
    })
  })
}
