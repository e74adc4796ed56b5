import { steps } from '../build-steps.ts'

/** Authorizes and captures in one operation: the PSP's own sale. */
export const charge = steps().gateway('charge', {
  asksFor: ['sale'],
  operation: ({ payment }) => ({ kind: 'sale', amountMinor: payment.amountMinor }),
})
