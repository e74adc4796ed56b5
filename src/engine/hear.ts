import { growingDelayMs } from '../payment/delays.ts'
import type { Evidence, PaymentEvent } from '../payment/events.ts'
import { operationOf, type Payment } from '../payment/state.ts'
import { commit, type Session } from './commit.ts'
import type { EngineNode } from './node.ts'
import { reload } from './resolve.ts'

/** Something from outside that is not evidence by itself, or not by itself alone. */
export interface Heard {
  /** Digest of what came: a copy is no news. */
  readonly notice: string
  readonly reference: string
  readonly evidence: Evidence
  /** True when an inquiry is to follow. */
  readonly asks: boolean
}

const TRIES_MAX = 5

/**
 * Writes down what was heard, once, and lets an inquiry follow: each next one later, so that nobody can make us ask
 * without end. Undefined when it was heard before.
 */
export async function hear(node: EngineNode, from: Session, heard: Heard): Promise<Session | undefined> {
  let session = from
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (session.payment.notices.includes(heard.notice)) return undefined
    const committed = await commit(node, session, [notified(node, session.payment, heard)], undefined)
    if (committed.kind === 'committed') {
      // It may be what this payment was waiting for.
      node.resting.delete(session.payment.paymentId)
      return committed.session
    }
    session = await reload(node, session)
  }
  throw new Error(`what was heard of ${heard.reference} could not be written in ${TRIES_MAX} tries`)
}

/** The event of it. What is still to be answered is not asked about before its answer is in doubt. */
export function notified(
  node: EngineNode,
  payment: Payment,
  heard: Heard,
): Extract<PaymentEvent, { type: 'notified' }> {
  const operation = operationOf(payment, heard.reference)
  const isAnswered = operation?.state !== 'intended' || operation.inDoubtSinceMs !== undefined
  const asks = heard.asks && operation !== undefined && isAnswered && operation.frozenBy === undefined
  const jitter = (node.world.randomBytes(1)[0] ?? 0) / 255
  const delayMs =
    operation === undefined || operation.hints === 0 ? 0 : growingDelayMs(operation.hints, jitter)
  return {
    type: 'notified',
    notice: heard.notice,
    reference: heard.reference,
    evidence: heard.evidence,
    ...(asks ? { nextTryAtMs: node.world.nowMs() + delayMs } : {}),
  }
}
