import type { SettlementKind } from '../payment/events.ts'
import { isEnd } from '../payment/operation-states.ts'
import { isCharge, type Operation, type Payment } from '../payment/state.ts'
import type { AccountBook, RecordedFact } from './account-book.ts'

/** Something that a report has, or may have, a line of. */
export interface Expected {
  readonly kind: SettlementKind
  readonly reference: string
  /** Minor units; undefined is any amount. */
  readonly amountMinor: bigint | undefined
  /** `must`: it is in a report sooner or later. `may`: only the provider knows. */
  readonly certainty: 'must' | 'may'
  /** One line of this amount, or several that add up to it: what we heard of as a sum. */
  readonly lines: 'one' | 'several'
  /** Nobody here knows yet whether it happened: a line of it is evidence to ask about. */
  readonly inDoubt: boolean
  readonly sinceMs: number
}

/**
 * What the reports must and may have of a payment, by its operations and facts. Where something failed or was undone
 * after it had begun, only the provider knows whether it was paid out first and taken off again: such lines may come,
 * and `isUneven` says that in the end they have to cancel each other out.
 */
export function expectedOf(payment: Payment, { facts }: AccountBook): readonly Expected[] {
  const uneven = isUneven(payment, facts)
  const items = payment.operations.flatMap((operation) => ofOperation(payment, operation, uneven))
  return [...items, ...facts.flatMap((fact) => ofFact(fact))]
}

/** Something of it was undone, so that a capture or a refund that we know of may be in no report, or with its opposite. */
export function isUneven({ operations }: Payment, facts: readonly RecordedFact[]): boolean {
  return facts.some(({ fact }) => UNDOING.has(fact)) || operations.some((operation) => undoes(operation))
}

const UNDOING: ReadonlySet<string> = new Set([
  'capture-failed',
  'refund-failed',
  'expired',
  'voided-elsewhere',
])

/** A reversal that was sent may have found its target captured, and have given it back. */
function undoes({ kind, state }: Operation): boolean {
  return kind === 'reversal' && state !== 'not-sent' && state !== 'invalid' && state !== 'failed'
}

function ofOperation(payment: Payment, operation: Operation, uneven: boolean): readonly Expected[] {
  if (isCharge(operation)) return ofCharge(payment, operation, uneven)
  const { kind, state, reference, amountMinor, movedAtMs } = operation
  if (kind === 'void') return []
  if (kind === 'reversal') {
    return undoes(operation) ? [expected('refunded', reference, undefined, 'may', movedAtMs)] : []
  }
  const became = kind === 'capture' ? 'captured' : 'refunded'
  if (state === 'accepted' || state === 'done') {
    return [expected(became, reference, amountMinor, uneven ? 'may' : 'must', movedAtMs)]
  }
  if (isEnd(state)) return []
  return [{ ...expected(became, reference, amountMinor, 'may', movedAtMs), inDoubt: true }]
}

/** Money is taken with a sale. An authorization is no line in a report: its captures are. */
function ofCharge(payment: Payment, charge: Operation, uneven: boolean): readonly Expected[] {
  if (charge.kind !== 'sale') return []
  const { reference, amountMinor, movedAtMs, state } = charge
  if (state === 'approved') {
    return [expected('captured', reference, amountMinor, uneven ? 'may' : 'must', movedAtMs)]
  }
  if (state === 'mismatch') return [expected('captured', reference, undefined, 'may', movedAtMs)]
  if (!isEnd(state))
    return [{ ...expected('captured', reference, amountMinor, 'may', movedAtMs), inDoubt: true }]
  const reversed = payment.operations.some((other) => undoes(other) && other.target === reference)
  return reversed ? [expected('captured', reference, amountMinor, 'may', movedAtMs)] : []
}

function ofFact({ fact, reference, amountMinor, atMs }: RecordedFact): readonly Expected[] {
  switch (fact) {
    case 'captured-elsewhere':
      return [{ ...expected('captured', reference, amountMinor, 'must', atMs), lines: 'several' }]
    case 'refunded-elsewhere':
      return [{ ...expected('refunded', reference, amountMinor, 'must', atMs), lines: 'several' }]
    case 'charged-back':
    case 'chargeback-reversed':
      return [expected(fact, reference, amountMinor, 'must', atMs)]
    case 'capture-failed':
      return [{ ...expected('capture-reversed', reference, amountMinor, 'may', atMs), lines: 'several' }]
    case 'refund-failed':
      return [{ ...expected('refund-reversed', reference, amountMinor, 'may', atMs), lines: 'several' }]
    case 'voided-elsewhere':
      return [expected('refunded', reference, undefined, 'may', atMs)]
    case 'captured':
    case 'expired':
    case 'approved-late':
    case 'contradicted':
      return []
    default:
      return fact satisfies never
  }
}

function expected(
  kind: SettlementKind,
  reference: string,
  amountMinor: bigint | undefined,
  certainty: Expected['certainty'],
  sinceMs: number,
): Expected {
  return { kind, reference, amountMinor, certainty, lines: 'one', inDoubt: false, sinceMs }
}
