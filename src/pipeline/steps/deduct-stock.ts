import { steps } from '../build-steps.ts'

/** Takes the goods out of the stock once the order is paid; undone when the payment is voided or reversed later. */
export const deductStock = steps().effect('deduct-stock', {
  calls: ['deductStock', 'restock'],
  run: async ({ shop, ...telling }) => shop.deductStock?.(telling),
  undo: async ({ shop, ...telling }) => shop.restock?.(telling),
})
