import { uncapturedMinor } from './balances.ts'
import { type Circumstances, released } from './decision.ts'
import { closedByEvidence, openCase } from './draft.ts'
import type { CaseReason, Evidence, FactName, PaymentEvent } from './events.ts'
import type { Finding } from './finding.ts'
import { isEnd } from './operation-states.ts'
import type { OrderRecord } from './order.ts'
import type { Operation, Payment } from './state.ts'
import { surelyBy } from './waiting-rule.ts'

/** What an inquiry about an approved charge adds to what we know, when it may be asked again, and the order after it. */
export interface FoundLater {
  readonly events: readonly PaymentEvent[]
  readonly againAtMs?: number
  readonly order?: OrderRecord | undefined
}

const NOTHING: FoundLater = { events: [] }

/**
 * The facts in what an inquiry says of a charge that was approved before: captured money that is not there, a refund
 * or cancellation that nobody here has asked for, a chargeback. While something of ours is under way the same words
 * may be about that, and a view of the PSP's books that is older than our last change shows nothing: both wait.
 */
export function factsOfApproved(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): FoundLater {
  const kind = finding.kind
  if (kind !== 'approved' && kind !== 'reversed' && kind !== 'declined') return NOTHING
  const ofBank = foundOfBank(payment, charge, finding, now)
  if (ofBank !== undefined) return ofBank
  const changedAtMs = lastChangeMs(payment, charge)
  const apart = factOf(payment, finding)
  // It may be about what is under way: looked at again, once that can be seen to have ended.
  if (changedAtMs === undefined) {
    return apart === undefined ? NOTHING : { events: [], againAtMs: now.nowMs + now.rules.inquiryLagMs }
  }
  if (kind === 'declined') {
    // On the PSP's page that is an earlier attempt, which an inquiry that lags still shows.
    return charge.payableForMs === undefined ? contradicted(payment, charge, finding, now) : NOTHING
  }
  if (failedOfSeveral(payment, finding)) {
    return { events: openCase(payment, charge, 'failed-late', finding, now, charge.hintedAtMs ?? 0) }
  }
  if (apart === undefined) return NOTHING
  const shownByMs = surelyBy(changedAtMs, now.rules) + now.rules.inquiryLagMs
  if (finding.askedAtMs < shownByMs) return { events: [], againAtMs: shownByMs }
  // Nothing moves by it, so that each look finds it anew.
  const isKnown =
    apart.fact === 'contradicted' && openCase(payment, charge, apart.reason, finding, now).length === 0
  if (isKnown) return NOTHING
  const found = told(payment, charge, finding, now, apart.fact, apart.amountMinor, apart.reason)
  // A charge that is dead is not only uncaptured: the next look tells what became of the rest.
  const isHalf = apart.fact === 'capture-failed' && kind === 'reversed'
  return isHalf ? { ...found, againAtMs: now.nowMs } : found
}

/** What the payer's bank has done since we last knew of it; undefined when nothing is shown. */
function foundOfBank(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
): FoundLater | undefined {
  const disputed = factOfDispute(payment, finding)
  if (disputed === undefined) return undefined
  // What an inquiry shows sooner may be how it was before.
  const shownByMs = lastDisputeMs(payment, charge) + now.rules.inquiryLagMs
  if (finding.evidence.source === 'inquiry' && finding.askedAtMs < shownByMs) {
    return { events: [], againAtMs: shownByMs }
  }
  const found = told(payment, charge, finding, now, disputed.fact, disputed.amountMinor, 'charged-back')
  // What came before it shows only now, and what came since may have been told in words that were taken for a copy of
  // an earlier one: the look that must show all of it compares.
  return disputed.fact === 'chargeback-reversed'
    ? { ...found, againAtMs: now.nowMs + now.rules.inquiryLagMs }
    : found
}

interface Apart {
  readonly fact: FactName
  readonly amountMinor: bigint
  readonly reason: CaseReason
}

