import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Journal } from '../journal/journal.ts'
import { type JournalFixture, stored } from './journal-fixture.ts'
import { following, opening, SAMPLE_AT_MS, sampleEvents, samplePayment } from './journal-samples.ts'

/** The part of the journal's tests that is about reads, due work and the inbox; journal-conformance.ts runs it. */
export function readingConformance(current: () => JournalFixture): void {
  let fixture: JournalFixture
  let journal: Journal

  beforeEach(() => {
    fixture = current()
    journal = fixture.journal
  })

  describe('reading', () => {
    it('gives each reader a copy of its own', async () => {
      const change = opening('p1')
      await journal.append(change)
      const spoil = (value: object): void => {
        for (const name of Object.keys(value)) Reflect.deleteProperty(value, name)
      }
      spoil(change.payment.snapshot)
      spoil((await journal.read('p1'))?.payment.balances ?? {})
      spoil((await journal.read('p1'))?.payment ?? {})
      spoil((await journal.history('p1'))[0]?.events[0] ?? {})
      assert.deepEqual((await journal.read('p1'))?.payment, stored(samplePayment('p1')))
      assert.deepEqual((await journal.history('p1'))[0]?.events, stored(sampleEvents('p1')))
    })

    it('lists the newest first, page by page, by all conditions together', async () => {
      for (let index = 1; index <= 6; index++) {
        const status = index % 2 === 0 ? 'paid' : 'declined'
        const cases = index > 3 ? [sampleCase(index)] : []
        await journal.append(opening(`p${index}`, { orderId: index < 6 ? 'o1' : 'o2', status, cases }))
      }
      const ids = async (query: Parameters<Journal['list']>[0]): Promise<string[]> =>
        (await journal.list(query)).payments.map(({ payment }) => payment.paymentId)
      assert.deepEqual(await ids({ limit: 4 }), ['p6', 'p5', 'p4', 'p3'])
      assert.deepEqual(await ids({ limit: 4, before: 'p3' }), ['p2', 'p1'])
      assert.deepEqual(await ids({ limit: 10, orderId: 'o1' }), ['p5', 'p4', 'p3', 'p2', 'p1'])
      assert.deepEqual(await ids({ limit: 10, status: 'paid' }), ['p6', 'p4', 'p2'])
      assert.deepEqual(await ids({ limit: 10, withCases: true }), ['p6', 'p5', 'p4'])
      assert.deepEqual(await ids({ limit: 10, withCases: false }), ['p6', 'p5', 'p4', 'p3', 'p2', 'p1'])
      assert.deepEqual(
        await ids({ limit: 1, orderId: 'o1', status: 'paid', withCases: true, before: 'p6' }),
        ['p4'],
      )
    })

    it('says where the next page begins, until there is none', async () => {
      for (let index = 1; index <= 4; index++) await journal.append(opening(`p${index}`))
      const next = async (query: Parameters<Journal['list']>[0]) => (await journal.list(query)).next
      assert.equal(await next({ limit: 3 }), 'p2')
      assert.equal(await next({ limit: 3, before: 'p2' }), undefined)
      assert.equal(await next({ limit: 4 }), 'p1')
      assert.equal(await next({ limit: 4, before: 'p1' }), undefined)
    })

    it('lists by what a payment has become, not by what it was', async () => {
      await journal.append(opening('p1', { status: 'in-progress', cases: [sampleCase(1)] }))
      const closed = { action: 'close', by: 'ann', why: 'It was so.', atMs: SAMPLE_AT_MS } as const
      await journal.append(following('p1', 1, { status: 'paid', cases: [{ ...sampleCase(1), closed }] }))
      assert.equal((await journal.list({ status: 'in-progress', limit: 10 })).payments.length, 0)
      assert.equal((await journal.list({ withCases: true, limit: 10 })).payments.length, 0)
      assert.equal((await journal.list({ status: 'paid', limit: 10 })).payments.length, 1)
    })

    it('refuses a limit outside 1 to 1,000', async () => {
      for (const limit of [0, 1001, 1.5]) {
        await assert.rejects(journal.list({ limit }), RangeError)
        await assert.rejects(journal.due({ nodeId: 'node-1', nowMs: 0, deadBeforeMs: 0, limit }), RangeError)
        await assert.rejects(journal.inbox(limit), RangeError)
      }
    })
  })

  describe('what is due', () => {
    it('finds what is due by now, the longest due first, at most the limit', async () => {
      await journal.append(opening('p1', {}, { dueAtMs: 300 }))
      await journal.append(opening('p2', {}, { dueAtMs: 100 }))
      await journal.append(opening('p3', {}, { dueAtMs: 200 }))
      await journal.append(opening('p4', {}, { dueAtMs: undefined }))
      const due = (nowMs: number, limit = 10): Promise<readonly string[]> =>
        journal.due({ nodeId: 'node-1', nowMs, deadBeforeMs: 0, limit })
      assert.deepEqual(await due(99), [])
      assert.deepEqual(await due(200), ['p2', 'p3'])
      assert.deepEqual(await due(1000), ['p2', 'p3', 'p1'])
      assert.deepEqual(await due(1000, 2), ['p2', 'p3'])
      const next = { nodeId: 'node-1', nowMs: 1000, deadBeforeMs: 0, skip: 2, limit: 2 }
      assert.deepEqual(await journal.due(next), ['p1'])
      await journal.append(following('p2', 1, {}, { dueAtMs: undefined }))
      await journal.append(following('p3', 1, {}, { dueAtMs: 2000 }))
      assert.deepEqual(await due(1000), ['p1'])
    })

    it('finds what a dead or unknown node was at work on, whatever its due time', async () => {
      const attended = true
      const [deadAtMs, aliveAtMs] = await beats(journal, 'dead', 'alive')
      const later = aliveAtMs + 100_000
      const since = (ms: number) => ({ attended, dueAtMs: deadAtMs + ms })
      await journal.append(opening('p1', { owner: 'dead' }, { attended, dueAtMs: later }))
      await journal.append(opening('p2', { owner: 'alive' }, { attended, dueAtMs: later }))
      await journal.append(opening('p3', { owner: 'never-seen' }, { attended }))
      await journal.append(opening('p4', { owner: 'dead' }, { attended: false }))
      await journal.append(opening('p5', { owner: 'dead' }, since(-30)))
      const due = (deadBeforeMs: number, nowMs: number): Promise<readonly string[]> =>
        journal.due({ nodeId: 'alive', nowMs, deadBeforeMs, limit: 10 })
      assert.deepEqual(await due(deadAtMs, deadAtMs - 40), ['p3'])
      assert.deepEqual(await due(deadAtMs + 1, deadAtMs - 40), ['p3', 'p1', 'p5'])
      assert.deepEqual(await due(deadAtMs + 1, deadAtMs - 20), ['p3', 'p5', 'p1'])
      assert.deepEqual(await due(aliveAtMs + 1, deadAtMs - 40), ['p3', 'p1', 'p5', 'p2'])
      await journal.append(following('p1', 1, { owner: 'dead' }, { attended: false }))
      assert.deepEqual(await due(deadAtMs + 1, deadAtMs - 40), ['p3', 'p5'])
      journal = await fixture.reopen()
      // A journal that has one owner at a time may have forgotten who was seen before.
      await journal.heartbeat('alive', aliveAtMs)
      assert.deepEqual(await due(deadAtMs + 1, deadAtMs - 40), ['p3', 'p5'])
    })

    it('takes an owner that was never seen, or was forgotten, for one that was seen too long ago', async () => {
      const [longAgoMs, aliveAtMs] = await beats(journal, 'seen-long-ago', 'alive')
      const owners = ['seen-long-ago', 'never-seen']
      for (const [index, owner] of owners.entries()) {
        await journal.append(opening(`p${index}1`, { owner }, { attended: true, dueAtMs: aliveAtMs + 9_000 }))
        await journal.append(opening(`p${index}2`, { owner }, { dueAtMs: aliveAtMs + 1 }))
        await journal.append(opening(`p${index}3`, { owner }, { attended: true, dueAtMs: aliveAtMs + 1 }))
        await journal.append(opening(`p${index}4`, { owner }, { dueAtMs: aliveAtMs + 9_000 }))
        await journal.append(opening(`p${index}5`, { owner }, { dueAtMs: undefined }))
      }
      for (const nodeId of ['alive', 'asking', ...owners]) {
        for (const [nowMs, expected] of [
          [aliveAtMs, ['1', '3']],
          [aliveAtMs + 5, ['1', '2', '3']],
          [aliveAtMs + 9_000, ['1', '2', '3', '4']],
        ] as const) {
          const due = await journal.due({ nodeId, nowMs, deadBeforeMs: longAgoMs + 1, limit: 100 })
          for (const index of owners.keys()) {
            const found = due.filter((id) => id.startsWith(`p${index}`)).sort()
            assert.deepEqual(
              found,
              expected.map((of) => `p${index}${of}`),
              `${nodeId} at ${nowMs - aliveAtMs}`,
            )
          }
        }
      }
    })

    it('leaves what is due to its living owner, until it is long due', async () => {
      const [, aliveAtMs] = await beats(journal, 'dead', 'alive')
      const owned = (id: string, owner: string) => opening(id, { owner }, { dueAtMs: aliveAtMs + 500 })
      await journal.append(owned('p1', 'alive'))
      await journal.append(owned('p2', 'dead'))
      await journal.append(owned('p3', 'asking'))
      const due = (nodeId: string, nowMs: number, deadBeforeMs: number): Promise<readonly string[]> =>
        journal.due({ nodeId, nowMs, deadBeforeMs, limit: 10 })
      const now = aliveAtMs + 600
      assert.deepEqual(await due('asking', now, aliveAtMs), ['p2', 'p3'])
      assert.deepEqual(await due('alive', now, aliveAtMs), ['p1', 'p2', 'p3'])
      assert.deepEqual(await due('asking', now, aliveAtMs + 1), ['p1', 'p2', 'p3'])
      assert.deepEqual(await due('asking', aliveAtMs + 499, aliveAtMs + 499), [])
    })
  })

  it('gives out what a node that took leave had owned, however short ago it was seen', async () => {
    const atMs = await journal.heartbeat('node-1', 1_000)
    await journal.append(opening('p1', { owner: 'node-1' }, { attended: true, dueAtMs: atMs + 9_000 }))
    await journal.append(opening('p2', { owner: 'node-1' }, { attended: false, dueAtMs: atMs - 1 }))
    journal = await fixture.reopen()
    await journal.heartbeat('node-2', 1_000)
    const due = await journal.due({ nodeId: 'node-2', nowMs: atMs, deadBeforeMs: atMs - 500, limit: 10 })
    assert.deepEqual([...due].sort(), ['p1', 'p2'])
  })

  describe('what is in doubt', () => {
    it('is counted per currency, with its age, the money at risk and when it is looked at next', async () => {
      const [operation] = samplePayment('p').operations
      assert.ok(operation !== undefined)
      const doubted = (sinceMs: number, amountMinor: bigint) => ({
        operations: [{ ...operation, state: 'intended' as const, inDoubtSinceMs: sinceMs, amountMinor }],
      })
      assert.deepEqual(await journal.inDoubt(), [])
      await journal.append(opening('p1', doubted(300, 1_000n), { dueAtMs: 900 }))
      await journal.append(opening('p2', doubted(200, 9_007_199_254_740n), { dueAtMs: 800 }))
      await journal.append(opening('p3', { ...doubted(100, 5n), currency: 'JPY' }, { dueAtMs: undefined }))
      await journal.append(opening('p4', {}, { dueAtMs: 700 }))
      assert.deepEqual(await journal.inDoubt(), [
        {
          currency: 'GBP',
          payments: 2,
          oldestSinceMs: 200,
          atRiskMinor: 9_007_199_255_740n,
          nextDueAtMs: 800,
        },
        { currency: 'JPY', payments: 1, oldestSinceMs: 100, atRiskMinor: 5n, nextDueAtMs: undefined },
      ])
      await journal.append(following('p2', 1, {}, { dueAtMs: undefined }))
      await journal.append(following('p3', 1, { currency: 'JPY' }, { dueAtMs: undefined }))
      assert.deepEqual(await journal.inDoubt(), [
        { currency: 'GBP', payments: 1, oldestSinceMs: 300, atRiskMinor: 1_000n, nextDueAtMs: 900 },
      ])
    })
  })

  describe('the inbox', () => {
    const item = (id: string, raw = `<${id}/>`) => ({
      id,
      gateway: 'example',
      receivedAtMs: 7,
      raw,
      isAuthentic: id === 'n1',
      callerAddress: id === 'n1' ? '192.0.2.7' : undefined,
    })
    const waiting = async (): Promise<readonly string[]> =>
      (await journal.inbox(100)).items.map(({ id }) => id)

    it('keeps notifications in the order in which they came, each id once', async () => {
      for (const id of ['n3', 'n1', 'n2']) await journal.receive(item(id))
      await journal.receive(item('n3', 'something else'))
      assert.deepEqual((await journal.inbox(10)).items, [item('n3'), item('n1'), item('n2')])
      assert.deepEqual((await journal.inbox(2)).items, [item('n3'), item('n1')])
      await journal.removeFromInbox('n1')
      await journal.removeFromInbox('n1')
      journal = await fixture.reopen()
      assert.deepEqual((await journal.inbox(10)).items, [item('n3'), item('n2')])
    })

    it('lets go what a payment is said to have recorded only if that payment has it as it is stored', async () => {
      for (const id of ['n1', 'n2', 'n3']) await journal.receive(item(id))
      await journal.append(opening('p1', { notices: ['n0', 'n1'] }))
      await journal.append(opening('p2', { notices: ['n3'] }))
      await journal.removeFromInbox('n2', 'p1')
      await journal.removeFromInbox('n3', 'p1')
      await journal.removeFromInbox('n3', 'never-seen')
      assert.deepEqual(await waiting(), ['n1', 'n2', 'n3'])
      await journal.removeFromInbox('n1', 'p1')
      await journal.removeFromInbox('n3', 'p2')
      assert.deepEqual(await waiting(), ['n2'])
      // What is no longer on its list, as what never was there, stays until it is on it again.
      await journal.append(following('p1', 1, { notices: ['n2'] }))
      await journal.append(following('p1', 2, { notices: ['n4'] }))
      await journal.removeFromInbox('n2', 'p1')
      assert.deepEqual(await waiting(), ['n2'])
      await journal.append(following('p1', 3, { notices: ['n4', 'n2'] }))
      await journal.removeFromInbox('n2', 'p1')
      journal = await fixture.reopen()
      assert.deepEqual(await waiting(), [])
    })

    it('compares it with what is on that list exactly, whatever else the payment says', async () => {
      const ids = [
        'n1',
        'N1',
        'n1 ',
        'n',
        '"n1"',
        'n\\1',
        'n\\u00e9',
        'n\u00e9',
        'ne\u0301',
        'n%',
        '\u0001',
        '\\\\"',
        '0',
      ]
      for (const id of ids) await journal.receive(item(id))
      const hostile = ['\u0000', '\ud800', '\\', '\\u0000', '\\\\u0000"', '","notices":["n1"],"a":"']
      const other = { notices: ids, hostile, [ids.join()]: '"notices":["n1"]' }
      const elsewhere = {
        description: `${hostile.join('')}${JSON.stringify({ notices: ids })}`,
        values: other,
      }
      await journal.append(opening('p1', { notices: ['other'], ...elsewhere }))
      for (const id of ids) await journal.removeFromInbox(id, 'p1')
      assert.deepEqual(await waiting(), ids)
      for (const [index, id] of ids.entries()) {
        await journal.append(following('p1', index + 1, { notices: ['other', id], ...elsewhere }))
        await Promise.all(ids.map((each) => journal.removeFromInbox(each, 'p1')))
        assert.deepEqual(await waiting(), ids.slice(index + 1), JSON.stringify(id))
      }
    })
  })
}

function sampleCase(index: number) {
  return {
    caseId: `case-${index}`,
    reason: 'amount-mismatch',
    reference: undefined,
    text: 'Something to decide.',
    atMs: SAMPLE_AT_MS,
  }
}

/**
 * Both nodes beat, the second one a moment later by the time that rules, which is the journal's own where it has a
 * clock. Answers when that was.
 */
async function beats(journal: Journal, first: string, second: string): Promise<readonly [number, number]> {
  await journal.heartbeat(second, 50)
  const firstAtMs = await journal.heartbeat(first, 50)
  for (let tries = 1; tries <= 1_000; tries++) {
    const secondAtMs = await journal.heartbeat(second, 50 + tries * 1_000)
    if (secondAtMs > firstAtMs) return [firstAtMs, secondAtMs]
  }
  throw new Error('the time that rules stands still')
}
