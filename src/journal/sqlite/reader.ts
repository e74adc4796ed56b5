import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { OrderRecord } from '../../payment/order.ts'
import { decodeEvents, decodeOrder, decodePayment } from '../codec.ts'
import type {
  DueQuery,
  InboxItem,
  InboxPage,
  InDoubt,
  PaymentPage,
  PaymentQuery,
  StoredAppend,
  StoredPayment,
} from '../journal.ts'
import { isName } from '../names.ts'
import { assertLimit, eachReadable, longestDueFirst, pageOf } from '../query.ts'
import { numberIn, type Row, textIn } from './column.ts'
import { openForReading } from './database.ts'
import { journalFailure } from './faults.ts'

const reads = {
  payment: 'SELECT snapshot, version FROM payments WHERE payment_id = ?',
  order: 'SELECT record FROM orders WHERE order_id = ?',
  paymentByKey: 'SELECT snapshot, version FROM payments WHERE key = ?',
  paymentByReference: `
    SELECT snapshot, version FROM payments
    WHERE payment_id = (SELECT payment_id FROM payment_references WHERE reference = ?)`,
  history: 'SELECT version, at_ms, fence, events FROM appends WHERE payment_id = ? ORDER BY version',
  inbox:
    'SELECT id, gateway, received_at_ms, raw, authentic, caller_address FROM inbox ORDER BY position LIMIT ?',
  overdue: `
    SELECT payment_id, due_at_ms AS since_ms
    FROM payments LEFT JOIN nodes ON node_id = owner
    WHERE due_at_ms <= ? AND (owner = ? OR due_at_ms <= ? OR coalesce(seen_at_ms, 0) < ?)
    ORDER BY due_at_ms, payment_id LIMIT ?`,
  orphaned: `
    SELECT payment_id, coalesce(seen_at_ms, 0) AS since_ms
    FROM payments LEFT JOIN nodes ON node_id = owner
    WHERE attended = 1 AND coalesce(seen_at_ms, 0) < ? ORDER BY since_ms, payment_id LIMIT ?`,
  inDoubt: `
    SELECT currency, count(*) AS payments, min(doubt_since_ms) AS oldest_since_ms,
      CAST(sum(at_risk_minor) AS TEXT) AS at_risk_minor, min(due_at_ms) AS next_due_at_ms
    FROM payments WHERE doubt_since_ms IS NOT NULL GROUP BY currency ORDER BY currency`,
} as const

/** The conditions of a list; each combination is a statement of its own, so that each finds its index. */
const listConditions = {
  orderId: 'order_id = ?',
  status: 'status = ?',
  before: 'payment_id < ?',
} as const

/** Reads a journal, synchronously: each read is one statement, and sees all that was committed before it. */
export class SqliteReader {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  /** @throws CF_JOURNAL_NEWER, CF_JOURNAL_CORRUPT, CF_JOURNAL_UNAVAILABLE */
  constructor(path: string) {
    this.#path = path
    this.#database = openForReading(path)
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  read(paymentId: string): StoredPayment | undefined {
    return storedPayment(this.#one(reads.payment, paymentId))
  }

  order(orderId: string): OrderRecord | undefined {
    const row = this.#one(reads.order, orderId)
    return row === undefined ? undefined : decodeOrder(textIn(row, 'record'))
  }

  findByKey(key: string): StoredPayment | undefined {
    return storedPayment(this.#one(reads.paymentByKey, key))
  }

  findByReference(reference: string): StoredPayment | undefined {
    return storedPayment(this.#one(reads.paymentByReference, reference))
  }

  history(paymentId: string): StoredAppend[] {
    return this.#all(reads.history, paymentId).map((row) => ({
      version: numberIn(row, 'version'),
      atMs: numberIn(row, 'at_ms'),
      fence: numberIn(row, 'fence'),
      events: decodeEvents(textIn(row, 'events')),
    }))
  }

  list(query: PaymentQuery): PaymentPage {
    assertLimit(query.limit)
    const names = (['orderId', 'status', 'before'] as const).filter((name) => query[name] !== undefined)
    const conditions: string[] = names.map((name) => listConditions[name])
    if (query.withCases === true) conditions.push('cases > 0')
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
    const sql = `SELECT payment_id, snapshot, version FROM payments ${where} ORDER BY payment_id DESC LIMIT ?`
    const values = names.map((name) => query[name] ?? '')
    return pageOf(
      this.#all(sql, ...values, query.limit),
      query.limit,
      (row) => textIn(row, 'payment_id'),
      paymentIn,
    )
  }

  due({ nodeId, nowMs, deadBeforeMs, skip = 0, limit }: DueQuery): string[] {
    assertLimit(limit)
    const rows = [
      ...this.#all(reads.overdue, nowMs, nodeId, deadBeforeMs, deadBeforeMs, skip + limit),
      ...this.#all(reads.orphaned, deadBeforeMs, skip + limit),
    ]
    const since = rows.map((row) => {
      return { paymentId: textIn(row, 'payment_id'), sinceMs: numberIn(row, 'since_ms') }
    })
    return longestDueFirst(since, skip, limit)
  }

  inDoubt(): InDoubt[] {
    return this.#all(reads.inDoubt).map((row) => ({
      currency: textIn(row, 'currency'),
      payments: numberIn(row, 'payments'),
      oldestSinceMs: numberIn(row, 'oldest_since_ms'),
      atRiskMinor: BigInt(textIn(row, 'at_risk_minor')),
      nextDueAtMs: row['next_due_at_ms'] === null ? undefined : numberIn(row, 'next_due_at_ms'),
    }))
  }

  inbox(limit: number): InboxPage {
    assertLimit(limit)
    const rows = this.#all(reads.inbox, limit)
    const { readable: items, unreadable } = eachReadable(rows, (row) => textIn(row, 'id'), inboxItemIn)
    return { items, unreadable }
  }

  #one(sql: string, name: string): Row | undefined {
    return this.#all(sql, name)[0]
  }

  #all(sql: string, ...values: (string | number)[]): Row[] {
    // SQLite would look for another name: the one that it makes of what it cannot hold.
    if (values.some((value) => typeof value === 'string' && !isName(value))) return []
    return this.#ask(() => this.#statement(sql).all(...values))
  }

  #ask<T>(question: () => T): T {
    try {
      return question()
    } catch (error) {
      throw journalFailure(error, this.#path)
    }
  }

  /** At most one per text above and per combination of list conditions: two dozen. */
  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      // A number that is too large for one is the fault of its row, and not of the whole answer (F22).
      statement.setReadBigInts(true)
      this.#prepared.set(sql, statement)
    }
    return statement
  }
}

function storedPayment(row: Row | undefined): StoredPayment | undefined {
  return row === undefined ? undefined : paymentIn(row)
}

function paymentIn(row: Row): StoredPayment {
  return { payment: decodePayment(textIn(row, 'snapshot')), version: numberIn(row, 'version') }
}

function inboxItemIn(row: Row): InboxItem {
  return {
    id: textIn(row, 'id'),
    gateway: textIn(row, 'gateway'),
    receivedAtMs: numberIn(row, 'received_at_ms'),
    raw: textIn(row, 'raw'),
    isAuthentic: numberIn(row, 'authentic') === 1,
    callerAddress: row['caller_address'] === null ? undefined : textIn(row, 'caller_address'),
  }
}
