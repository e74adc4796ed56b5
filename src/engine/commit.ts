import { CounterfoilError, reasonOf } from '../errors.ts'
import type { Verdict } from '../journal/journal.ts'
import { dueOf } from '../payment/due.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import { type OrderRecord, openOrder } from '../payment/order.ts'
import type { Payment } from '../payment/state.ts'
import type { EngineNode } from './node.ts'

/** A payment as this process last saw it, with its order's record: what a decision is made on. */
export interface Session {
  readonly payment: Payment
  /** The journal's version of the payment; 0 before its first append. */
  readonly version: number
  readonly order: OrderRecord
}

export type Committed =
  | { readonly kind: 'committed'; readonly session: Session }
  | { readonly kind: 'conflict'; readonly on: Extract<Verdict, { kind: 'conflict' }>['on'] }

/** Reads a payment and its order's record. */
export async function load(node: EngineNode, paymentId: string): Promise<Session | undefined> {
  const stored = await node.journal.read(paymentId)
  if (stored === undefined) return undefined
  const { orderId } = stored.payment
  const order = (await node.journal.order(orderId)) ?? openOrder(orderId)
  return { payment: stored.payment, version: stored.version, order }
}

/**
 * The only way to write: events, snapshot, order record and due time in one append. After a rejection nobody knows
 * whether it was written; the caller reads before it decides.
 */
export async function commit(
  node: EngineNode,
  session: Session | undefined,
  events: readonly PaymentEvent[],
  order: OrderRecord | undefined,
): Promise<Committed> {
  const payment = fold(session?.payment, events)
  const due = dueOf(payment)
  const references: string[] = []
  for (const event of events) {
    if (event.type === 'operation-intended') references.push(event.operation.reference)
  }
  const version = session?.version ?? 0
  const verdict = await node.journal.append({
    payment: {
      paymentId: payment.paymentId,
      expectedVersion: version,
      expectedFence: session?.payment.fence ?? 0,
      events,
      snapshot: payment,
      references,
      dueAtMs: due.dueAtMs,
      attended: due.attended,
      atMs: node.world.nowMs(),
    },
    ...(order === undefined ? {} : { order: { expectedRevision: order.revision - 1, record: order } }),
  })
  if (verdict.kind === 'conflict') return verdict
  const record = order ?? session?.order ?? openOrder(payment.orderId)
  return { kind: 'committed', session: { payment, version: version + 1, order: record } }
}

/**
 * The commit that opens a payment. When its result is unknown it is read back: nobody else knows the new id, so that
 * what is found under it is this very write, and what is not found was not sent (F6, F8).
 */
export async function commitFirst(
  node: EngineNode,
  events: readonly PaymentEvent[],
  order: OrderRecord | undefined,
): Promise<Committed> {
  try {
    return await commit(node, undefined, events, order)
  } catch (error) {
    const written = await load(node, fold(undefined, events).paymentId)
    // A later version is somebody else's: recovery has taken it up already.
    if (written?.version !== 1) throw error
    return { kind: 'committed', session: written }
  }
}

/** Writes that must end somehow even if the journal is away for a moment try so often, so long apart. */
export const COMMIT_TRIES_MAX = 8
const COMMIT_RETRY_MS = 250

/**
 * Waits before the next try of a commit, longer each time.
 *
 * @throws what can never be written: there is nothing to wait for
 */
export async function beforeNextTry(node: EngineNode, tries: number, error: unknown): Promise<void> {
  if (error instanceof CounterfoilError && error.code === 'CF_JOURNAL_REFUSED') throw error
  node.log({ level: 'warn', message: `the journal did not take a commit (try ${tries}): ${reasonOf(error)}` })
  await node.world.sleep(COMMIT_RETRY_MS * 2 ** tries)
}
