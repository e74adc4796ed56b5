import type { ActionAnswer } from 'counterfoil'
import type { ShopDatabase } from './database.ts'
import { doOnce, type TellingFacts, undoOnce } from './told.ts'
import { textIn, wholeIn } from './row.ts'

export interface Promotion {
  readonly code: string
  readonly percentOff: number
  readonly uses: number
  readonly usesMax: number
}

export function promotionByCode({ sql }: ShopDatabase, code: string): Promotion | undefined {
  const row = sql.get`SELECT * FROM promotion WHERE code = ${code}`
  if (row === undefined) return undefined
  return {
    code: textIn(row, 'code'),
    percentOff: wholeIn(row, 'percent_off'),
    uses: wholeIn(row, 'uses'),
    usesMax: wholeIn(row, 'uses_max'),
  }
}

/** Counts one use of the order's code, if it has one, or refuses when others were faster. */
export function countUse(database: ShopDatabase, telling: TellingFacts): ActionAnswer {
  return doOnce(database, 'countPromotionCode', telling, () => {
    const code = codeOf(database, telling.orderId)
    if (code === undefined) return { kind: 'done' }
    const { changes } = database.sql.run`UPDATE promotion SET uses = uses + 1
      WHERE code = ${code} AND uses < uses_max`
    if (Number(changes) === 1) return { kind: 'done' }
    return { kind: 'refused', reason: `The code ${code} has been used up. Nothing was charged.` }
  })
}

/** Undoes `countUse`. */
export function uncountUse(database: ShopDatabase, telling: TellingFacts): void {
  undoOnce(database, 'countPromotionCode', telling, () => {
    const code = codeOf(database, telling.orderId)
    if (code !== undefined) database.sql.run`UPDATE promotion SET uses = uses - 1 WHERE code = ${code}`
  })
}

/** The price of a line with so much off; fractions of a penny are the shop's. */
export function lessPercent(amountMinor: bigint, percentOff: number): bigint {
  return amountMinor - (amountMinor * BigInt(percentOff)) / 100n
}

function codeOf({ sql }: ShopDatabase, orderId: string): string | undefined {
  const code = sql.get`SELECT promotion_code FROM shop_order WHERE id = ${orderId}`?.['promotion_code']
  return typeof code === 'string' ? code : undefined
}
