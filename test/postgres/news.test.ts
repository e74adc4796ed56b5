import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { following, opening } from '../../src/testkit/journal-samples.ts'
import { until } from './eventually.ts'
import { PostgresServer } from './server.ts'

const LISTENERS = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query LIKE '%pg_notify%'"

describe('news between the nodes of one journal', () => {
  let server: PostgresServer
  let one: Journal
  let other: Journal
  let heard: string[]

  before(async () => {
    server = await PostgresServer.create()
  })
  after(() => server?.[Symbol.asyncDispose]())
  beforeEach(async () => {
    one = postgresJournal({ url: server.url() })
    other = postgresJournal({ url: server.url() })
    await one.open({ nodeId: 'one' })
    await other.open({ nodeId: 'other' })
    heard = []
    other.watch((paymentId, version) => heard.push(`${paymentId} ${version}`))
    await hearsAgain()
  })
  afterEach(async () => {
    await one.close()
    await other.close()
    await server.query('DROP SCHEMA counterfoil CASCADE')
  })

  /** Until news come through: whoever listens only now has not heard what was told before. */
  async function hearsAgain(): Promise<void> {
    let count = 0
    const stamp = `${Date.now()}`
    await until(async () => {
      await one.append(opening(`hello-${stamp}-${++count}`)).catch(() => undefined)
      return heard.some((text) => text.startsWith(`hello-${stamp}`))
    })
  }

  it('tell of each commit, and a node hears nothing twice of its own', async () => {
    const own: string[] = []
    one.watch((paymentId, version) => own.push(`${paymentId} ${version}`))
    await one.append(opening('p1'))
    await one.append(following('p1', 7))
    await until(() => heard.includes('p1 1'))
    await other.append(following('p1', 1))
    await until(() => own.includes('p1 2'))
    assert.deepEqual(own, ['p1 1', 'p1 2'])
    assert.equal(heard.filter((text) => text === 'p1 2').length, 1)
  })

  it('tell of more than one message holds', async () => {
    const ids = Array.from({ length: 600 }, (_, index) => `payment-with-a-long-name-${index}`)
    await Promise.all(ids.map((id) => one.append(opening(id))))
    await until(() => ids.every((id) => heard.includes(`${id} 1`)))
  })

  it('come again after their connections were cut, and nothing else is harmed meanwhile', async () => {
    for (const { pid } of await server.query(LISTENERS))
      await server.query('SELECT pg_terminate_backend($1)', [pid])
    assert.deepEqual(await one.append(opening('p1')), { kind: 'committed' })
    assert.equal((await other.read('p1'))?.version, 1)
    await hearsAgain()
  })

  it('are not disturbed by what others send', async () => {
    for (const payload of ['', 'hello', '{}', '[1]', '["x", "p1"]', '["x", 1, "p1"]']) {
      await server.query("SELECT pg_notify('counterfoil_news', $1)", [payload])
    }
    await one.append(opening('p1'))
    await until(() => heard.includes('p1 1'))
  })
})
