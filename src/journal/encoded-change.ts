import { reasonOf } from '../errors.ts'
import { doubtOf } from '../payment/doubt.ts'
import { encode } from './codec.ts'
import type { Change } from './journal.ts'
import { assertNames, refusedChange } from './names.ts'

/** The texts of one change together. A usual one has 5,000; one that is larger would hold up the batch that it is in. */
export const CHANGE_CHARACTERS_MAX = 8 * 1024 * 1024
/** What a column for a whole number holds in every journal. */
const AMOUNT_MINOR_MAX = 2n ** 63n - 1n

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
 * Encodes a change, once, and asserts what every journal relies on: what one of them takes, all of them take.
 *
 * @throws CF_JOURNAL_REFUSED when the change contradicts itself, or holds what not every journal can keep.
 */
export function encodeChange(change: Change): EncodedChange {
  const encoded = { payment: encodePayment(change.payment), order: encodeOrder(change.order) }
  const characters = charactersOf(encoded)
  if (characters > CHANGE_CHARACTERS_MAX) {
    throw refusedChange(
      `a change has ${characters} characters, more than the ${CHANGE_CHARACTERS_MAX} of the largest`,
    )
  }
  return encoded
}

/** How much there is to write. */
export function charactersOf({ payment, order }: EncodedChange): number {
  return (payment?.events.length ?? 0) + (payment?.snapshot.length ?? 0) + (order?.record.length ?? 0)
}

function encodePayment(change: Change['payment']): EncodedPayment | undefined {
  if (change === undefined) return undefined
  const { paymentId, expectedVersion, expectedFence, snapshot, references, dueAtMs, atMs } = change
  assertCount('expectedVersion', expectedVersion)
  assertCount('expectedFence', expectedFence)
  assertCount('atMs', atMs)
  assertCount('fence', snapshot.fence)
  if (dueAtMs !== undefined) assertCount('dueAtMs', dueAtMs)
  if (snapshot.paymentId !== paymentId) {
    throw refusedChange(`a change of payment ${paymentId} carries the snapshot of ${snapshot.paymentId}`)
  }
  if (snapshot.fence < expectedFence) {
    throw refusedChange(`the fence of payment ${paymentId} would go down to ${snapshot.fence}`)
  }
  if (new Set(references).size !== references.length) {
    throw refusedChange(`a change of payment ${paymentId} names a reference twice`)
  }
  const { orderId, key, status, owner, currency } = snapshot
  // What is written already has its names already: also one that would be too long for a new one.
  const bytesMax = expectedVersion === 0 ? undefined : Infinity
  assertNames([paymentId, orderId, key], bytesMax)
  assertNames([status, owner, currency, ...references])
  const doubt = doubtOf(snapshot)
  if (doubt !== undefined && doubt.atRiskMinor > AMOUNT_MINOR_MAX) {
    throw refusedChange(`an amount in payment ${paymentId} is larger than ${AMOUNT_MINOR_MAX}`)
  }
  return {
    paymentId,
    expectedVersion,
    expectedFence,
    fence: snapshot.fence,
    events: written(change.events),
    snapshot: written(snapshot),
    references: [...references],
    dueAtMs: dueAtMs ?? null,
    attended: change.attended,
    atMs,
    orderId,
    key,
    status,
    owner,
    cases: snapshot.cases.filter(({ closed }) => closed === undefined).length,
    currency,
    doubtSinceMs: doubt?.sinceMs ?? null,
    atRiskMinor: doubt?.atRiskMinor.toString() ?? null,
  }
}

function encodeOrder(change: Change['order']): EncodedOrder | undefined {
  if (change === undefined) return undefined
  const { expectedRevision, record } = change
  assertCount('expectedRevision', expectedRevision)
  if (record.revision !== expectedRevision + 1) {
    throw refusedChange(
      `order ${record.orderId} would go from revision ${expectedRevision} to ${record.revision}`,
    )
  }
  assertNames([record.orderId], expectedRevision === 0 ? undefined : Infinity)
  return { orderId: record.orderId, expectedRevision, record: written(record) }
}

function assertCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw refusedChange(`${name} must be a whole number, not ${value}`)
}

/** What cannot be put into words once never can be. */
function written(value: Parameters<typeof encode>[0]): string {
  try {
    return encode(value)
  } catch (error) {
    throw refusedChange(`a change cannot be written as text: ${reasonOf(error)}`, error)
  }
}
