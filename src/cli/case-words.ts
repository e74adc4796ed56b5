import type { StoredAppend } from '../journal/journal.ts'
import { formatMoney } from '../money/money.ts'
import { actionsFor, type CaseOffer } from '../payment/case-actions.ts'
import { caseText } from '../payment/case-text.ts'
import type { Evidence, PaymentEvent } from '../payment/events.ts'
import { BY_ITSELF } from '../payment/people.ts'
import type { CaseClosing, Operation, Payment } from '../payment/state.ts'
import type { FoundCase } from './cases-of-journal.ts'

/** A case in one line. */
export function showCaseLine({ case: one, payment }: FoundCase): string {
  const { caseId, reason, atMs } = one
  const { orderId, status } = payment
  return printable(
    `${time(atMs)}  ${caseId}  ${reason}  order ${orderId}, ${amountOf(payment)}, ${status}: ${caseText(one)}`,
  )
}

/** A case with everything that is known about its payment. */
export function showCase({ case: one, payment }: FoundCase, history: readonly StoredAppend[]): string {
  const { balances } = payment
  const minor = (amountMinor: bigint): string => amountOf({ amountMinor, currency: payment.currency })
  return [
    `Case ${one.caseId}: ${one.reason}`,
    `  ${caseText(one)}`,
    `  opened     ${time(one.atMs)}`,
    ...(one.reference === undefined ? [] : [`  reference  ${one.reference}`]),
    `  payment    ${payment.paymentId}, ${payment.status}, ${amountOf(payment)} by module '${payment.module}'`,
    `  order      ${payment.orderId}`,
    ...(one.closed === undefined ? [] : [`  ${showEnd(one.closed)}`]),
    `  balances   authorized ${minor(balances.authorizedMinor)}, captured ${minor(balances.capturedMinor)}, refunded ${minor(balances.refundedMinor)}`,
    '',
    'Operations',
    ...payment.operations.map(showOperation),
    '',
    'What happened',
    ...history.flatMap(({ atMs, events }) => events.map((event) => `  ${time(atMs)}  ${showEvent(event)}`)),
    '',
    ...showActions(actionsFor(payment, one)),
    'What to do: docs/how-to/look-after-cases.md has a section for each reason.',
  ]
    .map(printable)
    .join('\n')
}

/** What no list can show: a person has to look at it. No line where all could be read. */
export function showUnreadable(ids: readonly string[]): readonly string[] {
  if (ids.length === 0) return []
  const what = ids.length === 1 ? '1 payment' : `${ids.length} payments`
  return [printable(`${what} cannot be read: ${ids.join(', ')}`)]
}

/** JSON for programs; amounts are strings, since a bigint has no place in JSON. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part), 2)
}

/** Resolved by a running server alone: a reader writes nothing. */
function showActions(offers: readonly CaseOffer[]): readonly string[] {
  if (offers.length === 0) return []
  const lines = offers.map(({ action, people, text }) => {
    return `  ${action.padEnd(8)} ${people === 2 ? 'two people' : 'one person'}  ${text}`
  })
  return ['What can be done, by `counterfoil cases resolve` at the server', ...lines, '']
}

function showOperation(operation: Operation): string {
  const { reference, kind, state, inDoubtSinceMs, evidence } = operation
  const doubt = inDoubtSinceMs === undefined ? '' : `, in doubt since ${time(inDoubtSinceMs)}`
  return `  ${reference}  ${kind} of ${amountOf(operation)}: ${state}${doubt}${showEvidence(evidence)}`
}

function showEvent(event: PaymentEvent): string {
  const reference = 'reference' in event && event.reference !== undefined ? ` ${event.reference}` : ''
  const step = 'step' in event ? ` ${event.step}` : ''
  const reached = 'to' in event ? ` to ${event.to}` : 'status' in event ? ` ${event.status}` : ''
  const evidence = 'evidence' in event ? showEvidence(event.evidence) : ''
  const reason = 'reason' in event ? ` (${event.reason})` : ''
  const people = event.type === 'case-proposed' || event.type === 'case-closed' ? showPeople(event) : ''
  return `${event.type}${reference}${step}${reached}${reason}${people}${evidence}`
}

function showEnd({ by, action, why, atMs }: CaseClosing): string {
  return by === BY_ITSELF
    ? `closed     ${time(atMs)} by evidence: ${why}`
    : `resolved   ${time(atMs)} by ${action}`
}

function showPeople(event: Extract<PaymentEvent, { type: 'case-proposed' | 'case-closed' }>): string {
  const agreed = 'approvedBy' in event && event.approvedBy !== undefined ? ` and ${event.approvedBy}` : ''
  return ` ${event.action} by ${event.by}${agreed}: ${event.why}`
}

function showEvidence(evidence: Evidence | undefined): string {
  if (evidence === undefined) return ''
  const code = evidence.code === undefined ? '' : `${evidence.code}: `
  return ` -- ${evidence.source}: ${code}${evidence.text}`
}

function amountOf({ amountMinor, currency }: Pick<Payment, 'amountMinor' | 'currency'>): string {
  return `${formatMoney({ amountMinor, currency })} ${currency}`
}

function time(atMs: number): string {
  return new Date(atMs).toISOString()
}

/** A provider's words could hold what a terminal obeys: control characters are shown as a question mark. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}
