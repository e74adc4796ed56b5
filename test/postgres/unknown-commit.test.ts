import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { following, opening, orderChange } from '../../src/testkit/journal-samples.ts'
import { until } from './eventually.ts'
import { Proxy } from './proxy.ts'
import { PostgresServer } from './server.ts'

describe('a commit whose answer is lost (F8)', () => {
  let server: PostgresServer
  let proxy: Proxy
  let journal: Journal
  let schemas = 0

  before(async () => {
    server = await PostgresServer.create()
  })
  after(() => server?.[Symbol.asyncDispose]())

  beforeEach(async () => {
    proxy = await Proxy.to(server.port)
    const url = server.url('postgres', proxy.port)
    const schema = `unknown_${++schemas}`
    journal = postgresJournal({ url, schema, commitTimeoutMs: 600, confirmTimeoutMs: 3_000 })
    await journal.open({ nodeId: 'node-1' })
  })
  afterEach(async () => {
    await journal.close()
    await proxy[Symbol.asyncDispose]()
  })

  const open = () =>
    journal.append({ ...opening('p1', {}, { references: ['r1'] }), order: orderChange('o1', 0) })

  for (const mishap of ['answer-lost', 'answer-held', 'request-lost', 'request-late'] as const) {
    it(`is told as committed after ${mishap}, and was written once`, async () => {
      proxy.onNextCommit(mishap)
      assert.deepEqual(await open(), { kind: 'committed' })
      proxy.releaseRequest()
      if (mishap === 'request-late') {
        await until(() => server.log().includes('another connection of this journal has taken over'))
      }
      assert.equal(proxy.count, 1)
      assert.equal((await journal.history('p1')).length, 1)
      assert.equal((await journal.order('o1'))?.revision, 1)
      assert.deepEqual(await journal.append(following('p1', 1)), { kind: 'committed' })
    })

    it(`is told as the conflict that it was after ${mishap}`, async () => {
      await open()
      proxy.onNextCommit(mishap)
      const verdict = await journal.append({ ...opening('p2'), order: orderChange('o1', 0) })
      assert.deepEqual(verdict, { kind: 'conflict', on: 'order' })
      assert.equal(proxy.count, 1)
      assert.equal(await journal.read('p2'), undefined)
    })
  }

  it('gives each change of its batch its own verdict', async () => {
    await open()
    proxy.onNextCommit('answer-lost')
    const verdicts = await Promise.all([
      journal.append(opening('p2')),
      journal.append(following('p1', 7)),
      journal.append(following('p2', 1)),
      journal.heartbeat('node-1', 0),
      journal.append(opening('p3', { key: 'key-of-p1' })),
    ])
    assert.deepEqual(verdicts.toSpliced(3, 1), [
      { kind: 'committed' },
      { kind: 'conflict', on: 'version' },
      { kind: 'committed' },
      { kind: 'conflict', on: 'key' },
    ])
    assert.equal(proxy.count, 1)
    const [row] = await server.query(`SELECT seen_at_ms FROM unknown_${schemas}.nodes`)
    assert.equal(String(verdicts[3]), row?.['seen_at_ms'])
  })

  it('is refused, in time, when nobody can say; and nothing is read before it is known', async () => {
    await journal.close()
    const url = server.url('postgres', proxy.port)
    journal = postgresJournal({ url, schema: `unknown_${schemas}`, confirmTimeoutMs: 300 })
    await journal.open({ nodeId: 'node-1' })
    proxy.onNextCommit('answer-lost')
    const verdict = open()
    await until(() => proxy.count === 1)
    proxy.down()
    const unavailable = { code: 'CF_JOURNAL_UNAVAILABLE' }
    await assert.rejects(verdict, { ...unavailable, message: /nobody knows whether it was written/ })
    await assert.rejects(journal.read('p1'), unavailable)
    proxy.up()
    await until(async () => (await journal.read('p1').catch(() => undefined))?.version === 1)
    assert.deepEqual(await open(), { kind: 'conflict', on: 'fence' })
    assert.deepEqual(await journal.append(following('p1', 1)), { kind: 'committed' })
  })
})
