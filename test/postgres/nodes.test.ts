import assert from 'node:assert/strict'
import { after, before, beforeEach, afterEach, describe, it } from 'node:test'
import fc from 'fast-check'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { migrations } from '../../src/journal/postgres/migrations.ts'
import type { Change, Journal, Verdict } from '../../src/journal/journal.ts'
import { MemoryStore } from '../../src/journal/memory/index.ts'
import { following, opening, orderChange } from '../../src/testkit/journal-samples.ts'
import { PostgresServer } from './server.ts'

const NODES = 4
const DAY_MS = 86_400_000

describe('several nodes on one journal in PostgreSQL', () => {
  let server: PostgresServer
  let nodes: Journal[]
  let schema = ''
  let schemas = 0

  before(async () => {
    server = await PostgresServer.create()
  })
  after(() => server?.[Symbol.asyncDispose]())
  beforeEach(async () => {
    schema = `nodes_${++schemas}`
    nodes = await openNodes(NODES)
  })
  afterEach(() => Promise.all(nodes.map((node) => node.close())))

  async function openNodes(count: number): Promise<Journal[]> {
    const journals = Array.from({ length: count }, () =>
      postgresJournal({ url: server.url(), schema, readersMax: 1 }),
    )
    await Promise.all(journals.map((journal, index) => journal.open({ nodeId: `node-${index}` })))
    return journals
  }

  it('make the schema once, however many start at the same time', async () => {
    schema = `nodes_${++schemas}`
    const ten = await openNodes(10)
    const versions = await server.query(`SELECT version FROM ${schema}.schema_versions`)
    assert.equal(versions.length, migrations.length)
    const verdicts = await Promise.all(ten.map((node, index) => node.append(opening(`p${index}`))))
    assert.deepEqual(new Set(verdicts.map(({ kind }) => kind)), new Set(['committed']))
    await Promise.all(ten.map((node) => node.close()))
  })

  it('forget one that was killed a month ago, but not before all that it was at work on is taken over', async () => {
    const [journal] = nodes
    assert.ok(journal !== undefined)
    const days = { young: 29, idle: 31, 'with something due': 31, 'at work': 32, 'at work earlier': 33 }
    const nowMs = await journal.heartbeat('node-0', 0)
    for (const [nodeId, ago] of Object.entries(days)) {
      await journal.heartbeat(nodeId, 0)
      const age = `UPDATE ${schema}.nodes SET seen_at_ms = seen_at_ms - $1::bigint WHERE node_id = $2`
      await server.query(age, [ago * DAY_MS, nodeId])
      const attended = nodeId.startsWith('at work')
      const dueAtMs = nodeId === 'with something due' ? nowMs - 1_000 : undefined
      await journal.append(opening(`p of ${nodeId}`, { owner: nodeId }, { attended, dueAtMs }))
    }
    await journal.append(opening('p of nobody', { owner: 'never-seen' }, { attended: true }))
    const due = async (): Promise<readonly (readonly string[])[]> => {
      const asked = [600_000, 29.5 * DAY_MS].flatMap((deadAfterMs) =>
        ['node-0', 'at work'].map((nodeId) =>
          journal.due({ nodeId, nowMs, deadBeforeMs: nowMs - deadAfterMs, limit: 100 }),
        ),
      )
      return Promise.all(asked)
    }
    const known = async (): Promise<readonly unknown[]> => {
      const rows = await server.query(`SELECT node_id FROM ${schema}.nodes ORDER BY node_id`)
      return rows.map((row) => row['node_id'])
    }
    const before = await due()
    const startAnother = async (): Promise<void> => {
      const another = postgresJournal({ url: server.url(), schema })
      await another.open({ nodeId: 'another' })
      await another.close()
    }
    await startAnother()
    assert.deepEqual(await known(), ['at work', 'at work earlier', 'node-0', 'young'])
    assert.deepEqual(await due(), before)
    const taken = { owner: 'node-0' }
    await journal.append(following('p of at work', 1, taken, { attended: true, dueAtMs: nowMs - 1_000 }))
    const after = await due()
    await startAnother()
    assert.deepEqual(await known(), ['at work earlier', 'node-0', 'young'])
    assert.deepEqual(await due(), after)
  })

  it('let exactly one have each order, and tell the others so (F12)', async () => {
    const orders = Array.from({ length: 40 }, (_, index) => `o${index}`)
    const race = (node: Journal, index: number, orderId: string): Promise<Verdict> => {
      const order = orderChange(orderId, 0, { paymentId: `${orderId}-${index}` })
      return node.append({ ...opening(`${orderId}-${index}`, { orderId }), order })
    }
    // Each node in another order: whoever waited for the other in a circle would show here.
    const verdicts = await Promise.all(
      nodes.map((node, index) => {
        const mine = index % 2 === 0 ? orders : orders.toReversed()
        return Promise.all(mine.map(async (orderId) => [orderId, await race(node, index, orderId)] as const))
      }),
    )
    for (const orderId of orders) {
      const told = verdicts.flat().flatMap(([id, verdict]) => (id === orderId ? [verdict] : []))
      assert.equal(told.filter(({ kind }) => kind === 'committed').length, 1, orderId)
      const conflicts = told.filter((verdict) => verdict.kind === 'conflict' && verdict.on === 'order')
      assert.equal(conflicts.length, NODES - 1, orderId)
    }
    assert.equal((await nodes[0]?.list({ limit: 1_000 }))?.payments.length, orders.length)
    assert.doesNotMatch(server.log(), /deadlock detected/)
  })

  it('let exactly one have each key and each reference', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`)
    for (const on of ['key', 'reference'] as const) {
      const race = (node: Journal, index: number, name: string): Promise<Verdict> => {
        const id = `${on}-${name}-${index}`
        const change = on === 'key' ? opening(id, { key: name }) : opening(id, {}, { references: [name] })
        return node.append(change)
      }
      const verdicts = await Promise.all(
        names.flatMap((name) => nodes.map((node, index) => race(node, index, name))),
      )
      assert.equal(verdicts.filter(({ kind }) => kind === 'committed').length, names.length)
      const conflicts = verdicts.filter((verdict) => verdict.kind === 'conflict' && verdict.on === on)
      assert.equal(conflicts.length, names.length * (NODES - 1))
    }
  })

  it('lose no write and make none twice when all write to the same payments', async () => {
    const ids = ['p1', 'p2', 'p3']
    for (const id of ids) await nodes[0]?.append({ ...opening(id), order: orderChange(`order-of-${id}`, 0) })
    const committed = new Map(ids.map((id) => [id, 1]))
    const write = async (node: Journal, id: string): Promise<void> => {
      const version = (await node.read(id))?.version ?? 0
      const change = { ...following(id, version), order: orderChange(`order-of-${id}`, version) }
      const verdict = await node.append(change)
      if (verdict.kind === 'committed') committed.set(id, (committed.get(id) ?? 0) + 1)
      else assert.equal(verdict.on, 'version')
    }
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        nodes.flatMap((node, index) => {
          const mine = index % 2 === 0 ? ids : ids.toReversed()
          return mine.map((id) => write(node, id))
        }),
      )
    }
    for (const id of ids) {
      const versions = (await nodes[1]?.history(id))?.map(({ version }) => version)
      assert.deepEqual(
        versions,
        Array.from({ length: committed.get(id) ?? 0 }, (_, index) => index + 1),
      )
      assert.equal((await nodes[2]?.order(`order-of-${id}`))?.revision, committed.get(id))
    }
    assert.doesNotMatch(server.log(), /deadlock detected/)
  })

  it('wait for one another in one direction, also where several payments of one order are written', async () => {
    await nodes[0]?.append({ ...opening('p1', { orderId: 'o' }), order: orderChange('o', 0) })
    await nodes[0]?.append(opening('p2', { orderId: 'o' }))
    for (let round = 0; round < 15; round++) {
      const [one, two, order] = await Promise.all([
        nodes[0]?.read('p1'),
        nodes[0]?.read('p2'),
        nodes[0]?.order('o'),
      ])
      const first = following('p1', one?.version ?? 0, { orderId: 'o' })
      const second = following('p2', two?.version ?? 0, { orderId: 'o' })
      const claim = orderChange('o', order?.revision ?? 0)
      await Promise.all(
        nodes.flatMap((node, index) => {
          const [mine, then] = index % 2 === 0 ? [first, second] : [second, first]
          return [node.append({ ...mine, order: claim }), node.append(then)]
        }),
      )
    }
    assert.doesNotMatch(server.log(), /deadlock detected/)
  })

  it('judge any batch as the journal in memory does', async () => {
    let run = 0
    const batches = fc.array(fc.array(anyChange, { minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 4,
    })
    const property = fc.asyncProperty(batches, async (made) => {
      const names = `${++run}-`
      const store = new MemoryStore()
      for (const batch of made) {
        const changes = batch.map((make) => make(names))
        const verdicts = await Promise.all(changes.map((change) => (nodes[0] as Journal).append(change)))
        assert.deepEqual(verdicts, store.apply(changes))
      }
      for (const { payment, version } of store.allPayments()) {
        assert.deepEqual(await nodes[1]?.read(payment.paymentId), { payment, version })
      }
      for (const order of store.allOrders()) assert.deepEqual(await nodes[1]?.order(order.orderId), order)
    })
    await fc.assert(property, { numRuns: 100, seed: 7, endOnFailure: true })
  })
})

/** Few names, so that changes meet. Each run has its own, by what it puts before them. */
const anyChange: fc.Arbitrary<(names: string) => Change> = fc
  .record({
    payment: fc.option(fc.integer({ min: 0, max: 3 })),
    version: fc.integer({ min: 0, max: 3 }),
    expectedFence: fc.integer({ min: 0, max: 2 }),
    fenceUp: fc.integer({ min: 0, max: 1 }),
    key: fc.integer({ min: 0, max: 3 }),
    references: fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
    order: fc.option(fc.integer({ min: 0, max: 2 })),
    revision: fc.integer({ min: 0, max: 2 }),
  })
  .filter(({ payment, order }) => payment !== null || order !== null)
  .map((made) => (names) => {
    const { payment, version, expectedFence, fenceUp, key, references, order, revision } = made
    const orderId = `${names}o${order ?? 0}`
    const changed = order === null ? {} : { order: orderChange(orderId, revision) }
    if (payment === null) return changed
    const id = `${names}p${payment}`
    const isNew = version === 0
    const fence = isNew ? 0 : expectedFence
    return {
      ...changed,
      ...opening(
        id,
        // A payment's order never changes.
        {
          key: isNew ? `${names}k${key}` : `key-of-${id}`,
          orderId: `${names}o${payment % 3}`,
          fence: fence + fenceUp,
        },
        {
          expectedVersion: version,
          expectedFence: fence,
          references: references.map((reference) => `${names}r${reference}`),
        },
      ),
    }
  })
