import { doubtOf } from '../payment/doubt.ts'
import { encode } from './codec.ts'
import type { Change } from './journal.ts'

/** A change as it will be written: texts and numbers only, so that nothing in it can still be altered by its maker. */
export interface EncodedChange {
  readonly payment: EncodedPayment | undefined
  readonly order: EncodedOrder | undefined
}

export interface EncodedPayment {
  readonly paymentId: string
  readonly expectedVersion: number
  readonly expectedFence: number
  readonly fence: number
  readonly events: string
  readonly snapshot: string
  readonly references: readonly string[]
  readonly dueAtMs: number | null
  readonly attended: boolean
  readonly atMs: number
  readonly orderId: string
  readonly key: string
  readonly status: string
  readonly owner: string
  /** How many open cases the payment has. */
  readonly cases: number
  readonly currency: string
  /** Since when an operation is in doubt, and what it may have moved; null when none is. */
  readonly doubtSinceMs: number | null
  readonly atRiskMinor: string | null
}

export interface EncodedOrder {
  readonly orderId: string
  readonly expectedRevision: number
  readonly record: string
}

/**
 * Encodes a change, once, and asserts what every journal relies on.
 *
 * @throws Error when the change contradicts itself: a fault in the engine, and nothing was written.
 */
export function encodeChange(change: Change): EncodedChange {
  return { payment: encodePayment(change.payment), order: encodeOrder(change.order) }
}

function encodePayment(change: Change['payment']): EncodedPayment | undefined {
  if (change === undefined) return undefined
  const { paymentId, expectedVersion, expectedFence, snapshot, references, dueAtMs, atMs } = change
  assertCount('expectedVersion', expectedVersion)
  assertCount('expectedFence', expectedFence)
  assertCount('atMs', atMs)
  if (dueAtMs !== undefined) assertCount('dueAtMs', dueAtMs)
  if (snapshot.paymentId !== paymentId) {
    throw new Error(`a change of payment ${paymentId} carries the snapshot of ${snapshot.paymentId}`)
  }
  if (snapshot.fence < expectedFence) {
    throw new Error(`the fence of payment ${paymentId} would go down to ${snapshot.fence}`)
  }
  if (new Set(references).size !== references.length) {
    throw new Error(`a change of payment ${paymentId} names a reference twice`)
  }
  const doubt = doubtOf(snapshot)
  return {
    paymentId,
    expectedVersion,
    expectedFence,
    fence: snapshot.fence,
    events: encode(change.events),
    snapshot: encode(snapshot),
    references: [...references],
    dueAtMs: dueAtMs ?? null,
    attended: change.attended,
    atMs,
    orderId: snapshot.orderId,
    key: snapshot.key,
    status: snapshot.status,
    owner: snapshot.owner,
    cases: snapshot.cases.filter(({ closed }) => closed === undefined).length,
    currency: snapshot.currency,
    doubtSinceMs: doubt?.sinceMs ?? null,
    atRiskMinor: doubt?.atRiskMinor.toString() ?? null,
  }
}

function encodeOrder(change: Change['order']): EncodedOrder | undefined {
  if (change === undefined) return undefined
  const { expectedRevision, record } = change
  assertCount('expectedRevision', expectedRevision)
  if (record.revision !== expectedRevision + 1) {
    throw new Error(
      `order ${record.orderId} would go from revision ${expectedRevision} to ${record.revision}`,
    )
  }
  return { orderId: record.orderId, expectedRevision, record: encode(record) }
}

function assertCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`${name} must be a whole number, not ${value}`)
}
