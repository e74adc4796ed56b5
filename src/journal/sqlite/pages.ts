import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { failure } from '../../errors.ts'
import { doubtOf } from '../../payment/doubt.ts'
import { decodePayment } from '../codec.ts'
import type { CopiedAppend, CopiedOrder, CopiedPayment, JournalPages, JournalSize } from '../copy.ts'
import { QUERY_LIMIT_MAX } from '../query.ts'
import { numberIn, type Row, textIn } from './column.ts'
import { openForReading, prepareDatabase } from './database.ts'
import { journalFailure } from './faults.ts'
import { takeOwnership } from './owner-lock.ts'
import { SqliteReader } from './reader.ts'

const reads = {
  size: `SELECT (SELECT count(*) FROM payments) AS payments, (SELECT count(*) FROM orders) AS orders,
    (SELECT count(*) FROM inbox) AS inbox`,
  payments: `SELECT payment_id, version, fence, order_id, key, status, owner, attended, cases, due_at_ms, snapshot
    FROM payments WHERE payment_id > ? ORDER BY payment_id LIMIT ?`,
  appends: 'SELECT version, at_ms, fence, events FROM appends WHERE payment_id = ? ORDER BY version',
  references: 'SELECT reference FROM payment_references WHERE payment_id = ? ORDER BY reference',
  orders: 'SELECT order_id, revision, record FROM orders WHERE order_id > ? ORDER BY order_id LIMIT ?',
} as const

export interface SqlitePages extends JournalPages {
  close(): void
}

/**
 * A journal file that is to be copied: owned meanwhile, so that no server can be started on it.
 *
 * @throws CF_JOURNAL_OWNED while its server runs, CF_JOURNAL_UNAVAILABLE, CF_JOURNAL_NEWER, CF_JOURNAL_CORRUPT
 */
export function sqlitePages(path: string): SqlitePages {
  const lock = takeOwnership(path, `copy ${randomUUID()}`)
  let database: DatabaseSync | undefined
  try {
    prepareDatabase(path)
    database = openForReading(path)
    return pagesOf(path, database, () => lock.release())
  } catch (error) {
    database?.close()
    lock.release()
    throw error
  }
}

function pagesOf(path: string, database: DatabaseSync, release: () => void): SqlitePages {
  const prepared = Object.entries(reads).map(([name, sql]) => [name, database.prepare(sql)] as const)
  const statements = Object.fromEntries(prepared)
  const all = (name: keyof typeof reads, ...values: (string | number)[]): Row[] => {
    try {
      return statements[name]?.all(...values) ?? []
    } catch (error) {
      throw journalFailure(error, path)
    }
  }
  const inbox = new SqliteReader(path)
  const payment = (row: Row): CopiedPayment => {
    const paymentId = textIn(row, 'payment_id')
    const appends = all('appends', paymentId).map(appendIn)
    return paymentIn(
      row,
      appends,
      all('references', paymentId).map((found) => textIn(found, 'reference')),
    )
  }
  return {
    name: `sqlite ${path}`,
    size: async () => sizeIn(all('size')[0]),
    payments: async (after, limit) => all('payments', after, limit).map(payment),
    orders: async (after, limit) => all('orders', after, limit).map(orderIn),
    inbox: async () => {
      const { items, unreadable } = inbox.inbox(QUERY_LIMIT_MAX)
      if (unreadable.length === 0) return items
      throw failure('CF_JOURNAL_CORRUPT', `${path}: notifications cannot be read: ${unreadable.join(', ')}`)
    },
    close: () => {
      inbox.close()
      database.close()
      release()
    },
  }
}

function sizeIn(row: Row | undefined): JournalSize {
  if (row === undefined) throw new Error('a count without a row')
  return {
    payments: numberIn(row, 'payments'),
    orders: numberIn(row, 'orders'),
    inbox: numberIn(row, 'inbox'),
  }
}

/** Its currency and doubt are told by its snapshot: what an earlier version has written has no column for them. */
function paymentIn(row: Row, appends: readonly CopiedAppend[], references: readonly string[]): CopiedPayment {
  const snapshot = textIn(row, 'snapshot')
  const payment = decodePayment(snapshot)
  const doubt = doubtOf(payment)
  return {
    paymentId: textIn(row, 'payment_id'),
    version: numberIn(row, 'version'),
    fence: numberIn(row, 'fence'),
    orderId: textIn(row, 'order_id'),
    key: textIn(row, 'key'),
    status: textIn(row, 'status'),
    owner: textIn(row, 'owner'),
    attended: numberIn(row, 'attended') === 1,
    cases: numberIn(row, 'cases'),
    dueAtMs: row['due_at_ms'] === null ? null : numberIn(row, 'due_at_ms'),
    currency: payment.currency,
    doubtSinceMs: doubt?.sinceMs ?? null,
    atRiskMinor: doubt?.atRiskMinor.toString() ?? null,
    snapshot,
    references,
    appends,
  }
}

function appendIn(row: Row): CopiedAppend {
  return {
    version: numberIn(row, 'version'),
    atMs: numberIn(row, 'at_ms'),
    fence: numberIn(row, 'fence'),
    events: textIn(row, 'events'),
  }
}

function orderIn(row: Row): CopiedOrder {
  return {
    orderId: textIn(row, 'order_id'),
    revision: numberIn(row, 'revision'),
    record: textIn(row, 'record'),
  }
}
