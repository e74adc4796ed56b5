import { reasonOf } from '../errors.ts'
import { maskCardNumbers } from '../gateway/card.ts'
import { growingDelayMs } from '../payment/delays.ts'
import type { PaymentEvent } from '../payment/events.ts'
import type { Order } from '../payment/order.ts'
import type { Payment, Work } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { EffectStep, Step, WritingContext } from '../pipeline/step.ts'
import { COMMIT_TRIES_MAX, beforeNextTry, commit, type Session } from './commit.ts'
import { within } from './deadline.ts'
import { fitToWrite } from './local-step.ts'
import type { EngineNode } from './node.ts'
import { DEPLOY_MS, findStep, pipelineOf } from './progress.ts'
import { reload } from './resolve.ts'

/** One undo call; it is repeated until it succeeds or is parked. */
const UNDO_DEADLINE_MS = 10_000
const UNDO_PARK_AFTER_MS = 3 * 86_400_000

/**
 * Delivers what is due of a payment: what is told goes in order and stops at the first that fails; undos go beside
 * it. All that was done rides in one commit; when that is lost, it is done again with the same keys (design 5.9).
 */
export async function deliver(node: EngineNode, module: PaymentModule, from: Session): Promise<Session> {
  const due = from.payment.work.filter((work) => work.state === 'due')
  // What nobody has tried yet is due at once to whoever owns the payment: its time is only the others' grace.
  const isTime = (work: Work): boolean => work.tries === 0 || work.nextTryAtMs <= node.world.nowMs()
  const told = due.filter((work) => work.kind !== 'undo')
  // The first sets the pace of all that wait behind it, unless it is not to be told any more.
  const [first] = told
  const lane = first !== undefined && (isTime(first) || isOvertaken(from.payment, first)) ? told : []
  const undos = due.filter((work) => work.kind === 'undo' && isTime(work))
  if (lane.length === 0 && undos.length === 0) return from
  const order = await loadOrder(node, from.payment.orderId)
  const list: PaymentEvent[] = []
  if (lane.length > 0 && !(await predecessorSpeaks(node, from.payment))) {
    list.push(...(await deliverLane(node, module, from, order, lane)))
  }
  for (const work of undos) list.push(await deliverOne(node, module, from, order, work))
  return list.length === 0 ? from : record(node, from, list)
}

async function deliverLane(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  order: Order | string,
  lane: readonly Work[],
): Promise<readonly PaymentEvent[]> {
  const list: PaymentEvent[] = []
  for (const work of lane) {
    const superseded = work.supersedable && (await isSuperseded(node, session.payment, work))
    const event: PaymentEvent = superseded
      ? { type: 'work-done', key: work.key, outcome: 'superseded' }
      : await deliverOne(node, module, session, order, work)
    list.push(event)
    if (event.type === 'work-failed') break
  }
  return list
}

function isOvertaken(payment: Payment, work: Work): boolean {
  const latest = payment.work.findLast((other) => other.kind !== 'undo')
  return work.supersedable && latest !== undefined && latest.pipeline !== work.pipeline
}

/** A decline told late must not undo a later payment: a later status, or a later payment of the order, supersedes it. */
async function isSuperseded(node: EngineNode, payment: Payment, work: Work): Promise<boolean> {
  if (isOvertaken(payment, work)) return true
  const order = await node.journal.order(payment.orderId)
  return order?.lastPaymentId !== payment.paymentId
}

/**
 * True while the payment of the same order that came before still has something to tell: effects keep the order's order.
 * What this payment supersedes is waited for only as long as a call of before may take: where nobody knows the other
 * one's module any more, it would be waited for in silence, and for ever.
 */
async function predecessorSpeaks(node: EngineNode, payment: Payment): Promise<boolean> {
  if (payment.predecessor === undefined) return false
  const before = await node.journal.read(payment.predecessor)
  const isOver = node.world.nowMs() - payment.openedAtMs > DEPLOY_MS
  const speaks = ({ kind, state, supersedable }: Work): boolean =>
    kind !== 'undo' && state === 'due' && !(supersedable && isOver)
  return before?.payment.work.some(speaks) ?? false
}

async function deliverOne(
  node: EngineNode,
  module: PaymentModule,
  session: Session,
  order: Order | string,
  work: Work,
): Promise<PaymentEvent> {
  const pipeline = pipelineOf(module, work.pipeline)
  const step = pipeline === undefined ? undefined : findStep(pipeline, work.step)
  if (step === undefined) return withoutStep(node, work)
  if (typeof order === 'string') return failed(node, work, step, order)
  const result = await within(node.world, deadlineOf(work, step), (signal) =>
    call(node, session.payment, order, work, step, signal),
  )
  if (result.kind === 'done') return { type: 'work-done', key: work.key, outcome: 'done', ...result.value }
  return failed(
    node,
    work,
    step,
    result.kind === 'late' ? 'no answer within its deadline' : reasonOf(result.error),
  )
}

