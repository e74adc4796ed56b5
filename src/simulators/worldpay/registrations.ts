import { amountFrom } from './amounts.ts'
import { withoutCardNumbers } from './cards.ts'
import { captureDaysOf } from './executions.ts'
import { methodsFrom } from './hosted-methods.ts'
import { tellWaiting } from './notification-queue.ts'
import { errorElement, orderError } from './replies.ts'
import type { Reply } from './orders.ts'
import { isUndecided } from './standing.ts'
import { type Charge, isFull, type Registration, scaledMs, type WorldpayState } from './state.ts'
import { childOf, escapeXml, textOf, type XmlElement } from './xml.ts'

const MINUTE_MS = 60_000
const DESCRIPTION_LENGTH_MAX = 200

/**
 * `submit/order` with a `paymentMethodMask`: the order can be paid on the hosted page, whose address is the answer.
 * Sent again while it is unpaid, it gets another page, and the page before no longer works.
 */
export function registerOrder(
  state: WorldpayState,
  order: XmlElement,
  mask: XmlElement,
  nowMs: number,
): Reply {
  const orderCode = order.attributes['orderCode'] ?? ''
  const before = state.registrations[orderCode]
  if (before === undefined && isFull(state)) {
    return { content: errorElement(8, 'The simulator is full: reset it through its control interface') }
  }
  const amount = amountFrom(childOf(order, 'amount'))
  if ('code' in amount) return { content: orderError(orderCode, amount.code, amount.text) }
  const methods = methodsFrom(mask)
  if ('code' in methods) return { content: orderError(orderCode, methods.code, methods.text) }
  const captureDays = captureDaysOf(state, order.attributes['captureDelay'])
  if (captureDays === undefined) {
    return {
      content: orderError(orderCode, 5, 'Invalid capture delay: OFF, DEFAULT or whole days from 0 to 14'),
    }
  }
  const validMs = validMsOf(state, order)
  if (validMs === undefined) {
    return { content: orderError(orderCode, 5, 'Invalid time to live: whole minutes from 1 to 43200') }
  }
  state.counter++
  const registration: Registration = {
    orderCode,
    ticket: ticketFor(state.counter),
    referenceId: String(3_000_000_000 + state.counter),
    description: withoutCardNumbers(textOf(order, 'description') ?? '').slice(0, DESCRIPTION_LENGTH_MAX),
    amountMinor: amount.amountMinor.toString(),
    currency: amount.currency,
    exponent: amount.exponent,
    captureDays,
    ...methods,
    registeredMs: nowMs,
    expiresMs: nowMs + scaledMs(state, validMs),
    executionsBefore: isClosed(state, orderCode, nowMs)
      ? (state.orders[orderCode]?.charges.length ?? 0)
      : (before?.executionsBefore ?? 0),
  }
  keepRegistration(state, registration)
  tellWaiting(state, registration, nowMs)
  const { merchantCode, hostedUrl } = state.options
  const key = encodeURIComponent(`${merchantCode}^${orderCode}`)
  const url = escapeXml(`${hostedUrl}?OrderKey=${key}&Ticket=${registration.ticket}`)
  return {
    content: `<orderStatus orderCode="${escapeXml(orderCode)}"><reference id="${registration.referenceId}">${url}</reference></orderStatus>`,
    changed: orderCode,
  }
}

/** Puts a registration in the place of the one before, whose ticket ends. */
export function keepRegistration(state: WorldpayState, registration: Registration): void {
  const before = state.registrations[registration.orderCode]
  if (before === undefined) state.waitingCount++
  else delete state.tickets[before.ticket]
  state.registrations[registration.orderCode] = registration
  state.tickets[registration.ticket] = registration.orderCode
}

/** Paid, or about to be, or known in another way than by an unpaid registration: its code cannot be used again. */
export function isClosed(state: WorldpayState, orderCode: string, nowMs: number): boolean {
  if (state.authentications[orderCode] !== undefined) return true
  const order = state.orders[orderCode]
  if (order === undefined) return false
  const registration = state.registrations[orderCode]
  return registration === undefined || paidBy(state, registration, nowMs) !== undefined
}

/** The execution that ends a registration: one that is authorized, or whose outcome is still open. */
export function paidBy(state: WorldpayState, registration: Registration, nowMs: number): Charge | undefined {
  return attemptsOf(state, registration).find(
    (charge) => charge.outcome === 'AUTHORISED' || isUndecided(charge, nowMs),
  )
}

/** What the payer tried on the page, and on the pages before it under the same order code. */
export function attemptsOf(state: WorldpayState, registration: Registration): readonly Charge[] {
  return state.orders[registration.orderCode]?.charges.slice(registration.executionsBefore) ?? []
}

function validMsOf(state: WorldpayState, order: XmlElement): number | undefined {
  const minutes = childOf(order, 'hostPaymentOrderAttribute')?.attributes['timeToLiveInMin']
  if (minutes === undefined) return state.options.hostedValidMs
  const count = /^\d{1,5}$/.test(minutes) ? Number(minutes) : 0
  return count >= 1 && count <= 43_200 ? count * MINUTE_MS : undefined
}

/** Eleven digits that do not look like a counter, from one: a permutation of the numbers below a thousand million. */
function ticketFor(counter: number): string {
  return `00${((BigInt(counter) * 618_033_989n) % 1_000_000_000n).toString().padStart(9, '0')}`
}
