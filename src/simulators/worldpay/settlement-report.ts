import { strikeReport } from './faults.ts'
import { type LedgerEntry, type LedgerOrder, ledger } from './ledger.ts'
import type { WorldpayState } from './state.ts'

/** Which bookings a report has: from `fromMs` to before `untilMs`. */
export interface ReportPeriod {
  readonly fromMs: number
  readonly untilMs: number
}

/** A longer report is refused: a shorter period has fewer lines. */
export const REPORT_LINES_MAX = 400_000

/** What of the books is money that is paid out, or taken off what is paid out. */
const EVENTS: Readonly<
  Partial<Record<LedgerEntry['kind'], { readonly word: string; readonly sign: 1n | -1n }>>
> = {
  captured: { word: 'CAPTURED', sign: 1n },
  'capture-undone': { word: 'CAPTURE_REVERSED', sign: -1n },
  refunded: { word: 'REFUNDED', sign: -1n },
  'charged-back': { word: 'CHARGED_BACK', sign: -1n },
  'chargeback-reversed': { word: 'CHARGEBACK_REVERSED', sign: 1n },
}

const COLUMNS = [
  'Order Code',
  'Reference',
  'Event',
  'Event Date',
  'Currency',
  'Amount',
  'Commission',
  'Net Amount',
  'Transaction Id',
]

/** A line as it stands in the report. */
interface Row {
  /** Names the booking for ever. */
  readonly key: string
  readonly orderCode: string
  readonly reference: string
  readonly word: string
  readonly sign: 1n | -1n
  readonly atMs: number
  readonly currency: string
  readonly exponent: number
  readonly amountMinor: bigint
  readonly feeMinor: bigint
  readonly transactionId: string
}

/**
 * The settlement report of a period as CSV: what was captured, refunded and charged back, each with its commission. The
 * same period again has the same lines, and then what was late; faults strike lines that were in no report before.
 * Undefined when it would be too long.
 *
 * @example
 * settlementReport(state, { fromMs: 0, untilMs: nowMs }, nowMs) // 'Order Code,Reference,Event,...\r\n'
 */
export function settlementReport(
  state: WorldpayState,
  period: ReportPeriod,
  nowMs: number,
): string | undefined {
  const { reports } = state
  const late = new Set(reports.late)
  const rows = ledger(state, nowMs)
    .orders.flatMap((order) => rowsOf(order))
    .filter(({ key, atMs }) => late.has(key) || (atMs >= period.fromMs && atMs < period.untilMs))
    .toSorted((one, other) => one.atMs - other.atMs)
  if (rows.length > REPORT_LINES_MAX) return undefined
  reports.late = []
  const lines = rows.flatMap((row) => linesOf(state, row, late.has(row.key)))
  return [COLUMNS, ...lines].map((fields) => `${fields.map(quoted).join(',')}\r\n`).join('')
}

function rowsOf({ orderCode, exponent, entries }: LedgerOrder): readonly Row[] {
  return entries.flatMap((entry, index): readonly Row[] => {
    const event = EVENTS[entry.kind]
    if (event === undefined) return []
    const { amountMinor, currency, atMs, execution, reference = '' } = entry
    const feeMinor = commissionOf(entry, exponent)
    const money = { amountMinor, feeMinor, currency, exponent }
    const transactionId = `T${execution}-${index + 1}`
    return [
      { key: `${orderCode}/${transactionId}`, orderCode, reference, atMs, transactionId, ...event, ...money },
    ]
  })
}

/** 1.5 % of what is captured, and 15 for each chargeback, as an acquirer takes it. */
function commissionOf({ kind, amountMinor }: LedgerEntry, exponent: number): bigint {
  if (kind === 'captured') return (amountMinor * 15n + 500n) / 1000n
  return kind === 'charged-back' ? 15n * 10n ** BigInt(exponent) : 0n
}

/** What a fault has made of a line when it was met first, it stays. */
function linesOf(state: WorldpayState, row: Row, wasLate: boolean): readonly (readonly string[])[] {
  const { told } = state.reports
  const became = wasLate ? 'as-it-is' : (told[row.key] ?? strikeReport(state)?.kind ?? 'as-it-is')
  told[row.key] = became
  switch (became) {
    case 'report-line-missing':
      return []
    case 'report-line-late':
      state.reports.late.push(row.key)
      return []
    case 'report-line-twice':
      return [fieldsOf(row), fieldsOf(row)]
    case 'report-amount-wrong':
      return [fieldsOf({ ...row, amountMinor: row.amountMinor + 1n })]
    case 'report-line-foreign':
      return [fieldsOf(row), fieldsOf({ ...row, orderCode: `NOBODYS-${row.transactionId}`, reference: '' })]
    default:
      return [fieldsOf(row)]
  }
}

function fieldsOf(row: Row): readonly string[] {
  const amountMinor = row.sign * row.amountMinor
  return [
    row.orderCode,
    row.reference,
    row.word,
    new Date(row.atMs).toISOString(),
    row.currency,
    inMajor(amountMinor, row.exponent),
    inMajor(row.feeMinor, row.exponent),
    inMajor(amountMinor - row.feeMinor, row.exponent),
    row.transactionId,
  ]
}

function inMajor(amountMinor: bigint, exponent: number): string {
  const sign = amountMinor < 0n ? '-' : ''
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(exponent + 1, '0')
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
