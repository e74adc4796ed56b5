import { steps } from '../build-steps.ts'

/** Tells the shop what became of the money after the payment had ended: refunded, charged back, failed late. */
export const tellPaymentChanged = steps().effect('tell-payment-changed', {
  calls: ['paymentChanged'],
  run: async ({ shop, fact, ...telling }) => {
    if (fact === undefined) return
    await shop.paymentChanged?.({ ...telling, change: fact.name, changedMinor: fact.amountMinor })
  },
})
