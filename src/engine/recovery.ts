import { reasonOf } from '../errors.ts'
import { released } from '../payment/decision.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { intendRegistration, mayRegisterAgain } from '../payment/conclude-hosted.ts'
import { dueOf } from '../payment/due.ts'
import { isEnd } from '../payment/operation-states.ts'
import type { Operation } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import { commit, load, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { within } from './deadline.ts'
import { circumstances, eachOf, type EngineNode, takenBy } from './node.ts'
import { deliver } from './outbox.ts'
import { nextStep } from './progress.ts'
import { reload, resolveFinding, sendAll } from './resolve.ts'
import { advance } from './runner.ts'
import { NOBODY, type Presence } from './presence.ts'
import { inquire } from './transmit.ts'

/**
 * One round over what is due: payments whose owner is gone or whose time has come. Each is isolated from the others
 * (F22), and at most `recoveriesAtOnceMax` are in work at once (F23). Answers how many were looked at.
 */
export async function runDue(node: EngineNode, limit: number): Promise<number> {
  const nowMs = node.world.nowMs()
  const deadBeforeMs = nowMs - node.limits.nodeDeadAfterMs
  const passed = node.busy.size + awaken(node)
  const { nodeId } = node.world
  const due = await node.journal.due({ nodeId, nowMs, deadBeforeMs, limit: Math.min(limit + passed, 1_000) })
  const mine = due
    .filter((paymentId) => !node.busy.has(paymentId) && !node.resting.has(paymentId))
    .slice(0, limit)
  await eachOf(mine, node.limits.recoveriesAtOnceMax, (paymentId) => resume(node, paymentId))
  return mine.length
}

/** What is due and cannot go on would come first in each round, and keep all that is due later from ever being seen. */
const REST_MS = 30_000
/** More than these and a round's `limit` do not fit into one question to the journal. */
const RESTING_MAX = 800

function rest(node: EngineNode, paymentId: string): void {
  if (node.resting.size < RESTING_MAX) node.resting.set(paymentId, node.world.monotonicMs() + REST_MS)
}

function awaken(node: EngineNode): number {
  const nowMs = node.world.monotonicMs()
  for (const [paymentId, untilMs] of node.resting) if (untilMs <= nowMs) node.resting.delete(paymentId)
  return node.resting.size
}

/** Takes up one payment. What fails is logged and due again; it delays nobody else. */
export async function resume(node: EngineNode, paymentId: string): Promise<void> {
  if (node.busy.has(paymentId)) return
  node.busy.add(paymentId)
  try {
    const session = await load(node, paymentId)
    const module = session === undefined ? undefined : node.modules.get(session.payment.module)
    if (session === undefined) return
    // A node takes over only payments whose module it knows: another version may (F25).
    if (module === undefined) {
      rest(node, paymentId)
      return node.log({ level: 'warn', message: `unknown module '${session.payment.module}'`, paymentId })
    }
    const owned = await takeOver(node, module, session)
    if (owned === undefined || (await goOn(node, module, owned)) !== session.version) return
    // Nothing was written. What is still due waits for another payment, or for the shop; what is not was looked at early.
    const { dueAtMs } = dueOf(owned.payment)
    if (dueAtMs !== undefined && dueAtMs <= node.world.nowMs()) rest(node, paymentId)
  } catch (error) {
    rest(node, paymentId)
    node.log({ level: 'error', message: `recovery failed: ${reasonOf(error)}`, paymentId })
  } finally {
    node.busy.delete(paymentId)
  }
}

/** Raises the fence where another process owned it; what was under way there is in doubt from now on. */
async function takeOver(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
): Promise<Session | undefined> {
  const { payment } = session
  const now = circumstances(node, module, session.order)
  const list: PaymentEvent[] = [...takenBy(node, payment)]
  for (const operation of payment.operations) {
    if (
      operation.state !== 'intended' ||
      operation.inDoubtSinceMs !== undefined ||
      operation.frozenBy !== undefined
    )
      continue
    list.push({
      type: 'operation-doubted',
      reference: operation.reference,
      evidence: { source: 'engine', atMs: now.nowMs, text: 'the process that sent it is gone' },
      nextTryAtMs: now.nowMs,
    })
  }
  const doubtful = payment.started.find((step) => step.state === 'started')
  if (doubtful !== undefined) {
    const reason = 'the process that called it is gone'
    list.push({ type: 'step-in-doubt', step: doubtful.step, reason }, { type: 'pipeline-ended' })
  }
  if (list.length === 0) return session
  const order = doubtful === undefined ? undefined : released(session.order, payment)
  const committed = await commit(node, session, withConsequences(module, payment, list, now, order), order)
  return committed.kind === 'committed' ? committed.session : undefined
}

/** Answers the version that it came to. Inquires what is in doubt, delivers what is due, and goes on with steps that need nobody to be there. */
async function goOn(node: EngineNode, module: PaymentModule, from: Session): Promise<number> {
  let session = from
  const references = session.payment.operations.filter((operation) => isToAsk(operation, node.world.nowMs()))
  for (const { reference } of references) {
    const operation = session.payment.operations.find((other) => other.reference === reference)
    if (operation === undefined || !isToAsk(operation, node.world.nowMs())) continue
    session = mayRegisterAgain(operation)
      ? await registerAgain(node, module, session, operation)
      : await ask(node, module, session, operation)
  }
  session = await goOnWithSteps(node, module, session)
  return (await deliver(node, module, session)).version
}

async function ask(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  operation: Operation,
): Promise<Session> {
  const finding = await inquire(node, module, session, operation)
  const resolved = await resolveFinding(node, module, session, operation.reference, finding, NOBODY)
  return sendAll(node, module, resolved, NOBODY)
}

/** A registration without a usable answer: sent again under its reference, because no payer has its address. */
async function registerAgain(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  operation: Operation,
): Promise<Session> {
  const validMs = module.gateway.hosted?.validMs ?? operation.payableForMs ?? 0
  const decision = intendRegistration(operation, validMs, circumstances(node, module, session.order))
  if (decision.kind === 'refused') throw new Error(decision.text)
  const committed = await commit(node, session, decision.events, undefined)
  if (committed.kind === 'conflict') return reload(node, session)
  const presence = await presenceByOrder(node, session.payment.orderId)
  return sendAll(node, module, { session: committed.session, toSend: [operation.reference] }, presence)
}

/** What the shop knows of the payer; nothing of it when the shop is away. */
async function presenceByOrder(node: EngineNode, orderId: string): Promise<Presence> {
  const loaded = await within(node.world, node.limits.shopDeadlineMs, (signal) =>
    node.shop.loadOrder(orderId, signal),
  )
  if (loaded.kind !== 'done' || loaded.value === undefined) return NOBODY
  return { ...NOBODY, payer: loaded.value.payer }
}

function isToAsk(operation: Operation, nowMs: number): boolean {
  return (
    operation.frozenBy === undefined && operation.nextTryAtMs !== undefined && operation.nextTryAtMs <= nowMs
  )
}

/** Between two steps when its process went: goes on without the payer, so that a charge is never begun here. */
async function goOnWithSteps(node: EngineNode, module: PaymentModule, session: Session): Promise<Session> {
  const { payment } = session
  const stands = payment.operations.every(
    (operation) => isEnd(operation.state) || operation.state === 'accepted',
  )
  if (payment.pipelineEnded || !stands || nextStep(module, payment) === undefined) return session
  const loaded = await within(node.world, node.limits.shopDeadlineMs, (signal) =>
    node.shop.loadOrder(payment.orderId, signal),
  )
  if (loaded.kind !== 'done' || loaded.value === undefined) return session
  const run = { module, order: loaded.value, presence: NOBODY, session, pending: [], record: session.order }
  const advanced = await advance(node, run)
  if (advanced.kind === 'conflict') return session
  if (advanced.kind === 'rested')
    return sendAll(node, module, { session: advanced.session, toSend: advanced.toSend }, NOBODY)
  return advanced.run.session === undefined
    ? session
    : sendAll(node, module, { session: advanced.run.session, toSend: [advanced.reference] }, NOBODY)
}
