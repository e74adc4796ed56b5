import { addToAgenda, takeFromAgenda } from './agenda.ts'
import { type Fault, type NotificationMoment, strikeNotification } from './faults.ts'
import { forgedDocument, type ForgedFacts } from './notification-documents.ts'
import { addModification, type Booking, refundableMinor, standingOf } from './standing.ts'
import {
  type Charge,
  type Message,
  type Modification,
  scaledMs,
  type SimulatedOrder,
  type WorldpayState,
} from './state.ts'

/** More than these wait only when nobody takes them: what comes then is given up at once. */
export const MESSAGES_MAX = 100_000
const LATE_MS_DEFAULT = 30_000

/** The event that tells of a booking. A cancel that failed is told by nobody. */
const EVENTS: Readonly<Record<Booking['kind'], string | undefined>> = {
  'sent-for-authorisation': 'SENT_FOR_AUTHORISATION',
  authorised: 'AUTHORISED',
  refused: 'REFUSED',
  error: 'ERROR',
  captured: 'CAPTURED',
  cancelled: 'CANCELLED',
  refunded: 'REFUNDED',
  'capture-failed': 'CAPTURE_FAILED',
  'cancel-failed': undefined,
  'refund-failed': 'REFUND_FAILED',
  'capture-undone': 'CAPTURE_FAILED',
  'charged-back': 'CHARGED_BACK',
  'chargeback-reversed': 'CHARGEBACK_REVERSED',
  expired: 'EXPIRED',
}

/** The events that leave at once; all others wait for the next batch. */
const AT_ONCE = new Set(['AUTHORISED', 'CANCELLED', 'REFUSED'])

/** What a forger says when something else is true. */
const LIES: Readonly<Record<string, string>> = {
  AUTHORISED: 'CAPTURED',
  CAPTURED: 'REFUNDED',
  CANCELLED: 'CAPTURED',
  REFUNDED: 'CHARGED_BACK',
}

/** True when notifications are made at all. */
export function notifies(state: WorldpayState): boolean {
  return state.options.notificationUrl !== ''
}

/**
 * Tells of the charge that was executed last. What it does later, an automatic capture or an outcome that is still
 * open, is put on the agenda. True when its notification must arrive before the answer.
 */
export function tellExecution(
  state: WorldpayState,
  order: SimulatedOrder,
  nowMs: number,
  direct: boolean,
): boolean {
  if (!notifies(state)) return false
  const charge = order.charges.at(-1)
  if (charge === undefined) return false
  charge.announced = 0
  const { agenda } = state.notifications
  const { orderCode } = order
  if (charge.decidedMs !== undefined) addToAgenda(agenda, { atMs: charge.decidedMs, orderCode })
  for (const { effectMs } of charge.modifications) addToAgenda(agenda, { atMs: effectMs, orderCode })
  return announce(state, order, nowMs, direct ? 'direct-charge' : 'event')
}

/** Writes a modification down and tells of it: of a refund at once and again when it is done, of others when they are. */
export function tellModification(
  state: WorldpayState,
  order: SimulatedOrder,
  charge: Charge,
  modification: Modification,
  nowMs: number,
): void {
  if (!notifies(state)) return addModification(charge, modification)
  // What took effect before comes first; what did so while none were made is passed over.
  const before = standingOf(charge, nowMs)
  charge.announced ??= before.bookings.length
  announce(state, order, nowMs, 'event')
  addModification(charge, modification)
  const sentMinor = refundSentMinor(modification, refundableMinor(before))
  if (sentMinor > 0n) {
    const { reference } = modification
    enqueue(state, order, 'event', {
      chargeIndex: order.charges.indexOf(charge),
      event: 'SENT_FOR_REFUND',
      atMs: nowMs,
      amountMinor: sentMinor.toString(),
      ...(reference === undefined ? {} : { reference }),
    })
  }
  addToAgenda(state.notifications.agenda, { atMs: modification.effectMs, orderCode: order.orderCode })
  announce(state, order, nowMs, 'event')
}

function refundSentMinor({ kind, amountMinor }: Modification, restMinor: bigint): bigint {
  if (kind === 'refund') return BigInt(amountMinor ?? restMinor)
  return kind === 'cancelOrRefund' && restMinor > 0n ? restMinor : 0n
}

/** An order waits for its payer: there is nothing to tell, but a forger may say that it was paid. */
export function tellWaiting(state: WorldpayState, facts: ForgedFacts, nowMs: number): void {
  if (!notifies(state) || state.faults.length === 0) return
  if (strikeNotification(state, 'nothing') === undefined) return
  insert(state, undefined, {
    orderCode: facts.orderCode,
    chargeIndex: 0,
    event: 'AUTHORISED',
    atMs: nowMs,
    amountMinor: facts.amountMinor,
    forged: forgedDocument(state, 'AUTHORISED', facts),
    dueMs: nowMs,
  })
}

