import { sameMoney } from '../../money/money.ts'
import { hint, ok, steps } from '../build-steps.ts'

/** Takes another amount or currency than the one that was written down for a hint: only an inquiry can confirm it. */
export const checkAmount = steps().check('check-amount', {
  check: ({ notice, operation }) => {
    const { amountMinor, currency, exponent } = notice.echo ?? {}
    if (operation === undefined || amountMinor === undefined || currency === undefined) return ok()
    return sameMoney(operation, { amountMinor, currency, exponent })
      ? ok()
      : hint(`it speaks of ${amountMinor} ${currency}, not of ${operation.amountMinor} ${operation.currency}`)
  },
})
