import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Journal } from '../../src/journal/journal.ts'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { postgresTries } from '../../src/server/tries/postgres-tries.ts'
import { postgresOrderBook } from '../../src/shop/order-book/postgres/index.ts'
import { following, opening, orderChange } from '../../src/testkit/journal-samples.ts'
import { sampleBooking } from '../../src/testkit/order-book-conformance.ts'
import { TestDatabases, type TestSchema } from './databases.ts'

const databases = TestDatabases.forThisFile()

/** What would end a text, an array or a statement where somebody puts texts together, and what looks like nothing. */
const HOSTILE = [
  `'`,
  `''`,
  `"`,
  `\\`,
  `\\'`,
  `'; DROP TABLE payments; --`,
  `'); DELETE FROM orders; /*`,
  `$1`,
  `$$`,
  `$body$; DROP SCHEMA public CASCADE; $body$`,
  `%s %I %L`,
  `{`,
  `}`,
  `{},{"a"`,
  `NULL`,
  `null`,
  `a,b`,
  ` `,
  ` a `,
  `\\x00`,
  `E'\\000'`,
  `\u0001`,
  `a\nb\r\tc`,
  `\u2028\u202e`,
  `é`,
  `e\u0301`,
  `Ａ`,
  `\u{1f375}`,
  `\ufffd`,
  `${'x'.repeat(1_000)}'`,
] as const

/** What no text of the database can be: it is refused, and never becomes another one. */
const IMPOSSIBLE = ['\u0000', 'a\u0000', "a\u0000'; DROP TABLE payments", '\ud800', 'a\udc00b'] as const

describe('any text that comes to the journal', () => {
  let schema: TestSchema
  let journal: Journal
  before(async () => {
    schema = await databases.schema()
    journal = postgresJournal(schema.options)
    await journal.open({ nodeId: "node-'1" })
  })
  after(async () => {
    await journal?.close()
    await schema?.drop()
  })
  const tables = async (): Promise<unknown> => {
    const rows = await schema.query(
      'SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY tablename',
      [schema.options.schema],
    )
    return rows.map(({ tablename }) => tablename)
  }

  it('is kept and found again as it is, as every name that there is, all of them in one batch', async () => {
    const before = await tables()
    const verdicts = await Promise.all(
      HOSTILE.map((text) =>
        journal.append({
          ...opening(
            text,
            {
              orderId: text,
              key: text,
              owner: text,
              status: text as never,
              description: text,
              module: text,
              values: { [text]: text },
            },
            { references: [`ref ${text}`, text], dueAtMs: 1, attended: true },
          ),
          order: orderChange(text, 0, { paymentId: text, lastPaymentId: text }),
        }),
      ),
    )
    assert.deepEqual(new Set(verdicts.map(({ kind }) => kind)), new Set(['committed']))
    for (const text of HOSTILE) {
      for (const found of [
        await journal.read(text),
        await journal.findByKey(text),
        await journal.findByReference(text),
        await journal.findByReference(`ref ${text}`),
        (await journal.list({ orderId: text, status: text as never, limit: 10 })).payments[0],
      ]) {
        assert.deepEqual([found?.payment.paymentId, found?.payment.description], [text, text])
        assert.deepEqual(found?.payment.values, { [text]: text })
      }
      assert.equal((await journal.order(text))?.lastPaymentId, text)
      const { kind } = await journal.append(following(text, 1, { owner: text, values: { note: text } }))
      assert.equal(kind, 'committed')
      assert.deepEqual(
        (await journal.history(text)).map(({ version }) => version),
        [1, 2],
      )
      const { payments: none } = await journal.list({ orderId: `${text} `, limit: 10 })
      assert.deepEqual(
        none.map(({ payment }) => payment.orderId).filter((id) => id !== `${text} `),
        [],
      )
    }
    assert.equal((await journal.list({ limit: 1_000 })).payments.length, HOSTILE.length)
    assert.deepEqual(await tables(), before)
  })

  it('is kept as a notification, with where it came from, and its id removes it alone', async () => {
    const raw = `${HOSTILE.join('\u0000')}\ud800`
    for (const [index, text] of HOSTILE.entries()) {
      await journal.receive({
        id: text,
        gateway: text,
        receivedAtMs: index,
        raw,
        isAuthentic: false,
        callerAddress: text,
      })
    }
    const { items: kept } = await journal.inbox(100)
    assert.deepEqual(
      kept.map(({ id, gateway, callerAddress, raw: of }) => [id, gateway, callerAddress, of === raw]),
      HOSTILE.map((text) => [text, text, text, true]),
    )
    for (const [index, text] of HOSTILE.entries()) {
      await journal.removeFromInbox(text)
      assert.equal((await journal.inbox(100)).items.length, HOSTILE.length - index - 1, text)
    }
  })

  it('names a node whose heartbeat is heard', async () => {
    for (const text of HOSTILE) assert.ok((await journal.heartbeat(text, Date.now())) > 0)
    const rows = await schema.query(`SELECT node_id FROM ${schema.options.schema}.nodes`)
    const names = new Set(rows.map(({ node_id: name }) => name))
    assert.deepEqual(
      HOSTILE.filter((text) => !names.has(text)),
      [],
    )
  })

  it('that no text of the database can be is refused in every place, and finds nothing', async () => {
    const size = (await journal.list({ limit: 1_000 })).payments.length
    for (const text of IMPOSSIBLE) {
      for (const changes of [{ orderId: text }, { key: text }, { owner: text }, { status: text as never }])
        await assert.rejects(journal.append(opening('p-1', changes)), /cannot keep the name/)
      await assert.rejects(journal.append(opening(text)), /cannot keep the name/)
      await assert.rejects(journal.append(opening('p-1', {}, { references: [text] })), /cannot keep the name/)
      await assert.rejects(journal.heartbeat(text, Date.now()), /cannot keep the name/)
      await assert.rejects(journal.removeFromInbox(text), /cannot keep the name/)
      assert.equal(await journal.read(text), undefined)
      assert.equal(await journal.findByKey(text), undefined)
      assert.equal(await journal.findByReference(text), undefined)
      assert.equal(await journal.order(text), undefined)
      assert.deepEqual(await journal.history(text), [])
      assert.deepEqual((await journal.list({ before: text, limit: 1 })).payments, [])
    }
    assert.equal((await journal.list({ limit: 1_000 })).payments.length, size)
  })
})

