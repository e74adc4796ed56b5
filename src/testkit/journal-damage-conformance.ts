import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Journal } from '../journal/journal.ts'
import type { JournalFixture } from './journal-fixture.ts'
import { following, opening, sampleInDoubt } from './journal-samples.ts'

const corrupt = { code: 'CF_JOURNAL_CORRUPT', retry: 'never' } as const
/** What is no snapshot: no JSON at all, half of one, and JSON of something else. */
const NO_SNAPSHOTS = ['', '{"paymentId":"p3","oper', '{}', '[]', 'null', '7'] as const

/**
 * The part of the journal's tests that is about rows which cannot be read; journal-conformance.ts runs it. A journal
 * whose fixture can damage no row passes by having none.
 */
export function damageConformance(current: () => JournalFixture): void {
  let fixture: JournalFixture
  let journal: Journal

  beforeEach(async () => {
    fixture = current()
    journal = fixture.journal
  })

  describe('a payment whose row cannot be read (F22)', () => {
    beforeEach(async () => {
      for (let index = 1; index <= 5; index++) {
        const payment = { orderId: 'o1', cases: [sampleCase(index)], ...sampleInDoubt(100n) }
        await journal.append(opening(`p${index}`, payment, { dueAtMs: index }))
      }
    })

    it('hides no other in a list, and is told by its id on the page that it belongs to', async () => {
      const { damagePayment } = fixture
      if (damagePayment === undefined) return
      for (const text of NO_SNAPSHOTS) {
        await damagePayment('p3', text)
        await damagePayment('p5', text)
        const all = { limit: 10, orderId: 'o1', withCases: true } as const
        assert.deepEqual(await pageOf(journal, all), [['p4', 'p2', 'p1'], ['p5', 'p3'], undefined])
        assert.deepEqual(await pageOf(journal, { limit: 2 }), [['p4'], ['p5'], 'p4'])
        assert.deepEqual(await pageOf(journal, { limit: 2, before: 'p4' }), [['p2'], ['p3'], 'p2'])
        assert.deepEqual(await pageOf(journal, { limit: 2, before: 'p2' }), [['p1'], [], undefined])
        await assert.rejects(journal.read('p3'), corrupt, text)
        await assert.rejects(journal.findByKey('key-of-p3'), corrupt, text)
        assert.equal((await journal.read('p2'))?.version, 1)
        assert.ok((await journal.history('p3')).length >= 1)
      }
    })

    it('is due and in doubt as before, and so are the others', async () => {
      if (fixture.damagePayment === undefined) return
      await fixture.damagePayment('p1', '{')
      const due = { nodeId: 'node-2', nowMs: 10, deadBeforeMs: 10, limit: 10 }
      assert.deepEqual((await journal.due(due)).toSorted(), ['p1', 'p2', 'p3', 'p4', 'p5'])
      const [doubt] = await journal.inDoubt()
      assert.deepEqual([doubt?.payments, doubt?.atRiskMinor], [5, 500n])
    })

    it('can be written anew, and is read again', async () => {
      if (fixture.damagePayment === undefined) return
      await fixture.damagePayment('p3', '{')
      const { version = 0 } = (await journal.history('p3')).at(-1) ?? {}
      assert.deepEqual(await journal.append(following('p3', version)), { kind: 'committed' })
      assert.equal((await journal.read('p3'))?.version, version + 1)
    })

    it('keeps a notification that it is said to have recorded, and no neighbour from being written', async () => {
      if (fixture.damagePayment === undefined) return
      await journal.receive(item('n1'))
      await fixture.damagePayment('p3', '{')
      const [removed, written] = await Promise.allSettled([
        journal.removeFromInbox('n1', 'p3'),
        journal.append(opening('p6')),
      ])
      assert.equal(removed.status, 'rejected')
      assert.deepEqual(written, { status: 'fulfilled', value: { kind: 'committed' } })
      assert.equal((await journal.inbox(10)).items.length, 1)
    })
  })

  it('tells a notification whose row cannot be read by its id, beside the others, and lets it be removed', async () => {
    const { damageNotification } = fixture
    if (damageNotification === undefined) return
    for (const id of ['n1', 'n2', 'n3']) await journal.receive(item(id))
    await damageNotification('n2')
    assert.deepEqual(await journal.inbox(10), { items: [item('n1'), item('n3')], unreadable: ['n2'] })
    await journal.removeFromInbox('n2')
    assert.deepEqual(await journal.inbox(10), { items: [item('n1'), item('n3')], unreadable: [] })
  })
}

async function pageOf(journal: Journal, query: Parameters<Journal['list']>[0]) {
  const { payments, unreadable, next } = await journal.list(query)
  return [payments.map(({ payment }) => payment.paymentId), unreadable, next]
}

function sampleCase(index: number) {
  return { caseId: `c${index}`, reason: 'example', reference: undefined, text: 'An example.', atMs: index }
}

function item(id: string) {
  const usual = { gateway: 'example', receivedAtMs: 7, raw: `<${id}/>`, isAuthentic: true }
  return { id, ...usual, callerAddress: undefined }
}
