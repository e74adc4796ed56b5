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
  /** 128 fresh random bits, should the payer be handed over. */
  readonly freshToken: string
  /** The version of the order as the shop has it now, where that was asked: a page may be paid long after it was opened. */
  readonly versionNow?: string
  /** The card is in memory here, so that a charge can be asked for once more. */
  readonly hasCard: boolean
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

/**
 * The record once this payment claims the order, in the version that it was opened for: its holder can, and with
 * `orOpen` one that had let another begin beside it, once that has let go of the order.
 */
export function claimed(
  order: OrderRecord,
  payment: Pick<Payment, 'paymentId' | 'orderVersion'>,
  orOpen = false,
): OrderRecord | undefined {
  const mine = order.state === 'held' && order.paymentId === payment.paymentId
  if (!mine && !(orOpen && order.state === 'open')) return undefined
  if (order.orderVersion !== payment.orderVersion) return undefined
  const { paymentId } = payment
  // What it has to tell from now on is the latest word about the order, whoever was tried meanwhile.
  return { ...order, revision: order.revision + 1, state: 'claimed', paymentId, lastPaymentId: paymentId }
}
