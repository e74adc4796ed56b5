import type { ShopDatabase } from './database.ts'
import { minorIn, textIn, wholeIn } from './row.ts'

/** Nobody needs more of one thing; the database refuses more. */
export const QUANTITY_MAX = 99

export interface BasketLine {
  readonly sku: string
  readonly name: string
  readonly picture: string
  readonly quantity: number
  readonly priceMinor: bigint
  readonly amountMinor: bigint
}

export function basketOf({ sql }: ShopDatabase, visitor: string): readonly BasketLine[] {
  const rows = sql.all`SELECT product.sku, name, picture, quantity, price_minor FROM basket_line
    JOIN product ON product.sku = basket_line.sku WHERE visitor = ${visitor} ORDER BY position`
  return rows.map((row) => {
    const priceMinor = minorIn(row, 'price_minor')
    const quantity = wholeIn(row, 'quantity')
    return {
      sku: textIn(row, 'sku'),
      name: textIn(row, 'name'),
      picture: textIn(row, 'picture'),
      quantity,
      priceMinor,
      amountMinor: priceMinor * BigInt(quantity),
    }
  })
}

/** How many things lie in the basket. */
export function basketCount({ sql }: ShopDatabase, visitor: string): number {
  const row = sql.get`SELECT coalesce(sum(quantity), 0) AS count FROM basket_line WHERE visitor = ${visitor}`
  return Number(row?.['count'])
}

/** Puts more of a product into the basket, up to the bound. False when there is no such product. */
export function addToBasket(database: ShopDatabase, visitor: string, sku: string, quantity: number): boolean {
  const { sql, nowMs, transaction } = database
  return transaction(() => {
    if (sql.get`SELECT 1 FROM product WHERE sku = ${sku}` === undefined) return false
    sql.run`INSERT INTO basket_line (visitor, sku, quantity, changed_at_ms)
      VALUES (${visitor}, ${sku}, ${quantity}, ${nowMs()})
      ON CONFLICT DO UPDATE SET quantity = min(quantity + excluded.quantity, ${QUANTITY_MAX}),
        changed_at_ms = excluded.changed_at_ms`
    return true
  })
}

/** Sets how many of a product lie in the basket; 0 takes it out. */
export function setQuantity(database: ShopDatabase, visitor: string, sku: string, quantity: number): void {
  const { sql, nowMs } = database
  if (quantity === 0) sql.run`DELETE FROM basket_line WHERE visitor = ${visitor} AND sku = ${sku}`
  else {
    sql.run`UPDATE basket_line SET quantity = ${quantity}, changed_at_ms = ${nowMs()}
      WHERE visitor = ${visitor} AND sku = ${sku}`
  }
}

/** Takes out what an order was made of; what came into the basket since then stays in it. */
export function takeOrderOut({ sql, transaction }: ShopDatabase, orderId: string): void {
  transaction(() => {
    const rows = sql.all`SELECT visitor, sku, quantity FROM order_line
      JOIN shop_order ON shop_order.id = order_line.order_id WHERE order_id = ${orderId}`
    for (const row of rows) {
      const [visitor, sku, quantity] = [textIn(row, 'visitor'), textIn(row, 'sku'), wholeIn(row, 'quantity')]
      sql.run`DELETE FROM basket_line WHERE visitor = ${visitor} AND sku = ${sku} AND quantity <= ${quantity}`
      sql.run`UPDATE basket_line SET quantity = quantity - ${quantity} WHERE visitor = ${visitor} AND sku = ${sku}`
    }
  })
}
