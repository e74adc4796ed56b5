import type { PaymentEvent, SettlementKind } from '../payment/events.ts'
import { evolve } from '../payment/evolve.ts'
import type { Payment } from '../payment/state.ts'

/**
 * Where money stands. A debit is above zero, a credit below: `receivable` is what the provider owes the shop and has
 * not paid out, `bank` what it has paid out. `suspense` is paid out for what nobody here knows.
 */
export type LedgerAccount = 'sales' | 'refunds' | 'disputes' | 'fees' | 'receivable' | 'bank' | 'suspense'

export const ledgerAccounts: readonly LedgerAccount[] = [
  'sales',
  'refunds',
  'disputes',
  'fees',
  'receivable',
  'bank',
  'suspense',
]

export interface LedgerEntry {
  readonly account: LedgerAccount
  /** A debit above zero, a credit below, in minor units. */
  readonly amountMinor: bigint
}

/** One thing that happened to money. Its entries sum to zero. */
export interface LedgerRecord {
  /** Of what is written down here, when that was; of a settled line, when it was booked by the provider's word. */
  readonly atMs: number
  /** What happened: the kind of a settled line, or `taken`, `given-back` or `disputed` by our own books. */
  readonly what: SettlementKind | 'taken' | 'given-back' | 'disputed'
  /** Whose word it is: what was written down here, or a settlement report. */
  readonly source: 'journal' | 'report'
  readonly currency: string
  readonly entries: readonly LedgerEntry[]
}

/** The sum of one account in one currency. */
export interface LedgerTotal {
  readonly account: LedgerAccount
  readonly currency: string
  readonly amountMinor: bigint
}

/** The double entry of one payment: a fold over its events. */
export interface PaymentLedger {
  readonly paymentId: string
  readonly records: readonly LedgerRecord[]
  /** Over all records; accounts that nothing has touched are left out. All of one currency sum to zero. */
  readonly totals: readonly LedgerTotal[]
}

/** Some of the events of a payment, and when they were written. */
export interface TimedEvents {
  readonly atMs: number
  readonly events: readonly PaymentEvent[]
}

/**
 * The ledger of a payment. What its balances take, give back and lose to the payer's bank moves `receivable` against
 * `sales`, `refunds` and `disputes`; each settled line moves it against `bank` and `fees`. So `receivable` is zero when
 * the provider has paid out what is due, no more and no less.
 *
 * @throws RangeError without an event.
 * @example
 * ledgerOf(await cf.history(paymentId)).totals // [{ account: 'sales', currency: 'GBP', amountMinor: -1999n }, ...]
 */
export function ledgerOf(history: readonly TimedEvents[]): PaymentLedger {
  const records: LedgerRecord[] = []
  let payment: Payment | undefined
  for (const { atMs, events } of history) {
    for (const event of events) {
      const before: Payment | undefined = payment
      payment = evolve(before, event)
      if (event.type === 'settled') {
        const { kind, currency, bookedAtMs, amountMinor, feeMinor } = event
        const money = { kind, currency, atMs: bookedAtMs, amountMinor, feeMinor }
        const record = settledRecord(money, 'receivable')
        if (record.entries.length > 0) records.push(record)
      }
      if (before !== undefined) records.push(...movedBetween(before, payment, atMs))
    }
  }
  if (payment === undefined) throw new RangeError('there is no payment without events')
  return { paymentId: payment.paymentId, records, totals: ledgerTotals(records) }
}

/** What one event has moved in our own books. */
function movedBetween(before: Payment, after: Payment, atMs: number): readonly LedgerRecord[] {
  if (before.balances === after.balances) return []
  const was = before.balances
  const is = after.balances
  const takenMinor = is.capturedMinor + is.capturingMinor - was.capturedMinor - was.capturingMinor
  const backMinor = is.refundedMinor + is.refundingMinor - was.refundedMinor - was.refundingMinor
  const lostMinor = is.chargedBackMinor - was.chargedBackMinor
  const moved = (
    what: LedgerRecord['what'],
    account: LedgerAccount,
    dueMinor: bigint,
  ): readonly LedgerRecord[] => {
    if (dueMinor === 0n) return []
    const entries = [entry('receivable', dueMinor), entry(account, -dueMinor)]
    return [{ atMs, what, source: 'journal', currency: after.currency, entries }]
  }
  return [
    ...moved('taken', 'sales', takenMinor),
    ...moved('given-back', 'refunds', -backMinor),
    ...moved('disputed', 'disputes', -lostMinor),
  ]
}

/** What of a settled line its record is made of. */
export interface SettledMoney {
  readonly kind: SettlementKind
  readonly amountMinor: bigint
  readonly feeMinor: bigint
  readonly currency: string
  readonly atMs: number
}

/** The record of a line: paid out less its fee, against what was due, or against `suspense` where nobody knows of it. */
export function settledRecord(line: SettledMoney, against: 'receivable' | 'suspense'): LedgerRecord {
  const paidMinor = PAYS[line.kind] * line.amountMinor
  const entries = [
    entry('bank', paidMinor - line.feeMinor),
    entry('fees', line.feeMinor),
    entry(against, -paidMinor),
  ]
  const { atMs, kind, currency } = line
  return {
    atMs,
    what: kind,
    source: 'report',
    currency,
    entries: entries.filter((one) => one.amountMinor !== 0n),
  }
}

/** Which way the money of a line goes: 1 to the shop, -1 from it. */
const PAYS: Readonly<Record<SettlementKind, bigint>> = {
  captured: 1n,
  'capture-reversed': -1n,
  refunded: -1n,
  'refund-reversed': 1n,
  'charged-back': -1n,
  'chargeback-reversed': 1n,
  fee: 0n,
}

function entry(account: LedgerAccount, amountMinor: bigint): LedgerEntry {
  return { account, amountMinor }
}

/**
 * Sums records by account and currency, within a period where one is given: from `fromMs` to before `untilMs`.
 *
 * @example
 * ledgerTotals(records, { fromMs: Date.UTC(2026, 0, 1), untilMs: Date.UTC(2026, 1, 1) })
 */
export function ledgerTotals(
  records: readonly LedgerRecord[],
  period: { readonly fromMs?: number; readonly untilMs?: number } = {},
): readonly LedgerTotal[] {
  const { fromMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = period
  const totals = records
    .filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)
    .flatMap(({ currency, entries }) => entries.map((one) => ({ ...one, currency })))
  return addTotals([], totals)
}

/** Adds sums to sums, in the order of currencies and accounts. What comes to zero stays: it was touched. */
export function addTotals(
  sums: readonly LedgerTotal[],
  more: readonly LedgerTotal[],
): readonly LedgerTotal[] {
  const byName = new Map<string, LedgerTotal>()
  for (const total of [...sums, ...more]) {
    const name = `${total.currency} ${ledgerAccounts.indexOf(total.account)}`
    const sofarMinor = byName.get(name)?.amountMinor ?? 0n
    const { account, currency } = total
    byName.set(name, { account, currency, amountMinor: sofarMinor + total.amountMinor })
  }
  return [...byName].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, total]) => total)
}
