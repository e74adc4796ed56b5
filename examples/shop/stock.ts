import type { ActionAnswer } from 'counterfoil'
import type { ShopDatabase } from './database.ts'
import { orderLines } from './orders.ts'
import { productBySku } from './products.ts'
import { doOnce, type TellingFacts, undoOnce } from './told.ts'

/**
 * Sets the goods of an order aside, or refuses naming what is not there. What is set aside stays in the stock but
 * is free no more, so two payers cannot both be promised the last one.
 */
export function reserve(database: ShopDatabase, telling: TellingFacts): ActionAnswer {
  return doOnce(database, 'reserveStock', telling, () => {
    const lines = orderLines(database, telling.orderId)
    for (const { sku, name, quantity } of lines) {
      const free = productBySku(database, sku)?.free ?? 0
      if (free < quantity) return { kind: 'refused', reason: notEnough(name, free) }
    }
    for (const { sku, quantity } of lines) {
      database.sql.run`INSERT INTO reservation_line (key, payment_id, sku, quantity)
        VALUES (${telling.key}, ${telling.paymentId}, ${sku}, ${quantity})`
    }
    return { kind: 'done' }
  })
}

/** Undoes `reserve`. What was sold in the meantime is no longer set aside, so there is nothing of it to free. */
export function release(database: ShopDatabase, telling: TellingFacts): void {
  undoOnce(database, 'reserveStock', telling, () => {
    database.sql.run`DELETE FROM reservation_line WHERE key = ${telling.key}`
  })
}

/**
 * Takes the goods of a paid order out of the stock: first what this payment set aside, then what is free. The order
 * is paid, so what is missing is no refusal: it is written down for whoever orders more.
 */
export function deduct(database: ShopDatabase, telling: TellingFacts): void {
  doOnce(database, 'deductStock', telling, () => {
    const { sql } = database
    sql.run`DELETE FROM reservation_line WHERE payment_id = ${telling.paymentId}`
    for (const { sku, quantity } of orderLines(database, telling.orderId)) {
      const taken = Math.min(quantity, Math.max(productBySku(database, sku)?.free ?? 0, 0))
      sql.run`UPDATE product SET stock = stock - ${taken} WHERE sku = ${sku}`
      sql.run`INSERT INTO deduction_line (key, sku, quantity, missing)
        VALUES (${telling.key}, ${sku}, ${taken}, ${quantity - taken})`
    }
    return { kind: 'done' }
  })
}

/** Undoes `deduct`: what was taken goes back to the shelf, what was missing never left it. */
export function restock(database: ShopDatabase, telling: TellingFacts): void {
  undoOnce(database, 'deductStock', telling, () => {
    database.sql.run`UPDATE product SET stock = stock + deducted.quantity
      FROM (SELECT sku, quantity FROM deduction_line WHERE key = ${telling.key}) AS deducted
      WHERE product.sku = deducted.sku`
  })
}

function notEnough(name: string, free: number): string {
  if (free <= 0) return `${name} is sold out. Nothing was charged.`
  return `Only ${free} of ${name} ${free === 1 ? 'is' : 'are'} left. Nothing was charged.`
}
