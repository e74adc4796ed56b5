import { later, ok, steps } from '../build-steps.ts'

/** Parks what is about no payment that we know: it may be of one that is yet to come. */
export const findPayment = steps().check('find-payment', {
  check: ({ payment, notice }) =>
    payment === undefined ? later(`no payment has the reference ${notice.reference}`) : ok(),
})
