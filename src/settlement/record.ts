import { isCurrency } from '../money/currency.ts'
import { formatMoney } from '../money/money.ts'
import type { ColumnMapping, ReportColumns } from './columns.ts'
import { isRead, minorFrom, timeFrom } from './fields.ts'
import type { SettlementKind, SettlementLine } from './line.ts'

/** One line of a report, once it was read. */
export type ReadLine =
  | { readonly kind: 'line'; readonly line: SettlementLine }
  /** A line about no money, as the mapping says. */
  | { readonly kind: 'ignored'; readonly lineNumber: number }
  | BadLine

/** A line that cannot be read: which, in which column, and what is expected there. All others are read. */
export interface BadLine {
  readonly kind: 'bad'
  readonly lineNumber: number
  /** Empty where the line as a whole is wrong. */
  readonly column: string
  readonly text: string
}

const REFERENCE = /^[\x21-\x7e]{1,64}$/
const PSP_REFERENCE_CHARACTERS_MAX = 100

/** Which way the money of each kind goes: what the sign of a signed report must say. */
const SIGN: Readonly<Record<SettlementKind, 1n | -1n | 0n>> = {
  captured: 1n,
  'capture-reversed': -1n,
  refunded: -1n,
  'refund-reversed': 1n,
  'charged-back': -1n,
  'chargeback-reversed': 1n,
  fee: 0n,
}

/** Puts one record of a report, by the names of its columns, into our words. Pure. */
export function lineFrom(
  record: Readonly<Record<string, string | undefined>>,
  lineNumber: number,
  mapping: ColumnMapping,
): ReadLine {
  const { columns, kinds } = mapping
  const field = (name: keyof ReportColumns): string => (record[columns[name] ?? ''] ?? '').trim()
  const bad = (name: keyof ReportColumns, expected: string): BadLine => {
    const given = field(name).slice(0, 60)
    const found = given === '' ? 'it is empty' : `it is '${given}'`
    return {
      kind: 'bad',
      lineNumber,
      column: columns[name] ?? name,
      text: `${expected} is expected, and ${found}`,
    }
  }
  const word = field('kind')
  const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined
  if (kind === 'ignore') return { kind: 'ignored', lineNumber }
  if (kind === undefined) return bad('kind', `one of ${Object.keys(kinds).join(', ')}`)
  const currency = field('currency')
  if (!isCurrency(currency)) return bad('currency', 'a currency of ISO 4217')
  const atMs = timeFrom(field('date'), mapping)
  if (!isRead(atMs)) return bad('date', atMs.expected)
  const reference = field('reference')
  if (!(REFERENCE.test(reference) || (kind === 'fee' && reference === ''))) {
    return bad('reference', '1 to 64 printable characters')
  }
  const modification = field('modification')
  if (modification !== '' && !REFERENCE.test(modification)) {
    return bad('modification', '1 to 64 printable characters, or nothing,')
  }
  const amount = field('amount') === '' && kind === 'fee' ? 0n : minorFrom(field('amount'), currency, mapping)
  if (!isRead(amount)) return bad('amount', amount.expected)
  const wrongSign = signProblem(kind, amount, mapping)
  if (wrongSign !== undefined) return bad('amount', wrongSign)
  const fee = field('fee') === '' ? 0n : minorFrom(field('fee'), currency, mapping)
  if (!isRead(fee)) return bad('fee', fee.expected)
  const feeMinor = mapping.feeSigns === 'income' ? -fee : fee
  const amountMinor = amount < 0n ? -amount : amount
  const netMinor = SIGN[kind] * amountMinor - feeMinor
  if (columns.net !== undefined) {
    const net = minorFrom(field('net'), currency, mapping)
    if (!isRead(net)) return bad('net', net.expected)
    if (net !== netMinor) return bad('net', `the amount less the fee, ${signed(netMinor, currency)},`)
  }
  const pspReference = field('pspReference')
    .replaceAll(/\p{Cc}/gu, '?')
    .slice(0, PSP_REFERENCE_CHARACTERS_MAX)
  const line = {
    lineNumber,
    reference,
    ...(modification === '' ? {} : { modification }),
    kind,
    amountMinor,
    feeMinor,
    currency,
    atMs,
    ...(pspReference === '' ? {} : { pspReference }),
    occurrence: 1,
  }
  return { kind: 'line', line }
}

function signProblem(
  kind: SettlementKind,
  amount: bigint,
  { amountSigns }: ColumnMapping,
): string | undefined {
  if (kind === 'fee') return amount === 0n ? undefined : 'nothing or 0 for a fee alone'
  if (amount === 0n) return 'an amount other than 0'
  const sign = amountSigns === 'unsigned' ? 1n : SIGN[kind]
  if (amount > 0n === sign > 0n) return undefined
  return sign > 0n ? `an amount without a minus for '${kind}'` : `an amount with a minus for '${kind}'`
}

function signed(amountMinor: bigint, currency: string): string {
  return amountMinor < 0n
    ? `-${formatMoney({ amountMinor: -amountMinor, currency })}`
    : formatMoney({ amountMinor, currency })
}
