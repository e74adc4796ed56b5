import type { OrderBook } from '../shop/order-book.ts'
import type { Shop } from '../shop/shop.ts'

/**
 * The shop of a server that has no webhook: its orders come by the API, and it asks the API what became of them.
 * Nobody is told, so that there is nothing to repeat. It has the methods of `webhookShop`, so that one can take its place.
 */
export function silentShop(orders: OrderBook): Shop {
  const tellNobody = async (): Promise<void> => undefined
  return {
    loadOrder: async (orderId, signal) => (await orders.find(orderId, signal))?.order,
    markOrderPaid: tellNobody,
    markPaymentCancelled: tellNobody,
    markOrderInProgress: tellNobody,
    paymentChanged: tellNobody,
  }
}