/** How the PSP's books differ from ours, by its own word for why. */
function factOf(payment: Payment, finding: Finding): Apart | undefined {
  const { balances } = payment
  const uncaptured = uncapturedMinor(balances)
  const takenMinor = balances.capturedMinor + balances.capturingMinor
  const heldMinor = takenMinor - balances.refundedMinor - balances.chargedBackMinor
  const shown = finding.balances
  const shownMinor = shown === undefined ? undefined : shown.capturedMinor - shown.refundedMinor
  if (finding.kind === 'reversed') {
    const refundedMinor = finding.expired === true ? 0n : (shown?.refundedMinor ?? 0n)
    if (refundedMinor > 0n && heldMinor > 0n) {
      return { fact: 'refunded-elsewhere', amountMinor: heldMinor, reason: 'changed-elsewhere' }
    }
    // What was captured cannot expire or be cancelled: the capture had failed before, which nobody has told us.
    if (heldMinor > 0n && balances.capturingMinor === 0n) {
      return { fact: 'capture-failed', amountMinor: heldMinor, reason: 'failed-late' }
    }
    // Nothing was left by our own books either, such as after a refund of what was never told to be captured.
    if (uncaptured <= 0n && heldMinor <= 0n) return undefined
    return finding.expired === true
      ? { fact: 'expired', amountMinor: uncaptured, reason: 'failed-late' }
      : { fact: 'voided-elsewhere', amountMinor: uncaptured, reason: 'changed-elsewhere' }
  }
  if (finding.failed === 'capture' && heldMinor > 0n) {
    const lostMinor = heldMinor - (shownMinor ?? 0n)
    return lostMinor > 0n
      ? { fact: 'capture-failed', amountMinor: lostMinor, reason: 'failed-late' }
      : undefined
  }
  if (shownMinor === undefined) return undefined
  const shownTakenMinor = shown?.capturedMinor ?? 0n
  if (finding.failed === undefined && finding.captured === true && shownTakenMinor > takenMinor) {
    return {
      fact: 'captured-elsewhere',
      amountMinor: shownTakenMinor - takenMinor,
      reason: 'changed-elsewhere',
    }
  }
  // Money that we have given back came back by the payer's bank.
  if (finding.dispute === 'reversed' && shownMinor > heldMinor) {
    return { fact: 'contradicted', amountMinor: shownMinor - heldMinor, reason: 'contradiction' }
  }
  if (finding.failed === 'refund' && shownMinor > heldMinor && balances.refundedMinor > 0n) {
    return { fact: 'refund-failed', amountMinor: shownMinor - heldMinor, reason: 'failed-late' }
  }
  // A refund on its way is not booked yet; what is booked has left less than we know of.
  const refundsBooked = shown !== undefined && shown.refundedMinor > 0n && finding.refunding !== true
  if (refundsBooked && shownMinor < heldMinor) {
    return { fact: 'refunded-elsewhere', amountMinor: heldMinor - shownMinor, reason: 'changed-elsewhere' }
  }
  return undefined
}

/** One of several captures has failed, and nothing says which: only a person can find out. */
function failedOfSeveral({ operations }: Payment, { failed, balances }: Finding): boolean {
  const done = operations.filter(({ kind, state }) => kind === failed && state === 'done')
  return failed !== undefined && balances === undefined && done.length > 1
}

function factOfDispute({ balances }: Payment, { dispute }: Finding) {
  const takenMinor = balances.capturedMinor + balances.capturingMinor - balances.refundedMinor
  if (dispute === 'charged-back' && balances.chargedBackMinor === 0n && takenMinor > 0n) {
    return { fact: 'charged-back', amountMinor: takenMinor } as const
  }
  if (dispute === 'reversed' && balances.chargedBackMinor > 0n) {
    return { fact: 'chargeback-reversed', amountMinor: balances.chargedBackMinor } as const
  }
  return undefined
}

/** When the payer's bank last did what we know of: each of it is a case, which ends with the next. */
function lastDisputeMs({ cases }: Payment, charge: Operation): number {
  const ofBank = cases.filter(
    ({ reason, reference }) => reason === 'charged-back' && reference === charge.reference,
  )
  return Math.max(Number.NEGATIVE_INFINITY, ...ofBank.map(({ atMs, closed }) => closed?.atMs ?? atMs))
}

/** When something of ours last changed the money of this charge; undefined while something of it is under way. */
function lastChangeMs({ operations }: Payment, charge: Operation): number | undefined {
  const ours = operations.filter(({ target }) => target === charge.reference)
  if (ours.some(({ state }) => !isEnd(state))) return undefined
  return Math.max(0, ...ours.map(({ movedAtMs }) => movedAtMs))
}

function contradicted(payment: Payment, charge: Operation, finding: Finding, now: Circumstances): FoundLater {
  return told(payment, charge, finding, now, 'contradicted', charge.amountMinor, 'contradiction')
}

function told(
  payment: Payment,
  charge: Operation,
  finding: Finding,
  now: Circumstances,
  fact: FactName,
  amountMinor: bigint,
  reason: CaseReason,
): FoundLater {
  const recorded: PaymentEvent = {
    type: 'fact-recorded',
    fact,
    reference: charge.reference,
    amountMinor,
    evidence: finding.evidence,
  }
  // What turns out well needs nobody to decide anything any more.
  const opened =
    fact === 'chargeback-reversed'
      ? disputesWon(payment, charge.reference, finding.evidence, now.nowMs)
      : openCase(payment, charge, reason, finding, now)
  const gone = fact === 'voided-elsewhere' || fact === 'expired'
  return {
    events: [recorded, ...opened],
    order: gone ? released(now.order, payment) : undefined,
  }
}

/** What the payer's bank has given back is nobody's to decide any more. */
export function disputesWon(
  { cases }: Payment,
  reference: string,
  evidence: Evidence,
  nowMs: number,
): readonly PaymentEvent[] {
  const over = cases.filter(
    (one) => one.closed === undefined && one.reason === 'charged-back' && one.reference === reference,
  )
  return over.map((one) => closedByEvidence(one, evidence, nowMs))
}