/** Tells of everything that has taken effect by itself up to now. */
export function runAgenda(state: WorldpayState, nowMs: number): void {
  const { agenda } = state.notifications
  for (;;) {
    const entry = takeFromAgenda(agenda, nowMs)
    if (entry === undefined) return
    const order = state.orders[entry.orderCode]
    if (order !== undefined) announce(state, order, nowMs, 'event')
  }
}

/** Puts the bookings of an order that nobody was told of into the queue. True when a fault wants them out first. */
function announce(
  state: WorldpayState,
  order: SimulatedOrder,
  nowMs: number,
  moment: NotificationMoment,
): boolean {
  let first = false
  order.charges.forEach((charge, chargeIndex) => {
    if (charge.announced === undefined) return
    const { bookings } = standingOf(charge, nowMs)
    for (const { kind, amountMinor, atMs, reference } of bookings.slice(charge.announced)) {
      const event = EVENTS[kind]
      if (event === undefined) continue
      const facts = { chargeIndex, event, atMs, amountMinor: amountMinor.toString() }
      const told = reference === undefined ? facts : { ...facts, reference }
      if (enqueue(state, order, moment, told)) first = true
    }
    charge.announced = bookings.length
  })
  return first
}

type Facts = Pick<Message, 'chargeIndex' | 'event' | 'atMs' | 'amountMinor' | 'reference'>

/** Queues one event as the fault plan wants it. True when it must arrive before the answer. */
function enqueue(
  state: WorldpayState,
  order: SimulatedOrder,
  moment: NotificationMoment,
  facts: Facts,
): boolean {
  const fault = state.faults.length > 0 ? strikeNotification(state, moment) : undefined
  if (fault?.kind === 'notification-lost') return false
  const { orderCode } = order
  const onTimeMs = AT_ONCE.has(facts.event) ? facts.atMs : batchMs(state, facts.atMs)
  const dueMs = fault === undefined ? onTimeMs : struckDueMs(fault, facts.atMs, onTimeMs)
  insert(state, order, {
    ...facts,
    orderCode,
    dueMs,
    ...(fault?.kind === 'notification-twice' ? { twice: true } : {}),
    ...(fault?.kind === 'notification-shuffled'
      ? { lastPlaceUntilMs: dueMs + scaledMs(state, state.options.notifyRetryMs) }
      : {}),
  })
  if (fault?.kind === 'notification-forged') forge(state, order, facts)
  return fault?.kind === 'notification-first'
}

function struckDueMs(fault: Fault, atMs: number, onTimeMs: number): number {
  if (fault.kind === 'notification-late') return onTimeMs + (fault.delayMs ?? LATE_MS_DEFAULT)
  return fault.kind === 'notification-first' ? atMs : onTimeMs
}

/** Of an order that is not authorized the lie is that it is; of any other, more money and a later event. */
function forge(state: WorldpayState, order: SimulatedOrder, facts: Facts): void {
  const charge = order.charges[facts.chargeIndex]
  if (charge === undefined) return
  const lie = LIES[facts.event]
  const amountMinor = lie === undefined ? charge.amountMinor : (BigInt(charge.amountMinor) + 1n).toString()
  const event = lie ?? 'AUTHORISED'
  const { orderCode } = order
  const { currency, exponent } = charge
  const forged = forgedDocument(state, event, { orderCode, amountMinor, currency, exponent })
  insert(state, order, { ...facts, orderCode, event, amountMinor, forged, dueMs: facts.atMs })
}

/** The end of the batch that something falls into. */
function batchMs(state: WorldpayState, atMs: number): number {
  const everyMs = scaledMs(state, state.options.notifyBatchMs)
  return everyMs === 0 ? atMs : Math.max(atMs, Math.ceil(atMs / everyMs) * everyMs)
}

/** Puts a message where its time says. It is kept with its order as well, for whoever saves that. */
export function insert(
  state: WorldpayState,
  order: SimulatedOrder | undefined,
  words: Omit<Message, 'id' | 'sequence' | 'tries'>,
): void {
  const { notifications } = state
  if (notifications.messages.length >= MESSAGES_MAX) {
    notifications.dropped++
    return
  }
  notifications.counter++
  const sequence = notifications.counter
  const message: Message = { id: `notification-${sequence}`, sequence, ...words, tries: 0 }
  place(notifications.messages, message)
  if (order !== undefined) (order.untold ??= []).push(message)
}

/** By due time, then sequence: most belong at the end, or near it. */
export function place(messages: Message[], message: Message): void {
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = messages[middle]
    const after =
      other !== undefined &&
      (other.dueMs > message.dueMs || (other.dueMs === message.dueMs && other.sequence > message.sequence))
    if (after) high = middle
    else low = middle + 1
  }
  messages.splice(low, 0, message)
}
