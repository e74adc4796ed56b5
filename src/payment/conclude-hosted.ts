import { approve, askAgain, end, handedOver, mismatch, pending } from './charge-verdicts.ts'
import { type Circumstances, type Decision, events, refusal, released } from './decision.ts'
import { anotherLeg, doubt, move, openCase } from './draft.ts'
import type { PaymentEvent } from './events.ts'
import type { Finding } from './finding.ts'
import type { Operation, Payment } from './state.ts'
import { isFirstThatCounts, nextNotFoundMs, notFoundCloses } from './waiting-rule.ts'

/** Between two questions about a payer on the PSP's page, once the module's own schedule has run out. */
const POLL_LATER_MS = 60 * 60_000
/** A registration that got no usable answer is sent so often in all: no payer has its address before commit B. */
const REGISTRATIONS_MAX = 3

/**
 * What a finding means for a charge on the PSP's page. It moves no money by itself, and the payer may pay at any
 * moment until the page closes. A refusal there is an attempt, not an end: the page lets the payer try another card.
 *
 *   intended --registered--> awaiting-payer --paid--> approved
 *      |                          |  '--"in progress"--> pending
 *      '--no answer--> again      '--closed by the PSP, and asked twice after that--> abandoned
 */
export function concludeHosted(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  const fromAnswer = finding.evidence.source === 'answer' || finding.evidence.source === 'transport'
  switch (finding.kind) {
    case 'approved':
    case 'done':
      return approve(payment, charge, finding, now)
    case 'awaiting-payer':
      return charge.state === 'intended' ? registered(payment, charge, finding, now) : events([])
    case 'pending':
    case 'accepted':
      return pending(payment, charge, finding, now)
    case 'reversed':
      return end(payment, charge, 'abandoned', finding, now)
    case 'mismatch':
      return mismatch(payment, charge, finding, now)
    case 'declined':
    case 'refused':
      // A registration that is refused was never a page.
      return charge.state === 'intended' && fromAnswer
        ? end(payment, charge, 'declined', finding, now)
        : refusedThere(payment, charge, finding, now)
    case 'invalid':
      return end(payment, charge, 'invalid', finding, now)
    case 'not-sent':
      return end(payment, charge, 'not-sent', finding, now)
    case 'duplicate':
      return events([
        doubt(charge, finding, now),
        ...openCase(payment, charge, 'duplicate-reference', finding, now),
      ])
    case 'not-found':
    case 'open':
      // A notification that says so says nothing new.
      return finding.evidence.source === 'inquiry' ? unpaid(payment, charge, finding, now) : events([])
    case 'challenged':
    case 'unavailable':
    case 'unclear':
      return finding.evidence.source === 'inquiry'
        ? askAgain(payment, charge, finding, now)
        : events([doubt(charge, finding, now)])
    default:
      return finding.kind satisfies never
  }
}

/** The PSP has a page for it: from now on the payer may pay at any moment. */
function registered(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  // The order was closed, or is another payment's by now: nobody is sent to that page.
  if (now.order.paymentId !== payment.paymentId || now.order.state !== 'held') {
    return events([move(charge, 'abandoned', finding)], released(now.order, payment))
  }
  return events([
    {
      type: 'operation-moved',
      reference: charge.reference,
      to: 'awaiting-payer',
      evidence: finding.evidence,
      nextTryAtMs: now.nowMs + (now.rules.pollUnpaidMs[0] ?? POLL_LATER_MS),
      handedOver: handedOver(finding, now, charge.payableForMs ?? 0),
    },
  ])
}

/** Written down as an attempt; an inquiry that finds a refusal after the page has closed counts as unpaid. */
function refusedThere(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  if (finding.evidence.source === 'inquiry') return unpaid(payment, charge, finding, now)
  return events([{ type: 'attempt-refused', reference: charge.reference, evidence: finding.evidence }])
}

/**
 * Unpaid looks like "not found", and so does an inquiry that lags: only two that agree, both after the page has closed
 * and the slowest method has had its time, end it (design 5.4). What the PSP had in work is not unknown to it.
 */
function unpaid(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  const refused = finding.kind === 'declined' || finding.kind === 'refused'
  if (charge.state === 'pending' && !refused) return askAgain(payment, charge, finding, now)
  if (charge.state === 'intended') {
    // Its answer is still awaited; once that is in doubt, one look is enough: no payer ever had the page's address.
    if (charge.inDoubtSinceMs === undefined) return events([])
    return end(payment, charge, 'abandoned', finding, now)
  }
  if (notFoundCloses(charge, finding.askedAtMs, now.rules)) {
    return end(payment, charge, charge.state === 'pending' ? 'declined' : 'abandoned', finding, now)
  }
  const counts = isFirstThatCounts(charge, finding.askedAtMs, now.rules)
  const nextMs = nextNotFoundMs(charge, finding.askedAtMs, now.rules, untilNextPollMs(charge, now))
  const inquired: PaymentEvent = {
    type: 'operation-inquired',
    reference: charge.reference,
    found: refused ? 'refused-attempt' : 'not-found',
    evidence: finding.evidence,
    ...(counts ? { countsFromMs: finding.askedAtMs } : {}),
    nextTryAtMs: Math.max(soonerAfterHint(charge, finding, nextMs, now), now.nowMs),
  }
  return events([inquired])
}

function untilNextPollMs(charge: Operation, now: Circumstances): number {
  const ageMs = now.nowMs - charge.movedAtMs
  const next = now.rules.pollUnpaidMs.find((delayMs) => delayMs > ageMs)
  return next === undefined ? POLL_LATER_MS : next - ageMs
}

/** A question that was asked too early to see what the hint was about is asked once more when it must show. */
export function soonerAfterHint(
  operation: Operation,
  finding: Finding,
  nextMs: number,
  now: Circumstances,
): number {
  const { hintedAtMs } = operation
  if (hintedAtMs === undefined || finding.askedAtMs - hintedAtMs >= now.rules.inquiryLagMs) return nextMs
  return Math.min(nextMs, hintedAtMs + now.rules.inquiryLagMs)
}

/** True for a registration without a usable answer, which may be sent again: no payer has its address. */
export function mayRegisterAgain(charge: Operation): boolean {
  return (
    charge.payableForMs !== undefined &&
    charge.state === 'intended' &&
    charge.inDoubtSinceMs !== undefined &&
    charge.leg < REGISTRATIONS_MAX
  )
}

/** The same registration once more, under the same reference; its page may be open for longer than the first one's. */
export function intendRegistration(charge: Operation, payableForMs: number, now: Circumstances): Decision {
  if (!mayRegisterAgain(charge)) {
    return refusal('CF_PAYMENT_STATE', `its ${charge.kind} is '${charge.state}', and is not registered again`)
  }
  return events([anotherLeg(charge, now, { payableForMs })])
}
