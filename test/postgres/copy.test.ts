import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { postgresCopy } from '../../src/journal/postgres/copy-target.ts'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { sqliteJournal } from '../../src/journal/sqlite/index.ts'
import { copyJournal } from '../../src/journal/copy.ts'
import { sqlitePages } from '../../src/journal/sqlite/pages.ts'
import { following, opening, orderChange } from '../../src/testkit/journal-samples.ts'
import { TestDatabases, type TestSchema } from './databases.ts'

const PAYMENTS = 250
const databases = TestDatabases.forThisFile()

let folder: string
let file: string
let schema: TestSchema

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-copy-'))
  file = join(folder, 'payments.db')
  schema = await databases.schema()
  const journal = sqliteJournal(file, { reserveBytes: 4_096 })
  await journal.open({ nodeId: 'node-1' })
  const id = (index: number): string => `p${index.toString().padStart(4, '0')}`
  await Promise.all(
    Array.from({ length: PAYMENTS }, (_, index) =>
      journal.append({
        ...opening(
          id(index),
          {},
          { references: [`r-${index}`], dueAtMs: index % 3 === 0 ? index : undefined },
        ),
        order: orderChange(`order-${index}`, 0),
      }),
    ),
  )
  await journal.append(
    following(id(7), 1, { status: 'paid', values: { note: 'null \u0000 and half \ud800' } }),
  )
  for (const item of ['n2', 'n1']) {
    const raw = `<paid id="${item}">\u0000</paid>`
    await journal.receive({
      id: item,
      gateway: 'example',
      receivedAtMs: 5,
      raw,
      isAuthentic: true,
      callerAddress: undefined,
    })
  }
  await journal.close()
})
afterEach(async () => {
  await schema.drop()
  rmSync(folder, { recursive: true })
})

describe('a copy of a journal', () => {
  it('is the same to whoever opens it, and its file is put aside', async () => {
    const address = join(folder, 'address')
    writeFileSync(address, `${schema.options.url}\n`, { mode: 0o600 })
    const said: string[] = []
    const output = { out: (text: string) => said.push(text), error: (text: string) => said.push(text) }
    const argv = ['journal', 'copy', file, '--to-file', address, '--schema', schema.options.schema]
    assert.equal(await run(argv, output), 0, said.join('\n'))
    assert.match(said.join('\n'), /250 payments, 250 orders, 2 notifications/)
    assert.ok(!existsSync(file) && existsSync(`${file}.moved`))
    const [from, to] = [sqliteJournal(`${file}.moved`), postgresJournal(schema.options)]
    await Promise.all([from, to].map((journal) => journal.open({ nodeId: 'node-2' })))
    const query = { nodeId: 'node-2', nowMs: 2_000_000_000_000, deadBeforeMs: 1, limit: 1_000 }
    for (const ask of [
      (journal: typeof to) => journal.list({ limit: 1_000 }),
      (journal: typeof to) => journal.history('p0007'),
      (journal: typeof to) => journal.findByReference('r-9'),
      (journal: typeof to) => journal.order('order-9'),
      (journal: typeof to) => journal.inbox(10),
      (journal: typeof to) => journal.due(query),
    ]) {
      assert.deepEqual(await ask(to), await ask(from))
    }
    await Promise.all([from.close(), to.close()])
    assert.equal(await run(argv.with(2, `${file}.moved`), output), 1)
  })

  it('that was interrupted cannot be opened, and goes on where it was', async () => {
    const source = sqlitePages(file)
    const target = await postgresCopy(schema.options)
    let puts = 0
    const interrupted = {
      ...target,
      putPayments: async (page: Parameters<typeof target.putPayments>[0]) => {
        if (++puts === 2) throw new Error('the cable was pulled')
        await target.putPayments(page)
      },
    }
    await assert.rejects(copyJournal(source, interrupted), /cable/)
    const early = postgresJournal(schema.options)
    await assert.rejects(early.open({ nodeId: 'node-2' }), {
      code: 'CF_JOURNAL_UNAVAILABLE',
      message: /copied/,
    })
    const shown: number[] = []
    const size = await copyJournal(source, target, ({ what, done }) => {
      if (what === 'copying') shown.push(done)
    })
    assert.equal(size.payments, PAYMENTS)
    assert.ok((shown[0] ?? 0) > 200, 'the first page was not put again')
    await early.open({ nodeId: 'node-2' })
    await early.close()
    source.close()
    await target.close()
  })

  it('that is not the same is told, and cannot be opened', async () => {
    const source = sqlitePages(file)
    const target = await postgresCopy(schema.options)
    const forged = {
      ...target,
      putOrders: async (page: Parameters<typeof target.putOrders>[0]) => {
        await target.putOrders(page.map((row) => (row.orderId === 'order-7' ? { ...row, revision: 9 } : row)))
      },
    }
    await assert.rejects(copyJournal(source, forged), { code: 'CF_JOURNAL_CORRUPT', message: /order-7/ })
    await assert.rejects(postgresJournal(schema.options).open({ nodeId: 'node-2' }), /copied/)
    source.close()
    await target.close()
  })

  it('is refused while the server of the file runs, and into a schema that holds a journal', async () => {
    const owner = sqliteJournal(file)
    await owner.open({ nodeId: 'node-1' })
    assert.throws(() => sqlitePages(file), { code: 'CF_JOURNAL_OWNED' })
    await owner.close()
    const used = postgresJournal(schema.options)
    await used.open({ nodeId: 'node-2' })
    await used.append(opening('p1'))
    await used.close()
    const source = sqlitePages(file)
    const target = await postgresCopy(schema.options)
    await assert.rejects(copyJournal(source, target), {
      code: 'CF_CONFIG',
      message: /holds a journal already/,
    })
    source.close()
    await target.close()
  })
})
