import { steps } from '../build-steps.ts'

/** Has the shop send the order mail. */
export const sendOrderMail = steps().effect('send-order-mail', {
  calls: ['sendOrderMail'],
  run: async ({ shop, ...telling }) => shop.sendOrderMail?.(telling),
})
