import { steps } from '../build-steps.ts'

/** Tells the shop that the order is paid. */
export const markOrderPaid = steps().effect('mark-order-paid', {
  calls: ['markOrderPaid'],
  run: async ({ shop, ...telling }) => shop.markOrderPaid?.(telling),
})
