import type { Telling } from 'counterfoil'
import { addToBasket } from './baskets.ts'
import { openShopDatabase, type ShopDatabase } from './database.ts'
import { placeOrder } from './orders.ts'
import { randomId } from './random-id.ts'

/** A shop of its own in memory, with the seeded shelves. */
export function emptyShop(): ShopDatabase {
  return openShopDatabase(':memory:')
}

/** An order of these things, as a checkout would make it. */
export function orderOf(
  database: ShopDatabase,
  quantities: Readonly<Record<string, number>>,
  promotionCode?: string,
): { readonly orderId: string; readonly visitor: string } {
  const visitor = randomId()
  for (const [sku, quantity] of Object.entries(quantities)) addToBasket(database, visitor, sku, quantity)
  const ordered = placeOrder(database, {
    formKey: randomId(),
    visitor,
    email: 'jane@example.com',
    promotionCode,
  })
  if (ordered.kind === 'refused') throw new Error(ordered.reason)
  return { orderId: ordered.orderId, visitor }
}

/** What Counterfoil would tell about an order. */
export function telling(
  orderId: string,
  key: string,
  paymentId: string = 'payment-1',
  sequence: number = 1,
): Telling {
  return {
    key,
    sequence,
    atMs: 0,
    paymentId,
    orderId,
    amountMinor: 100n,
    currency: 'GBP',
    signal: new AbortController().signal,
  }
}

export function stockOf({ sql }: ShopDatabase, sku: string): number {
  return Number(sql.get`SELECT stock FROM product WHERE sku = ${sku}`?.['stock'])
}
