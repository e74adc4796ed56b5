import { type Circumstances, claimed, type Decision, events, released } from './decision.ts'
import { growingDelayMs, NOT_SEEN_AGAIN_MS } from './delays.ts'
import { doubt, move, openCase, whileYoung } from './draft.ts'
import type { CaseReason, HandedOver, IntendedOperation, PaymentEvent } from './events.ts'
import { expiryLookMs } from './expiring.ts'
import type { Finding } from './finding.ts'
import { reversalOf } from './intend.ts'
import type { OperationState } from './operation-states.ts'
import type { Operation, Payment } from './state.ts'

/** What a finding about a charge can come to, whether its card was taken here or on the PSP's page. */

/** Adopted if the order is held by this payment in the same version, else reversed (design 5.4). */
export function approve(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  const isSame = now.versionNow === undefined || now.versionNow === payment.orderVersion
  const order = isSame ? claimed(now.order, payment, charge.payableForMs !== undefined) : undefined
  if (order === undefined) return reverse(payment, charge, 'late-approval', finding, now)
  const booked = finding.captured === true && charge.kind === 'sale'
  // More has happened to it than an approval: the next look tells what.
  const isOdd =
    finding.failed !== undefined ||
    finding.dispute !== undefined ||
    finding.refunding === true ||
    (finding.balances?.refundedMinor ?? 0n) > 0n
  const againAtMs = isOdd
    ? now.nowMs
    : (pollForCapture(payment, charge, booked, now) ??
      lookAfterWord(finding, now) ??
      expiryLookMs(charge, now.nowMs, now))
  const list: PaymentEvent[] = [move(charge, 'approved', finding, againAtMs)]
  if (booked) list.push(capturedFact(charge, charge.amountMinor, finding))
  return events(list, order)
}

/** What people have seen, an inquiry must see too, once one has an answer again. */
function lookAfterWord({ evidence }: Finding, now: Circumstances): number | undefined {
  return evidence.source === 'person' ? now.nowMs + (NOT_SEEN_AGAIN_MS[0] ?? 0) : undefined
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

export function waitsForCapture({ paidWhen }: Payment, charge: Operation): boolean {
  return paidWhen === 'captured' && charge.kind === 'sale'
}

export function end(
  payment: Payment,
  charge: Operation,
  to: OperationState,
  finding: Finding,
  now: Circumstances,
): Decision {
  return events([move(charge, to, finding)], released(now.order, payment))
}

export function pending(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  const nextTryAtMs = now.nowMs + growingDelayMs(charge.inquiries, now.jitter)
  // The shop's configuration wants a person to look at this word.
  const opened = finding.asCase === true ? openCase(payment, charge, 'cautious-word', finding, now) : []
  if (charge.state === 'pending') {
    const again = askAgain(payment, charge, finding, now)
    return again.kind === 'events' ? events([...again.events, ...opened]) : again
  }
  return events([move(charge, 'pending', finding, nextTryAtMs), ...opened])
}

/** A wrong amount in an answer may be a garbled answer; only an inquiry that says the same ends it so. */
export function mismatch(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  if (finding.evidence.source !== 'inquiry') return events([doubt(charge, finding, now)])
  return events([
    move(charge, 'mismatch', finding),
    { type: 'operation-intended', operation: reversalOf(charge, now) },
    ...openCase(payment, charge, 'amount-mismatch', finding, now),
  ])
}

/** Approved, and not to be kept: the reversal is written down in the same append, and its target is frozen. */
export function reverse(
  payment: Payment,
  charge: Operation,
  reason: CaseReason,
  finding: Finding,
  now: Circumstances,
): Decision {
  // The loser of two, where the payer could change their mind, is undone by itself and is nobody's case (design 5.6).
  const taken = now.order.state === 'held' || now.order.state === 'claimed'
  const changedMind = charge.payableForMs !== undefined && taken && now.order.paymentId !== payment.paymentId
  return events([
    { type: 'evidence-kept', reference: charge.reference, evidence: finding.evidence },
    { type: 'operation-intended', operation: reversalOf(charge, now) },
    ...(changedMind ? [] : openCase(payment, charge, reason, finding, now)),
  ])
}

export function askAgain(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  const since = charge.inDoubtSinceMs ?? charge.intendedAtMs
  // A payer on the PSP's page has until it closes: only then does waiting become doubt.
  const old = now.nowMs - since - (charge.payableForMs ?? 0) > now.rules.doubtCaseAfterMs
  const inquired: PaymentEvent = {
    type: 'operation-inquired',
    reference: charge.reference,
    found: finding.kind === 'unavailable' ? 'unavailable' : 'unclear',
    evidence: finding.evidence,
    ...whileYoung(since, now, growingDelayMs(charge.inquiries, now.jitter)),
  }
  const opened = old ? openCase(payment, charge, 'doubt-unresolved', finding, now, since) : []
  return events([inquired, ...opened])
}

/** What the gateway has handed over, with what the engine adds: who may come back, and until when. */
export function handedOver(finding: Finding, now: Circumstances, validMs: number): HandedOver {
  // From the answer on, not from when it could be written down: the PSP does not wait for our database.
  const untilMs = finding.evidence.atMs + validMs
  return { data: finding.handover ?? {}, returnToken: now.freshToken, untilMs }
}

/** The same charge once more, under a new reference and with 3-D Secure: the issuer has asked for it. */
export function chargeAgain(charge: Operation, now: Circumstances): IntendedOperation {
  return {
    reference: now.freshReference,
    kind: charge.kind,
    amountMinor: charge.amountMinor,
    currency: charge.currency,
    orderVersion: charge.orderVersion,
    gateway: charge.gateway,
    account: charge.account,
    ...(charge.step === undefined ? {} : { step: charge.step }),
    mustAuthenticate: true,
    intendedAtMs: now.nowMs,
    sendDeadlineMs: now.sendDeadlineMs,
    dueAtMs: now.dueAtMs,
  }
}

export function keep(charge: Operation, finding: Finding, nextTryAtMs?: number): Decision {
  return events([
    {
      type: 'evidence-kept',
      reference: charge.reference,
      evidence: finding.evidence,
      ...(nextTryAtMs === undefined ? {} : { nextTryAtMs }),
    },
  ])
}

export function capturedFact(charge: Operation, amountMinor: bigint, finding: Finding): PaymentEvent {
  return {
    type: 'fact-recorded',
    fact: 'captured',
    reference: charge.reference,
    amountMinor,
    evidence: finding.evidence,
  }
}
