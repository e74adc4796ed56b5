import { failure } from '../../errors.ts'
import type { OrderRecord } from '../../payment/order.ts'
import { decodeEvents, decodeOrder, decodePayment } from '../codec.ts'
import type {
  InboxItem,
  InboxPage,
  InDoubt,
  PaymentPage,
  PaymentQuery,
  StoredAppend,
  StoredPayment,
} from '../journal.ts'
import { isName } from '../names.ts'
import { assertLimit, eachReadable, pageOf } from '../query.ts'
import { booleanIn, numberIn, type Row, textIn } from '../../postgres/column.ts'
import type { ReadPool } from './read-pool.ts'

/** Each is parsed once for each connection, under its name. */
const reads = {
  payment: 'SELECT snapshot, version FROM payments WHERE payment_id = $1',
  order: 'SELECT record FROM orders WHERE order_id = $1',
  paymentByKey: 'SELECT snapshot, version FROM payments WHERE key = $1',
  paymentByReference: `
    SELECT snapshot, version FROM payments
    WHERE payment_id = (SELECT payment_id FROM payment_references WHERE reference = $1)`,
  history: 'SELECT version, at_ms, fence, events FROM appends WHERE payment_id = $1 ORDER BY version',
  inbox: `
    SELECT id, gateway, received_at_ms, raw, authentic, caller_address FROM inbox ORDER BY position LIMIT $1`,
  inDoubt: `
    SELECT currency, count(*) AS payments, min(doubt_since_ms) AS oldest_since_ms,
      sum(at_risk_minor)::text AS at_risk_minor, min(due_at_ms) AS next_due_at_ms
    FROM payments WHERE doubt_since_ms IS NOT NULL GROUP BY currency ORDER BY currency`,
} as const

/** The conditions of a list; each combination is a statement of its own, so that each finds its index. */
const listConditions = { orderId: 'order_id', status: 'status', before: 'payment_id' } as const

/** Reads a journal: each read is one statement, and sees all that was committed before it. */
export class Reader {
  readonly #pool: ReadPool

  constructor(pool: ReadPool) {
    this.#pool = pool
  }

  async read(paymentId: string): Promise<StoredPayment | undefined> {
    return storedPayment(await this.#one('payment', paymentId))
  }

  async order(orderId: string): Promise<OrderRecord | undefined> {
    const row = await this.#one('order', orderId)
    return row === undefined ? undefined : decodeOrder(textIn(row, 'record'))
  }

  async findByKey(key: string): Promise<StoredPayment | undefined> {
    return storedPayment(await this.#one('paymentByKey', key))
  }

  async findByReference(reference: string): Promise<StoredPayment | undefined> {
    return storedPayment(await this.#one('paymentByReference', reference))
  }

  async history(paymentId: string): Promise<readonly StoredAppend[]> {
    return (await this.#named('history', paymentId)).map((row) => ({
      version: numberIn(row, 'version'),
      atMs: numberIn(row, 'at_ms'),
      fence: numberIn(row, 'fence'),
      events: decodeEvents(textIn(row, 'events')),
    }))
  }

  async list(query: PaymentQuery): Promise<PaymentPage> {
    assertLimit(query.limit)
    const names = (['orderId', 'status', 'before'] as const).filter((name) => query[name] !== undefined)
    const values = names.map((name) => query[name] ?? '')
    if (!values.every(isName)) return { payments: [], unreadable: [], next: undefined }
    const conditions: string[] = names.map((name, index) => {
      return `${listConditions[name]} ${name === 'before' ? '<' : '='} $${index + 1}`
    })
    if (query.withCases === true) conditions.push('cases > 0')
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
    const text = `
      SELECT payment_id, snapshot, version FROM payments ${where} ORDER BY payment_id DESC LIMIT $${names.length + 1}`
    const name = `list ${names.join(' ')} ${String(query.withCases === true)}`
    const rows = await this.#pool.query({ name, text, values: [...values, query.limit] })
    return pageOf(rows, query.limit, (row) => textIn(row, 'payment_id'), paymentIn)
  }

  async inbox(limit: number): Promise<InboxPage> {
    assertLimit(limit)
    const rows = await this.#pool.query({ name: 'inbox', text: reads.inbox, values: [limit] })
    const { readable: items, unreadable } = eachReadable(rows, (row) => textIn(row, 'id'), inboxItemIn)
    return { items, unreadable }
  }

  async inDoubt(): Promise<readonly InDoubt[]> {
    const rows = await this.#pool.query({ name: 'inDoubt', text: reads.inDoubt })
    return rows.map((row) => ({
      currency: textIn(row, 'currency'),
      payments: numberIn(row, 'payments'),
      oldestSinceMs: numberIn(row, 'oldest_since_ms'),
      atRiskMinor: BigInt(textIn(row, 'at_risk_minor')),
      nextDueAtMs: row['next_due_at_ms'] === null ? undefined : numberIn(row, 'next_due_at_ms'),
    }))
  }

  async #one(name: keyof typeof reads, value: string): Promise<Row | undefined> {
    return (await this.#named(name, value))[0]
  }

  async #named(name: keyof typeof reads, value: string): Promise<readonly Row[]> {
    if (!isName(value)) return []
    return this.#pool.query({ name, text: reads[name], values: [value] })
  }
}

function storedPayment(row: Row | undefined): StoredPayment | undefined {
  return row === undefined ? undefined : paymentIn(row)
}

function paymentIn(row: Row): StoredPayment {
  return { payment: decodePayment(textIn(row, 'snapshot')), version: numberIn(row, 'version') }
}

export function inboxItemIn(row: Row): InboxItem {
  return {
    id: textIn(row, 'id'),
    gateway: textIn(row, 'gateway'),
    receivedAtMs: numberIn(row, 'received_at_ms'),
    raw: rawIn(row),
    isAuthentic: booleanIn(row, 'authentic'),
    callerAddress: row['caller_address'] === null ? undefined : textIn(row, 'caller_address'),
  }
}

/** It stands there as JSON, because a text of the database cannot hold U+0000. */
function rawIn(row: Row): string {
  const text = textIn(row, 'raw')
  try {
    return textIn({ raw: JSON.parse(text) as unknown }, 'raw')
  } catch (error) {
    throw failure(
      'CF_JOURNAL_CORRUPT',
      `a notification of ${text.length} characters cannot be read`,
      {},
      error,
    )
  }
}
