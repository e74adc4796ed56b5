import {
  approve,
  askAgain,
  chargeAgain,
  end,
  handedOver,
  keep,
  mismatch,
  pending,
} from './charge-verdicts.ts'
import { concludeChallenged } from './conclude-challenged.ts'
import { concludeEnded } from './conclude-ended-charge.ts'
import { concludeHosted } from './conclude-hosted.ts'
import { type Circumstances, type Decision, events, released } from './decision.ts'
import { growingDelayMs, NOT_SEEN_AGAIN_MS } from './delays.ts'
import { doubt, move, openCase } from './draft.ts'
import type { PaymentEvent } from './events.ts'
import type { Finding } from './finding.ts'
import { isEnd } from './operation-states.ts'
import type { Operation, Payment } from './state.ts'
import { isFirstThatCounts, nextNotFoundMs, notFoundCloses } from './waiting-rule.ts'

/** What a finding means for a charge. Only matching evidence ends it. */
export function concludeCharge(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  if (isEnd(charge.state)) return concludeEnded(payment, charge, finding, now)
  if (charge.frozenBy !== undefined) return keep(charge, finding)
  if (charge.state === 'challenged') return concludeChallenged(payment, charge, finding, now)
  if (charge.payableForMs !== undefined) return concludeHosted(payment, charge, finding, now)
  return concludeDirect(payment, charge, finding, now)
}

/** A charge of a card that was taken here. */
function concludeDirect(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  switch (finding.kind) {
    case 'approved':
    case 'done':
      return approve(payment, charge, finding, now)
    case 'declined':
    case 'refused':
      return declined(payment, charge, finding, now)
    case 'challenged':
      return challenged(charge, finding, now)
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
    case 'awaiting-payer':
    case 'open':
    case 'unavailable':
    case 'unclear':
      return finding.evidence.source === 'inquiry'
        ? askAgain(payment, charge, finding, now)
        : events([doubt(charge, finding, now)])
    default:
      return finding.kind satisfies never
  }
}

/**
 * The issuer refuses what it did not see the payer prove: while the card is in memory it is asked once more, under a
 * new reference and with a challenge. The order stays held, by the same append.
 */
function declined(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  const isSoft = finding.soft === true && now.hasCard && charge.mustAuthenticate !== true
  const mine = now.order.paymentId === payment.paymentId && now.order.state === 'held'
  if (!isSoft || !mine) return end(payment, charge, 'declined', finding, now)
  return events([
    move(charge, 'declined', finding),
    { type: 'operation-intended', operation: chargeAgain(charge, now) },
  ])
}

/** The payer has a while to prove who they are; nothing happens at the PSP without our next leg. */
function challenged(charge: Operation, finding: Finding, now: Circumstances): Decision {
  // Only the leg that was sent can say so: anything else is no answer to it.
  if (charge.state !== 'intended' || finding.evidence.source !== 'answer') {
    return events([doubt(charge, finding, now)])
  }
  const over = handedOver(finding, now, now.rules.challengeValidMs)
  return events([
    {
      type: 'operation-moved',
      reference: charge.reference,
      to: 'challenged',
      evidence: finding.evidence,
      nextTryAtMs: over.untilMs,
      handedOver: over,
    },
  ])
}

/** No proof by itself: only the waiting rule closes, and what it closes is asked about again (design 5.4). */
function notFound(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  if (notFoundCloses(charge, finding.askedAtMs, now.rules)) {
    const again = now.nowMs + (NOT_SEEN_AGAIN_MS[0] ?? 0)
    return events([move(charge, 'not-seen', finding, again)], released(now.order, payment))
  }
  const counts = isFirstThatCounts(charge, finding.askedAtMs, now.rules)
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
