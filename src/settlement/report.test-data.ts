import assert from 'node:assert/strict'
import { finding, START_MS, Story } from '../payment/story.test-data.ts'
import { EMPTY_BOOK, readBook } from './account-book.ts'
import { type Compared, compareSettlement } from './compare.ts'
import type { SettlementKind, SettlementLine } from './line.ts'
import { type Missing, missingFrom } from './missing.ts'

export const DAY_MS = 86_400_000

let lineNumber = 1

/** A line of a report about the charge of a story. */
export function line(
  kind: SettlementKind,
  amountMinor: bigint,
  more: Partial<SettlementLine> = {},
): SettlementLine {
  lineNumber++
  const money = { amountMinor, feeMinor: 0n, currency: 'GBP' }
  return { lineNumber, reference: 'r1', kind, ...money, atMs: START_MS + DAY_MS, occurrence: 1, ...more }
}

/** A story whose charge was approved; a sale is taken on with it. */
export function approved(kind: 'sale' | 'authorize' = 'sale'): Story {
  const story = new Story(kind)
  story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
  return story
}

/** A modification that is done; its reference. */
export function done(story: Story, kind: 'capture' | 'refund' | 'void', amountMinor?: bigint): string {
  const intended = story.intend(kind, amountMinor)
  assert.ok('reference' in intended, `${kind} was refused`)
  story.conclude(intended.reference, finding('done', 'notification', story.nowMs))
  return intended.reference
}

let ids = 0

/** Compares, and lets the story go on with what follows. */
export function compared(story: Story, ...lines: readonly SettlementLine[]): Compared {
  const comparing = {
    provider: 'worldpay',
    report: 'january.csv',
    nowMs: story.nowMs,
    freshId: () => `case-${++ids}`,
    scrub: (text: string) => text,
  }
  const book = readBook(EMPTY_BOOK, story.events)
  const comparedLines = compareSettlement(story.payment, book, lines, comparing)
  story.tell(comparedLines.events)
  return comparedLines
}

/** `agrees`, or `differs: settlement-differs` for each line. */
export function words({ lines }: Compared): readonly string[] {
  return lines.map(({ verdict, caseReason }) =>
    caseReason === undefined ? verdict : `${verdict}: ${caseReason}`,
  )
}

/** What is missing once so much time has passed. */
export function missing(story: Story, daysLater = 10): readonly Missing[] {
  const nowMs = story.nowMs + daysLater * DAY_MS
  const book = readBook(EMPTY_BOOK, story.events)
  const closing = { beforeMs: nowMs - 4 * DAY_MS, nowMs, freshId: () => `case-${++ids}` }
  const found = missingFrom(story.payment, book, closing)
  story.tell(found.flatMap(({ event }) => (event === undefined ? [] : [event])))
  return found
}
