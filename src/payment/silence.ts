import type { Circumstances } from './decision.ts'
import { dueOf } from './due.ts'
import type { CaseReason, PaymentEvent } from './events.ts'
import { isEnd } from './operation-states.ts'
import { type Case, chargeOf, type Operation, type Payment } from './state.ts'

/** What would wait in silence, and as which case a person is to see it. */
export interface Silence {
  readonly operation: Operation
  readonly reason: CaseReason
}

/**
 * What of a payment has not come to its end, and is looked at by nobody: no time is set for it, and no open case is
 * about it. Every schedule ends in a case (design 1): where this is not undefined, one has to be opened.
 */
export function silenceOf(payment: Payment): Silence | undefined {
  const { cases, operations, status } = payment
  const isOpen = operations.find(({ state, frozenBy }) => !isEnd(state) && frozenBy === undefined)
  const operation = isOpen ?? (status === 'in-progress' ? chargeOf(payment) : undefined)
  if (operation === undefined || cases.some(({ closed }) => closed === undefined)) return undefined
  return dueOf(payment).dueAtMs === undefined ? { operation, reason: reasonOf(operation) } : undefined
}

function reasonOf({ kind, state }: Operation): CaseReason {
  switch (kind) {
    case 'sale':
    case 'authorize':
      if (!isEnd(state)) return 'doubt-unresolved'
      // Approved, and the payment is not paid for want of its capture.
      return kind === 'sale' ? 'modification-unresolved' : 'authorization-expiring'
    case 'capture':
    case 'void':
    case 'refund':
      return 'modification-unresolved'
    case 'reversal':
      return 'reversal-unresolved'
    default:
      return kind satisfies never
  }
}

/** The case in which what nobody looks at any more ends; none where something else will end it. */
export function caseAgainstSilence(payment: Payment, now: Circumstances): readonly PaymentEvent[] {
  const silence = silenceOf(payment)
  if (silence === undefined) return []
  const { reason, operation } = silence
  const { reference, kind, amountMinor, currency, state } = operation
  const text = `${kind} of ${amountMinor} ${currency} (minor units): it is '${state}', the payment is '${payment.status}', and the provider is not asked any more`
  return [{ type: 'case-opened', caseId: now.freshCaseId, reason, reference, text, atMs: now.nowMs }]
}

/** True when to close the case would leave nothing but the very same case to be opened. */
export function isHeldOpen(payment: Payment, one: Case): boolean {
  const silence = silenceOf({ ...payment, cases: payment.cases.filter((other) => other !== one) })
  return silence?.reason === one.reason && silence.operation.reference === one.reference
}
