import type { Shop } from 'counterfoil'
import { takeOrderOut } from './baskets.ts'
import type { ShopDatabase } from './database.ts'
import type { OrderMail } from './mail.ts'
import { keepAsPaid, markInProgress, markPaid, markPayableAgain, payableOrder } from './orders.ts'
import { countUse, uncountUse } from './promotions.ts'
import { deduct, release, reserve, restock } from './stock.ts'
import { doOnce, noteChange, type TellingFacts } from './told.ts'

/**
 * The shop as Counterfoil sees it. Every method may be called again with the same key, also after a restart:
 * `doOnce` and `undoOnce` note each key in the transaction of what was done.
 */
export function shopPort(database: ShopDatabase, mail: OrderMail): Shop {
  const once = (method: keyof Shop, telling: TellingFacts, work: () => void): void => {
    doOnce(database, method, telling, () => {
      work()
      return { kind: 'done' }
    })
  }
  return {
    loadOrder: async (orderId) => payableOrder(database, orderId),
    markOrderPaid: async (telling) => once('markOrderPaid', telling, () => markPaid(database, telling)),
    markPaymentCancelled: async (telling) =>
      once('markPaymentCancelled', telling, () => markPayableAgain(database, telling)),
    markOrderInProgress: async (telling) =>
      once('markOrderInProgress', telling, () => markInProgress(database, telling)),
    saveOrder: async (telling) => once('saveOrder', telling, () => keepAsPaid(database, telling.orderId)),
    reserveStock: async (telling) => reserve(database, telling),
    releaseStock: async (telling) => release(database, telling),
    deductStock: async (telling) => deduct(database, telling),
    restock: async (telling) => restock(database, telling),
    countPromotionCode: async (telling) => countUse(database, telling),
    uncountPromotionCode: async (telling) => uncountUse(database, telling),
    deleteBasket: async (telling) =>
      once('deleteBasket', telling, () => takeOrderOut(database, telling.orderId)),
    sendOrderMail: async (telling) => mail.send(telling),
    paymentChanged: async (change) => noteChange(database, change),
  }
}
