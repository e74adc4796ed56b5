import { notificationDocument } from './notification-documents.ts'
import { insert, notifies, runAgenda } from './notification-queue.ts'
import { type Message, scaledMs, type WorldpayState } from './state.ts'

/** A notification that is to be sent by POST now. */
export interface QueuedNotification {
  readonly id: string
  readonly orderCode: string
  readonly event: string
  readonly dueMs: number
  /** Tries before this one. */
  readonly tries: number
  /** The body, prolog included. */
  readonly document: string
  readonly headers: Readonly<Record<string, string>>
}

/** A merchant who acknowledges nothing for so long is not told any more. */
const GIVE_UP_MS = 7 * 24 * 3_600_000

/**
 * What is to be delivered now, in this order and one after the other: whoever finds one not acknowledged reports that
 * and asks again, since it holds back those behind it. Until `notificationDelivered` is told, the same ones are due.
 *
 * @example
 * for (const { id, document, headers } of dueNotifications(state, nowMs, 1)) {
 *   notificationDelivered(state, id, (await post(document, headers)) === '[OK]', nowMs)
 * }
 */
export function dueNotifications(
  state: WorldpayState,
  nowMs: number,
  limit: number,
): readonly QueuedNotification[] {
  if (!notifies(state)) return []
  runAgenda(state, nowMs)
  const due: QueuedNotification[] = []
  const { messages } = state.notifications
  let index = 0
  while (due.length < limit) {
    const message = messages[index]
    if (message === undefined || message.dueMs > nowMs) break
    if (message.lastPlaceUntilMs !== undefined && message.lastPlaceUntilMs > nowMs) {
      index++
      continue
    }
    const document = isGivenUp(state, message, nowMs) ? undefined : notificationDocument(state, message)
    if (document === undefined) {
      remove(state, index)
      state.notifications.dropped++
      continue
    }
    if (message.retryMs !== undefined && message.retryMs > nowMs) break
    due.push(queued(state, message, document))
    // Whether those behind a message that failed before can go is known when it was delivered.
    if (message.tries > 0) break
    index++
  }
  return due
}

/** What became of a delivery. An id that is not in the queue any more is nothing to report about. */
export function notificationDelivered(
  state: WorldpayState,
  id: string,
  acknowledged: boolean,
  nowMs: number,
): void {
  const { messages } = state.notifications
  const index = messages.findIndex((message) => message.id === id)
  const message = messages[index]
  if (message === undefined) return
  const againMs = nowMs + scaledMs(state, state.options.notifyRetryMs)
  if (!acknowledged) {
    message.tries++
    message.firstTryMs ??= nowMs
    message.retryMs = againMs
    delete message.lastPlaceUntilMs
    return
  }
  // One from behind them was delivered: those that had to wait for that wait no longer.
  for (const waiting of messages.slice(0, index)) delete waiting.lastPlaceUntilMs
  remove(state, index)
  if (message.twice !== true) return
  const { orderCode, chargeIndex, event, atMs, amountMinor, reference } = message
  const facts = { orderCode, chargeIndex, event, atMs, amountMinor, dueMs: againMs }
  insert(state, state.orders[orderCode], reference === undefined ? facts : { ...facts, reference })
}

/** When to look again: at the next delivery, or when something takes effect that may have to be told. */
export function nextNotificationMs(state: WorldpayState): number | undefined {
  if (!notifies(state)) return undefined
  const { agenda, messages } = state.notifications
  let nextMs = agenda[0]?.atMs ?? Infinity
  for (const { dueMs, retryMs, lastPlaceUntilMs } of messages) {
    nextMs = Math.min(nextMs, Math.max(dueMs, retryMs ?? 0, lastPlaceUntilMs ?? 0))
    if (lastPlaceUntilMs === undefined) break
  }
  return nextMs === Infinity ? undefined : nextMs
}

function isGivenUp(state: WorldpayState, { firstTryMs }: Message, nowMs: number): boolean {
  return firstTryMs !== undefined && nowMs - firstTryMs >= scaledMs(state, GIVE_UP_MS)
}

function remove(state: WorldpayState, index: number): void {
  const [message] = state.notifications.messages.splice(index, 1)
  const order = message === undefined ? undefined : state.orders[message.orderCode]
  if (message === undefined || order?.untold === undefined) return
  const rest = order.untold.filter(({ id }) => id !== message.id)
  if (rest.length > 0) order.untold = rest
  else delete order.untold
}

function queued(state: WorldpayState, message: Message, document: string): QueuedNotification {
  const { id, orderCode, event, dueMs, tries } = message
  return { id, orderCode, event, dueMs, tries, document, headers: headersFor(state) }
}

function headersFor({ options }: WorldpayState): Readonly<Record<string, string>> {
  const { notificationUsername: username, notificationPassword: password } = options
  const type = { 'content-type': 'text/xml; charset=UTF-8' }
  if (username === '' && password === '') return type
  const credentials = Buffer.from(`${username}:${password}`).toString('base64')
  return { ...type, authorization: `Basic ${credentials}` }
}
