import type { StoredAppend } from '../journal/journal.ts'
import { formatMoney } from '../money/money.ts'
import type { Evidence, PaymentEvent } from '../payment/events.ts'
import type { Operation, Payment } from '../payment/state.ts'
import type { FoundCase } from './cases.ts'

/** A case in one line. */
export function showCaseLine({ case: { caseId, reason, atMs, text }, payment }: FoundCase): string {
  const { orderId, status } = payment
  return printable(
    `${time(atMs)}  ${caseId}  ${reason}  order ${orderId}, ${amountOf(payment)}, ${status}: ${text}`,
  )
}

/** A case with everything that is known about its payment. */
export function showCase({ case: one, payment }: FoundCase, history: readonly StoredAppend[]): string {
  const { balances } = payment
  const minor = (amountMinor: bigint): string => amountOf({ amountMinor, currency: payment.currency })
  return [
    `Case ${one.caseId}: ${one.reason}`,
    `  ${one.text}`,
    `  opened     ${time(one.atMs)}`,
    ...(one.reference === undefined ? [] : [`  reference  ${one.reference}`]),
    `  payment    ${payment.paymentId}, ${payment.status}, ${amountOf(payment)} by module '${payment.module}'`,
    `  order      ${payment.orderId}`,
    `  balances   authorized ${minor(balances.authorizedMinor)}, captured ${minor(balances.capturedMinor)}, refunded ${minor(balances.refundedMinor)}`,
    '',
    'Operations',
    ...payment.operations.map(showOperation),
    '',
    'What happened',
    ...history.flatMap(({ atMs, events }) => events.map((event) => `  ${time(atMs)}  ${showEvent(event)}`)),
    '',
    'What to do: docs/how-to/look-after-cases.md has a section for each reason.',
  ]
    .map(printable)
    .join('\n')
}

/** JSON for programs; amounts are strings, since a bigint has no place in JSON. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part), 2)
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
  return `${event.type}${reference}${step}${reached}${reason}${evidence}`
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
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}