/** Another version may have it while one replaces the other: it is left to that one's nodes for a while. */
function withoutStep(node: EngineNode, work: Work): PaymentEvent {
  const { key, step } = work
  const nowMs = node.world.nowMs()
  return nowMs - dueSinceMs(work) > DEPLOY_MS
    ? { type: 'work-parked', key, reason: `the step '${step}' is gone` }
    : {
        type: 'work-failed',
        key,
        reason: `this version has no step '${step}'`,
        nextTryAtMs: nowMs + DEPLOY_MS / 10,
      }
}

async function call(
  node: EngineNode,
  payment: Payment,
  order: Order,
  work: Work,
  step: Step,
  signal: AbortSignal,
): Promise<{ values?: Readonly<Record<string, unknown>> }> {
  const context = writingContext(node, payment, order, work, signal)
  if (work.kind === 'undo') {
    if (step.kind === 'action' || step.kind === 'effect') await step.undo?.(context)
    return {}
  }
  if (step.kind === 'local') {
    const answer = fitToWrite(step, await step.run({ ...context, record: undefined }))
    return answer.kind === 'ok' && answer.values !== undefined ? { values: answer.values } : {}
  }
  if (step.kind === 'effect') await step.run(context)
  return {}
}

/** What a step that writes outside is handed. */
export function writingContext(
  node: EngineNode,
  payment: Payment,
  order: Order,
  work: Pick<Work, 'key' | 'sequence' | 'fact' | 'queuedAtMs'>,
  signal: AbortSignal,
): WritingContext {
  return {
    // An undo has the key of what it undoes.
    key: work.key.replace(/^undo:/, ''),
    sequence: work.sequence,
    atMs: work.queuedAtMs,
    paymentId: payment.paymentId,
    orderId: payment.orderId,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    signal,
    order,
    payment,
    shop: node.shop,
    fact: work.fact,
    value: (token) => payment.values[token.name] as never,
  }
}

function failed(node: EngineNode, work: Work, step: Step, why: string): PaymentEvent {
  const reason = maskCardNumbers(why)
  const nowMs = node.world.nowMs()
  if (nowMs - dueSinceMs(work) > parkAfterMs(work, step))
    return { type: 'work-parked', key: work.key, reason }
  const jitter = (node.world.randomBytes(1)[0] ?? 0) / 255
  return {
    type: 'work-failed',
    key: work.key,
    reason,
    nextTryAtMs: nowMs + growingDelayMs(work.tries, jitter),
  }
}

/** How long it may fail counts anew once a person has had it done again. */
function dueSinceMs({ retriedAtMs, queuedAtMs }: Work): number {
  return retriedAtMs ?? queuedAtMs
}

function deadlineOf(work: Work, step: Step): number {
  return work.kind !== 'undo' && step.kind === 'effect' ? step.deadlineMs : UNDO_DEADLINE_MS
}

function parkAfterMs(work: Work, step: Step): number {
  return work.kind !== 'undo' && step.kind === 'effect'
    ? (step satisfies EffectStep).parkAfterMs
    : UNDO_PARK_AFTER_MS
}

/** The shop's order, or the reason why it could not be had: effects then wait (F26). */
async function loadOrder(node: EngineNode, orderId: string): Promise<Order | string> {
  const loaded = await within(node.world, node.limits.shopDeadlineMs, (signal) =>
    node.shop.loadOrder(orderId, signal),
  )
  if (loaded.kind === 'done') return loaded.value ?? `the shop knows no order ${orderId}`
  return loaded.kind === 'late'
    ? 'the shop did not answer in time'
    : `the shop failed: ${reasonOf(loaded.error)}`
}

/** Writes down what was delivered; what parked becomes a case. */
async function record(node: EngineNode, from: Session, list: readonly PaymentEvent[]): Promise<Session> {
  let session = from
  for (let tries = 0; tries < COMMIT_TRIES_MAX; tries++) {
    const still = list.filter((event) => 'key' in event && isDue(session.payment, event.key))
    if (still.length === 0) return session
    const parked = still.filter((event) => event.type === 'work-parked')
    try {
      const committed = await commit(
        node,
        session,
        [...still, ...parked.map((event) => parkedCase(node, session.payment, event))],
        undefined,
      )
      if (committed.kind === 'committed') return committed.session
    } catch (error) {
      await beforeNextTry(node, tries, error)
    }
    session = await reload(node, session)
  }
  throw new Error('what was delivered could not be written down; it will be delivered again')
}

function isDue(payment: Payment, key: string): boolean {
  return payment.work.some((work) => work.key === key && work.state === 'due')
}

/** The case has the key that the shop knows for its id; when the work is given up once more, a number behind it. */
function parkedCase(
  node: EngineNode,
  { cases }: Payment,
  event: Extract<PaymentEvent, { type: 'work-parked' }>,
): PaymentEvent {
  const nowMs = node.world.nowMs()
  const before = cases.filter((one) => (one.workKey ?? one.caseId) === event.key).length
  return {
    type: 'case-opened',
    ...(before === 0 ? { caseId: event.key } : { caseId: `${event.key}~${before + 1}`, workKey: event.key }),
    reason: 'effect-parked',
    text: `${event.key} was given up: ${event.reason}`,
    atMs: nowMs,
  }
}
