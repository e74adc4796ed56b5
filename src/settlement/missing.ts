import { formatMoney } from '../money/money.ts'
import type { PaymentEvent, SettlementVerdict } from '../payment/events.ts'
import { chargeOf, type Payment } from '../payment/state.ts'
import type { AccountBook } from './account-book.ts'
import { isUneven } from './expected.ts'
import { openItems } from './open-items.ts'

/** The end of a period: what happened before `beforeMs` must be in a report by now. */
export interface Closing {
  readonly beforeMs: number
  readonly nowMs: number
  readonly freshId: () => string
}

/** Something that is in no report. */
export interface Missing {
  readonly reference: string
  readonly text: string
  /** Absent where its case was opened before. */
  readonly event?: PaymentEvent
}

/** What of a payment should be in a report and is in none, each with the case that it opens, once. Pure. */
export function missingFrom(payment: Payment, book: AccountBook, closing: Closing): readonly Missing[] {
  const { beforeMs } = closing
  const overdue = openItems(payment, book).filter(
    ({ certainty, sinceMs }) => certainty === 'must' && sinceMs <= beforeMs,
  )
  const items = overdue.map(({ kind, reference, leftMinor = 0n, sinceMs }) => {
    const text = `${kind} ${inWords(payment, leftMinor)} here on ${dayOf(sinceMs)}, and in no report`
    return { reference, text }
  })
  const found = items.length > 0 ? items : unevenIn(payment, book, beforeMs)
  return found.map((one) => withCase(payment, one, closing))
}

/** A person has such a line before them already. */
const KNOWN_BREAK: ReadonlySet<SettlementVerdict> = new Set(['differs', 'twice', 'unknown-here', 'live'])

/** What failed or was undone on its way may be in the reports or not: what they leave of it must be what we have. */
function unevenIn(
  payment: Payment,
  book: AccountBook,
  beforeMs: number,
): readonly Pick<Missing, 'reference' | 'text'>[] {
  const charge = chargeOf(payment)
  const isKnown = book.settled.some(({ verdict }) => KNOWN_BREAK.has(verdict))
  if (charge === undefined || isKnown || !isUneven(payment, book.facts)) return []
  const times = [
    ...payment.operations.map(({ movedAtMs }) => movedAtMs),
    ...book.facts.map(({ atMs }) => atMs),
    ...book.settled.map(({ bookedAtMs }) => bookedAtMs),
  ]
  const { capturedMinor, capturingMinor, refundedMinor, refundingMinor } = payment.balances
  const oursMinor = capturedMinor + capturingMinor - refundedMinor - refundingMinor
  const theirsMinor = keptOf(book)
  if (theirsMinor === oursMinor || Math.max(...times) > beforeMs) return []
  const live = oursMinor < theirsMinor ? ': the money is live' : ''
  const text = `the reports leave ${inWords(payment, theirsMinor)} of it, and here it is ${inWords(payment, oursMinor)}${live}`
  return [{ reference: charge.reference, text }]
}

/** Captured, and not given back, by the reports. */
function keptOf({ settled }: AccountBook): bigint {
  let sumMinor = 0n
  for (const { kind, amountMinor } of settled) {
    if (kind === 'captured' || kind === 'refund-reversed') sumMinor += amountMinor
    if (kind === 'refunded' || kind === 'capture-reversed') sumMinor -= amountMinor
  }
  return sumMinor
}

function withCase(
  payment: Payment,
  { reference, text }: Pick<Missing, 'reference' | 'text'>,
  { nowMs, freshId }: Closing,
): Missing {
  const reason = 'settlement-missing'
  // A charge can miss more than one thing, and one more in a later period: its words say which.
  const isKnown = payment.cases.some(
    (other) => other.reason === reason && other.reference === reference && other.text === text,
  )
  if (isKnown) return { reference, text }
  return {
    reference,
    text,
    event: { type: 'case-opened', caseId: freshId(), reason, reference, text, atMs: nowMs },
  }
}

function inWords({ currency }: Payment, amountMinor: bigint): string {
  const sign = amountMinor < 0n ? '-' : ''
  const absolute = amountMinor < 0n ? -amountMinor : amountMinor
  return `${sign}${formatMoney({ amountMinor: absolute, currency })} ${currency}`
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10)
}
