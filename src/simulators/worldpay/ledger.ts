import { type Booking, isUndecided, standingOf } from './standing.ts'
import type { SimulatedOrder, WorldpayState } from './state.ts'

/** One thing that really happened, with the execution (1, 2, ...) of the order that it belongs to. */
export interface LedgerEntry extends Booking {
  readonly execution: number
  readonly currency: string
}

/** The truth about one order code. Amounts in minor units, summed over its executions. */
export interface LedgerOrder {
  readonly orderCode: string
  readonly merchantCode: string
  readonly currency: string
  readonly exponent: number
  /**
   * How many times an order with this code was executed, refused ones included. More than 1 only without dedup, or
   * when the payer tried again on the hosted page.
   */
  readonly executions: number
  /** How many of them hold money now. */
  readonly liveExecutions: number
  readonly authorisedMinor: bigint
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  readonly cancelledMinor: bigint
  /** Authorizations that nobody captured in time. */
  readonly expiredMinor: bigint
  /** Taken back by the payer's bank, less what was won again. */
  readonly chargedBackMinor: bigint
  /** Authorized or captured, and neither cancelled, expired, refunded nor charged back. */
  readonly liveMinor: bigint
  /** Modifications, the automatic capture included, that are received and not yet in effect. */
  readonly pending: number
  /** What the inquiry would say, when it does not lag. */
  readonly lastEvent: string
  readonly maskedCard: string
  readonly entries: readonly LedgerEntry[]
}

export interface LedgerTotals {
  readonly orders: number
  readonly executions: number
  readonly liveExecutions: number
  /** By currency, in minor units. */
  readonly byCurrency: Readonly<Record<string, CurrencyTotals>>
}

export interface CurrencyTotals {
  authorisedMinor: bigint
  capturedMinor: bigint
  refundedMinor: bigint
  cancelledMinor: bigint
  expiredMinor: bigint
  chargedBackMinor: bigint
  liveMinor: bigint
}

export interface Ledger {
  readonly merchantCode: string
  readonly atMs: number
  readonly orders: readonly LedgerOrder[]
  readonly totals: LedgerTotals
}

/**
 * What was REALLY authorized, captured, cancelled and refunded at `nowMs`: the truth that tests compare with.
 *
 * @example
 * ledger(state, nowMs).totals.byCurrency['GBP']?.liveMinor // 1999n
 */
export function ledger(state: WorldpayState, nowMs: number): Ledger {
  const orders: LedgerOrder[] = []
  for (const orderCode in state.orders) {
    const order = state.orders[orderCode]
    if (order !== undefined) orders.push(ledgerOrder(order, nowMs))
  }
  return { merchantCode: state.options.merchantCode, atMs: nowMs, orders, totals: totalsOf(orders) }
}

/** The same for one order code; undefined when nothing was ever executed under it. */
export function ledgerOf(state: WorldpayState, orderCode: string, nowMs: number): LedgerOrder | undefined {
  const order = state.orders[orderCode]
  return order === undefined ? undefined : ledgerOrder(order, nowMs)
}

function ledgerOrder(order: SimulatedOrder, nowMs: number): LedgerOrder {
  const sums: CurrencyTotals = emptyTotals()
  const entries: LedgerEntry[] = []
  let liveExecutions = 0
  let pending = 0
  let lastEvent = ''
  order.charges.forEach((charge, index) => {
    const standing = standingOf(charge, nowMs)
    const keptMinor = standing.capturedMinor - standing.refundedMinor - standing.chargedBackMinor
    const liveMinor = standing.authorisedMinor + keptMinor
    if (liveMinor > 0n) liveExecutions++
    if (charge.outcome === 'AUTHORISED' && !isUndecided(charge, nowMs)) {
      sums.authorisedMinor += BigInt(charge.amountMinor)
    }
    sums.capturedMinor += standing.capturedMinor
    sums.refundedMinor += standing.refundedMinor
    sums.cancelledMinor += standing.cancelledMinor
    sums.expiredMinor += standing.expiredMinor
    sums.chargedBackMinor += standing.chargedBackMinor
    sums.liveMinor += liveMinor
    pending += standing.pending
    lastEvent = standing.lastEvent
    for (const booking of standing.bookings) {
      entries.push({ execution: index + 1, currency: charge.currency, ...booking })
    }
  })
  const last = order.charges.at(-1)
  return {
    orderCode: order.orderCode,
    merchantCode: order.merchantCode,
    currency: last?.currency ?? '',
    exponent: last?.exponent ?? 0,
    executions: order.charges.length,
    liveExecutions,
    ...sums,
    pending,
    lastEvent,
    maskedCard: last?.maskedCard ?? '',
    entries,
  }
}

function totalsOf(orders: readonly LedgerOrder[]): LedgerTotals {
  const byCurrency: Record<string, CurrencyTotals> = {}
  let executions = 0
  let liveExecutions = 0
  for (const order of orders) {
    executions += order.executions
    liveExecutions += order.liveExecutions
    const totals = (byCurrency[order.currency] ??= emptyTotals())
    totals.authorisedMinor += order.authorisedMinor
    totals.capturedMinor += order.capturedMinor
    totals.refundedMinor += order.refundedMinor
    totals.cancelledMinor += order.cancelledMinor
    totals.expiredMinor += order.expiredMinor
    totals.chargedBackMinor += order.chargedBackMinor
    totals.liveMinor += order.liveMinor
  }
  return { orders: orders.length, executions, liveExecutions, byCurrency }
}

function emptyTotals(): CurrencyTotals {
  return {
    authorisedMinor: 0n,
    capturedMinor: 0n,
    refundedMinor: 0n,
    cancelledMinor: 0n,
    expiredMinor: 0n,
    chargedBackMinor: 0n,
    liveMinor: 0n,
  }
}
