import type { Order, OrderLine } from 'counterfoil'
import { basketOf } from './baskets.ts'
import type { ShopDatabase } from './database.ts'
import { lessPercent, promotionByCode } from './promotions.ts'
import { productBySku } from './products.ts'
import { randomId } from './random-id.ts'
import { CURRENCY } from './seed.ts'
import { type Row, maybeTextIn, minorIn, textIn, wholeIn } from './row.ts'

export type OrderStatus = 'open' | 'in progress' | 'paid' | 'cancelled'

/** An order as the shop keeps it. */
export interface ShopOrder {
  readonly id: string
  /** What people say: 'order 7'. */
  readonly number: number
  readonly visitor: string
  readonly email: string
  readonly status: OrderStatus
  readonly currency: string
  readonly totalMinor: bigint
  readonly promotionCode: string | undefined
  /** The payment that last changed the status. */
  readonly paymentId: string | undefined
  /** When the order was kept as it was paid. */
  readonly savedAtMs: number | undefined
  readonly createdAtMs: number
}

export interface CheckoutForm {
  /** From the form: sent twice, it makes one order. */
  readonly formKey: string
  readonly visitor: string
  readonly email: string
  readonly promotionCode: string | undefined
}

export type Ordered =
  | { readonly kind: 'ordered'; readonly orderId: string }
  | { readonly kind: 'refused'; readonly field: 'basket' | 'promotion'; readonly reason: string }

/** Makes an order of the basket as it lies there now. The basket stays as it is until the order is paid. */
export function placeOrder(database: ShopDatabase, form: CheckoutForm): Ordered {
  return database.transaction(() => {
    const before = database.sql.get`SELECT id FROM shop_order WHERE form_key = ${form.formKey}`
    if (before !== undefined) return { kind: 'ordered', orderId: textIn(before, 'id') }
    const basket = basketOf(database, form.visitor)
    if (basket.length === 0) return { kind: 'refused', field: 'basket', reason: 'Your basket is empty.' }
    for (const { sku, name, quantity } of basket) {
      const free = productBySku(database, sku)?.free ?? 0
      if (free < quantity) {
        const reason = free <= 0 ? `${name} is sold out.` : `There are only ${free} left of: ${name}.`
        return { kind: 'refused', field: 'basket', reason }
      }
    }
    const off = percentOff(database, form.promotionCode)
    if (typeof off === 'string') return { kind: 'refused', field: 'promotion', reason: off }
    const lines = basket.map(({ sku, name, quantity, amountMinor }) => ({
      sku,
      name,
      quantity,
      amountMinor: lessPercent(amountMinor, off),
    }))
    return { kind: 'ordered', orderId: insert(database, form, lines) }
  })
}

export function orderById({ sql }: ShopDatabase, orderId: string): ShopOrder | undefined {
  const row = sql.get`SELECT * FROM shop_order WHERE id = ${orderId}`
  return row === undefined ? undefined : asOrder(row)
}

/** This browser's orders, newest first, at most 50. */
export function ordersOf({ sql }: ShopDatabase, visitor: string): readonly ShopOrder[] {
  return sql.all`SELECT * FROM shop_order WHERE visitor = ${visitor} ORDER BY number DESC LIMIT 50`.map(
    asOrder,
  )
}

export function orderLines({ sql }: ShopDatabase, orderId: string): readonly OrderLine[] {
  return sql.all`SELECT * FROM order_line WHERE order_id = ${orderId} ORDER BY position`.map((row) => ({
    sku: textIn(row, 'sku'),
    name: textIn(row, 'name'),
    quantity: wholeIn(row, 'quantity'),
    amountMinor: minorIn(row, 'amount_minor'),
  }))
}

/** The order as Counterfoil wants it. */
export function payableOrder(database: ShopDatabase, orderId: string): Order | undefined {
  const order = orderById(database, orderId)
  if (order === undefined) return undefined
  return {
    id: order.id,
    amountMinor: order.totalMinor,
    currency: order.currency,
    description: `Stub & Quill, order ${order.number}`,
    lines: orderLines(database, orderId),
    payer: { email: order.email },
  }
}

