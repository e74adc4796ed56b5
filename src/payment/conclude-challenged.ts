import { askAgain, keep, reverse } from './charge-verdicts.ts'
import { type Circumstances, type Decision, events, refusal, released } from './decision.ts'
import { anotherLeg, move } from './draft.ts'
import type { Finding } from './finding.ts'
import type { Operation, Payment } from './state.ts'

/**
 * What a finding means for a charge that waits for its payer to prove who they are. Nothing happens without our next
 * leg, so that it ends when its time is over and the PSP knows of nothing (F18); an approval that nobody has asked for
 * is undone.
 */
export function concludeChallenged(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  if (finding.evidence.source !== 'inquiry') return keep(charge, finding, now.nowMs)
  switch (finding.kind) {
    case 'approved':
    case 'done':
    case 'mismatch':
      return reverse(payment, charge, 'contradiction', finding, now)
    case 'not-found':
    case 'open':
    case 'declined':
    case 'refused':
    case 'invalid':
    case 'reversed':
      return stillWaiting(charge, finding) ?? over(payment, charge, finding, now)
    case 'pending':
    case 'accepted':
    case 'awaiting-payer':
    case 'challenged':
    case 'not-sent':
    case 'duplicate':
    case 'unavailable':
    case 'unclear':
      return askAgain(payment, charge, finding, now)
    default:
      return finding.kind satisfies never
  }
}

function over(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): Decision {
  return events([move(charge, 'abandoned', finding)], released(now.order, payment))
}

/** Asked before its time was over: the payer may still be at it. */
function stillWaiting(charge: Operation, finding: Finding): Decision | undefined {
  const untilMs = charge.handedOver?.untilMs ?? 0
  if (finding.askedAtMs >= untilMs) return undefined
  return events([
    {
      type: 'operation-inquired',
      reference: charge.reference,
      found: 'unchanged',
      evidence: finding.evidence,
      nextTryAtMs: untilMs,
    },
  ])
}

/** The payer has come back: the next leg is written down. Who comes second finds it written already. */
export function intendNextLeg(charge: Operation, now: Circumstances): Decision {
  if (charge.state !== 'challenged' || charge.frozenBy !== undefined) {
    return refusal('CF_PAYMENT_STATE', `its ${charge.kind} is '${charge.state}', and waits for no payer`)
  }
  return events([anotherLeg(charge, now)])
}

/** Ends a challenge by our own word, which is enough: nothing happens without our next leg. */
export function abandonChallenge(
  payment: Payment,
  charge: Operation,
  text: string,
  now: Circumstances,
): Decision {
  const evidence = { source: 'engine', atMs: now.nowMs, text } as const
  return over(payment, charge, { kind: 'open', evidence, askedAtMs: now.nowMs }, now)
}
