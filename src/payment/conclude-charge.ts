import { type Circumstances, claimed, type Decision, events, released } from './decision.ts'
import { growingDelayMs, NOT_SEEN_AGAIN_MS } from './delays.ts'
import { doubt, move, openCase, whileYoung } from './draft.ts'
import type { CaseReason, PaymentEvent } from './events.ts'
import type { Finding } from './finding.ts'
import { reversalOf } from './intend.ts'
import { isEnd, type OperationState } from './operation-states.ts'
import type { Operation, Payment } from './state.ts'
import { isReversed } from './status.ts'
import { countsFromMs, nextNotFoundMs, notFoundCloses } from './waiting-rule.ts'

/**
 * What a finding means for a charge. Only matching evidence ends it; an approval is adopted if the order is held by
 * this payment in the same version, else reversed (design 5.4).
 */
export function concludeCharge(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  if (isEnd(charge.state)) return concludeEnded(payment, charge, finding, now)
  if (charge.frozenBy !== undefined) return keep(charge, finding)
  switch (finding.kind) {
    case 'approved':
    case 'done':
      return approve(payment, charge, finding, now)
    case 'declined':
    case 'refused':
      return end(payment, charge, 'declined', finding, now)
    case 'invalid':
      return end(payment, charge, 'invalid', finding, now)
    case 'not-sent':
      return end(payment, charge, 'not-sent', finding, now)
    case 'reversed':
      return end(payment, charge, 'abandoned', finding, now)
    case 'pending':
    case 'accepted':
      return pending(payment, charge, finding, now)
    case 'mismatch':
      return mismatch(payment, charge, finding, now)
    case 'not-found':
      // What the PSP had in work is not unknown to it: only a person can tell what became of it.
      if (charge.state === 'pending') return askAgain(payment, charge, finding, now)
      return notFound(payment, charge, finding, now)
    case 'duplicate':
      return events([
        doubt(charge, finding, now),
        ...openCase(payment, charge, 'duplicate-reference', finding, now),
      ])
    case 'unavailable':
    case 'unclear':
      return finding.evidence.source === 'inquiry'
        ? askAgain(payment, charge, finding, now)
        : events([doubt(charge, finding, now)])
    default:
      return finding.kind satisfies never
  }
}

function approve(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  const order = claimed(now.order, payment)
  if (order === undefined) return reverse(payment, charge, 'late-approval', finding, now)
  const booked = finding.captured === true && charge.kind === 'sale'
  const list: PaymentEvent[] = [
    move(charge, 'approved', finding, pollForCapture(payment, charge, booked, now)),
  ]
  if (booked) list.push(capturedFact(charge, charge.amountMinor, finding))
  return events(list, order)
}

/** Only a module that waits for the booked capture has a reason to go on asking. */
function pollForCapture(
  payment: Payment,
  charge: Operation,
  booked: boolean,
  now: Circumstances,
): number | undefined {
  const waits = waitsForCapture(payment, charge) && !booked
  return waits ? now.nowMs + growingDelayMs(3, now.jitter) : undefined
}

function waitsForCapture({ paidWhen }: Payment, charge: Operation): boolean {
  return paidWhen === 'captured' && charge.kind === 'sale'
}

function end(
  payment: Payment,
  charge: Operation,
  to: OperationState,
  finding: Finding,
  now: Circumstances,
): Decision {
  return events([move(charge, to, finding)], released(now.order, payment))
}

function pending(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  const nextTryAtMs = now.nowMs + growingDelayMs(charge.inquiries, now.jitter)
  if (charge.state === 'pending') return askAgain(payment, charge, finding, now)
  return events([move(charge, 'pending', finding, nextTryAtMs)])
}

/** A wrong amount in an answer may be a garbled answer; only an inquiry that says the same ends it so. */
function mismatch(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  if (finding.evidence.source !== 'inquiry') return events([doubt(charge, finding, now)])
  return events([
    move(charge, 'mismatch', finding),
    { type: 'operation-intended', operation: reversalOf(charge, now) },
    ...openCase(payment, charge, 'amount-mismatch', finding, now),
  ])
}

function notFound(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  if (notFoundCloses(charge, finding.askedAtMs, now.rules)) {
    const again = now.nowMs + (NOT_SEEN_AGAIN_MS[0] ?? 0)
    return events([move(charge, 'not-seen', finding, again)], released(now.order, payment))
  }
  const counts = finding.askedAtMs >= countsFromMs(charge, now.rules) && charge.notFoundAtMs === undefined
  const delayMs = growingDelayMs(charge.inquiries, now.jitter)
  const inquired: PaymentEvent = {
    type: 'operation-inquired',
    reference: charge.reference,
    found: 'not-found',
    evidence: finding.evidence,
    ...(counts ? { countsFromMs: finding.askedAtMs } : {}),
    nextTryAtMs: Math.max(nextNotFoundMs(charge, finding.askedAtMs, now.rules, delayMs), now.nowMs),
  }
  return events([inquired])
}

function askAgain(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  const since = charge.inDoubtSinceMs ?? charge.intendedAtMs
  const old = now.nowMs - since > now.rules.doubtCaseAfterMs
  const inquired: PaymentEvent = {
    type: 'operation-inquired',
    reference: charge.reference,
    found: finding.kind === 'unavailable' ? 'unavailable' : 'unclear',
    evidence: finding.evidence,
    ...whileYoung(since, now, growingDelayMs(charge.inquiries, now.jitter)),
  }
  return events([inquired, ...(old ? openCase(payment, charge, 'doubt-unresolved', finding, now) : [])])
}

