import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { CHANGE_CHARACTERS_MAX } from '../journal/encoded-change.ts'
import type { Change, InboxItem, Journal } from '../journal/journal.ts'
import { NAME_BYTES_MAX } from '../journal/names.ts'
import type { Payment } from '../payment/state.ts'
import type { JournalFixture } from './journal-fixture.ts'
import { following, opening, orderChange, sampleInDoubt, samplePayment } from './journal-samples.ts'

/** What no text of every database can be. */
const IMPOSSIBLE = ['\u0000', 'a\u0000b', '\ud800', 'a\udc00b'] as const
/** Of letters that no index can make shorter. */
const TOO_LONG = Array.from({ length: NAME_BYTES_MAX + 1 }, (_, at) =>
  String.fromCodePoint(97 + ((at * at) % 23)),
)
const refused = { code: 'CF_JOURNAL_REFUSED', retry: 'never' } as const

/** The part of the journal's tests that is about what can never be written; journal-conformance.ts runs it. */
export function refusalConformance(current: () => JournalFixture): void {
  let journal: Journal

  beforeEach(() => {
    journal = current().journal
  })

  describe('what can never be written', () => {
    it('is refused for good when it contradicts itself, and nothing of it is written', async () => {
      const wrong = opening('p1', {}, { snapshot: samplePayment('p2') })
      await assert.rejects(journal.append(wrong), { ...refused, message: /snapshot of p2/ })
      const twice = opening('p1', {}, { references: ['r', 'r'] })
      await assert.rejects(journal.append(twice), { ...refused, message: /reference twice/ })
      await assert.rejects(journal.append(following('p1', 1, { fence: 0 })), {
        ...refused,
        message: /go down/,
      })
      assert.equal(await journal.read('p1'), undefined)
    })

    it('is refused for good where a name cannot be kept as it is, and nothing is found under such a name', async () => {
      for (const text of IMPOSSIBLE) {
        for (const change of namedBy(text)) await assert.rejects(journal.append(change), refused)
        await assert.rejects(journal.heartbeat(text, 1), refused)
        await assert.rejects(journal.receive(item({ id: text })), refused)
        await assert.rejects(journal.receive(item({ gateway: text })), refused)
        await assert.rejects(journal.receive(item({ callerAddress: text })), refused)
        await assert.rejects(journal.removeFromInbox(text), refused)
      }
      // What one of them would become if it were not refused.
      await journal.append({
        ...opening('a\ufffdb', { key: '\ufffd' }, { references: ['\ufffd'] }),
        order: orderChange('\ufffd', 0),
      })
      for (const text of IMPOSSIBLE) {
        assert.equal(await journal.read(text), undefined)
        assert.equal(await journal.findByKey(text), undefined)
        assert.equal(await journal.findByReference(text), undefined)
        assert.equal(await journal.order(text), undefined)
        assert.deepEqual(await journal.history(text), [])
      }
    })

    it('is refused for good where a new name is longer than any index takes', async () => {
      const name = TOO_LONG.join('')
      for (const change of namedBy(name)) await assert.rejects(journal.append(change), refused)
      await assert.rejects(journal.receive(item({ id: name })), refused)
      const longest = name.slice(1)
      const change = opening(longest, { orderId: longest, key: longest }, { references: [longest] })
      const verdict = await journal.append({ ...change, order: orderChange(longest, 0) })
      assert.deepEqual(verdict, { kind: 'committed' })
      assert.equal((await journal.findByReference(longest))?.payment.orderId, longest)
    })

    it('is refused for good where a number is none, or out of range', async () => {
      for (const atMs of [Number.NaN, -1, 1.5, 2 ** 60, Infinity]) {
        await assert.rejects(journal.append(opening('p1', {}, { atMs })), refused)
        await assert.rejects(journal.append(opening('p1', {}, { dueAtMs: atMs })), refused)
      }
      await assert.rejects(journal.append(opening('p1', { fence: Number.NaN })), refused)
      await assert.rejects(journal.append(opening('p1', sampleInDoubt(2n ** 63n))), refused)
      const order = orderChange('o1', 0)
      await assert.rejects(
        journal.append({ order: { ...order, record: { ...order.record, revision: 7 } } }),
        refused,
      )
      assert.equal(await journal.read('p1'), undefined)
    })

    it('is refused for good where no text says it, or one that is too long', async () => {
      await assert.rejects(journal.append(opening('p1', { values: { count: 1n } })), refused)
      const text = 'x'.repeat(CHANGE_CHARACTERS_MAX)
      await assert.rejects(journal.append(opening('p1', { values: { text } })), refused)
      assert.equal(await journal.read('p1'), undefined)
    })

    it('fails alone: what comes at the same moment is written (F22)', async () => {
      const ids = Array.from({ length: 40 }, (_, index) => `p${index}`)
      const told = await Promise.allSettled([
        ...ids.map((id) => journal.append(opening(id))),
        journal.append(opening('q1', { orderId: '\u0000' })),
        journal.append(opening('q2', {}, { references: ['\ud800'] })),
        journal.append(opening('q3', sampleInDoubt(2n ** 63n))),
      ])
      assert.equal(told.filter(({ status }) => status === 'fulfilled').length, ids.length)
      for (const id of ids) assert.equal((await journal.read(id))?.version, 1)
    })
  })
}

/** A change for each place that a name can stand in. */
function namedBy(text: string): readonly Change[] {
  return [
    opening(text),
    opening('p1', { orderId: text }),
    opening('p1', { key: text }),
    opening('p1', { owner: text }),
    opening('p1', { status: text as Payment['status'] }),
    opening('p1', { currency: text }),
    opening('p1', {}, { references: ['r1', text] }),
    { order: orderChange(text, 0) },
  ]
}

function item(changes: Partial<InboxItem>): InboxItem {
  const usual = { id: 'n1', gateway: 'example', receivedAtMs: 1, raw: '', isAuthentic: true }
  return { ...usual, callerAddress: undefined, ...changes }
}
