import { formatMoney } from '../money/money.ts'
import type { CaseReason, PaymentEvent, SettlementVerdict } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import { type Operation, operationOf, type Payment } from '../payment/state.ts'
import { type AccountBook, readBook, type SettledLine } from './account-book.ts'
import { lineIdOf, type SettlementLine } from './line.ts'
import { newsOf } from './news.ts'
import { candidatesFor, itemFor, nearestOf, type OpenItem, openItems } from './open-items.ts'
import { askNow, type Comparing, inWords, opened, type Weighed } from './weighed.ts'

export type { Comparing } from './weighed.ts'

/** What one line has come to. */
export interface LineVerdict {
  readonly lineNumber: number
  readonly verdict: SettlementVerdict
  /** It was compared before, in this report or another: nothing was written. */
  readonly repeated: boolean
  /** The reason of the case that it opened. */
  readonly caseReason?: CaseReason
  /** One sentence for a person; absent where it agrees. */
  readonly text?: string
}

export interface Compared {
  /** To be appended, in this order; none when there is nothing new. */
  readonly events: readonly PaymentEvent[]
  readonly lines: readonly LineVerdict[]
}

/**
 * Compares lines of a settlement report with one payment: what agrees is written down as settled, what does not opens
 * a case, and what only the report knows becomes a fact by the same way as any other evidence. Pure, and the same lines
 * again change nothing.
 *
 * @example
 * compareSettlement(payment, readBook(EMPTY_BOOK, events), lines, comparing)
 */
export function compareSettlement(
  payment: Payment,
  book: AccountBook,
  lines: readonly SettlementLine[],
  comparing: Comparing,
): Compared {
  const events: PaymentEvent[] = []
  const verdicts: LineVerdict[] = []
  let now = { payment, book }
  for (const line of lines) {
    const lineId = lineIdOf(comparing.provider, line)
    const before = now.book.settled.find((settled) => settled.lineId === lineId)
    if (before !== undefined) {
      verdicts.push(againOf(line, before.verdict))
      continue
    }
    const weighed = weigh(now.payment, now.book, line, comparing)
    const more = [settledBy(line, lineId, weighed, comparing), ...weighed.events]
    now = { payment: fold(now.payment, more), book: readBook(now.book, more) }
    events.push(...more)
    verdicts.push(verdictOf(line, weighed))
  }
  return { events, lines: verdicts }
}

function weigh(payment: Payment, book: AccountBook, line: SettlementLine, comparing: Comparing): Weighed {
  const about = operationFor(payment, line)
  if (line.kind === 'fee') return { verdict: 'agrees', reference: about.reference, events: [] }
  const candidates = candidatesFor(payment, openItems(payment, book), line)
  const isCurrency = line.currency === payment.currency
  const item = isCurrency ? itemFor(candidates, line.amountMinor) : undefined
  if (item !== undefined) return matched(payment, line, item, comparing)
  // What was settled before comes before what is open and has another amount.
  if (book.settled.some((settled) => isTwin(payment, settled, line, about))) {
    const text = `${inWords(line)} stands in the reports once more than it happened here`
    return { verdict: 'twice', reference: about.reference, text, ...opened(about, text, line, comparing) }
  }
  const other = nearestOf(candidates, line.amountMinor)
  if (other !== undefined || !isCurrency) return differing(payment, line, about, other, comparing)
  return newsOf(payment, about, line, comparing)
}

function matched(payment: Payment, line: SettlementLine, item: OpenItem, comparing: Comparing): Weighed {
  const { reference, inDoubt } = item
  if (!inDoubt) return { verdict: 'agrees', reference, events: [] }
  const text = `${inWords(line)}, which was in doubt here: it is asked about now`
  const asked = askNow(payment, reference, line, comparing)
  return { verdict: 'learned', reference, text, events: asked }
}

function differing(
  payment: Payment,
  line: SettlementLine,
  about: Operation,
  item: OpenItem | undefined,
  comparing: Comparing,
): Weighed {
  const ours = item?.leftMinor ?? item?.amountMinor ?? about.amountMinor
  const here = `${formatMoney({ amountMinor: ours, currency: payment.currency })} ${payment.currency}`
  const text = `${inWords(line)}, and here it is ${here}`
  const subject = (item && operationOf(payment, item.reference)) ?? about
  return { verdict: 'differs', reference: subject.reference, text, ...opened(subject, text, line, comparing) }
}

/** The operation that a line is about where nothing more is known: the one that it names, else the charge. */
function operationFor(payment: Payment, { reference, modification }: SettlementLine): Operation {
  const named = modification === undefined ? undefined : operationOf(payment, modification)
  const found = named ?? operationOf(payment, reference)
  if (found === undefined) throw new Error(`payment ${payment.paymentId} has no operation ${reference}`)
  return found
}

/** The same amount of the same kind, of the same modification where the line names one of ours, else of the same charge. */
function isTwin(payment: Payment, settled: SettledLine, line: SettlementLine, about: Operation): boolean {
  const { kind, amountMinor, currency, reference } = settled
  if (kind !== line.kind || amountMinor !== line.amountMinor || currency !== line.currency) return false
  if (about.reference === line.modification) return reference === about.reference
  const other = operationOf(payment, reference)
  return other !== undefined && (other.target ?? other.reference) === (about.target ?? about.reference)
}

function settledBy(
  line: SettlementLine,
  lineId: string,
  { reference, verdict }: Weighed,
  { report, nowMs }: Comparing,
): PaymentEvent {
  const { kind, amountMinor, feeMinor, currency, atMs, lineNumber } = line
  const booked = { amountMinor, feeMinor, currency, bookedAtMs: atMs }
  return { type: 'settled', lineId, kind, reference, ...booked, report, lineNumber, verdict, atMs: nowMs }
}

function verdictOf({ lineNumber }: SettlementLine, { verdict, text, events }: Weighed): LineVerdict {
  const opens = events.find((event) => event.type === 'case-opened')
  return {
    lineNumber,
    verdict,
    repeated: false,
    ...(opens === undefined ? {} : { caseReason: opens.reason }),
    ...(text === undefined ? {} : { text }),
  }
}

function againOf(line: SettlementLine, verdict: SettlementVerdict): LineVerdict {
  const isQuiet = verdict === 'agrees' || verdict === 'learned'
  const text = `${inWords(line)}: it was compared before, and its case says what is wrong`
  return { lineNumber: line.lineNumber, verdict, repeated: true, ...(isQuiet ? {} : { text }) }
}