/** Approved, and not to be kept: the reversal is written down in the same append, and its target is frozen. */
function reverse(
  payment: Payment,
  charge: Operation,
  reason: CaseReason,
  finding: Finding,
  now: Circumstances,
): Decision {
  return events([
    { type: 'evidence-kept', reference: charge.reference, evidence: finding.evidence },
    { type: 'operation-intended', operation: reversalOf(charge, now) },
    ...openCase(payment, charge, reason, finding, now),
  ])
}

/** An end never changes (S5); what comes later is a fact, and an approval that nobody wants is reversed. */
function concludeEnded(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  if (charge.state === 'approved') return concludeApproved(payment, charge, finding, now)
  const live = finding.kind === 'approved' || finding.kind === 'mismatch'
  const fromInquiry = finding.evidence.source === 'inquiry'
  // The waiting rule ends a reversal together with its target: that reversal is no evidence of anything.
  const undone = charge.state !== 'not-seen' && isReversed(payment, charge)
  if (live && !undone && charge.frozenBy === undefined) {
    // An answer may be older than what ended the operation: it is kept, and prompts an inquiry.
    if (!fromInquiry) return keep(charge, finding, now.nowMs)
    const notSeen = charge.state === 'not-seen'
    return events([
      fact(notSeen ? 'approved-late' : 'contradicted', charge, finding),
      { type: 'operation-intended', operation: reversalOf(charge, now) },
      ...openCase(payment, charge, notSeen ? 'late-approval' : 'contradiction', finding, now),
    ])
  }
  if (!fromInquiry) return keep(charge, finding)
  return events([askedAgain(charge, finding, now)])
}

function concludeApproved(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  if (finding.evidence.source !== 'inquiry') return events([])
  const { capturingMinor } = payment.balances
  // A capture of its own is booked by its own evidence, and must not be counted twice.
  const booked = charge.kind === 'sale' && finding.captured === true && capturingMinor > 0n
  const list: PaymentEvent[] = booked ? [capturedFact(charge, capturingMinor, finding)] : []
  const ours = payment.operations.some((other) => other.target === charge.reference)
  const gone = finding.kind === 'reversed' && !ours
  if (gone) {
    list.push(
      fact('voided-elsewhere', charge, finding),
      ...openCase(payment, charge, 'contradiction', finding, now),
    )
  }
  if (finding.kind === 'declined') {
    list.push(
      fact('contradicted', charge, finding),
      ...openCase(payment, charge, 'contradiction', finding, now),
    )
  }
  if (list.length === 0 && waitsForCapture(payment, charge) && capturingMinor > 0n) {
    list.push(stillUncaptured(charge, finding, now))
    if (now.nowMs - charge.movedAtMs > now.rules.doubtCaseAfterMs) {
      list.push(...openCase(payment, charge, 'modification-unresolved', finding, now))
    }
  } else {
    list.push({
      type: 'operation-inquired',
      reference: charge.reference,
      found: finding.kind === 'approved' ? 'live' : 'unclear',
      evidence: finding.evidence,
    })
  }
  return events(list, gone ? released(now.order, payment) : undefined)
}

function stillUncaptured(charge: Operation, finding: Finding, now: Circumstances): PaymentEvent {
  return {
    type: 'operation-inquired',
    reference: charge.reference,
    found: 'unchanged',
    evidence: finding.evidence,
    ...whileYoung(charge.movedAtMs, now, growingDelayMs(charge.inquiries + 3, now.jitter)),
  }
}

/** A `not-seen` end is asked about three times; one that was answered otherwise needs no further look. */
function askedAgain(charge: Operation, finding: Finding, now: Circumstances): PaymentEvent {
  const later = NOT_SEEN_AGAIN_MS.find((delayMs) => charge.movedAtMs + delayMs > now.nowMs)
  const unheard = finding.kind === 'unavailable' || finding.kind === 'unclear'
  const again = charge.state === 'not-seen' && later !== undefined ? charge.movedAtMs + later : undefined
  const retry = unheard ? whileYoung(charge.movedAtMs, now, growingDelayMs(8, now.jitter)) : {}
  return {
    type: 'operation-inquired',
    reference: charge.reference,
    found: unheard ? 'unavailable' : 'not-found',
    evidence: finding.evidence,
    ...(again === undefined || unheard ? retry : { nextTryAtMs: again }),
  }
}

function keep(charge: Operation, finding: Finding, nextTryAtMs?: number): Decision {
  return events([
    {
      type: 'evidence-kept',
      reference: charge.reference,
      evidence: finding.evidence,
      ...(nextTryAtMs === undefined ? {} : { nextTryAtMs }),
    },
  ])
}

function fact(
  name: 'approved-late' | 'contradicted' | 'voided-elsewhere',
  charge: Operation,
  finding: Finding,
): PaymentEvent {
  return {
    type: 'fact-recorded',
    fact: name,
    reference: charge.reference,
    amountMinor: charge.amountMinor,
    evidence: finding.evidence,
  }
}

function capturedFact(charge: Operation, amountMinor: bigint, finding: Finding): PaymentEvent {
  return {
    type: 'fact-recorded',
    fact: 'captured',
    reference: charge.reference,
    amountMinor,
    evidence: finding.evidence,
  }
}
