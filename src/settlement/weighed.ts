import { formatMoney } from '../money/money.ts'
import type { CaseReason, Evidence, PaymentEvent, SettlementVerdict } from '../payment/events.ts'
import { type Operation, operationOf, type Payment } from '../payment/state.ts'
import type { SettlementLine } from './line.ts'

/** What a comparison is handed beside the payment: whose report it is, the time, and fresh ids for cases. */
export interface Comparing {
  /** Such as 'worldpay'. */
  readonly provider: string
  /** The name of the report. */
  readonly report: string
  readonly nowMs: number
  readonly freshId: () => string
  /** Takes card numbers out of what the provider calls things: its numbers can look like one. */
  readonly scrub: (text: string) => string
}

/** What a line is about, and what follows from it. */
export interface Weighed {
  readonly verdict: SettlementVerdict
  readonly reference: string
  readonly text?: string
  readonly events: readonly PaymentEvent[]
}

/** A case for a person. It is about one line, which is weighed once: nothing else can have opened it. */
export function opened(
  about: Operation,
  text: string,
  line: SettlementLine,
  comparing: Comparing,
  reason: CaseReason = 'settlement-differs',
): { readonly events: readonly PaymentEvent[] } {
  const where = `line ${line.lineNumber} of ${comparing.report}`
  const event: PaymentEvent = {
    type: 'case-opened',
    caseId: comparing.freshId(),
    reason,
    reference: about.reference,
    text: `${where}: ${text}`,
    atMs: comparing.nowMs,
  }
  return { events: [event] }
}

/** The report as evidence. */
export function evidenceOf(line: SettlementLine, comparing: Comparing): Evidence {
  const { pspReference } = line
  return {
    source: 'report',
    atMs: comparing.nowMs,
    code: line.kind,
    text: `line ${line.lineNumber} of ${comparing.report}: ${inWords(line)}`,
    ...(pspReference === undefined ? {} : { pspReference: comparing.scrub(pspReference) }),
  }
}

/** The report is no answer to our question: what it says of an operation that ended otherwise, an inquiry has to confirm. */
export function askNow(
  payment: Payment,
  reference: string,
  line: SettlementLine,
  comparing: Comparing,
): readonly PaymentEvent[] {
  const operation = operationOf(payment, reference)
  const isBeingSent = operation?.state === 'intended' && operation.inDoubtSinceMs === undefined
  if (operation === undefined || isBeingSent || operation.frozenBy !== undefined) return []
  const evidence = evidenceOf(line, comparing)
  return [{ type: 'evidence-kept', reference, evidence, nextTryAtMs: comparing.nowMs }]
}

/** `captured 19.99 GBP on 2026-01-31`. */
export function inWords({ kind, amountMinor, currency, atMs }: SettlementLine): string {
  const day = new Date(atMs).toISOString().slice(0, 10)
  return `${kind} ${formatMoney({ amountMinor, currency })} ${currency} on ${day}`
}
