import { conclude } from '../payment/conclude.ts'
import type { PaymentEvent } from '../payment/events.ts'
import type { Finding } from '../payment/finding.ts'
import { isEnd } from '../payment/operation-states.ts'
import { orderVersionOf } from '../payment/order.ts'
import { chargeOf, operationOf } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import { beforeNextTry, COMMIT_TRIES_MAX, type Committed, commit, load, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { within } from './deadline.ts'
import { circumstances, type EngineNode } from './node.ts'
import type { Presence } from './presence.ts'
import { sendUntil, transmit } from './transmit.ts'

/** What a resolution has left to do: operations that were written down with it and are ours to send. */
export interface Resolved {
  readonly session: Session
  readonly toSend: readonly string[]
}

/**
 * Commit B, and every later conclusion: what was found becomes events under the fence that this process holds. When
 * somebody else wrote meanwhile, the finding is weighed again on what is there now; when somebody else owns the
 * payment now, it is late evidence, kept, and prompts the owner to inquire.
 */
export async function resolveFinding(
  node: EngineNode,
  module: PaymentModule,
  from: Session,
  reference: string,
  finding: Finding,
  presence: Presence,
): Promise<Resolved> {
  let session = from
  const version = await versionNow(node, from, reference, finding.kind === 'approved')
  for (let tries = 0; tries < COMMIT_TRIES_MAX; tries++) {
    const now = { ...circumstances(node, module, session.order, presence.card !== undefined), ...version }
    const decision = conclude(session.payment, reference, finding, now)
    if (decision.kind === 'refused') throw new Error(`a finding was refused: ${decision.text}`)
    if (decision.events.length === 0) return { session, toSend: [] }
    const list = withConsequences(module, session.payment, decision.events, now, decision.order)
    try {
      const committed = await commit(node, session, list, decision.order)
      if (committed.kind === 'committed') return { session: committed.session, toSend: toSend(list) }
    } catch (error) {
      // It may have been written: what is there now decides (F8).
      await beforeNextTry(node, tries, error)
    }
    session = await reload(node, session)
    if (session.payment.fence !== from.payment.fence)
      return { session: await keepLate(node, session, reference, finding), toSend: [] }
  }
  throw new Error(`the conclusion about ${reference} could not be written in ${COMMIT_TRIES_MAX} tries`)
}

/**
 * The PSP's page may be paid long after it was opened: whether the order is still the one that it was opened for the
 * shop alone can tell. When it does not answer, what we know of the order decides.
 */
export async function versionNow(
  node: EngineNode,
  { payment }: Session,
  reference: string,
  isApproved: boolean,
): Promise<{ readonly versionNow?: string }> {
  const operation = operationOf(payment, reference)
  if (!isApproved || operation?.payableForMs === undefined || isEnd(operation.state)) return {}
  const loaded = await within(node.world, node.limits.shopDeadlineMs, (signal) =>
    node.shop.loadOrder(payment.orderId, signal),
  )
  if (loaded.kind !== 'done' || loaded.value === undefined) return {}
  return { versionNow: orderVersionOf(loaded.value) }
}

/** Evidence that came after somebody else took the payment over: a guest's write, under the state that is there. */
async function keepLate(
  node: EngineNode,
  from: Session,
  reference: string,
  finding: Finding,
): Promise<Session> {
  let session = from
  for (let tries = 0; tries < COMMIT_TRIES_MAX; tries++) {
    const kept: PaymentEvent = {
      type: 'evidence-kept',
      reference,
      evidence: finding.evidence,
      // The owner can ask what became of a request; what an inquiry said it can ask again by itself.
      ...(finding.evidence.source === 'inquiry' ? {} : { nextTryAtMs: node.world.nowMs() }),
    }
    try {
      const committed: Committed = await commit(node, session, [kept], undefined)
      if (committed.kind === 'committed') return committed.session
    } catch (error) {
      await beforeNextTry(node, tries, error)
    }
    session = await reload(node, session)
  }
  throw new Error(`late evidence about ${reference} could not be written in ${COMMIT_TRIES_MAX} tries`)
}

/** Reads the payment again, for as long as a commit may be tried. */
export async function reload(node: EngineNode, session: Session): Promise<Session> {
  for (let tries = 0; tries < COMMIT_TRIES_MAX; tries++) {
    try {
      const fresh = await load(node, session.payment.paymentId)
      if (fresh !== undefined) return fresh
      throw new Error(`payment ${session.payment.paymentId} is not in the journal any more`)
    } catch (error) {
      await beforeNextTry(node, tries, error)
    }
  }
  throw new Error('the journal could not be read')
}

/** Sends what was written down by a conclusion, and concludes again, until nothing is left to send. */
export async function sendAll(
  node: EngineNode,
  module: PaymentModule,
  resolved: Resolved,
  presence: Presence,
): Promise<Session> {
  let { session, toSend: queue } = resolved
  while (queue.length > 0) {
    const [reference = '', ...rest] = queue
    const finding = await transmit(node, module, session, reference, presence, sendUntil(node))
    const next = await resolveFinding(node, module, session, reference, finding, presence)
    session = next.session
    queue = [...rest, ...next.toSend]
  }
  // Away at the bank: the next leg may want what the payer gave.
  if (chargeOf(session.payment)?.state === 'challenged') {
    node.presences.hold(session.payment.paymentId, presence)
  }
  return session
}

/** The references of what a list of events has written down to be sent. */
export function toSend(list: readonly PaymentEvent[]): readonly string[] {
  return list.flatMap((event) => {
    if (event.type === 'operation-intended') return [event.operation.reference]
    return event.type === 'operation-retried' ? [event.reference] : []
  })
}
