import { failure } from '../../errors.ts'
import type { BookedOrder, Booking, BookingVerdict, KeptAnswer, OrderBook } from '../order-book.ts'
import { decodeOrder, encodeOrder } from './encoded-order.ts'

interface KeptKey {
  readonly fingerprint: string
  readonly answer: KeptAnswer
  readonly expiresAtMs: number
}

/** What an order book in memory keeps. Books that share one act like processes on one file. */
export class OrderBookStore {
  readonly orders = new Map<string, { readonly text: string; readonly bookedAtMs: number }>()
  readonly keys = new Map<string, KeptKey>()
}

/**
 * An order book that lasts as long as its store: for tests and first steps, never for money.
 *
 * @throws CF_ORDER_BOOK_UNAVAILABLE, by each method, before `open` and after `close`.
 * @example
 * const orders = memoryOrderBook()
 * await orders.open()
 */
export function memoryOrderBook(store: OrderBookStore = new OrderBookStore()): OrderBook {
  let isOpen = false
  const check = (): void => {
    if (!isOpen) throw failure('CF_ORDER_BOOK_UNAVAILABLE', 'the order book in memory is not open')
  }
  return {
    name: 'memory',
    open: async () => {
      isOpen = true
    },
    close: async () => {
      isOpen = false
    },
    book: async (booking) => {
      check()
      return book(store, booking)
    },
    find: async (orderId) => {
      check()
      return find(store, orderId)
    },
  }
}

function book(store: OrderBookStore, booking: Booking): BookingVerdict {
  const { order, client, key, fingerprint, answers, nowMs, keyExpiresAtMs } = booking
  for (const [name, { expiresAtMs }] of store.keys) if (expiresAtMs <= nowMs) store.keys.delete(name)
  const name = JSON.stringify([client, key])
  const kept = store.keys.get(name)
  if (kept !== undefined) {
    return kept.fingerprint === fingerprint
      ? { kind: 'answered', answer: kept.answer }
      : { kind: 'key-reused' }
  }
  const text = encodeOrder(order)
  const known = store.orders.get(order.id)
  if (known !== undefined && known.text !== text) return { kind: 'differs' }
  if (known === undefined) store.orders.set(order.id, { text, bookedAtMs: nowMs })
  const kind = known === undefined ? 'booked' : 'same'
  store.keys.set(name, { fingerprint, answer: answers[kind], expiresAtMs: keyExpiresAtMs })
  return { kind, answer: answers[kind] }
}

function find({ orders }: OrderBookStore, orderId: string): BookedOrder | undefined {
  const known = orders.get(orderId)
  return known && { order: decodeOrder(known.text), bookedAtMs: known.bookedAtMs }
}
