import { CounterfoilError, reasonOf } from '../errors.ts'
import { released } from '../payment/decision.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { intendRegistration, mayRegisterAgain } from '../payment/conclude-hosted.ts'
import { dueOf } from '../payment/due.ts'
import { isEnd } from '../payment/operation-states.ts'
import type { Operation } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { LogLine } from './api.ts'
import { commit, load, type Session } from './commit.ts'
import { withConsequences } from './consequences.ts'
import { within } from './deadline.ts'
import { openFailureCase } from './failure-case.ts'
import { circumstances, eachOf, type EngineNode, takenBy } from './node.ts'
import { deliver } from './outbox.ts'
import { knowsSteps, nextStep } from './progress.ts'
import { reload, resolveFinding, sendAll } from './resolve.ts'
import { advance } from './runner.ts'
import type { Pace } from './pace.ts'
import { NOBODY, type Presence } from './presence.ts'
import { sayOnce } from './say-once.ts'
import { inquire } from './transmit.ts'

/**
 * One round over what is due: payments whose owner is gone or whose time has come. Each is isolated from the others
 * (F22), and at most `recoveriesAtOnceMax` are in work at once (F23). Answers how many were looked at.
 */
export async function runDue(node: EngineNode, limit: number): Promise<number> {
  const nowMs = node.world.nowMs()
  const deadBeforeMs = node.clock.agoMs(node.limits.nodeDeadAfterMs)
  const awaited = node.spooled.awaited()
  const passed = node.busy.size + awaken(node) + awaited.size
  const { nodeId } = node.world
  const query = {
    nodeId,
    nowMs,
    deadBeforeMs,
    skip: node.duty.dueSkip,
    limit: Math.min(limit + passed, PAGE_MAX),
  }
  const due = await node.journal.due(query)
  const mine = due
    .filter((id) => !node.busy.has(id) && !node.resting.has(id) && !awaited.has(id))
    .slice(0, limit)
  // Where most of a full page cannot be taken up here, what is due later stands on the next one.
  node.duty.dueSkip = due.length === query.limit && mine.length < limit ? query.skip + due.length : 0
  await eachOf(mine, node.limits.recoveriesAtOnceMax, (paymentId) => resume(node, paymentId, node.pace))
  return mine.length
}

/** What is due and cannot go on would come first in each round, and keep all that is due later from ever being seen. */
const REST_MS = 30_000
/** So many are remembered: about 10 MB. */
const RESTING_MAX = 50_000
/** What the journal answers at most. */
const PAGE_MAX = 1_000

function rest(node: EngineNode, paymentId: string): void {
  if (node.resting.size < RESTING_MAX) node.resting.set(paymentId, node.world.monotonicMs() + REST_MS)
}

function awaken(node: EngineNode): number {
  const nowMs = node.world.monotonicMs()
  for (const [paymentId, untilMs] of node.resting) if (untilMs <= nowMs) node.resting.delete(paymentId)
  return node.resting.size
}

/** A payment that fails again and again is looked at less and less, and is a case after so many failures (F22). */
const FAILURES_BEFORE_CASE = 5
const FAILED_REST_MS_MAX = 3_600_000

/** Says what failed, and rests; the first of many failures may be a passing one. */
async function restAfterFailure(node: EngineNode, paymentId: string, error: unknown): Promise<void> {
  const line: LogLine = { level: 'error', message: `recovery failed: ${reasonOf(error)}`, paymentId }
  // What is away says nothing about this payment.
  if (error instanceof CounterfoilError && error.retry === 'later') {
    node.log(line)
    return rest(node, paymentId)
  }
  const failures = (node.failing.get(paymentId) ?? 0) + 1
  // From then on there is a case, or the log has said why there is none.
  if (failures <= FAILURES_BEFORE_CASE) node.log(line)
  else sayOnce(node, line)
  if (failures > 1 || node.failing.size < RESTING_MAX) node.failing.set(paymentId, failures)
  const restMs = Math.min(REST_MS * 2 ** (failures - 1), FAILED_REST_MS_MAX)
  if (node.resting.size < RESTING_MAX) node.resting.set(paymentId, node.world.monotonicMs() + restMs)
  if (failures < FAILURES_BEFORE_CASE) return
  // One that could not be written, or was closed while the cause is still there, is tried for again at the next failure.
  await openFailureCase(node, paymentId, { text: `Recovery failed ${failures} times: ${reasonOf(error)}` })
}

/**
 * Takes up one payment. What fails is logged and due again; it delays nobody else. Its inquiries keep to `pace`, unless
 * a payer waits for them.
 */
export async function resume(node: EngineNode, paymentId: string, pace?: Pace): Promise<void> {
  if (node.busy.has(paymentId) || !node.duty.running) return
  node.busy.add(paymentId)
  try {
    const session = await load(node, paymentId)
    const module = session === undefined ? undefined : node.modules.get(session.payment.module)
    if (session === undefined) return
    // A node takes over only payments whose module it knows: another version may (F25).
    if (module === undefined) return await leave(node, session)
    if (!knowsSteps(module, session.payment, node.world.nowMs())) return rest(node, paymentId)
    const owned = await takeOver(node, module, session)
    const version = owned === undefined ? undefined : await goOn(node, module, owned, pace)
    node.failing.delete(paymentId)
    if (owned === undefined || version !== session.version) return
    // Nothing was written. What is still due waits for another payment, or for the shop; what is not was looked at early.
    const { dueAtMs } = dueOf(owned.payment)
    if (dueAtMs !== undefined && dueAtMs <= node.world.nowMs()) rest(node, paymentId)
  } catch (error) {
    await restAfterFailure(node, paymentId, error)
  } finally {
    node.busy.delete(paymentId)
  }
}

/** Nobody who is there knows the module: said now and then, and a case once it has waited for as long as doubt may. */
async function leave(node: EngineNode, { payment }: Session): Promise<void> {
  const { paymentId, module } = payment
  const { duty, world, limits } = node
  rest(node, paymentId)
  if (world.monotonicMs() >= duty.unknownModuleSaidMs) {
    duty.unknownModuleSaidMs = world.monotonicMs() + REST_MS
    node.log({ level: 'warn', message: `unknown module '${module}'`, paymentId })
  }
  const { dueAtMs } = dueOf(payment)
  if (dueAtMs === undefined || world.nowMs() - dueAtMs < limits.doubtCaseAfterMs) return
  await openFailureCase(node, paymentId, { text: `No node knows the module '${module}' of this payment` })
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
async function goOn(
  node: EngineNode,
  module: PaymentModule,
  from: Session,
  pace: Pace | undefined,
): Promise<number> {
  let session = from
  const references = session.payment.operations.filter((operation) => isToAsk(operation, node.world.nowMs()))
  for (const { reference } of references) {
    const operation = session.payment.operations.find((other) => other.reference === reference)
    if (operation === undefined || !isToAsk(operation, node.world.nowMs())) continue
    await pace?.turn()
    // What is in work when the engine is stopped is finished, as long as that waits.
    if (node.duty.hasTakenLeave) return session.version
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
