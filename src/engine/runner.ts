import { failure, reasonOf } from '../errors.ts'
import { maskCardNumbers } from '../gateway/card.ts'
import { type Decision, released } from '../payment/decision.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import { intendOperation } from '../payment/intend.ts'
import type { Order, OrderRecord } from '../payment/order.ts'
import type { Payment } from '../payment/state.ts'
import { mainPipeline, type PaymentModule } from '../pipeline/module.ts'
import type { ActionStep, GatewayStep } from '../pipeline/step.ts'
import { newId } from '../world.ts'
import { type Committed, commit, commitFirst, type Session } from './commit.ts'
import { firstSequence, gatewayContext, withConsequences } from './consequences.ts'
import { within } from './deadline.ts'
import { runLocal } from './local-step.ts'
import { circumstances, type EngineNode } from './node.ts'
import { writingContext } from './outbox.ts'
import { nextStep } from './progress.ts'
import { type Resolved, reload, resolveFinding, toSend } from './resolve.ts'
import { NOBODY, type Presence } from './presence.ts'
import { type SendUntil, sendUntil, transmit } from './transmit.ts'

/** A payment on its way through its main pipeline: what is durable, and what waits for the next commit. */
export interface Run {
  readonly module: PaymentModule
  readonly order: Order
  readonly presence: Presence
  /** Undefined before the first commit. */
  readonly session: Session | undefined
  /** Events and order record that the next commit takes along. */
  readonly pending: readonly PaymentEvent[]
  readonly record: OrderRecord
}

/** How far a run has come. */
export type Advance =
  /** A charge is written down and may be sent until then. */
  | { readonly kind: 'ready'; readonly run: Run; readonly reference: string; readonly until: SendUntil }
  /** Nothing more to do on the payer's path. */
  | { readonly kind: 'rested'; readonly session: Session; readonly toSend: readonly string[] }
  /** Nothing was written: somebody was faster. */
  | { readonly kind: 'conflict'; readonly on: Extract<Committed, { kind: 'conflict' }>['on'] }

/**
 * Runs steps until a charge is durable and may be sent, or nothing is left to run. Local steps ride in the next
 * commit; an action is written down, called, and its answer rides in the next.
 */
export async function advance(node: EngineNode, from: Run): Promise<Advance> {
  let run = from
  for (let turns = 0; turns <= mainPipeline(from.module).pipeline.steps.length; turns++) {
    const payment = paymentOf(run)
    const step = nextStep(run.module, payment)
    if (step === undefined) return finish(node, run)
    switch (step.kind) {
      case 'local': {
        const answer = await runLocal(node, step, localContext(run, payment))
        if (answer.kind === 'refused') return refuse(node, run, step.name, answer.reason)
        run = withPending(run, completed(step.name, answer.values))
        break
      }
      case 'action': {
        const acted = await act(node, run, step)
        if (acted.kind !== 'ran') return acted
        run = acted.run
        break
      }
      case 'gateway':
        return intend(node, run, step)
      case 'effect':
        throw failure('CF_PIPELINE', `the effect '${step.name}' cannot stand in a main pipeline`)
      default:
        step satisfies never
    }
  }
  throw new Error('a pipeline ran more steps than it has')
}

/** Sends the charge that `advance` has made ready, and writes down what came of it. */
export async function sendCharge(
  node: EngineNode,
  ready: Extract<Advance, { kind: 'ready' }>,
): Promise<Resolved> {
  const { module, presence, session } = ready.run
  if (session === undefined) throw new Error('a charge is sent after its commit, never before')
  const finding = await transmit(node, module, session, ready.reference, presence, ready.until)
  return resolveFinding(node, module, session, ready.reference, finding, presence)
}

/** What happened and rides in the next commit. */
function withPending(run: Run, event: PaymentEvent): Run {
  return { ...run, pending: [...run.pending, event] }
}

function paymentOf(run: Run): Payment {
  return fold(run.session?.payment, run.pending)
}

function localContext(run: Run, payment: Payment) {
  return {
    order: run.order,
    payment,
    record: run.record,
    value: (token: { readonly name: string }): never => payment.values[token.name] as never,
  }
}

/** Commit A: the order is held, the operation is written down, and only then may a byte leave. */
async function intend(node: EngineNode, run: Run, step: GatewayStep): Promise<Advance> {
  const payment = paymentOf(run)
  const { gateway } = run.module
  const request = step.operation(gatewayContext(run.module, payment))
  const charges = request.kind === 'sale' || request.kind === 'authorize'
  const isGone = run.module.kind === 'internal' ? run.presence.card === undefined : run.presence === NOBODY
  if (charges && isGone) {
    const text = run.module.kind === 'internal' ? 'The card details are gone' : 'The payer had left'
    return refuse(node, run, step.name, `${text}; nothing was charged.`)
  }
  const unrepresentable = gateway.unrepresentable(request.amountMinor, payment.currency)
  if (unrepresentable !== undefined) {
    if (run.session === undefined) throw failure('CF_MONEY_UNREPRESENTABLE', unrepresentable)
    return refuse(node, run, step.name, unrepresentable)
  }
  const until = sendUntil(node)
  const now = circumstances(node, run.module, run.record)
  const { account, name } = gateway
  const reference = now.freshReference
  const decision: Decision = intendOperation(
    payment,
    {
      ...request,
      reference,
      gateway: name,
      account,
      step: step.name,
      ...(charges && gateway.hosted !== undefined ? { payableForMs: gateway.hosted.validMs } : {}),
    },
    now,
  )
  if (decision.kind === 'refused') return refuse(node, run, step.name, decision.text)
  // The hold of an earlier commit is made sure of again: the order may have been closed since (design 5.3).
  const held = run.session === undefined ? undefined : { ...run.record, revision: run.record.revision + 1 }
  const committed = await write(
    node,
    { ...run, pending: [...run.pending, ...decision.events] },
    charges ? held : undefined,
  )
  if (committed.kind !== 'written') return committed
  return { kind: 'ready', run: committed.run, reference, until }
}

