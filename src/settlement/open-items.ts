import type { Payment } from '../payment/state.ts'
import type { AccountBook, SettledLine } from './account-book.ts'
import { type Expected, expectedOf } from './expected.ts'
import type { SettlementLine } from './line.ts'

/** Something expected, with what of it is in no report yet. */
export interface OpenItem extends Expected {
  /** Minor units; undefined is any amount. */
  readonly leftMinor: bigint | undefined
}

/** What is expected of a payment and was settled by none of its lines so far. */
export function openItems(payment: Payment, book: AccountBook): readonly OpenItem[] {
  let open: readonly OpenItem[] = expectedOf(payment, book).map((item) => ({
    ...item,
    leftMinor: item.amountMinor,
  }))
  for (const line of book.settled) open = without(open, line)
  return open
}

/** A line takes away what it was found to be about, whatever its amount was: that difference has its own case. */
function without(open: readonly OpenItem[], line: SettledLine): readonly OpenItem[] {
  const about = open.filter(({ kind, reference }) => kind === line.kind && reference === line.reference)
  const item = about.find(({ leftMinor }) => leftMinor === line.amountMinor) ?? about[0]
  if (item === undefined) return open
  const { lines, leftMinor } = item
  if (lines === 'one' || leftMinor === undefined || leftMinor <= line.amountMinor) {
    return open.filter((other) => other !== item)
  }
  const left = { ...item, leftMinor: leftMinor - line.amountMinor }
  return open.map((other) => (other === item ? left : other))
}

/** The item that a line is about by its amount: what must come before what may, and what fits exactly before the rest. */
export function itemFor(candidates: readonly OpenItem[], amountMinor: bigint): OpenItem | undefined {
  const exact = candidates.filter(({ leftMinor }) => leftMinor === amountMinor)
  return (
    exact.find(({ certainty }) => certainty === 'must') ??
    exact[0] ??
    candidates.find(
      ({ lines, leftMinor }) => lines === 'several' && leftMinor !== undefined && leftMinor > amountMinor,
    ) ??
    candidates.find(({ leftMinor }) => leftMinor === undefined)
  )
}

/** The items of a line's kind; where it names a modification of ours, of that alone. */
export function candidatesFor(
  payment: Payment,
  open: readonly OpenItem[],
  { kind, modification }: SettlementLine,
): readonly OpenItem[] {
  const ofKind = open.filter((item) => item.kind === kind)
  const isOurs = payment.operations.some(({ reference }) => reference === modification)
  return isOurs ? ofKind.filter(({ reference }) => reference === modification) : ofKind
}

/** The item that a line of another amount is most likely about. */
export function nearestOf(candidates: readonly OpenItem[], amountMinor: bigint): OpenItem | undefined {
  const apart = ({ leftMinor = amountMinor }: OpenItem): bigint =>
    leftMinor > amountMinor ? leftMinor - amountMinor : amountMinor - leftMinor
  return candidates.toSorted((one, other) => Number(apart(one) - apart(other)))[0]
}
