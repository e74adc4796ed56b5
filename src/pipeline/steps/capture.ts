import { steps } from '../build-steps.ts'

/** Captures all that is authorized. It is written down with the approval, and sent off the payer's path. */
export const capture = steps().gateway('capture', {
  asksFor: ['capture'],
  operation: ({ payment }) => ({ kind: 'capture', amountMinor: payment.balances.authorizedMinor }),
})
