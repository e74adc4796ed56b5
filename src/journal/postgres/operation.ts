import { isStorable } from '../../postgres/storable.ts'
import type { EncodedChange } from '../encoded-change.ts'
import type { InboxItem, Verdict } from '../journal.ts'

/** One thing to write. All of a batch go into one transaction. */
export type WriteOperation =
  | { readonly kind: 'change'; readonly change: EncodedChange }
  | { readonly kind: 'heartbeat'; readonly nodeId: string }
  | { readonly kind: 'receive'; readonly item: InboxItem }
  | { readonly kind: 'remove-from-inbox'; readonly id: string }

/** What became of it. */
export type WriteResult =
  | Verdict
  /** A heartbeat, at this time of the database. */
  | { readonly kind: 'seen'; readonly nowMs: number }
  /** Told to whoever asked for this one; the others of its batch have results of their own. */
  | { readonly kind: 'failed'; readonly error: unknown }

/** @throws Error when a name in it could not be kept as it is: it would be another one, or take its whole batch along. */
export function assertStorable(operation: WriteOperation): void {
  const wrong = namesIn(operation).find((name) => !isStorable(name))
  if (wrong !== undefined) throw new Error(`PostgreSQL cannot keep the name ${JSON.stringify(wrong)}`)
}

function namesIn(operation: WriteOperation): readonly string[] {
  switch (operation.kind) {
    case 'change': {
      const { payment, order } = operation.change
      const ofOrder = order === undefined ? [] : [order.orderId]
      if (payment === undefined) return ofOrder
      const { paymentId, orderId, key, owner, status, references } = payment
      return [...ofOrder, paymentId, orderId, key, owner, status, ...references]
    }
    case 'heartbeat':
      return [operation.nodeId]
    case 'receive':
      return [operation.item.id, operation.item.gateway, operation.item.callerAddress ?? '']
    case 'remove-from-inbox':
      return [operation.id]
    default:
      throw new Error(`unknown operation ${(operation satisfies never as { kind: string }).kind}`)
  }
}
