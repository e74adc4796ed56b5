import type { FactName } from '../payment/events.ts'
import type { Order } from '../payment/order.ts'

/** What an effect tells the shop. `key` is the same each time the same thing is told: store it, and do it once. */
export interface Telling {
  readonly key: string
  /**
   * Goes up with each word about the order. What is told of an order's status under a lower number than the shop has
   * heard already is old news from a process that was cut off for a while: ignore it.
   */
  readonly sequence: number
  /** When this came about, in milliseconds since 1970: the same each time it is told. */
  readonly atMs: number
  readonly paymentId: string
  readonly orderId: string
  readonly amountMinor: bigint
  readonly currency: string
  /** Aborts at the effect's deadline. */
  readonly signal: AbortSignal
}

/** What became of the money of a payment after it had ended, and of how much of it. */
export interface PaymentChange extends Telling {
  readonly change: FactName | 'refunded'
  /** In minor units of the payment's currency. */
  readonly changedMinor: bigint
}

/** The shop's answer to an action: done, or refused for a reason that the payer may read. */
export type ActionAnswer = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly reason: string }

/**
 * The port to the shop. Only `loadOrder` is a must; each built-in step says which of the others it calls, and a
 * pipeline with a step whose method is missing is refused at start-up.
 *
 * Every method may be called more than once with the same key, also after a restart, and must then have the effect
 * of one call. A method that throws is called again later.
 */
export interface Shop {
  loadOrder(orderId: string, signal: AbortSignal): Promise<Order | undefined>
  markOrderPaid?(telling: Telling): Promise<void>
  /** This payment ended unpaid; the order stays payable. */
  markPaymentCancelled?(telling: Telling): Promise<void>
  markOrderInProgress?(telling: Telling): Promise<void>
  saveOrder?(telling: Telling): Promise<void>
  reserveStock?(telling: Telling): Promise<ActionAnswer>
  /** Undoes reserveStock with the same key; when it comes first, that reserveStock must have no effect. */
  releaseStock?(telling: Telling): Promise<void>
  deductStock?(telling: Telling): Promise<void>
  /** Undoes deductStock with the same key. */
  restock?(telling: Telling): Promise<void>
  countPromotionCode?(telling: Telling): Promise<ActionAnswer>
  /** Undoes countPromotionCode with the same key. */
  uncountPromotionCode?(telling: Telling): Promise<void>
  deleteBasket?(telling: Telling): Promise<void>
  sendOrderMail?(telling: Telling): Promise<void>
  /** Refunded, charged back, a capture that failed after all: the money of a payment that had ended has moved. */
  paymentChanged?(change: PaymentChange): Promise<void>
}

/** For actions: it is done. */
export function done(): ActionAnswer {
  return { kind: 'done' }
}

/** For actions: it cannot be done, for a reason that the payer may read. */
export function refused(reason: string): ActionAnswer {
  return { kind: 'refused', reason }
}
