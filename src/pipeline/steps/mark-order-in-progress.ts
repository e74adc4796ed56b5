import { steps } from '../build-steps.ts'

/** Tells the shop that the payment is in progress and nobody should pay again. */
export const markOrderInProgress = steps().effect('mark-order-in-progress', {
  calls: ['markOrderInProgress'],
  run: async ({ shop, ...telling }) => shop.markOrderInProgress?.(telling),
})
