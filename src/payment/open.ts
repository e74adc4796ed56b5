import { type Decision, events, refusal } from './decision.ts'
import type { PaidWhen } from './events.ts'
import type { OrderRecord } from './order.ts'

export interface OpenCommand {
  readonly paymentId: string
  readonly token: string
  readonly order: OrderRecord
  readonly orderVersion: string
  readonly description: string
  readonly module: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly key: string
  readonly fingerprint: string
  readonly paidWhen: PaidWhen
  readonly owner: string
  readonly steps: readonly string[]
  readonly nowMs: number
  /** The payment that holds the order waits on the PSP's page, under a policy that lets another begin (design 5.6). */
  readonly beside?: boolean
}

/** Opens a payment and holds its order: refused while another payment holds or claims it (S1). */
export function openPayment(command: OpenCommand): Decision {
  const { order, paymentId } = command
  const besideAnother = order.state === 'held' && command.beside === true
  const stopped = besideAnother ? undefined : whyNotOpen(order)
  if (stopped !== undefined) return stopped
  const opened = {
    type: 'payment-opened',
    paymentId,
    token: command.token,
    orderId: order.orderId,
    orderVersion: command.orderVersion,
    description: command.description,
    module: command.module,
    amountMinor: command.amountMinor,
    currency: command.currency,
    key: command.key,
    fingerprint: command.fingerprint,
    paidWhen: command.paidWhen,
    owner: command.owner,
    steps: command.steps,
    ...(order.lastPaymentId === undefined ? {} : { predecessor: order.lastPaymentId }),
    atMs: command.nowMs,
  } as const
  return events([opened], {
    orderId: order.orderId,
    revision: order.revision + 1,
    state: 'held',
    paymentId,
    lastPaymentId: paymentId,
    orderVersion: command.orderVersion,
  })
}

function whyNotOpen(order: OrderRecord): Decision | undefined {
  const details = order.paymentId === undefined ? {} : { paymentId: order.paymentId }
  switch (order.state) {
    case 'open':
      return undefined
    case 'held':
      return refusal('CF_ORDER_HELD', `order ${order.orderId} is being paid`, details)
    case 'claimed':
      return refusal('CF_ORDER_PAID', `order ${order.orderId} has been paid`, details)
    case 'closed':
      return refusal('CF_ORDER_CLOSED', `order ${order.orderId} takes no payment any more`, details)
    default:
      return order.state satisfies never
  }
}

/** Closes an order: no payment from now on. One that holds it keeps its place in the record until it ends. */
export function closeOrderRecord(order: OrderRecord): Decision {
  if (order.state === 'claimed') {
    return refusal(
      'CF_ORDER_PAID',
      `order ${order.orderId} has been paid: void or refund its payment instead`,
    )
  }
  if (order.state === 'closed') return events([])
  return events([], { ...order, revision: order.revision + 1, state: 'closed' })
}
