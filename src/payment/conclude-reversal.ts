import { type Circumstances, type Decision, events, released } from './decision.ts'
import { growingDelayMs, NOT_SEEN_AGAIN_MS } from './delays.ts'
import { anotherLeg, doubt, move, openCase, settled, whileYoung } from './draft.ts'
import type { PaymentEvent } from './events.ts'
import type { Finding } from './finding.ts'
import { isEnd, type OperationState } from './operation-states.ts'
import { type Operation, operationOf, type Payment } from './state.ts'
import { holdsBeside } from './status.ts'
import { isFirstThatCounts, nextNotFoundMs, notFoundCloses, surelyBy } from './waiting-rule.ts'

/**
 * What a finding means for a reversal. A receipt is not done: only an inquiry that shows the target dead, or people who
 * have seen it, end it, and with it the target. Until then it is sent again, with growing delays, each time written down before (F21).
 *
 *   intended -> sent -> (receipt | doubt) -> inquiry: live ----> sent again, or a case
 *                                                     dead ----> done, the target is `abandoned`
 *                                                     not found -> the waiting rule of the target
 */
export function concludeReversal(
  payment: Payment,
  reversal: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  const target = reversal.target === undefined ? undefined : operationOf(payment, reversal.target)
  if (isEnd(reversal.state) || target === undefined) return settled(reversal, finding)
  const { source } = finding.evidence
  if (source !== 'inquiry' && source !== 'person') return fromAnswer(reversal, finding, now)
  switch (finding.kind) {
    case 'reversed':
      return finish(payment, reversal, target, 'abandoned', finding, now)
    case 'declined':
    case 'refused':
    case 'invalid':
      if (target.payableForMs === undefined) {
        return finish(payment, reversal, target, 'declined', finding, now)
      }
      // On the PSP's page a refusal is an attempt: an inquiry that lags still shows the one before the payment.
      return notFound(payment, reversal, target, finding, now)
    case 'approved':
    case 'done':
    case 'mismatch':
      return stillLive(payment, reversal, finding, now)
    case 'not-found':
    case 'open':
      return notFound(payment, reversal, target, finding, now)
    case 'pending':
    case 'accepted':
    case 'awaiting-payer':
    case 'challenged':
    case 'not-sent':
    case 'duplicate':
    case 'unavailable':
    case 'unclear':
      return askAgain(payment, reversal, finding, now)
    default:
      return finding.kind satisfies never
  }
}

/** Whatever the answer is, an inquiry has to confirm it. */
function fromAnswer(reversal: Operation, finding: Finding, now: Circumstances): Decision {
  const nextTryAtMs = now.nowMs + growingDelayMs(reversal.leg - 1, now.jitter)
  if (finding.kind === 'accepted' || finding.kind === 'done' || finding.kind === 'approved') {
    // Concluded again, because nobody knew whether the first time was written (F8).
    if (reversal.state === 'accepted') return events([])
    return events([move(reversal, 'accepted', finding, nextTryAtMs)])
  }
  return events([doubt(reversal, finding, now, reversal.leg - 1)])
}

function finish(
  payment: Payment,
  reversal: Operation,
  target: Operation,
  to: OperationState,
  finding: Finding,
  now: Circumstances,
): Decision {
  // What waits for its payer ends in one way only: nobody pays there any more.
  const ended = target.payableForMs !== undefined || target.state === 'challenged' ? 'abandoned' : to
  const again = ended === 'not-seen' ? now.nowMs + (NOT_SEEN_AGAIN_MS[0] ?? 0) : undefined
  const list: PaymentEvent[] = isEnd(target.state) ? [] : [move(target, ended, finding, again)]
  // Nothing was seen that could be undone: should it be found live after all, it is not undone yet.
  const undone = to === 'not-seen' && ended === 'abandoned' ? 'failed' : 'done'
  const order = holdsBeside(payment, target) ? undefined : released(now.order, payment)
  return events([...list, move(reversal, undone, finding)], order)
}

function stillLive(payment: Payment, reversal: Operation, finding: Finding, now: Circumstances): Decision {
  // What was sent last may not show yet: sent again too early, it could undo what another one has undone.
  const sentByMs = surelyBy(reversal.sendDeadlineMs, now.rules)
  const shownByMs = sentByMs + now.rules.maxProcessingMs + now.rules.inquiryLagMs
  // And what the PSP has sent on its way would be sent twice.
  if (finding.askedAtMs < shownByMs || finding.refunding === true)
    return askAgain(payment, reversal, finding, now)
  if (reversal.leg >= now.rules.reversalTriesMax) {
    const asked = askAgain(payment, reversal, finding, now)
    const opened = openCase(payment, reversal, 'reversal-unresolved', finding, now)
    return asked.kind === 'events' ? events([...asked.events, ...opened]) : asked
  }
  return events([
    {
      type: 'operation-inquired',
      reference: reversal.reference,
      found: 'live',
      evidence: finding.evidence,
    },
    anotherLeg(reversal, now),
  ])
}

/** Nothing to undo that could be seen: the target's own waiting rule decides, and ends the reversal with it. */
function notFound(
  payment: Payment,
  reversal: Operation,
  target: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  // What the PSP had in work is not unknown to it.
  if (isEnd(target.state) || target.state === 'pending') return askAgain(payment, reversal, finding, now)
  if (notFoundCloses(target, finding.askedAtMs, now.rules)) {
    return finish(payment, reversal, target, 'not-seen', finding, now)
  }
  const counts = isFirstThatCounts(target, finding.askedAtMs, now.rules)
  const delayMs = growingDelayMs(reversal.inquiries, now.jitter)
  const evidence = finding.evidence
  return events([
    {
      type: 'operation-inquired',
      reference: target.reference,
      found: 'not-found',
      evidence,
      ...(counts ? { countsFromMs: finding.askedAtMs } : {}),
    },
    {
      type: 'operation-inquired',
      reference: reversal.reference,
      found: 'not-found',
      evidence,
      nextTryAtMs: Math.max(nextNotFoundMs(target, finding.askedAtMs, now.rules, delayMs), now.nowMs),
    },
  ])
}

function askAgain(payment: Payment, reversal: Operation, finding: Finding, now: Circumstances): Decision {
  const old = now.nowMs - reversal.intendedAtMs > now.rules.doubtCaseAfterMs
  return events([
    {
      type: 'operation-inquired',
      reference: reversal.reference,
      found: finding.kind === 'approved' || finding.kind === 'mismatch' ? 'live' : 'unavailable',
      evidence: finding.evidence,
      ...whileYoung(reversal.intendedAtMs, now, growingDelayMs(reversal.inquiries, now.jitter)),
    },
    ...(old ? openCase(payment, reversal, 'reversal-unresolved', finding, now) : []),
  ])
}
