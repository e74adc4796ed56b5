import { refundableMinor, uncapturedMinor } from '../payment/balances.ts'
import type { CaseReason, FactName, PaymentEvent } from '../payment/events.ts'
import { disputesWon } from '../payment/found-later.ts'
import { isEnd, operationStates } from '../payment/operation-states.ts'
import { type Operation, operationOf, type Payment } from '../payment/state.ts'
import type { SettlementLine } from './line.ts'
import { askNow, type Comparing, evidenceOf, inWords, opened, type Weighed } from './weighed.ts'

/**
 * A line that nobody here knows of. About an approved charge it is a fact like one that an inquiry or a notification
 * tells, as far as the balances have room for it; a charge that is not live and was paid out all the same is the worst
 * that a report can show, and is asked about at once, so that it is reversed by evidence.
 */
export function newsOf(
  payment: Payment,
  about: Operation,
  line: SettlementLine,
  comparing: Comparing,
): Weighed {
  const charge = operationOf(payment, about.target ?? about.reference) ?? about
  if (charge.state !== 'approved') return ofUnapproved(payment, charge, line, comparing)
  const fact = factOf(payment, line)
  if (fact === undefined) return ofNoRoom(payment, charge, line, comparing)
  const { reference } = charge
  const evidence = evidenceOf(line, comparing)
  const { amountMinor } = line
  const recorded: PaymentEvent = { type: 'fact-recorded', fact: fact.name, reference, amountMinor, evidence }
  if (fact.reason === undefined) {
    const text = `${inWords(line)}, told here first`
    const over = disputesWon(payment, reference, evidence, comparing.nowMs)
    return { verdict: 'learned', reference, text, events: [recorded, ...over] }
  }
  const text = `${inWords(line)}, and nobody here knew of it`
  const opens = opened(charge, text, line, comparing, fact.reason)
  return { verdict: 'unknown-here', reference, text, events: [recorded, ...opens.events] }
}

interface Fact {
  readonly name: FactName
  /** Of the case that it opens: what turns out well needs nobody to decide anything. */
  readonly reason: CaseReason | undefined
}

/** The fact that a line tells; undefined when the balances have no room for it. */
function factOf({ balances }: Payment, { kind, amountMinor }: SettlementLine): Fact | undefined {
  const { capturedMinor, capturingMinor, refundedMinor, refundingMinor, chargedBackMinor } = balances
  const fits = (mostMinor: bigint, name: FactName, reason?: CaseReason): Fact | undefined =>
    amountMinor <= mostMinor ? { name, reason } : undefined
  switch (kind) {
    case 'captured':
      return fits(uncapturedMinor(balances), 'captured-elsewhere', 'changed-elsewhere')
    case 'refunded':
      return fits(refundableMinor(balances), 'refunded-elsewhere', 'changed-elsewhere')
    case 'charged-back':
      return fits(refundableMinor(balances), 'charged-back', 'charged-back')
    case 'chargeback-reversed':
      return fits(chargedBackMinor, 'chargeback-reversed')
    case 'capture-reversed':
      return fits(
        capturedMinor + capturingMinor - refundedMinor - refundingMinor,
        'capture-failed',
        'failed-late',
      )
    case 'refund-reversed':
      return fits(refundedMinor, 'refund-failed', 'failed-late')
    case 'fee':
      return undefined
    default:
      return kind satisfies never
  }
}

/** More than there is: a void that was captured, a second capture, a refund of what is refunded already. */
function ofNoRoom(payment: Payment, charge: Operation, line: SettlementLine, comparing: Comparing): Weighed {
  const wasVoided = line.kind === 'captured' && payment.balances.voidedMinor > 0n
  const why = wasVoided
    ? 'which was cancelled here: the money is live'
    : 'and here there is not so much of it'
  const text = `${inWords(line)}, ${why}`
  const { reference } = charge
  const { events } = opened(charge, text, line, comparing)
  const asked = wasVoided ? askNow(payment, reference, line, comparing) : []
  return { verdict: wasVoided ? 'live' : 'unknown-here', reference, text, events: [...events, ...asked] }
}

function ofUnapproved(
  payment: Payment,
  charge: Operation,
  line: SettlementLine,
  comparing: Comparing,
): Weighed {
  const { reference, state } = charge
  const isLive = line.kind === 'captured' && isEnd(state) && operationStates[state].live === 'no'
  const text = isLive
    ? `${inWords(line)} of a charge that is '${state}' here: the money is live`
    : `${inWords(line)} of a charge that is '${state}' here`
  const { events } = opened(charge, text, line, comparing)
  const asked = askNow(payment, reference, line, comparing)
  return { verdict: isLive ? 'live' : 'unknown-here', reference, text, events: [...events, ...asked] }
}
