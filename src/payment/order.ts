import { hash } from 'node:crypto'

/** One line of an order, for display and for the order's version. */
export interface OrderLine {
  readonly sku: string
  readonly name: string
  readonly quantity: number
  /** Price of the whole line in minor units of the order's currency. */
  readonly amountMinor: bigint
}

export interface Address {
  readonly line1: string
  readonly line2?: string
  readonly city: string
  readonly postalCode: string
  /** ISO 3166-1 alpha-2. */
  readonly countryCode: string
}

/** Who pays, as far as the shop knows. It goes to the PSP and into no event. */
export interface Payer {
  readonly email?: string
  readonly name?: string
  readonly billingAddress?: Address
}

/** What the shop wants paid. The shop owns it; Counterfoil reads it by `loadOrder`. */
export interface Order {
  readonly id: string
  /** In minor units of `currency` (ISO 4217). */
  readonly amountMinor: bigint
  readonly currency: string
  readonly description: string
  readonly lines: readonly OrderLine[]
  readonly payer?: Payer
}

/**
 * Whether an order can be paid, and by whom. It is written in the same append as the events that change it, so
 * that at most one payment of an order is live (S1).
 *
 *   open -- a payment opens --> held -- it is approved --> claimed
 *    ^                           |                            |
 *    +---- it ended unpaid ------+---- voided or reversed ----+      closeOrder: any but claimed --> closed
 */
export interface OrderRecord {
  readonly orderId: string
  /** Goes up with each change; an append names the revision that it saw. 0 stands for no record yet. */
  readonly revision: number
  readonly state: 'open' | 'held' | 'claimed' | 'closed'
  /** The payment that holds or claims the order. */
  readonly paymentId: string | undefined
  /** The payment that was opened last: what an earlier one still has to tell is superseded by it (design 5.9). */
  readonly lastPaymentId: string | undefined
  /** Digest of amount, currency and lines that the payment saw. */
  readonly orderVersion: string
}

/** The record of an order that no payment was ever opened for. */
export function openOrder(orderId: string): OrderRecord {
  return {
    orderId,
    revision: 0,
    state: 'open',
    paymentId: undefined,
    lastPaymentId: undefined,
    orderVersion: '',
  }
}

/** A digest of what is paid for: an approval for another version is reversed, never adopted (design 5.6). */
export function orderVersionOf(order: Pick<Order, 'amountMinor' | 'currency' | 'lines'>): string {
  const text = JSON.stringify([
    order.amountMinor.toString(),
    order.currency,
    order.lines.map((line) => [line.sku, line.quantity, line.amountMinor.toString()]),
  ])
  return hash('sha256', text, 'hex').slice(0, 32)
}
