import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openShopDatabase, type ShopDatabase } from '../examples/shop/database.ts'
import { readMail } from '../examples/shop/mail-text.ts'
import { orderById, orderLines } from '../examples/shop/orders.ts'
import { products } from '../examples/shop/products.ts'
import { textIn } from '../examples/shop/row.ts'
import { postgresJournal } from '../src/journal/postgres/index.ts'
import { type JournalReader, sqliteJournalReader } from '../src/journal/sqlite/index.ts'
import { dueOf } from '../src/payment/due.ts'
import { isEnd } from '../src/payment/operation-states.ts'
import type { Payment } from '../src/payment/state.ts'
import type { Books, Shelf, ShopOrder } from './audit.ts'
import type { PaymentBooks } from './evidence.ts'
import type { ShopProcess } from './shop-process.ts'

/** Where a shop's process keeps its database and its mails. */
type ShopFolder = Pick<ShopProcess, 'dataFolder'>

const PAGE_ROWS = 1_000
/** A payment that has something to do within this is not at rest; what is asked again after an hour is. */
const REST_MS = 10 * 60_000

/**
 * All payments of the journal, the first first, read beside the process that owns it or without one. With `journalUrl`
 * it is in PostgreSQL.
 */
export async function readJournal(dataFolder: string, journalUrl?: string): Promise<readonly Payment[]> {
  return reading(dataFolder, journalUrl, readAll)
}

async function readAll(reader: Reader): Promise<readonly Payment[]> {
  const all: Payment[] = []
  for (let before: string | undefined; ; ) {
    const page = await reader.list({ limit: PAGE_ROWS, ...(before === undefined ? {} : { before }) })
    if (page.unreadable.length > 0) throw new Error(`cannot be read: ${page.unreadable.join(', ')}`)
    all.push(...page.payments.map(({ payment }) => payment))
    before = page.next
    if (before === undefined) return all.reverse()
  }
}

/** The same with all their events. */
export async function readHistories(
  dataFolder: string,
  journalUrl?: string,
): Promise<readonly PaymentBooks[]> {
  return reading(dataFolder, journalUrl, async (reader) => {
    const all: PaymentBooks[] = []
    for (const payment of await readAll(reader)) {
      const history = await reader.history(payment.paymentId)
      all.push({ payment, events: history.flatMap(({ events }) => events) })
    }
    return all
  })
}

type Reader = Pick<JournalReader, 'list' | 'history' | 'close'>

async function reading<T>(
  dataFolder: string,
  journalUrl: string | undefined,
  read: (reader: Reader) => Promise<T>,
): Promise<T> {
  const reader =
    journalUrl === undefined
      ? await sqliteJournalReader(join(dataFolder, 'payments.db'))
      : await openedJournal(journalUrl)
  try {
    return await read(reader)
  } finally {
    await reader.close()
  }
}

/** Opened like that of a node which owns nothing. */
async function openedJournal(url: string): Promise<Reader> {
  const journal = postgresJournal({ url, readersMax: 1 })
  await journal.open({ nodeId: `the books of ${process.pid}` })
  return journal
}

/** True when nothing is left to do for a payment but what a person must do, by the shop's clock. */
export function isAtRest(payment: Payment, nowMs: number): boolean {
  const { dueAtMs } = dueOf(payment)
  if (dueAtMs !== undefined && dueAtMs < nowMs + REST_MS) return false
  return payment.cases.length > 0 || payment.operations.every(({ state }) => isEnd(state))
}

/** Makes the shop's database before its first start, with so much of everything on the shelves that nothing runs out. */
export function fillShelves({ dataFolder }: ShopFolder, stock: number): ReadonlyMap<string, number> {
  return inShop(dataFolder, (database) => {
    database.sql.run`UPDATE product SET stock = ${stock}`
    return new Map(products(database).map(({ sku }) => [sku, stock]))
  })
}

/** The shop's own books, read once its process is gone. */
export function readShop(
  { dataFolder }: ShopFolder,
  filled: ReadonlyMap<string, number>,
): Pick<Books, 'orders' | 'shelves' | 'mailsTo'> {
  return inShop(dataFolder, (database) => ({
    orders: ordersIn(database),
    shelves: shelvesIn(database, filled),
    mailsTo: mailsIn(join(dataFolder, 'mail')),
  }))
}

function inShop<T>(dataFolder: string, work: (database: ShopDatabase) => T): T {
  const database = openShopDatabase(join(dataFolder, 'shop.db'))
  try {
    return work(database)
  } finally {
    database.close()
  }
}

function ordersIn(database: ShopDatabase): readonly ShopOrder[] {
  return database.sql.all`SELECT id FROM shop_order ORDER BY number`.flatMap((row) => {
    const order = orderById(database, textIn(row, 'id'))
    return order === undefined ? [] : [{ ...order, lines: orderLines(database, order.id) }]
  })
}

function shelvesIn(database: ShopDatabase, filled: ReadonlyMap<string, number>): readonly Shelf[] {
  return products(database).map(({ sku, free, reserved }) => ({
    sku,
    before: filled.get(sku) ?? 0,
    after: free + reserved,
    reserved,
  }))
}

function mailsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.eml'))
    .map((name) => readMail(readFileSync(join(folder, name), 'latin1')).to.replace(/^.*<|>.*$/g, ''))
}
