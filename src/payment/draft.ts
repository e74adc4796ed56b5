import { type Circumstances, type Decision, events } from './decision.ts'
import { ASK_AT_MOST_MS, growingDelayMs } from './delays.ts'
import type { CaseReason, Evidence, PaymentEvent } from './events.ts'
import type { Finding } from './finding.ts'
import type { OperationState } from './operation-states.ts'
import { BY_ITSELF } from './people.ts'
import type { Case, Operation, Payment } from './state.ts'

/** The events that conclusions are written with; each names its operation and carries its evidence. */

export function move(
  operation: Operation,
  to: OperationState,
  finding: Finding,
  nextTryAtMs?: number,
): PaymentEvent {
  return {
    type: 'operation-moved',
    reference: operation.reference,
    to,
    evidence: finding.evidence,
    ...(nextTryAtMs === undefined ? {} : { nextTryAtMs }),
  }
}

/** Another leg of it, written down before it is sent. */
export function anotherLeg(
  operation: Operation,
  now: Circumstances,
  more: { readonly payableForMs?: number } = {},
): PaymentEvent {
  return {
    type: 'operation-retried',
    reference: operation.reference,
    leg: operation.leg + 1,
    sendDeadlineMs: now.sendDeadlineMs,
    dueAtMs: now.dueAtMs,
    atMs: now.nowMs,
    ...more,
  }
}

/** In doubt from now on; asked about soon. `tries` makes the delay grow. */
export function doubt(operation: Operation, finding: Finding, now: Circumstances, tries = 0): PaymentEvent {
  return {
    type: 'operation-doubted',
    reference: operation.reference,
    evidence: finding.evidence,
    ...(finding.resetAtMs === undefined ? {} : { resetAtMs: finding.resetAtMs }),
    nextTryAtMs: now.nowMs + growingDelayMs(tries, now.jitter),
  }
}

/** Nothing changes at an end; an inquiry that was still to be made has been made. */
export function settled(operation: Operation, finding: Finding): Decision {
  if (operation.nextTryAtMs === undefined || finding.evidence.source !== 'inquiry') return events([])
  return events([
    {
      type: 'operation-inquired',
      reference: operation.reference,
      found: 'unchanged',
      evidence: finding.evidence,
    },
  ])
}

/** Asking goes on beside the open case, and ends with the bound: from then on the case alone remains. */
export function whileYoung(sinceMs: number, now: Circumstances, delayMs: number): { nextTryAtMs?: number } {
  return now.nowMs - sinceMs > ASK_AT_MOST_MS ? {} : { nextTryAtMs: now.nowMs + delayMs }
}

/**
 * A case per operation and reason: asking again does not open it again. Nor does it once people have closed it, unless
 * what it would be about has begun since then: `sinceMs`, which is now for what was just learned.
 */
export function openCase(
  payment: Payment,
  operation: Operation,
  reason: CaseReason,
  finding: Finding,
  now: Circumstances,
  sinceMs: number = now.nowMs,
): readonly PaymentEvent[] {
  const known = payment.cases.some(
    ({ reason: other, reference, closed }) =>
      other === reason &&
      reference === operation.reference &&
      // People's word ends the doubt in the append that closes its case: what it began then is no other doubt.
      (closed === undefined || (closed.atMs >= sinceMs && sinceMs < now.nowMs)),
  )
  if (known) return []
  return [
    {
      type: 'case-opened',
      caseId: now.freshCaseId,
      reason,
      reference: operation.reference,
      text: `${operation.kind} of ${operation.amountMinor} ${operation.currency} (minor units): ${finding.evidence.text}`,
      atMs: now.nowMs,
    },
  ]
}

/** The end of a case that nobody has to decide any more: the provider said so. */
export function closedByEvidence({ caseId }: Case, { source, text }: Evidence, nowMs: number): PaymentEvent {
  const isProviders =
    source === 'answer' || source === 'inquiry' || source === 'notification' || source === 'report'
  return {
    type: 'case-closed',
    caseId,
    action: 'close',
    by: BY_ITSELF,
    why: `${isProviders ? 'the provider said so' : 'it has ended'}: ${text}`,
    atMs: nowMs,
  }
}
