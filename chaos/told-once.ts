import { join } from 'node:path'
import type { Difference } from '../demo/audit.ts'
import { openShopDatabase } from '../examples/shop/database.ts'
import { textIn, wholeIn } from '../examples/shop/row.ts'

/**
 * What the shop has noted of what it was told: each key once, which its database sees to, and each thing under one key only
 * for a payment; nothing that was begun is left half done (L2).
 */
export function toldTwice(dataFolder: string): readonly Difference[] {
  const database = openShopDatabase(join(dataFolder, 'shop.db'))
  const { sql } = database
  try {
    const twice = sql.all`SELECT order_id, payment_id, method, count(*) AS times FROM told
      WHERE method IN ('markOrderPaid', 'saveOrder', 'reserveStock', 'deductStock', 'deleteBasket', 'sendOrderMail',
        'tellWarehouse')
      GROUP BY order_id, payment_id, method HAVING count(*) > 1`
    const begun = sql.all`SELECT order_id, method FROM told WHERE state = 'begun'`
    return [
      ...twice.map((row) => ({
        orderId: textIn(row, 'order_id'),
        what: `${textIn(row, 'method')} for payment ${textIn(row, 'payment_id')}`,
        expected: 'told once',
        found: `${wholeIn(row, 'times')} keys`,
      })),
      ...begun.map((row) => ({
        orderId: textIn(row, 'order_id'),
        what: `${textIn(row, 'method')}, as the shop has noted it`,
        expected: 'done',
        found: 'begun',
      })),
    ]
  } finally {
    database.close()
  }
}
