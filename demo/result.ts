import { audit, type Books, chargesOf, type Difference } from './audit.ts'
import type { OrderBooks, PaymentBooks } from './evidence.ts'
import type { Cast, Fault } from './fault.ts'
import type { Payer } from './payer.ts'

/** What became of the orders that met one fault, counted in the provider's ledger and in the journal. */
export interface Row {
  readonly fault: string
  readonly orders: number
  /** Money stands for them. */
  readonly paid: number
  /** No money was ever taken. */
  readonly declined: number
  /** Money was taken, and all of it given back. */
  readonly reversed: number
  readonly cases: number
  readonly doubleCharges: number
  readonly differences: number
  /** Orders with evidence that they have met it. */
  readonly met: number
}

export interface Result {
  readonly rows: readonly Row[]
  readonly total: Row
  readonly differences: readonly Difference[]
}

/** Everything that was written down, and by whom it was bought. */
export interface Written extends Omit<Books, 'payments' | 'shown'> {
  readonly payments: readonly PaymentBooks[]
  readonly cast: Cast
}

/** Audits all books, and counts for each fault what became of its orders. */
export function resultOf({ payments, cast, ...books }: Written): Result {
  const payers = [...cast.values()].flat()
  const shown = new Map(
    payers.flatMap(({ orderId, shown }) => (shown === undefined ? [] : [[orderId, shown]])),
  )
  const found = audit({ ...books, payments: payments.map(({ payment }) => payment), shown })
  const ledger = new Map(books.ledger.map((order) => [order.orderCode, order]))
  const byOrder = Map.groupBy(payments, ({ payment }) => payment.orderId)
  const booksOf = (payer: Payer): OrderBooks => {
    const list = byOrder.get(payer.orderId) ?? []
    const own = list.map(({ payment }) => payment)
    return { payer, payments: list, ledger: chargesOf(own, ledger) }
  }
  const rowOf = (fault: Fault, group: readonly Payer[]): Row => {
    const orders = group.map(booksOf)
    const ends = orders.map(endOf)
    const mine = new Set(group.map(({ orderId }) => orderId))
    return {
      fault: fault.name,
      orders: group.length,
      paid: ends.filter((end) => end === 'paid').length,
      declined: ends.filter((end) => end === 'declined').length,
      reversed: ends.filter((end) => end === 'reversed').length,
      cases: orders.flatMap((each) => each.payments.flatMap(({ payment }) => payment.cases)).length,
      doubleCharges: found.doubleCharges.filter((orderId) => mine.has(orderId)).length,
      differences: found.differences.filter(({ orderId }) => mine.has(orderId)).length,
      met: orders.filter((each) => fault.evidence(each)).length,
    }
  }
  const rows = [...cast].map(([fault, group]) => rowOf(fault, group))
  // Some differences are of no order, such as one of the shelves: the sum of the rows would not have them.
  const total = {
    ...sumOf(rows),
    differences: found.differences.length,
    doubleCharges: found.doubleCharges.length,
  }
  return { rows, total, differences: found.differences }
}

/** By the provider's ledger alone. */
function endOf({ ledger }: OrderBooks): 'paid' | 'declined' | 'reversed' {
  if (ledger.some(({ liveMinor }) => liveMinor !== '0')) return 'paid'
  return ledger.some(({ authorisedMinor }) => authorisedMinor !== '0') ? 'reversed' : 'declined'
}

function sumOf(rows: readonly Row[]): Row {
  const sum = (name: Exclude<keyof Row, 'fault'>): number => rows.reduce((total, row) => total + row[name], 0)
  return {
    fault: 'all',
    orders: sum('orders'),
    paid: sum('paid'),
    declined: sum('declined'),
    reversed: sum('reversed'),
    cases: sum('cases'),
    doubleCharges: sum('doubleCharges'),
    differences: sum('differences'),
    met: sum('met'),
  }
}

/** True when nothing was charged twice, all books agree, and every fault was met by somebody. */
export function isGood({ rows, total }: Result): boolean {
  return total.doubleCharges === 0 && total.differences === 0 && rows.every(({ met }) => met > 0)
}
