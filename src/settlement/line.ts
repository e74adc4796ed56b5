import { createHash } from 'node:crypto'
import type { SettlementKind } from '../payment/events.ts'

export type { SettlementKind, SettlementVerdict } from '../payment/events.ts'

/** One line of a provider's settlement report, in our words. */
export interface SettlementLine {
  /** Where it stands in the report: 1 is the first line of the file. */
  readonly lineNumber: number
  /** Our reference of the charge, or of a modification of it. Empty on a fee that is about no payment. */
  readonly reference: string
  /** Our reference of the modification, where the report has a column for it. */
  readonly modification?: string
  readonly kind: SettlementKind
  /** Minor units by ISO 4217, never below zero: the kind says which way the money went. 0 on a fee alone. */
  readonly amountMinor: bigint
  /** What the provider keeps, in minor units; below zero where it gives something back. */
  readonly feeMinor: bigint
  readonly currency: string
  /** When it happened by the provider's word, in milliseconds since 1970. */
  readonly atMs: number
  /** The provider's own number of it. */
  readonly pspReference?: string
  /** Which of the lines with this very content within one report it is: 1 for all that differ. */
  readonly occurrence: number
}

/** So many lines are compared with one request at most. */
export const SETTLEMENT_LINES_MAX = 500

/** All kinds, in the order in which a payment can meet them. */
export const settlementKinds: readonly SettlementKind[] = [
  'captured',
  'capture-reversed',
  'refunded',
  'refund-reversed',
  'charged-back',
  'chargeback-reversed',
  'fee',
]

/**
 * Names a line by its content and not by where it stands, so that the same line in an overlapping report is known for
 * the same. Two lines of one report with the very same content are told apart by `occurrence`.
 *
 * @example
 * lineIdOf('worldpay', line) // 'f1b0...', 32 characters
 */
export function lineIdOf(provider: string, line: SettlementLine): string {
  const content = [
    provider,
    line.reference,
    line.modification ?? '',
    line.kind,
    line.amountMinor.toString(),
    line.feeMinor.toString(),
    line.currency,
    line.atMs,
    line.pspReference ?? '',
    line.occurrence,
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)
}