describe('any text that comes to the order book', () => {
  it('is kept and found again as it is; a name that cannot be is refused, and finds nothing', async () => {
    const { options, drop, query } = await databases.schema()
    const book = postgresOrderBook(options)
    for (const text of HOSTILE) {
      const { order, ...booking } = sampleBooking('A-1', { client: text, key: text, fingerprint: text })
      const [line] = order.lines
      const lines = line === undefined ? [] : [{ ...line, sku: text, name: `${text}\u0000\ud800` }]
      const hostile = { ...order, id: text, description: `${text}\u0000`, lines, payer: { name: text } }
      assert.equal((await book.book({ ...booking, order: hostile })).kind, 'booked', text)
      assert.equal((await book.book({ ...booking, order: hostile })).kind, 'answered', text)
      assert.deepEqual((await book.find(text))?.order, hostile)
    }
    for (const text of IMPOSSIBLE) {
      const booking = sampleBooking('A-2')
      for (const one of [{ client: text }, { key: text }, { order: { ...booking.order, id: text } }])
        await assert.rejects(book.book({ ...booking, ...one }), { code: 'CF_REQUEST_INVALID' })
      assert.equal(await book.find(text), undefined)
    }
    const [row] = await query(`SELECT count(*)::int AS orders FROM ${options.schema}.orders`)
    assert.equal(row?.['orders'], HOSTILE.length)
    await book.close()
    await drop()
  })
})

describe('any text that comes to the store of tries', () => {
  it('is counted for itself alone', async () => {
    const { options, drop } = await databases.schema()
    const store = postgresTries(options)
    for (const text of HOSTILE) {
      const counts = [{ name: text, max: 1, withinMs: 60_000 }]
      assert.deepEqual(await store.take({ id: text, counts, nowMs: 0 }), { kind: 'taken' }, text)
      assert.deepEqual(await store.take({ id: `${text}.`, counts, nowMs: 0 }), {
        kind: 'full',
        names: [text],
      })
      await store.began(text, text)
      assert.deepEqual(await store.open([text], 0, 10), [{ id: text, paymentId: text }])
    }
    for (const [index, text] of HOSTILE.entries()) {
      await store.giveBack(text)
      const counts = HOSTILE.map((name) => ({ name, max: 1, withinMs: 60_000 }))
      assert.deepEqual(await store.full(counts, 0), HOSTILE.slice(index + 1))
    }
    await store.close()
    await drop()
  })
})

it('no text becomes the name of a schema but one that needs no quotes', () => {
  const url = 'postgres://nobody@127.0.0.1:1/nothing'
  for (const schema of [
    ...HOSTILE.filter((text) => text !== 'null'),
    ...IMPOSSIBLE,
    'a;b',
    'a.b',
    'a\n',
    'pg_catalog',
    'x'.repeat(52),
  ]) {
    for (const open of [postgresJournal, postgresOrderBook, postgresTries])
      assert.throws(() => open({ url, schema }), { code: 'CF_CONFIG', message: /schema must be/ }, schema)
  }
})
