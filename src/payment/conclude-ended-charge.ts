import { capturedFact, keep, waitsForCapture } from './charge-verdicts.ts'
import { soonerAfterHint } from './conclude-hosted.ts'
import { type Circumstances, type Decision, events } from './decision.ts'
import { ASK_AT_MOST_MS, growingDelayMs, NOT_SEEN_AGAIN_MS } from './delays.ts'
import { openCase, whileYoung } from './draft.ts'
import type { Evidence, PaymentEvent } from './events.ts'
import { expiryLookMs, isExpiring } from './expiring.ts'
import type { Finding } from './finding.ts'
import { factsOfApproved } from './found-later.ts'
import { reversalOf } from './intend.ts'
import type { Operation, Payment } from './state.ts'
import { isReversed } from './status.ts'
import { countsFromMs } from './waiting-rule.ts'

/** An end never changes (S5); what comes later is a fact, and an approval that nobody wants is reversed. */
export function concludeEnded(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
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
      {
        type: 'fact-recorded',
        fact: notSeen ? 'approved-late' : 'contradicted',
        reference: charge.reference,
        amountMinor: charge.amountMinor,
        evidence: finding.evidence,
      },
      { type: 'operation-intended', operation: reversalOf(charge, now) },
      ...openCase(payment, charge, notSeen ? 'late-approval' : 'contradiction', finding, now),
    ])
  }
  if (!fromInquiry) return keep(charge, finding)
  return events(askedAgain(payment, charge, finding, now))
}

function concludeApproved(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): Decision {
  const list: PaymentEvent[] = [...bookedCapture(payment, charge, finding)]
  // A believed notification of what the payer's bank did is a fact. Whatever else is told of it is asked about.
  if (finding.evidence.source === 'notification' && finding.dispute !== undefined) {
    return events([...list, ...factsOfApproved(payment, charge, finding, now).events])
  }
  if (finding.evidence.source !== 'inquiry') return events(list)
  const found = factsOfApproved(payment, charge, finding, now)
  list.push(...found.events)
  const waits = waitsForCapture(payment, charge) && capturingWithCharge(payment) > 0n
  if (list.length === 0 && waits) {
    list.push(stillUncaptured(charge, finding, now))
    if (now.nowMs - charge.movedAtMs > now.rules.doubtCaseAfterMs) {
      list.push(...openCase(payment, charge, 'modification-unresolved', finding, now, charge.movedAtMs))
    }
  } else {
    const isHeard = isAnswered(charge, finding)
    const lookMs = expiryLookMs(charge, charge.movedAtMs, now) ?? Number.POSITIVE_INFINITY
    const again = found.againAtMs ?? soonerAfterHint(charge, finding, lookMs, now)
    if (finding.kind === 'approved' && isExpiring(payment, charge, now)) {
      list.push(...openCase(payment, charge, 'authorization-expiring', finding, now, charge.movedAtMs))
    }
    list.push({
      type: 'operation-inquired',
      reference: charge.reference,
      found: finding.kind === 'approved' ? 'live' : 'unclear',
      evidence: finding.evidence,
      ...(Number.isFinite(again) ? { nextTryAtMs: Math.max(again, now.nowMs) } : {}),
      ...(isHeard ? {} : whileYoung(hintedAtMs(charge), now, growingDelayMs(charge.inquiries, now.jitter))),
    })
    if (!isHeard) list.push(...askedInVain(payment, charge, finding, now))
  }
  return events(list, found.order)
}

/**
 * What was hinted at is still not known. Somebody who has closed its case meanwhile knows that the provider is asked
 * on: the last question that gets no usable answer opens it once more.
 */
function askedInVain(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): readonly PaymentEvent[] {
  const sinceMs = hintedAtMs(charge)
  if (now.nowMs - sinceMs <= now.rules.doubtCaseAfterMs) return []
  const isLast = now.nowMs - sinceMs > ASK_AT_MOST_MS
  // What people have adopted and the provider does not know is another doubt than that nobody could tell.
  const isSilent = finding.kind === 'unavailable' || finding.kind === 'unclear'
  const beganMs = isLast ? now.nowMs : isSilent ? sinceMs : sinceMs + 1
  return openCase(payment, charge, 'doubt-unresolved', finding, now, beganMs)
}

function hintedAtMs(charge: Operation): number {
  return Math.max(charge.movedAtMs, charge.hintedAtMs ?? 0)
}

/** Whether an inquiry has told anything about a charge that has ended. */
export function isAnswered({ state }: Operation, { kind }: Finding): boolean {
  return state === 'approved' ? HEARD.has(kind) : kind !== 'unavailable' && kind !== 'unclear'
}

/** What says that an approved charge is as we know it, or is not. */
const HEARD: ReadonlySet<Finding['kind']> = new Set(['approved', 'reversed', 'declined'])

/** Who can say that a capture is booked: what an answer says of it is only that it was taken on. */
const WORDS: ReadonlySet<Evidence['source']> = new Set(['inquiry', 'notification', 'person'])

/** A capture of its own is booked by its own evidence, and must not be counted twice. */
function bookedCapture(payment: Payment, charge: Operation, finding: Finding): readonly PaymentEvent[] {
  const withCharge = capturingWithCharge(payment)
  const booked = charge.kind === 'sale' && finding.captured === true && withCharge > 0n
  return booked && WORDS.has(finding.evidence.source) && finding.kind === 'approved'
    ? [capturedFact(charge, withCharge, finding)]
    : []
}

/** What the PSP was to take with the charge itself, and has not booked. */
export function capturingWithCharge({ balances, operations }: Payment): bigint {
  const own = operations.filter(({ kind, state }) => kind === 'capture' && state === 'accepted')
  return own.reduce((sum, { amountMinor }) => sum - amountMinor, balances.capturingMinor)
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

/**
 * A `not-seen` end is asked about three times, and a page that people have closed once more when nobody can pay there
 * any more; one that was answered otherwise needs no further look. Where no question gets a usable answer, a case is
 * what is left of them.
 */
function askedAgain(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): readonly PaymentEvent[] {
  const isHeard = isAnswered(charge, finding)
  const later = NOT_SEEN_AGAIN_MS.find((delayMs) => charge.movedAtMs + delayMs > now.nowMs)
  const notSeen = charge.state === 'not-seen' && later !== undefined ? charge.movedAtMs + later : undefined
  const again = notSeen ?? pageIsOverMs(charge, now)
  const retry = whileYoung(hintedAtMs(charge), now, growingDelayMs(8, now.jitter))
  const next = isHeard ? (again === undefined ? {} : { nextTryAtMs: again }) : retry
  const inquired: PaymentEvent = {
    type: 'operation-inquired',
    reference: charge.reference,
    found: isHeard ? 'not-found' : 'unavailable',
    evidence: finding.evidence,
    ...next,
  }
  const isLast = !isHeard && next.nextTryAtMs === undefined
  return isLast ? [inquired, ...openCase(payment, charge, 'doubt-unresolved', finding, now)] : [inquired]
}

/** When an inquiry would show what was paid on the provider's page until it closed; undefined once it would have. */
function pageIsOverMs(charge: Operation, { nowMs, rules }: Circumstances): number | undefined {
  if (charge.state !== 'abandoned' || charge.payableForMs === undefined) return undefined
  const overMs = countsFromMs(charge, rules)
  return overMs > nowMs ? overMs : undefined
}
