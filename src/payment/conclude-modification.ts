import { type Circumstances, type Decision, events, released } from './decision.ts'
import { growingDelayMs } from './delays.ts'
import { doubt, move, openCase, settled, whileYoung } from './draft.ts'
import type { Balances, FactName, PaymentEvent } from './events.ts'
import { fold } from './evolve.ts'
import type { Finding, Rules } from './finding.ts'
import { isEnd, type OperationState } from './operation-states.ts'
import type { Operation, Payment } from './state.ts'
import { isSettled } from './status.ts'
import { surelyBy } from './waiting-rule.ts'

/**
 * What a finding means for a capture, void or refund. "Not found" never closes one: it ends by the PSP's own word in
 * its answer, or by a balance that moved exactly from the baseline of commit A; else it becomes a case (design 5.4).
 */
export function concludeModification(
  payment: Payment,
  operation: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  if (isEnd(operation.state)) return settled(operation, finding)
  if (finding.evidence.source === 'inquiry') return fromInquiry(payment, operation, finding, now)
  switch (finding.kind) {
    case 'accepted':
    case 'pending':
      // Concluded again, because nobody knew whether the first time was written (F8).
      if (operation.state === 'accepted') return events([])
      return events([move(operation, 'accepted', finding, now.nowMs + growingDelayMs(0, now.jitter))])
    case 'done':
    case 'approved':
      return ended(payment, operation, 'done', finding, now)
    case 'refused':
    case 'declined':
    case 'invalid':
      return ended(payment, operation, 'failed', finding, now)
    case 'not-sent':
      return ended(payment, operation, 'not-sent', finding, now)
    case 'duplicate':
    case 'awaiting-payer':
    case 'challenged':
    case 'open':
    case 'mismatch':
    case 'reversed':
    case 'not-found':
    case 'unavailable':
    case 'unclear':
      return events([doubt(operation, finding, now)])
    default:
      return finding.kind satisfies never
  }
}

function fromInquiry(payment: Payment, operation: Operation, finding: Finding, now: Circumstances): Decision {
  if (hasMoved(operation, finding, now.rules)) return ended(payment, operation, 'done', finding, now)
  if (
    operation.state === 'accepted' &&
    finding.failed === operation.kind &&
    !failedBefore(payment, operation)
  ) {
    return ended(payment, operation, 'failed', finding, now)
  }
  const since = operation.inDoubtSinceMs ?? operation.intendedAtMs
  const old = now.nowMs - since > now.rules.doubtCaseAfterMs
  return events([
    {
      type: 'operation-inquired',
      reference: operation.reference,
      found: finding.kind === 'approved' ? 'unchanged' : 'unavailable',
      evidence: finding.evidence,
      ...whileYoung(since, now, growingDelayMs(operation.inquiries, now.jitter)),
    },
    ...(old ? openCase(payment, operation, 'modification-unresolved', finding, now, since) : []),
  ])
}

/** The case that it was to end is closed: that it came to nothing needs one of its own. */
function isOfCase({ cases }: Payment, { reference }: Operation): boolean {
  return cases.some(({ closed }) => closed?.reference === reference)
}

/** The PSP's word names no operation: after an earlier failure it may still be about that one. */
function failedBefore(payment: Payment, operation: Operation): boolean {
  const late: FactName | undefined =
    operation.kind === 'capture'
      ? 'capture-failed'
      : operation.kind === 'refund'
        ? 'refund-failed'
        : undefined
  return (
    payment.operations.some((other) => other.kind === operation.kind && other.state === 'failed') ||
    (late !== undefined && payment.learned.includes(late))
  )
}

/** True when the PSP's balance moved exactly by this operation from where our journal had it. */
function hasMoved(operation: Operation, finding: Finding, rules: Rules): boolean {
  if (operation.kind === 'void') return finding.kind === 'reversed'
  const { baseline } = operation
  const balances: Balances | undefined = finding.balances
  if (baseline === undefined || balances === undefined) return false
  // What is left is the same before a capture is booked as after all of it was refunded.
  if (operation.kind === 'refund' && balances.capturedMinor < baseline.capturedMinor) return false
  // Where the inquiry lags, what was left before an earlier refund looks like what this capture would leave.
  const isFresh = finding.askedAtMs - surelyBy(operation.intendedAtMs, rules) >= rules.inquiryLagMs
  if (operation.kind === 'capture' && baseline.refundedMinor > 0n && !isFresh) return false
  // What is left to refund is what a PSP shows for certain; captured and refunded alone may be a guess.
  const leftMinor = balances.capturedMinor - balances.refundedMinor
  const movedMinor = operation.kind === 'refund' ? -operation.amountMinor : operation.amountMinor
  return leftMinor === baseline.capturedMinor - baseline.refundedMinor + movedMinor
}

/** The order is payable again once nothing of the payment is live any more. */
function ended(
  payment: Payment,
  operation: Operation,
  to: OperationState,
  finding: Finding,
  now: Circumstances,
): Decision {
  const list: PaymentEvent[] = [move(operation, to, finding)]
  // What a pipeline or the people of a case have asked for has no caller who would read that it failed.
  if (to !== 'done' && (operation.step !== undefined || isOfCase(payment, operation))) {
    list.push(...openCase(payment, operation, 'modification-unresolved', finding, now))
  }
  const after = fold(payment, list)
  const over = isSettled(after) && after.status === 'cancelled' && after.status !== payment.status
  return events(list, over ? released(now.order, payment) : undefined)
}
