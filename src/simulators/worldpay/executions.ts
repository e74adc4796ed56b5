import { tellExecution } from './notification-queue.ts'
import { addModification } from './standing.ts'
import { type Charge, type Draft, scaledMs, type SimulatedOrder, type WorldpayState } from './state.ts'

/** What was executed, with the order that it now belongs to. */
export interface Execution {
  readonly charge: Charge
  /** A fault wants its notification to arrive before the answer. */
  readonly notifyFirst: boolean
}

/** What is to be executed, and how. */
export interface Instruction {
  readonly orderCode: string
  readonly draft: Draft
  readonly captureDays: 'OFF' | number
  /** By a message of the merchant, not by the payer on the hosted page. */
  readonly direct: boolean
}

const DAY_MS = 24 * 3_600_000

/** Executes a draft under its order code: the one place where a charge begins to exist. */
export function execute(state: WorldpayState, instruction: Instruction, nowMs: number): Execution {
  const { orderCode, draft, captureDays, direct } = instruction
  state.counter++
  const authorised = draft.outcome === 'AUTHORISED'
  const charge: Charge = {
    receivedMs: nowMs,
    ...draft,
    ...(authorised ? { authorisationId: authorisationId(state.counter) } : {}),
    modifications: [],
  }
  if (authorised && captureDays !== 'OFF') {
    const waitMs = state.options.processingMs + captureDays * DAY_MS
    addModification(charge, {
      kind: 'capture',
      receivedMs: nowMs,
      effectMs: (charge.decidedMs ?? nowMs) + scaledMs(state, waitMs),
      automatic: true,
      fails: false,
    })
  }
  const order = orderFor(state, orderCode)
  order.charges.push(charge)
  return { charge, notifyFirst: tellExecution(state, order, nowMs, direct) }
}

/** `OFF`, or days until the automatic capture; undefined for what is neither. */
export function captureDaysOf(
  state: WorldpayState,
  attribute: string | undefined,
): 'OFF' | number | undefined {
  if (attribute === undefined || attribute === 'DEFAULT') return state.options.captureDelay
  if (attribute === 'OFF') return 'OFF'
  return /^\d{1,2}$/.test(attribute) && Number(attribute) <= 14 ? Number(attribute) : undefined
}

function orderFor(state: WorldpayState, orderCode: string): SimulatedOrder {
  const known = state.orders[orderCode]
  if (known !== undefined) return known
  const order: SimulatedOrder = { orderCode, merchantCode: state.options.merchantCode, charges: [] }
  state.orders[orderCode] = order
  state.orderCount++
  return order
}

/** Six digits that do not look like a counter, from one: a permutation of the numbers below a million. */
function authorisationId(counter: number): string {
  return String((counter * 622_207) % 1_000_000).padStart(6, '0')
}
