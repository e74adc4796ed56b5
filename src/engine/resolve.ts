import { conclude } from '../payment/conclude.ts'
import type { PaymentEvent } from '../payment/events.ts'
import type { Finding } from '../payment/finding.ts'
import { isEnd } from '../payment/operation-states.ts'
import { orderVersionOf } from '../payment/order.ts'
import { chargeOf, operationOf } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import { asideFor } from './aside.ts'
import { beforeNextTry, COMMIT_TRIES_MAX, type Committed, commit, load, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { within } from './deadline.ts'
import { circumstances, type EngineNode, takenBy, whyNotOnDuty } from './node.ts'
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
 * payment now, it is late evidence, kept, and prompts the owner to inquire. What a send was answered with and the
 * journal does not take is kept aside meanwhile, and not lost when this gives up (F7).
 */
export async function resolveFinding(
  node: EngineNode,
  module: PaymentModule,
  from: Session,
  reference: string,
  finding: Finding,
  presence: Presence,
): Promise<Resolved> {
  const version = await versionNow(node, from, reference, finding.kind === 'approved')
  const aside = asideFor(node, from, reference, finding, presence)
  const asked = new Set<string>()
  let session = from
  try {
    for (let tries = 0; tries < COMMIT_TRIES_MAX; tries++) {
      try {
        const resolved =
          session.payment.fence === from.payment.fence
            ? await tryToResolve(node, module, session, reference, finding, presence, version, asked)
            : await tryLate(node, session, reference, finding)
        if (resolved !== undefined) {
          aside.written()
          return resolved
        }
      } catch (error) {
        // It may have been written: what is there now decides (F8).
        aside.keep()
        await beforeNextTry(node, tries, error)
      }
      session = await reload(node, session)
      const unsent = session.payment.fence === from.payment.fence ? unsentOf(session, asked) : []
      if (unsent.length > 0) {
        aside.written()
        return { session, toSend: unsent }
      }
    }
  } catch (error) {
    aside.left(asked)
    throw error
  }
  aside.left(asked)
  throw new Error(`the conclusion about ${reference} could not be written in ${COMMIT_TRIES_MAX} tries`)
}

/**
 * What a commit of ours has intended whose answer was lost: its reference is known to nobody else, and whoever takes
 * the payment over puts in doubt what they find intended. It is sent as if the answer had come (F8).
 */
export function unsentOf({ payment }: Session, asked: ReadonlySet<string>): readonly string[] {
  const unsent = payment.operations.filter(
    ({ reference, state, inDoubtSinceMs }) =>
      asked.has(reference) && state === 'intended' && inDoubtSinceMs === undefined,
  )
  return unsent.map(({ reference }) => reference)
}

/** One try of the commit, which adds to `asked` what it intends; undefined when somebody else wrote meanwhile. */
export async function tryToResolve(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  reference: string,
  finding: Finding,
  presence: Presence,
  version: { readonly versionNow?: string },
  asked: Set<string>,
): Promise<Resolved | undefined> {
  const now = { ...circumstances(node, module, session.order, presence.card !== undefined), ...version }
  const decision = conclude(session.payment, reference, finding, now)
  if (decision.kind === 'refused') throw new Error(`a finding was refused: ${decision.text}`)
  if (decision.events.length === 0) return { session, toSend: [] }
  const list = withConsequences(module, session.payment, decision.events, now, decision.order)
  const sends = toSend(list)
  for (const event of list) if (event.type === 'operation-intended') asked.add(event.operation.reference)
  // Who writes down what is to be sent owns the payment: its answer must find the fence that it was sent under.
  const taken = sends.length > 0 ? takenBy(node, session.payment) : []
  const committed = await commit(node, session, [...taken, ...list], decision.order)
  return committed.kind === 'committed' ? { session: committed.session, toSend: sends } : undefined
}

/**
 * Evidence that came after somebody else took the payment over: a guest's write, under the state that is there.
 * Undefined when somebody else wrote meanwhile.
 */
export async function tryLate(
  node: EngineNode,
  session: Session,
  reference: string,
  finding: Finding,
): Promise<Resolved | undefined> {
  const kept: PaymentEvent = {
    type: 'evidence-kept',
    reference,
    evidence: finding.evidence,
    // The owner can ask what became of a request; what an inquiry said it can ask again by itself.
    ...(finding.evidence.source === 'inquiry' ? {} : { nextTryAtMs: node.world.nowMs() }),
  }
  const committed: Committed = await commit(node, session, [kept], undefined)
  return committed.kind === 'committed' ? { session: committed.session, toSend: [] } : undefined
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
    await backOnDuty(node)
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

const DUTY_LOOK_MS = 100

/**
 * When the journal is back, a commit may be there before the next heartbeat: what was written down with it is not
 * given up for that. The wait leaves half of the time that it may be sent in.
 */
async function backOnDuty(node: EngineNode): Promise<void> {
  const { world, limits } = node
  const untilMs = world.monotonicMs() + Math.min(limits.sendWithinMs / 2, 2 * limits.heartbeatEveryMs)
  while (whyNotOnDuty(node) !== undefined && world.monotonicMs() < untilMs) await world.sleep(DUTY_LOOK_MS)
}

/** The references of what a list of events has written down to be sent. */
export function toSend(list: readonly PaymentEvent[]): readonly string[] {
  return list.flatMap((event) => {
    if (event.type === 'operation-intended') return [event.operation.reference]
    return event.type === 'operation-retried' ? [event.reference] : []
  })
}
