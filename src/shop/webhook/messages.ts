import type { PaymentChange, Telling } from '../shop.ts'

/** What a shop can be told. */
export const webhookTypes = [
  'payment.paid',
  'payment.cancelled',
  'payment.in-progress',
  'payment.changed',
] as const

export type WebhookType = (typeof webhookTypes)[number]

/** The body of a webhook: the same to the byte each time it is told. */
export interface WebhookMessage {
  readonly type: WebhookType
  /** When it came about, by RFC 3339. */
  readonly timestamp: string
  readonly data: {
    readonly orderId: string
    readonly paymentId: string
    /** In minor units of the currency: at most 10^15, which every JSON parser reads exactly. */
    readonly amountMinor: number
    readonly currency: string
    /** Goes up with each word about the order: a lower one than was heard already is old news. */
    readonly sequence: number
    /** Of `payment.changed`: what became of the money, and of how much of it. */
    readonly change?: PaymentChange['change']
    readonly changedMinor?: number
  }
}

export function messageOf(type: WebhookType, telling: Telling | PaymentChange): WebhookMessage {
  const { orderId, paymentId, amountMinor, currency, sequence, atMs } = telling
  return {
    type,
    timestamp: new Date(atMs).toISOString(),
    data: {
      orderId,
      paymentId,
      amountMinor: exactNumber(amountMinor),
      currency,
      sequence,
      ...('change' in telling && {
        change: telling.change,
        changedMinor: exactNumber(telling.changedMinor),
      }),
    },
  }
}

function exactNumber(amountMinor: bigint): number {
  const number = Number(amountMinor)
  if (!Number.isSafeInteger(number)) throw new Error(`${amountMinor} minor units are no amount`)
  return number
}
