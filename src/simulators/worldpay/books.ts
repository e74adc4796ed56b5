import type { LineFile } from '../line-file.ts'
import { newWorldpayState, type SimulatedOrder, type WorldpayOptions, type WorldpayState } from './state.ts'

/** One line of the data file: an order as it stood after a change, and the counter with it. */
interface Line {
  readonly order: SimulatedOrder
  readonly counter: number
}

/** So many lines more than orders are put up with before the file is written anew at the next start. */
const SPARE_LINES_MAX = 10_000

/** The PSP's state as its data file has it: the ledger is as it was, options and faults are new. */
export function openBooks(options: Partial<WorldpayOptions>, file: LineFile | undefined): WorldpayState {
  const state = newWorldpayState(options)
  if (file === undefined) return state
  for (const value of file.values) {
    const { order, counter } = value as Line
    if (state.orders[order.orderCode] === undefined) state.orderCount++
    state.orders[order.orderCode] = order
    state.counter = Math.max(state.counter, counter)
  }
  if (file.values.length > state.orderCount * 2 + SPARE_LINES_MAX) file.replace(allLines(state))
  return state
}

/** Writes down what the order has become; only what is masked is in it (S8). */
export function saveOrder(state: WorldpayState, file: LineFile | undefined, orderCode: string): void {
  const order = state.orders[orderCode]
  if (order !== undefined) file?.append({ order, counter: state.counter } satisfies Line)
}

/** Forgets every order and every fault. */
export function resetBooks(state: WorldpayState, file: LineFile | undefined): void {
  const fresh = newWorldpayState(state.options)
  state.orders = fresh.orders
  state.orderCount = 0
  state.faults = []
  file?.replace([])
}

function* allLines(state: WorldpayState): Generator<Line> {
  for (const orderCode in state.orders) {
    const order = state.orders[orderCode]
    if (order !== undefined) yield { order, counter: state.counter }
  }
}
