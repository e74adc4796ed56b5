import { formatMoney } from '../money/money.ts'
import { isSpent, refundableMinor } from './balances.ts'
import { capturingWithCharge } from './conclude-ended-charge.ts'
import type { CaseAction, OperationKind } from './events.ts'
import { isEnd } from './operation-states.ts'
import { isHeldOpen } from './silence.ts'
import {
  type Case,
  chargeOf,
  isCharge,
  type Operation,
  operationOf,
  type Payment,
  type Work,
} from './state.ts'
import { isReversed, unresolvedModification } from './status.ts'

/**
 * What people can do about a case. What fits is a question of what it is about and of how that stands now, not of the
 * reason alone: a case stays open while inquiries may still settle its operation.
 */
export interface CaseOffer {
  readonly action: CaseAction
  /** Two where money moves, or where a doubt is ended by somebody's word: one proposes, another one agrees. */
  readonly people: 1 | 2
  /** What it does, in one sentence for a person. */
  readonly text: string
  /** Of a refund: the most that it can be, in minor units. */
  readonly mostMinor?: bigint
}

/** Whether the PSP's gateway has an operation of this kind. */
export type Can = (kind: OperationKind) => boolean

/** The actions that fit a case as its payment stands now, the most telling first; none once it is closed. */
export function actionsFor(payment: Payment, one: Case, can: Can = () => true): readonly CaseOffer[] {
  if (one.closed !== undefined) return []
  const work = workOfCase(payment, one)
  if (work !== undefined) return forWork(work)
  const operation = one.reference === undefined ? undefined : operationOf(payment, one.reference)
  const own = operation === undefined ? [] : forOperation(payment, one, operation, can)
  const last = endsByClose(operation) || isHeldOpen(payment, one) ? [] : [NOTHING_MORE]
  return [...own, ...forCharge(payment, operation, can), ...last]
}

/** The work that was given up, where the case is about one. */
export function workOfCase({ work }: Payment, one: Case): Work | undefined {
  if (one.reason !== 'effect-parked') return undefined
  return work.find(({ key }) => key === (one.workKey ?? one.caseId))
}

/** The charge whose money a case is about: its own, the one that its operation is about, or the payment's last one. */
export function chargeOfCase(payment: Payment, operation: Operation | undefined): Operation | undefined {
  if (operation === undefined) return chargeOf(payment)
  return isCharge(operation) ? operation : operationOf(payment, operation.target ?? '')
}

/** True while a close would end the operation of the case, by people's word; frozen, its reversal is what counts. */
export function endsByClose(operation: Operation | undefined): operation is Operation {
  return operation !== undefined && !isEnd(operation.state) && operation.frozenBy === undefined
}

const NOTHING_MORE: CaseOffer = {
  action: 'close',
  people: 1,
  text: 'Nothing more is to be done here: the case is closed, and nothing else changes.',
}

function forWork({ state }: Work): readonly CaseOffer[] {
  const again: CaseOffer = {
    action: 'retry',
    people: 1,
    text: 'The shop can take it now: it is called again, with the same key.',
  }
  return state === 'parked' ? [again, NOTHING_MORE] : [NOTHING_MORE]
}

/** What can be said of an operation that has not ended. */
function forOperation(payment: Payment, one: Case, operation: Operation, can: Can): readonly CaseOffer[] {
  if (isBooking(payment, one, operation)) {
    return [offer('adopt', 'The provider has booked the capture: it counts as captured.')]
  }
  if (!endsByClose(operation)) return []
  const what = `${operation.kind} of ${formatMoney(operation)} ${operation.currency}`
  if (isCharge(operation)) return forOpenCharge(operation, what)
  if (operation.kind === 'reversal') return forReversal(payment, operation, can)
  return [
    offer('adopt', `It happened at the provider: the ${what} is done, and the balances move.`),
    offer('close', `It did not happen at the provider: the ${what} has failed, and can be asked for again.`),
  ]
}

function forOpenCharge({ state }: Operation, what: string): readonly CaseOffer[] {
  const adopt = offer('adopt', `It happened at the provider: the ${what} is approved, and claims its order.`)
  const close = offer(
    'close',
    `It did not happen at the provider: the ${what} ends unpaid and frees its order; the provider is asked again later.`,
  )
  // Approved without the payer's proof: that is no approval of ours.
  return state === 'challenged' ? [close] : [adopt, close]
}

function forReversal(payment: Payment, reversal: Operation, can: Can): readonly CaseOffer[] {
  const target = operationOf(payment, reversal.target ?? '')
  const list = [offer('adopt', 'The money is given back, or was never taken: the reversal is done.')]
  if (can('reversal')) list.push(offer('reverse', 'The reversal is given up, and a new one is sent.'))
  // Elsewhere money would be live that no book has.
  if (target?.state === 'approved') {
    list.push(offer('close', 'The reversal did not happen: it has failed, and the charge stays as it was.'))
  }
  return list
}

/** What can be done about the money of the charge. */
function forCharge(payment: Payment, operation: Operation | undefined, can: Can): readonly CaseOffer[] {
  const charge = chargeOfCase(payment, operation)
  if (charge === undefined || charge.frozenBy !== undefined) return []
  if (unresolvedModification(payment) !== undefined) return []
  const list: CaseOffer[] = []
  if (can('reversal') && isToUndo(payment, charge)) {
    list.push(
      offer('reverse', 'The charge is undone at the provider: cancelled, or refunded if it is captured.'),
    )
  }
  const mostMinor = refundableMinor(payment.balances)
  const isLast = charge.reference === chargeOf(payment)?.reference
  if (can('refund') && isLast && charge.state === 'approved' && mostMinor > 0n) {
    const most = `${formatMoney({ amountMinor: mostMinor, currency: payment.currency })} ${payment.currency}`
    list.push({ ...offer('refund', `So much is given back to the payer, at most ${most}.`), mostMinor })
  }
  return list
}

/** Money of it may be live, and nobody but us has taken it back. */
function isToUndo(payment: Payment, charge: Operation): boolean {
  if (isReversed(payment, charge)) return false
  if (charge.state === 'approved') {
    return !isSpent(payment.balances) && payment.balances.chargedBackMinor === 0n
  }
  return charge.state === 'mismatch' || !isEnd(charge.state)
}

/** A sale that is paid once it is captured, and whose capture nobody has seen. */
export function isBooking(payment: Payment, { reason }: Case, { kind, state }: Operation): boolean {
  const waits = reason === 'modification-unresolved' && kind === 'sale' && state === 'approved'
  return waits && payment.status === 'in-progress' && capturingWithCharge(payment) > 0n
}

function offer(action: CaseAction, text: string): CaseOffer {
  return { action, people: 2, text }
}
