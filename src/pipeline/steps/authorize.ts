import { steps } from '../build-steps.ts'

/** Authorizes only; money moves with a later capture. */
export const authorize = steps().gateway('authorize', {
  asksFor: ['authorize'],
  operation: ({ payment }) => ({ kind: 'authorize', amountMinor: payment.amountMinor }),
})
