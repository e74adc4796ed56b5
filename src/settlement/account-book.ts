import type { FactName, PaymentEvent, SettlementKind, SettlementVerdict } from '../payment/events.ts'

/** A fact as it was recorded, with what a comparison needs of it. */
export interface RecordedFact {
  readonly fact: FactName
  readonly reference: string
  readonly amountMinor: bigint
  readonly atMs: number
}

/** A line that was compared before. */
export interface SettledLine {
  readonly lineId: string
  readonly kind: SettlementKind
  readonly reference: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly bookedAtMs: number
  readonly verdict: SettlementVerdict
}

/** What of a payment's events its state does not keep: the facts with their amounts, and the lines settled so far. */
export interface AccountBook {
  readonly facts: readonly RecordedFact[]
  readonly settled: readonly SettledLine[]
}

export const EMPTY_BOOK: AccountBook = { facts: [], settled: [] }

/** The book after these events. It reads payments of any version: what an older one has not written is not there. */
export function readBook(book: AccountBook, events: readonly PaymentEvent[]): AccountBook {
  const facts = [...book.facts]
  const settled = [...book.settled]
  for (const event of events) {
    if (event.type === 'fact-recorded') {
      const { fact, reference, amountMinor, evidence } = event
      facts.push({ fact, reference, amountMinor, atMs: evidence.atMs })
    } else if (event.type === 'settled') {
      settled.push(event)
    }
  }
  return { facts, settled }
}
