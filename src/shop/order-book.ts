import type { Order } from '../payment/order.ts'

export type { Order } from '../payment/order.ts'

/** An order as it stands in the book. */
export interface BookedOrder {
  readonly order: Order
  readonly bookedAtMs: number
}

/** The answer that a key got, to the byte: given again to whoever repeats the request. */
export interface KeptAnswer {
  /** An HTTP status. */
  readonly status: number
  readonly body: string
}

/** An order to be booked, and what is to be remembered of the request that handed it over. */
export interface Booking {
  readonly order: Order
  /** Whose key it is: keys of different clients have nothing to do with each other. */
  readonly client: string
  /** The idempotency key: the same request again is answered the same again. */
  readonly key: string
  /** A digest of the request: under the same key another request is refused. */
  readonly fingerprint: string
  /** The answer to keep with the key, for an order that is new and for one that stood there already, just the same. */
  readonly answers: { readonly booked: KeptAnswer; readonly same: KeptAnswer }
  readonly nowMs: number
  /** From then on the key is forgotten. The order never is. */
  readonly keyExpiresAtMs: number
}

/** What became of a booking. Only `booked` and `same` were written. */
export type BookingVerdict =
  | { readonly kind: 'booked'; readonly answer: KeptAnswer }
  /** The order stood there with the same content. */
  | { readonly kind: 'same'; readonly answer: KeptAnswer }
  /** The key has been answered before: this was the answer. */
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** The key has been used for another request. */
  | { readonly kind: 'key-reused' }
  /** The id stands there with other content, which is left as it is. */
  | { readonly kind: 'differs' }

/**
 * The orders of shops that hand them over by HTTP: what `loadOrder` reads. An order that stands in the book never
 * changes, because a payment may be under way for it.
 *
 * Every method rejects with CF_ORDER_BOOK_UNAVAILABLE when it cannot be done; after a rejected `book` nobody knows
 * whether it was written, and the same call again finds out.
 */
export interface OrderBook {
  /** For people: 'sqlite /path/orders.db'. */
  readonly name: string
  /** Opens and migrates. */
  open(): Promise<void>
  close(): Promise<void>
  /** Books the order and keeps the answer, in one transaction. */
  book(booking: Booking): Promise<BookingVerdict>
  find(orderId: string, signal?: AbortSignal): Promise<BookedOrder | undefined>
}
