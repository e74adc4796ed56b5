import { isAtRest as isDone } from '../demo/books.ts'
import { isEnd } from '../src/payment/operation-states.ts'
import type { Payment } from '../src/payment/state.ts'

/** True when nothing is left to do for a payment but what a person must do, by the journal's clock. */
export function isAtRest(payment: Payment, nowMs: number): boolean {
  if (isDone(payment, nowMs)) return true
  const isTold = payment.work.every(({ state }) => state !== 'due')
  return (
    isTold &&
    payment.operations.every((operation) => isEnd(operation.state) || hasCase(payment, operation.reference))
  )
}

/**
 * The journal itself says that it does not know what became of an operation, and a person has to find out: it is asked
 * about on and on, and claims nothing meanwhile.
 */
export function isLeftToPerson(payment: Payment): boolean {
  return payment.operations.some(
    (operation) => !isEnd(operation.state) && hasCase(payment, operation.reference),
  )
}

function hasCase({ cases }: Payment, reference: string): boolean {
  return cases.some((each) => each.reference === reference && each.closed === undefined)
}
