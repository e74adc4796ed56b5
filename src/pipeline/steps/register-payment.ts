import { steps } from '../build-steps.ts'

/** Registers the payment at the PSP, whose page takes the money: a sale. No money moves by it. */
export const registerPayment = steps().gateway('register-payment', {
  asksFor: ['sale'],
  operation: ({ payment }) => ({ kind: 'sale', amountMinor: payment.amountMinor }),
})

/** Registers the payment at the PSP, whose page only authorizes: money moves with a later capture. */
export const registerAuthorization = steps().gateway('register-payment', {
  asksFor: ['authorize'],
  operation: ({ payment }) => ({ kind: 'authorize', amountMinor: payment.amountMinor }),
})
