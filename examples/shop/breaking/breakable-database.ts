import type { ShopDatabase } from '../database.ts'
import { ShopError } from '../shop-error.ts'

/** What every use of the shop's database meets while it is away: pages answer 503, and Counterfoil tries again later. */
export class DatabaseAway extends ShopError {
  constructor() {
    super(
      503,
      'The shop is resting',
      'Its database does not answer just now. No payment begins while it is away, and those under way are looked after all the same. Come back in a moment.',
    )
  }
}

export interface BreakableDatabase extends ShopDatabase {
  isAway: boolean
}

/**
 * The same database, which can be taken away: from then on everything that reads or writes fails as if nobody
 * listened at the other end. A transaction is taken at its beginning, so none is ever left half done.
 */
export function breakableDatabase(whole: ShopDatabase): BreakableDatabase {
  const database: BreakableDatabase = {
    isAway: false,
    get sql() {
      if (database.isAway) throw new DatabaseAway()
      return whole.sql
    },
    nowMs: whole.nowMs,
    transaction: (work) => {
      if (database.isAway) throw new DatabaseAway()
      return whole.transaction(work)
    },
    close: () => whole.close(),
  }
  return database
}