type Acted = { readonly kind: 'ran'; readonly run: Run } | Exclude<Advance, { kind: 'ready' }>

/** Written down before it is called; when its end is unknown, no money moves and its undo is queued (design 3B). */
async function act(node: EngineNode, before: Run, step: ActionStep): Promise<Acted> {
  const { paymentId } = paymentOf(before)
  const key = `${paymentId}:${mainPipeline(before.module).name}:${step.name}`
  const queuedAtMs = node.world.nowMs()
  const dueAtMs = queuedAtMs + step.deadlineMs + node.limits.sendWithinMs
  const started: PaymentEvent = { type: 'step-started', step: step.name, key, dueAtMs }
  const written = await write(node, { ...before, pending: [...before.pending, started] }, undefined)
  if (written.kind !== 'written') return written
  const { run } = written
  const payment = paymentOf(run)
  const told = { key, sequence: firstSequence(run.record) }
  const result = await within(node.world, step.deadlineMs, (signal) =>
    step.run(writingContext(node, payment, run.order, { ...told, queuedAtMs }, signal)),
  )
  if (result.kind === 'done' && result.value.kind === 'done') {
    return { kind: 'ran', run: { ...run, pending: [completed(step.name, undefined)] } }
  }
  if (result.kind === 'done' && result.value.kind === 'refused')
    return refuse(node, run, step.name, result.value.reason)
  const reason = result.kind === 'failed' ? reasonOf(result.error) : `no answer within ${step.deadlineMs} ms`
  const doubtful: PaymentEvent = { type: 'step-in-doubt', step: step.name, reason: maskCardNumbers(reason) }
  return refuse(node, run, step.name, 'The shop could not prepare this order; nothing was charged.', doubtful)
}

/**
 * The payment ends here: unpaid, so that the order is free again and what was started is undone. After a charge only
 * the pipeline ends: the order stays with the money, and a person has to decide.
 */
async function refuse(
  node: EngineNode,
  run: Run,
  step: string,
  reason: string,
  doubtful?: PaymentEvent,
): Promise<Exclude<Advance, { kind: 'ready' }>> {
  if (run.session === undefined) throw failure('CF_ORDER_REFUSED', reason, { step })
  const charged = run.session.payment.operations.length > 0
  const pending: readonly PaymentEvent[] = [
    ...run.pending,
    { type: 'step-refused', step, reason: maskCardNumbers(reason) },
    ...(doubtful === undefined ? [] : [doubtful]),
    { type: 'pipeline-ended' },
    ...(charged ? [stoppedCase(node, step, reason)] : []),
  ]
  const order = charged ? undefined : released(run.record, run.session.payment)
  const written = await write(node, { ...run, pending }, order)
  if (written.kind !== 'written') return written
  return { kind: 'rested', session: written.session, toSend: [] }
}

function stoppedCase(node: EngineNode, step: string, reason: string): PaymentEvent {
  return {
    type: 'case-opened',
    caseId: newId(node.world),
    reason: 'step-gone',
    text: `${step} refused after the charge: ${maskCardNumbers(reason)}`,
    atMs: node.world.nowMs(),
  }
}

async function finish(node: EngineNode, run: Run): Promise<Exclude<Advance, { kind: 'ready' }>> {
  if (run.pending.length === 0 && run.session !== undefined)
    return { kind: 'rested', session: run.session, toSend: [] }
  const written = await write(node, run, undefined)
  if (written.kind !== 'written') return written
  return { kind: 'rested', session: written.session, toSend: written.toSend }
}

type Written =
  | {
      readonly kind: 'written'
      readonly run: Run
      readonly session: Session
      readonly toSend: readonly string[]
    }
  | Exclude<Advance, { kind: 'ready' }>

/** One commit of all that is pending. The first one also holds the order. */
async function write(node: EngineNode, run: Run, order: OrderRecord | undefined): Promise<Written> {
  const now = circumstances(node, run.module, run.record)
  const record = order ?? (run.session === undefined ? run.record : undefined)
  const list = withConsequences(run.module, run.session?.payment, run.pending, now, record)
  const committed =
    run.session === undefined
      ? await commitFirst(node, list, record)
      : await commit(node, run.session, list, record)
  if (committed.kind === 'conflict') {
    // Before the first commit there is nothing to lose; after it, recovery goes on from what the other one wrote.
    return run.session === undefined
      ? committed
      : { kind: 'rested', session: await reload(node, run.session), toSend: [] }
  }
  const { session } = committed
  return {
    kind: 'written',
    session,
    toSend: toSend(list),
    run: { ...run, session, pending: [], record: session.order },
  }
}

function completed(step: string, values: Readonly<Record<string, unknown>> | undefined): PaymentEvent {
  return values === undefined ? { type: 'step-completed', step } : { type: 'step-completed', step, values }
}
