import { audit, type Books, chargesOf, type Difference } from '../demo/audit.ts'
import type { Result, Row } from '../demo/result.ts'
import type { LedgerOrder } from '../demo/shop-process.ts'
import type { Payment } from '../src/payment/state.ts'
import { isLeftToPerson } from './at-rest.ts'
import type { PaymentHistory } from './books.ts'
import type { Fault, Struck } from './fault.ts'
import { ofHistory } from './histories.ts'
import { longestInDoubtMs } from './in-doubt.ts'
import { lostAnswers } from './lost-answers.ts'
import type { Person } from './person.ts'

/** Everything that was written down, by whom it was bought, and what happened meanwhile. */
export interface Written extends Omit<Books, 'payments' | 'shown'> {
  readonly histories: readonly PaymentHistory[]
  readonly people: readonly Person[]
  readonly faults: readonly Fault[]
  readonly struck: readonly Struck[]
  /** What a time of the journal was by a clock that is right. */
  readonly trueMs: (atMs: number) => number
  /** What is wrong beside the books: a process that ended by itself, a card where none may be. */
  readonly beside: readonly Difference[]
}

export interface ChaosResult extends Result {
  /** Executed at the provider and not reflected in the journal, or the reverse. */
  readonly lostAnswers: number
  readonly longestInDoubtMs: number
  /** How often each fault struck, in the order of the rows. */
  readonly times: ReadonlyMap<string, number>
}

/** Audits all books, and counts for each fault what became of the orders that were under way while it was there. */
export function resultOf(written: Written): ChaosResult {
  const { histories, people, faults, struck, beside, trueMs, ...books } = written
  const payments = histories.map(({ payment }) => payment)
  const shown = new Map(
    people.flatMap(({ orderId, shown }) => (shown === undefined ? [] : [[orderId, shown]])),
  )
  const found = audit({ ...books, payments, shown })
  const open = new Set(payments.filter(isLeftToPerson).map(({ orderId }) => orderId))
  const differences = [
    // What is a case says itself that the money is not known.
    ...found.differences.filter(({ orderId, what }) => !open.has(orderId) || !what.startsWith('money')),
    ...histories.flatMap(ofHistory),
    ...beside,
  ]
  const ledger = new Map(books.ledger.map((order) => [order.orderCode, order]))
  const byOrder = Map.groupBy(payments, ({ orderId }) => orderId)
  const rowOf = (name: string, group: readonly Person[], times: number): Row => {
    const orders = group.map(({ orderId }) => byOrder.get(orderId) ?? [])
    const ends = orders.map((list) => endOf(chargesOf(list, ledger)))
    const mine = new Set(group.map(({ orderId }) => orderId))
    return {
      fault: name,
      orders: group.length,
      paid: ends.filter((end) => end === 'paid').length,
      declined: ends.filter((end) => end === 'declined').length,
      reversed: ends.filter((end) => end === 'reversed').length,
      cases: orders.flatMap((list) => list.flatMap(openCases)).length,
      doubleCharges: found.doubleCharges.filter((orderId) => mine.has(orderId)).length,
      differences: differences.filter(({ orderId }) => mine.has(orderId)).length,
      met: times > 0 ? group.length : 0,
    }
  }
  const times = new Map(faults.map((fault) => [fault.name, timesOf(fault, struck)]))
  const rows = faults.map((fault) => {
    const count = times.get(fault.name) ?? 0
    const name = `${fault.name}${count > 0 ? `: ${count}` : ''}`
    return rowOf(name, under(fault, struck, people), count)
  })
  // An order can be under way in several faults, and some differences are of no order: the sum would be another one.
  const total = {
    ...rowOf('all', people, 1),
    differences: differences.length,
    doubleCharges: found.doubleCharges.length,
  }
  return {
    rows,
    total,
    differences,
    times,
    lostAnswers: lostAnswers(payments, books.ledger).length,
    longestInDoubtMs: Math.max(0, ...histories.map(({ history }) => longestInDoubtMs(history, trueMs))),
  }
}

function openCases({ cases }: Payment): readonly unknown[] {
  return cases.filter(({ closed }) => closed === undefined)
}

function timesOf(fault: Fault, struck: readonly Struck[]): number {
  return struck.reduce((sum, each) => sum + (each.fault === fault ? each.times : 0), 0)
}

/** Who was buying while the fault was there. */
function under(fault: Fault, struck: readonly Struck[], people: readonly Person[]): readonly Person[] {
  const windows = struck.filter((each) => each.fault === fault && each.times > 0)
  return people.filter((person) =>
    windows.some(({ fromMs, untilMs }) => person.fromMs <= untilMs && person.untilMs >= fromMs),
  )
}

/** By the provider's ledger alone. */
function endOf(booked: readonly LedgerOrder[]): 'paid' | 'declined' | 'reversed' {
  if (booked.some(({ liveMinor }) => liveMinor !== '0')) return 'paid'
  return booked.some(({ authorisedMinor }) => authorisedMinor !== '0') ? 'reversed' : 'declined'
}
