import { steps } from '../build-steps.ts'

/** Tells the shop that this payment ended unpaid; the order stays payable. */
export const markPaymentCancelled = steps().effect('mark-payment-cancelled', {
  calls: ['markPaymentCancelled'],
  run: async ({ shop, ...telling }) => shop.markPaymentCancelled?.(telling),
})
