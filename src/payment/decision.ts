import type { ErrorCode } from '../errors.ts'
import type { PaymentEvent } from './events.ts'
import type { Rules } from './finding.ts'
import type { OrderRecord } from './order.ts'
import type { Payment } from './state.ts'

/** What a decision comes to: events, and the order record as it becomes with them, or a refusal with its reason. */
export type Decision =
  | { readonly kind: 'events'; readonly events: readonly PaymentEvent[]; readonly order?: OrderRecord }
  | {
      readonly kind: 'refused'
      readonly code: ErrorCode
      readonly text: string
      readonly details?: Readonly<Record<string, string>>
    }

/** What a decision is handed beside the payment: time and names arrive from outside, so that deciding is pure. */
export interface Circumstances {
  readonly nowMs: number
  readonly order: OrderRecord
  readonly rules: Rules
  /** 0 to 1, for delays. */
  readonly jitter: number
  /** A fresh reference, should a reversal have to be written down. */
  readonly freshReference: string
  /** A fresh id, should a case have to be opened. */
  readonly freshCaseId: string
  /** For an operation that has to be written down now. */
  readonly sendDeadlineMs: number
  readonly dueAtMs: number
}

export function events(list: readonly PaymentEvent[], order?: OrderRecord): Decision {
  return order === undefined ? { kind: 'events', events: list } : { kind: 'events', events: list, order }
}

export function refusal(code: ErrorCode, text: string, details?: Readonly<Record<string, string>>): Decision {
  return details === undefined ? { kind: 'refused', code, text } : { kind: 'refused', code, text, details }
}

/** The record once this payment lets go of the order; undefined when it does not have it. A closed order stays closed. */
export function released(order: OrderRecord, payment: Pick<Payment, 'paymentId'>): OrderRecord | undefined {
  if (order.paymentId !== payment.paymentId || order.state === 'closed') return undefined
  return { ...order, revision: order.revision + 1, state: 'open', paymentId: undefined }
}

/** The record once this payment claims the order: only its holder can, and only in the version that it was opened for. */
export function claimed(
  order: OrderRecord,
  payment: Pick<Payment, 'paymentId' | 'orderVersion'>,
): OrderRecord | undefined {
  const mine = order.state === 'held' && order.paymentId === payment.paymentId
  if (!mine || order.orderVersion !== payment.orderVersion) return undefined
  return { ...order, revision: order.revision + 1, state: 'claimed' }
}
