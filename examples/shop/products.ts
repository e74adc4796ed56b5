import type { ShopDatabase } from './database.ts'
import { minorIn, type Row, textIn, wholeIn } from './row.ts'

export interface Product {
  readonly sku: string
  readonly name: string
  readonly description: string
  readonly picture: string
  readonly priceMinor: bigint
  /** On the shelf, sold or not set aside for somebody who is paying. */
  readonly free: number
  /** Set aside for payments that are under way. */
  readonly reserved: number
}

/** All products in the order of the shelves. */
export function products({ sql }: ShopDatabase): readonly Product[] {
  return sql.all`
    SELECT product.*, (SELECT coalesce(sum(quantity), 0) FROM reservation_line WHERE sku = product.sku) AS reserved
    FROM product ORDER BY position`.map(asProduct)
}

export function productBySku({ sql }: ShopDatabase, sku: string): Product | undefined {
  const row = sql.get`
    SELECT product.*, (SELECT coalesce(sum(quantity), 0) FROM reservation_line WHERE sku = product.sku) AS reserved
    FROM product WHERE sku = ${sku}`
  return row === undefined ? undefined : asProduct(row)
}

function asProduct(row: Row): Product {
  const reserved = wholeIn(row, 'reserved')
  return {
    sku: textIn(row, 'sku'),
    name: textIn(row, 'name'),
    description: textIn(row, 'description'),
    picture: textIn(row, 'picture'),
    priceMinor: minorIn(row, 'price_minor'),
    free: wholeIn(row, 'stock') - reserved,
    reserved,
  }
}
