import { isSpent } from './balances.ts'
import type { PaymentStatus } from './events.ts'
import { isEnd } from './operation-states.ts'
import { chargeOf, isCharge, type Operation, type Payment } from './state.ts'

/** What a payment has come to: a fold over its charge, its balances and the module's `paidWhen`. */
export function statusOf(payment: Payment): PaymentStatus {
  const charge = chargeOf(payment)
  if (charge === undefined) return payment.pipelineEnded ? 'cancelled' : 'started'
  switch (charge.state) {
    case 'intended':
      return charge.inDoubtSinceMs === undefined && charge.frozenBy === undefined ? 'started' : 'in-progress'
    case 'pending':
    case 'challenged':
    case 'awaiting-payer':
    case 'awaiting-ack':
    case 'accepted':
      return 'in-progress'
    case 'declined':
      return 'declined'
    case 'not-sent':
    case 'invalid':
    case 'abandoned':
    case 'failed':
    case 'not-seen':
      return 'cancelled'
    case 'mismatch':
      return isReversed(payment, charge) ? 'cancelled' : 'in-progress'
    case 'approved':
    case 'done':
      return statusOfApproved(payment)
    default:
      return charge.state satisfies never
  }
}

function statusOfApproved(payment: Payment): PaymentStatus {
  const { balances, paidWhen } = payment
  if (balances.chargedBackMinor > 0n) return 'disputed'
  if (isSpent(balances)) return balances.refundedMinor > 0n ? 'refunded' : 'cancelled'
  switch (paidWhen) {
    case 'authorized':
      return 'paid'
    case 'captureAccepted':
      return balances.capturingMinor + balances.capturedMinor > 0n ? 'paid' : 'in-progress'
    case 'captured':
      return balances.capturedMinor > 0n ? 'paid' : 'in-progress'
    default:
      return paidWhen satisfies never
  }
}

/** True when a reversal of the operation is done: no money of it is live, whatever its own end says. */
export function isReversed(payment: Payment, operation: Pick<Operation, 'reference'>): boolean {
  return payment.operations.some(
    (other) => other.kind === 'reversal' && other.target === operation.reference && other.state === 'done',
  )
}

/** True when another charge of the payment, such as one that was asked again, keeps the order. */
export function holdsBeside(payment: Payment, charge: Pick<Operation, 'reference'>): boolean {
  return payment.operations.some(
    (other) =>
      isCharge(other) &&
      other.reference !== charge.reference &&
      (!isEnd(other.state) || (other.state === 'approved' && !isReversed(payment, other))),
  )
}

/** A modification or reversal that is not at its end: the next one waits. */
export function unresolvedModification(payment: Payment): Operation | undefined {
  return payment.operations.find(
    (operation) => operation.kind !== 'sale' && operation.kind !== 'authorize' && !isEnd(operation.state),
  )
}

/** True once the status cannot change without a new request, so that nobody needs to wait for it. */
export function isSettled(payment: Payment): boolean {
  return payment.status !== 'started' && payment.status !== 'in-progress'
}
