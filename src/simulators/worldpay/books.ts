import type { LineFile } from '../line-file.ts'
import { addToAgenda } from './agenda.ts'
import { place } from './notification-queue.ts'
import { keepRegistration } from './registrations.ts'
import {
  type Authentication,
  newWorldpayState,
  type Registration,
  type SimulatedOrder,
  type WorldpayOptions,
  type WorldpayState,
} from './state.ts'
import { dropAuthentication, keepAuthentication } from './three-d-secure.ts'

/** One line of the data file: everything under one order code as it stood after a change, and the counter with it. */
interface Line {
  readonly orderCode: string
  readonly order?: SimulatedOrder
  readonly registration?: Registration
  readonly authentication?: Authentication
  readonly counter: number
}

/** So many lines more than orders are put up with before the file is written anew at the next start. */
const SPARE_LINES_MAX = 10_000

/**
 * The PSP's state as its data file has it: ledger, hosted pages, challenges and notifications are as they were, options
 * and faults are new. A notification whose acknowledgement was not saved is delivered again.
 */
export function openBooks(options: Partial<WorldpayOptions>, file: LineFile | undefined): WorldpayState {
  const state = newWorldpayState(options)
  if (file === undefined) return state
  for (const value of file.values) read(state, value as Line)
  for (const orderCode in state.orders) queueAgain(state, state.orders[orderCode])
  const known = state.orderCount + state.waitingCount
  if (file.values.length > known * 2 + SPARE_LINES_MAX) file.replace(allLines(state))
  return state
}

/** Writes down what has become of an order code; only what is masked is in it (S8). */
export function saveOrder(state: WorldpayState, file: LineFile | undefined, orderCode: string): void {
  if (file === undefined) return
  const line = lineOf(state, orderCode)
  if (line !== undefined) file.append(line)
}

/** Forgets every order, hosted page, challenge, notification and fault. */
export function resetBooks(state: WorldpayState, file: LineFile | undefined): void {
  const fresh = newWorldpayState(state.options)
  // Numbers are not given twice: a notification that is under way must not be taken for a later one.
  fresh.notifications.counter = state.notifications.counter
  Object.assign(state, fresh, { counter: state.counter, faultCounter: state.faultCounter })
  file?.replace([])
}

function read(state: WorldpayState, line: Line): void {
  const { order, registration, authentication } = line
  // Lines of older files have no code of their own.
  const orderCode = line.orderCode ?? order?.orderCode ?? ''
  if (order !== undefined) {
    if (state.orders[orderCode] === undefined) state.orderCount++
    state.orders[orderCode] = order
  }
  if (registration !== undefined) keepRegistration(state, registration)
  const before = state.authentications[orderCode]
  if (before !== undefined) dropAuthentication(state, before)
  if (authentication !== undefined) keepAuthentication(state, authentication)
  state.counter = Math.max(state.counter, line.counter)
}

/** Puts what an order has still to tell back into the queue, and what it may do later on the agenda. */
function queueAgain(state: WorldpayState, order: SimulatedOrder | undefined): void {
  if (order === undefined) return
  const { notifications } = state
  for (const message of order.untold ?? []) {
    place(notifications.messages, message)
    notifications.counter = Math.max(notifications.counter, message.sequence)
  }
  const { orderCode } = order
  for (const charge of order.charges) {
    if (charge.announced === undefined) continue
    if (charge.decidedMs !== undefined) {
      addToAgenda(notifications.agenda, { atMs: charge.decidedMs, orderCode })
    }
    for (const { effectMs } of charge.modifications) {
      addToAgenda(notifications.agenda, { atMs: effectMs, orderCode })
    }
  }
}

function lineOf(state: WorldpayState, orderCode: string): Line | undefined {
  const order = state.orders[orderCode]
  const registration = state.registrations[orderCode]
  const authentication = state.authentications[orderCode]
  if (order === undefined && registration === undefined && authentication === undefined) return undefined
  return {
    orderCode,
    ...(order === undefined ? {} : { order }),
    ...(registration === undefined ? {} : { registration }),
    ...(authentication === undefined ? {} : { authentication }),
    counter: state.counter,
  }
}

function* allLines(state: WorldpayState): Generator<Line> {
  const { orders, registrations, authentications } = state
  for (const orderCode of new Set([orders, registrations, authentications].flatMap(Object.keys))) {
    const line = lineOf(state, orderCode)
    if (line !== undefined) yield line
  }
}
