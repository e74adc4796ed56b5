import { ok, refuse, steps } from '../build-steps.ts'

/** Refuses an order whose lines do not add up or that costs nothing, before anything is held or sent. */
export const checkOrder = steps().local('check-order', {
  run: ({ order }) => {
    if (order.amountMinor <= 0n) return refuse('There is nothing to pay for this order.')
    const sum = order.lines.reduce((total, line) => total + line.amountMinor, 0n)
    if (order.lines.length > 0 && sum !== order.amountMinor) {
      return refuse('The lines of this order do not add up to its amount.')
    }
    return ok()
  },
})