/** A word about an order's status. Words may overtake each other; their numbers say which one is newer. */
export interface StatusWord {
  readonly orderId: string
  readonly paymentId: string
  readonly sequence: number
}

/** The order is paid by this payment. */
export function markPaid({ sql, nowMs }: ShopDatabase, { orderId, paymentId, sequence }: StatusWord): void {
  sql.run`UPDATE shop_order
    SET status = 'paid', payment_id = ${paymentId}, heard = ${sequence}, changed_at_ms = ${nowMs()}
    WHERE id = ${orderId} AND heard <= ${sequence}`
}

/** Somebody is paying. A paid order stays paid: this is news of the past then. */
export function markInProgress(
  { sql, nowMs }: ShopDatabase,
  { orderId, paymentId, sequence }: StatusWord,
): void {
  sql.run`UPDATE shop_order
    SET status = 'in progress', payment_id = ${paymentId}, heard = ${sequence}, changed_at_ms = ${nowMs()}
    WHERE id = ${orderId} AND heard <= ${sequence} AND status IN ('open', 'in progress')`
}

/** This payment ended unpaid. Another payment's word about the order stands. */
export function markPayableAgain(
  { sql, nowMs }: ShopDatabase,
  { orderId, paymentId, sequence }: StatusWord,
): void {
  sql.run`UPDATE shop_order SET status = 'open', heard = ${sequence}, changed_at_ms = ${nowMs()}
    WHERE id = ${orderId} AND heard <= ${sequence} AND payment_id = ${paymentId}
      AND status IN ('in progress', 'paid')`
}

/** The shopper takes the order back. */
export function markCancelled({ sql, nowMs }: ShopDatabase, orderId: string): void {
  sql.run`UPDATE shop_order SET status = 'cancelled', changed_at_ms = ${nowMs()}
    WHERE id = ${orderId} AND status IN ('open', 'in progress')`
}

/** Keeps the order as it was paid: from here on nobody edits it. */
export function keepAsPaid({ sql, nowMs }: ShopDatabase, orderId: string): void {
  sql.run`UPDATE shop_order SET saved_at_ms = ${nowMs()} WHERE id = ${orderId}`
}

function percentOff(database: ShopDatabase, code: string | undefined): number | string {
  if (code === undefined) return 0
  const promotion = promotionByCode(database, code)
  if (promotion === undefined) return 'We do not know this code.'
  if (promotion.uses >= promotion.usesMax) return 'This code has been used up.'
  return promotion.percentOff
}

function insert({ sql, nowMs }: ShopDatabase, form: CheckoutForm, lines: readonly OrderLine[]): string {
  const [id, atMs] = [randomId(), nowMs()]
  const totalMinor = lines.reduce((total, line) => total + line.amountMinor, 0n)
  sql.run`INSERT INTO shop_order
      (id, form_key, visitor, email, status, currency, total_minor, promotion_code, created_at_ms, changed_at_ms)
    VALUES (${id}, ${form.formKey}, ${form.visitor}, ${form.email}, 'open', ${CURRENCY}, ${totalMinor},
      ${form.promotionCode ?? null}, ${atMs}, ${atMs})`
  for (const [position, { sku, name, quantity, amountMinor }] of lines.entries()) {
    sql.run`INSERT INTO order_line (order_id, position, sku, name, quantity, amount_minor)
      VALUES (${id}, ${position}, ${sku}, ${name}, ${quantity}, ${amountMinor})`
  }
  return id
}

function asOrder(row: Row): ShopOrder {
  return {
    id: textIn(row, 'id'),
    number: wholeIn(row, 'number'),
    visitor: textIn(row, 'visitor'),
    email: textIn(row, 'email'),
    status: row['status'] as OrderStatus,
    currency: textIn(row, 'currency'),
    totalMinor: minorIn(row, 'total_minor'),
    promotionCode: maybeTextIn(row, 'promotion_code'),
    paymentId: maybeTextIn(row, 'payment_id'),
    savedAtMs: row['saved_at_ms'] === null ? undefined : wholeIn(row, 'saved_at_ms'),
    createdAtMs: wholeIn(row, 'created_at_ms'),
  }
}
