import type { EncodedChange } from './encoded-change.ts'
import type { Verdict } from './journal.ts'

/** What a journal has stored, as far as a verdict needs it. Each is asked for at most once, and only if needed. */
export interface Stored {
  /** Where the payment stands; version 0 and fence 0 for one that is not stored. */
  payment(paymentId: string): { readonly version: number; readonly fence: number }
  /** 0 for an order without a record. */
  orderRevision(orderId: string): number
  keyTaken(key: string): boolean
  referenceTaken(reference: string): boolean
}

const COMMITTED: Verdict = { kind: 'committed' }

/**
 * Judges a change against what is stored. Every journal asks here, inside the transaction that will write, so
 * that no two of them can differ in what they let through.
 *
 * The fence comes first: an owner that was overtaken (F13) must learn that, and not that it was merely slow. The
 * key comes before the order, because a repeated request finds its first payment by its key.
 */
export function judge(change: EncodedChange, stored: Stored): Verdict {
  const { payment, order } = change
  if (payment !== undefined) {
    const current = stored.payment(payment.paymentId)
    if (payment.expectedFence !== current.fence) return conflict('fence')
    if (payment.expectedVersion !== current.version) return conflict('version')
    if (payment.expectedVersion === 0 && stored.keyTaken(payment.key)) return conflict('key')
  }
  if (order !== undefined) {
    if (order.expectedRevision !== stored.orderRevision(order.orderId)) return conflict('order')
  }
  if (payment !== undefined) {
    if (payment.references.some((reference) => stored.referenceTaken(reference))) return conflict('reference')
  }
  return COMMITTED
}

function conflict(on: Extract<Verdict, { kind: 'conflict' }>['on']): Verdict {
  return { kind: 'conflict', on }
}
