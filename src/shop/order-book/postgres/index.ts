import { failure } from '../../../errors.ts'
import { numberIn, textIn } from '../../../postgres/column.ts'
import { PostgresDatabase } from '../../../postgres/database.ts'
import { checkedSettings, type PostgresOptions } from '../../../postgres/settings.ts'
import { isName } from '../../../journal/names.ts'
import type { Booking, BookingVerdict, OrderBook } from '../../order-book.ts'
import { decodeOrder, encodeOrder } from '../encoded-order.ts'
import { migrations } from './migrations.ts'

/** Ended keys that one booking clears away: more than it makes, so that they never pile up. */
const CLEARED_PER_BOOKING_MAX = 50

const BOOK = `SELECT out_kind, out_status, out_body
  FROM book_order_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
const FIND = 'SELECT content, booked_at_ms FROM orders WHERE order_id = $1'

/**
 * An order book in PostgreSQL, for as many nodes as open it. Its tables stand in a schema of their own:
 * `counterfoil_orders` unless told otherwise.
 *
 * @throws CF_CONFIG; by its methods CF_ORDER_BOOK_UNAVAILABLE, and CF_REQUEST_INVALID for names it cannot keep
 * @example
 * const orders = postgresOrderBook({ url: 'postgres://shop:secret@db.example/payments' })
 * await orders.open()
 */
export function postgresOrderBook(options: PostgresOptions): OrderBook {
  const database = new PostgresDatabase({
    settings: checkedSettings(options, 'counterfoil_orders'),
    migrations,
    fail: (text, cause) => failure('CF_ORDER_BOOK_UNAVAILABLE', text, {}, cause),
  })
  return {
    name: database.name,
    open: () => database.open(),
    close: () => database.close(),
    book: async (booking) => {
      assertStorable(booking)
      return verdictOf(await database.query({ name: 'book', text: BOOK, values: valuesOf(booking) }))
    },
    find: async (orderId) => {
      if (!isName(orderId)) return undefined
      const [row] = await database.query({ name: 'find', text: FIND, values: [orderId] })
      if (row === undefined) return undefined
      return { order: decodeOrder(textIn(row, 'content')), bookedAtMs: numberIn(row, 'booked_at_ms') }
    },
  }
}

/** @throws CF_REQUEST_INVALID for a name that could not be kept as it is; texts of an order stand there as JSON */
function assertStorable({ order, client, key }: Booking): void {
  if ([order.id, client, key].every(isName)) return
  throw failure('CF_REQUEST_INVALID', 'PostgreSQL can keep neither U+0000 nor half a character in a name')
}

function valuesOf({ order, client, key, fingerprint, answers, nowMs, keyExpiresAtMs }: Booking): unknown[] {
  const { booked, same } = answers
  return [
    order.id,
    encodeOrder(order),
    client,
    key,
    fingerprint,
    booked.status,
    booked.body,
    same.status,
    same.body,
    nowMs,
    keyExpiresAtMs,
    CLEARED_PER_BOOKING_MAX,
  ]
}

function verdictOf([row]: readonly Readonly<Record<string, unknown>>[]): BookingVerdict {
  const kind = textIn(row, 'out_kind')
  switch (kind) {
    case 'booked':
    case 'same':
    case 'answered':
      return { kind, answer: { status: numberIn(row, 'out_status'), body: textIn(row, 'out_body') } }
    case 'key-reused':
    case 'differs':
      return { kind }
    default:
      throw new Error(`the order book answered '${kind}'`)
  }
}
