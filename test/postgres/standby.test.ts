import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import type { Journal, Verdict } from '../../src/journal/journal.ts'
import { following, opening } from '../../src/testkit/journal-samples.ts'
import { until } from './eventually.ts'
import { PostgresServer } from './server.ts'

const committed: Verdict = { kind: 'committed' }
const STUCK = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
const IS_THERE = 'SELECT FROM counterfoil.payments WHERE payment_id = $1'

describe('a journal with a synchronous standby', () => {
  let primary: PostgresServer
  let standby: PostgresServer
  let journal: Journal

  before(async () => {
    primary = await PostgresServer.create({
      synchronous_standby_names: 'standby',
      // Whatever the server has of its own: a commit waits, and a warning is heard.
      synchronous_commit: 'local',
      client_min_messages: 'error',
    })
    // The wait is for later: there is nobody yet who could confirm.
    standby = await primary.standby('standby')
    standby.configure({ synchronous_standby_names: '' })
    await until(
      async () =>
        (await primary.query("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'")).length === 1,
    )
    journal = await opened('node-1', 20_000)
    assert.deepEqual(await journal.append(opening('p1')), committed)
  })
  after(async () => {
    await journal.close()
    await primary[Symbol.asyncDispose]()
    await standby[Symbol.asyncDispose]()
  })

  async function opened(nodeId: string, confirmTimeoutMs: number): Promise<Journal> {
    const url = [standby.url(), primary.url()]
    const node = postgresJournal({ url, commitTimeoutMs: 500, confirmTimeoutMs, connectTimeoutMs: 2_000 })
    await node.open({ nodeId })
    return node
  }

  /** The standby is gone, a commit waits for it, and somebody cancels that wait: the server answers with a warning only. */
  async function cancelledCommit(
    paymentId: string,
  ): Promise<{ readonly verdict: Promise<Verdict>; readonly isSettled: () => boolean }> {
    await standby.stop()
    let isSettled = false
    const verdict = journal.append(opening(paymentId)).finally(() => (isSettled = true))
    verdict.catch(() => undefined)
    await until(async () => {
      for (const { pid } of await primary.query(STUCK))
        await primary.query('SELECT pg_cancel_backend($1)', [pid])
      return (await primary.query(IS_THERE, [paymentId])).length === 1
    })
    return { verdict, isSettled: () => isSettled }
  }

  it('does not take a cancelled wait for a commit, shows nothing of it, and commits when the standby is back', async () => {
    const { verdict, isSettled } = await cancelledCommit('p2')
    // Whoever asks the primary sees it by now, and it can still be lost. This journal waits for the standby to confirm.
    await until(
      async () => (await primary.query(`${STUCK} AND query LIKE '%INSERT INTO writers%'`)).length > 0,
    )
    const shown: unknown[] = []
    const read = journal.read('p2').then(
      (found) => shown.push(found?.version),
      ({ code }: { readonly code: string }) => assert.equal(code, 'CF_JOURNAL_UNAVAILABLE'),
    )
    await until(async () => (await primary.query(IS_THERE, ['p2'])).length === 1)
    assert.deepEqual([isSettled(), shown], [false, []])
    await standby.start()
    assert.deepEqual(await verdict, committed)
    await read
    assert.equal((await journal.history('p2')).length, 1)
    assert.equal((await standby.query(IS_THERE, ['p2'])).length, 1)
  })

  it('commits again on the promoted standby what the primary had taken with it, and forgets no notification with it', async () => {
    const loses = await opened('node-2', 100)
    const reads = await opened('node-3', 20_000)
    const item = { id: 'n1', gateway: 'g', receivedAtMs: 1, raw: '', isAuthentic: true, callerAddress: '' }
    await reads.receive(item)
    assert.deepEqual(await loses.append(opening('p4')), committed)
    const { verdict, isSettled } = await cancelledCommit('p3')
    // Another node gives up without having heard of its commit; a third one, which has written nothing since, reads it.
    const lost = loses.append(following('p4', 1, { notices: ['n1'] }))
    await assert.rejects(lost, { code: 'CF_JOURNAL_UNAVAILABLE' })
    await until(async () => {
      for (const { pid } of await primary.query(STUCK))
        await primary.query('SELECT pg_cancel_backend($1)', [pid])
      return (await reads.read('p4'))?.payment.notices.includes('n1') === true
    })
    const removed = reads.removeFromInbox('n1', 'p4')
    await until(async () => (await primary.query(`${STUCK} AND query LIKE '%commit_batch%'`)).length > 0)
    assert.equal(isSettled(), false)
    await primary.stop('KILL')
    await standby.start()
    assert.equal((await standby.query(IS_THERE, ['p3'])).length, 0)
    await standby.promote()
    assert.deepEqual(await verdict, committed)
    assert.equal((await standby.query(IS_THERE, ['p3'])).length, 1)
    assert.deepEqual(await journal.append(following('p3', 1)), committed)
    assert.equal((await journal.read('p1'))?.version, 1)
    await removed
    assert.equal((await reads.read('p4'))?.version, 1)
    assert.deepEqual(await reads.inbox(10), { items: [item], unreadable: [] })
    await Promise.all([loses.close(), reads.close()])
  })
})
