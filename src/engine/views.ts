import { operationStates } from '../payment/operation-states.ts'
import type { Operation, Payment } from '../payment/state.ts'
import { isSettled } from '../payment/status.ts'
import type { StoredPayment } from '../journal/journal.ts'
import type { Next, OperationView, PaymentResult, PaymentView } from './api.ts'

/** A payment as it may be shown. */
export function viewOf({ payment, version }: StoredPayment, publicUrl: string): PaymentView {
  const page = payment.values['page']
  return {
    id: payment.paymentId,
    version,
    orderId: payment.orderId,
    module: payment.module,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    status: payment.status,
    settled: isSettled(payment) && !isBeingUndone(payment),
    refusal: payment.refusal,
    page: typeof page === 'string' ? page : undefined,
    maskedCard: payment.operations.findLast((operation) => operation.evidence?.maskedCard !== undefined)
      ?.evidence?.maskedCard,
    balances: payment.balances,
    operations: payment.operations.map(operationView),
    cases: payment.cases,
    statusUrl: `${publicUrl}/payments/${linkOf(payment)}`,
  }
}

/** It ended unpaid and was found live after all: until the reversal is done nobody may be told "not charged". */
function isBeingUndone({ status, operations }: Payment): boolean {
  const unpaid = status === 'declined' || status === 'cancelled'
  return unpaid && operations.some(({ kind, state }) => kind === 'reversal' && !operationStates[state].end)
}

export function operationView(operation: Operation): OperationView {
  const { reference, kind, state, amountMinor, currency, intendedAtMs, evidence } = operation
  return {
    reference,
    kind,
    state,
    inDoubt: operation.inDoubtSinceMs !== undefined && !operationStates[state].end,
    amountMinor,
    currency,
    intendedAtMs,
    code: evidence?.code,
    text: evidence?.text,
  }
}

/** The payer's link: the id finds the payment, the token of 128 random bits opens it. */
export function linkOf(payment: Pick<Payment, 'paymentId' | 'token'>): string {
  return `${payment.paymentId}.${payment.token}`
}

/** Where the payer goes next. */
export function resultOf(stored: StoredPayment, publicUrl: string): PaymentResult {
  const view = viewOf(stored, publicUrl)
  const { statusUrl } = view
  const next: Next = view.settled
    ? { kind: 'done', status: view.status, statusUrl }
    : { kind: 'wait', statusUrl }
  return { ...view, next }
}
