import type { Circumstances } from '../payment/decision.ts'
import type { PaymentEvent, QueuedWork, ToldFact } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import { intendOperation } from '../payment/intend.ts'
import type { OrderRecord } from '../payment/order.ts'
import { caseAgainstSilence } from '../payment/silence.ts'
import { chargeOf, type Operation, type Payment } from '../payment/state.ts'
import { isEnd } from '../payment/operation-states.ts'
import { isSettled } from '../payment/status.ts'
import { mainPipeline, type PaymentModule } from '../pipeline/module.ts'
import type { ChildPipelineName, Step } from '../pipeline/step.ts'
import { findStep, nextStep, pipelineOf, selectStep } from './progress.ts'

/** How long an owner may take for the work that it has queued before another node may look. */
const WORK_GRACE_MS = 30_000

/**
 * What follows from a decision within the same append, in which the order's record becomes `order`: the gateway step is
 * completed, the next one is written down, the status pipeline is queued once and each fact is queued to be told,
 * started steps are undone when the payment has ended unpaid, and what nobody would look at any more gets its case. Pure.
 */
export function withConsequences(
  module: PaymentModule,
  before: Payment | undefined,
  list: readonly PaymentEvent[],
  now: Circumstances,
  order: OrderRecord = now.order,
): readonly PaymentEvent[] {
  const all = [...list]
  let payment = fold(before, all)
  const then: Circumstances = { ...now, order }
  for (const derive of [completeSteps, intendNext, endPipeline, reachStatus, queueUndos]) {
    const more = derive(module, payment, then)
    if (more.length === 0) continue
    all.push(...more)
    payment = fold(payment, more)
  }
  for (const fact of factsIn(before, list)) {
    if (TOLD_BY[fact.name] === undefined) continue
    const event = queueFact(module, payment, then, fact)
    all.push(event)
    payment = fold(payment, [event])
  }
  all.push(...caseAgainstSilence(payment, then))
  return all
}

const PASSED: ReadonlySet<Operation['state']> = new Set(['approved', 'accepted', 'done'])

function completeSteps(_module: PaymentModule, payment: Payment): readonly PaymentEvent[] {
  return payment.operations.flatMap((operation) => {
    const { step } = operation
    const passes = step !== undefined && PASSED.has(operation.state) && !payment.completed.includes(step)
    return passes ? [{ type: 'step-completed', step } as const] : []
  })
}

/** A gateway step that follows an approval is written down with it, and sent off the payer's path. */
function intendNext(module: PaymentModule, payment: Payment, now: Circumstances): readonly PaymentEvent[] {
  const step = nextStep(module, payment)
  const approved = payment.operations.some((operation) => operation.state === 'approved')
  const begun = payment.operations.some((operation) => step !== undefined && wasWrittenFor(operation, step))
  if (step?.kind !== 'gateway' || !approved || begun) return []
  const { kind, amountMinor } = step.operation(gatewayContext(module, payment))
  const { gateway } = module
  const decision = intendOperation(
    payment,
    {
      kind,
      amountMinor,
      reference: now.freshReference,
      gateway: gateway.name,
      account: gateway.account,
      step: step.name,
    },
    now,
  )
  if (decision.kind === 'events') return decision.events
  return [
    { type: 'step-refused', step: step.name, reason: decision.text },
    { type: 'pipeline-ended' },
    {
      type: 'case-opened',
      caseId: now.freshCaseId,
      reason: 'step-gone',
      text: `${step.name}: ${decision.text}`,
      atMs: now.nowMs,
    },
  ]
}

function wasWrittenFor({ step: name }: Operation, step: Step): boolean {
  return name !== undefined && (name === step.name || step.formerly.includes(name))
}

/** What a gateway step sees of the payment. */
export function gatewayContext(module: PaymentModule, payment: Payment) {
  return {
    payment,
    capabilities: module.gateway.capabilities,
    value: (token: { readonly name: string }): never => payment.values[token.name] as never,
  }
}

function endPipeline(module: PaymentModule, payment: Payment, now: Circumstances): readonly PaymentEvent[] {
  if (payment.pipelineEnded) return []
  const unpaid = payment.operations.length > 0 && isSettled(payment) && payment.status !== 'paid'
  // A modification that failed has its case; it is a person's to ask for it again.
  const step = nextStep(module, payment)
  if (step?.kind === 'gateway') {
    // The last one counts: a soft decline is followed by another try of the same step.
    const last = payment.operations.findLast((operation) => wasWrittenFor(operation, step))
    if (last !== undefined && isEnd(last.state)) return [{ type: 'pipeline-ended' }]
  }
  if (!unpaid && nextStep(module, payment) !== undefined) return []
  return [{ type: 'pipeline-ended' }, ...captureGone(module, payment, now)]
}

/**
 * What was only authorized, and was to go on with a step that a deploy has taken away: skipped like any removed step,
 * but money that nobody will ask for is not passed over in silence.
 */
function captureGone(module: PaymentModule, payment: Payment, now: Circumstances): readonly PaymentEvent[] {
  const charge = chargeOf(payment)
  const { balances, completed, steps } = payment
  const untaken = balances.capturedMinor + balances.capturingMinor === 0n
  if (charge?.kind !== 'authorize' || charge.state !== 'approved' || !untaken) return []
  const after = steps.slice(steps.indexOf(charge.step ?? '') + 1)
  const { pipeline } = mainPipeline(module)
  const gone = after.find((name) => !completed.includes(name) && findStep(pipeline, name) === undefined)
  if (charge.step === undefined || gone === undefined) return []
  const text = `the step '${gone}', which was to follow the authorization, is gone: nothing is captured`
  return [{ type: 'case-opened', caseId: now.freshCaseId, reason: 'step-gone', text, atMs: now.nowMs }]
}

/** Each status has its pipeline run once, however often the PSP says it. */
function reachStatus(module: PaymentModule, payment: Payment, now: Circumstances): readonly PaymentEvent[] {
  const { status } = payment
  if (status === 'started' || payment.reached.includes(status)) return []
  const name = selectStep(module)?.select(status, payment)
  const chosen = name === undefined ? undefined : pipelineOf(module, name)
  const work = (chosen?.steps ?? []).flatMap((step) =>
    workOf(payment, name ?? '', step, sequenceOf(payment, now.order)),
  )
  return [
    {
      type: 'status-reached',
      status,
      ...(name === undefined ? {} : { pipeline: name }),
      work,
      atMs: now.nowMs,
      dueAtMs: now.nowMs + WORK_GRACE_MS,
    },
  ]
}

/** What happened to money after the end, in these events: facts, and modifications whose effect came later. */
function factsIn(before: Payment | undefined, list: readonly PaymentEvent[]): readonly ToldFact[] {
  return list.flatMap((event): ToldFact[] => {
    if (event.type === 'fact-recorded') return [{ name: event.fact, amountMinor: event.amountMinor }]
    if (event.type !== 'operation-moved') return []
    const operation = before?.operations.find(({ reference }) => reference === event.reference)
    if (operation === undefined) return []
    const { kind, state, amountMinor } = operation
    if (kind === 'reversal' && event.to === 'done') return givenBack(before, operation)
    if (kind === 'refund' && event.to === 'done') return [{ name: 'refunded', amountMinor }]
    // What was refused at once its caller has heard; what fails after it was accepted nobody has.
    if (event.to !== 'failed' || state !== 'accepted') return []
    if (kind === 'capture') return [{ name: 'capture-failed', amountMinor }]
    return kind === 'refund' ? [{ name: 'refund-failed', amountMinor }] : []
  })
}

/** A reversal of captured money is a refund of all that was left of it. */
function givenBack(before: Payment | undefined, { target }: Operation): ToldFact[] {
  const charge = before?.operations.find(({ reference }) => reference === target)
  if (before === undefined || charge?.state !== 'approved') return []
  const leftMinor = before.balances.capturedMinor - before.balances.refundedMinor
  return leftMinor > 0n ? [{ name: 'refunded', amountMinor: leftMinor }] : []
}

/** Which pipeline tells a fact; none for what the status pipelines tell, or what was told with the approval. */
const TOLD_BY: Readonly<Record<ToldFact['name'], ChildPipelineName | undefined>> = {
  captured: undefined,
  'approved-late': undefined,
  contradicted: undefined,
  refunded: 'statusRefunded',
  'refunded-elsewhere': 'statusRefunded',
  'charged-back': 'statusDisputed',
  'chargeback-reversed': 'statusDisputed',
  'capture-failed': 'statusFailedLate',
  'refund-failed': 'statusFailedLate',
  expired: 'statusFailedLate',
  'voided-elsewhere': 'statusFailedLate',
  'captured-elsewhere': undefined,
}

/** Each fact is told once; there may be several of a kind, so that their number is part of the key. */
function queueFact(
  module: PaymentModule,
  payment: Payment,
  now: Circumstances,
  fact: ToldFact,
): PaymentEvent {
  const name = TOLD_BY[fact.name] ?? ''
  const steps = pipelineOf(module, name)?.steps ?? []
  const work = steps.flatMap((step) =>
    workOf(payment, name, step, sequenceOf(payment, now.order)).map((item) => ({
      ...item,
      key: `${payment.paymentId}:${name}:${payment.facts + 1}:${step.name}`,
      supersedable: false,
      fact,
    })),
  )
  return {
    type: 'fact-queued',
    pipeline: name,
    work,
    atMs: now.nowMs,
    dueAtMs: now.nowMs + WORK_GRACE_MS,
  }
}

/** A revision has room for so many words of one payment. */
const WORDS_PER_REVISION = 1_000

/**
 * Later words about an order have higher numbers: the record's revision goes up from payment to payment and with
 * each hold, claim and release; within one revision the payment's statuses and facts are counted.
 */
function sequenceOf(payment: Payment, order: OrderRecord): number {
  const said = Math.min(payment.reached.length + payment.facts, WORDS_PER_REVISION - 1)
  return firstSequence(order) + said
}

/** The first number of an order's revision. */
export function firstSequence(order: OrderRecord): number {
  return order.revision * WORDS_PER_REVISION
}

function workOf(payment: Payment, pipeline: string, step: Step, sequence: number): readonly QueuedWork[] {
  if (step.kind !== 'effect' && step.kind !== 'local') return []
  return [
    {
      key: `${payment.paymentId}:${pipeline}:${step.name}`,
      kind: step.kind,
      pipeline,
      step: step.name,
      sequence,
      supersedable: pipeline !== 'statusOk',
    },
  ]
}

/** The rollback over systems that have none: the undos of what was started, last first, with the same keys (design 5.9). */
function queueUndos(module: PaymentModule, payment: Payment, now: Circumstances): readonly PaymentEvent[] {
  if (payment.status !== 'declined' && payment.status !== 'cancelled') return []
  const work: QueuedWork[] = []
  for (const told of payment.work.toReversed()) {
    if (told.kind !== 'effect' || told.state === 'superseded' || !hasUndo(module, told.pipeline, told.step))
      continue
    work.push(undo(told.key, told.pipeline, told.step, sequenceOf(payment, now.order)))
  }
  for (const started of payment.started.toReversed()) {
    const main = mainPipeline(module).name
    if (started.state === 'refused' || started.undoQueued || !hasUndo(module, main, started.step)) continue
    work.push(undo(started.key, main, started.step, sequenceOf(payment, now.order)))
  }
  const fresh = work.filter((item) => !payment.work.some((known) => known.key === item.key))
  return fresh.length === 0 ? [] : [{ type: 'undo-queued', work: fresh, dueAtMs: now.nowMs + WORK_GRACE_MS }]
}

function undo(key: string, pipeline: string, step: string, sequence: number): QueuedWork {
  return { key: `undo:${key}`, kind: 'undo', pipeline, step, sequence, supersedable: false }
}

/** An action that is gone from the pipeline still gets its undo queued: it then becomes a case, not silence. */
function hasUndo(module: PaymentModule, pipeline: string, name: string): boolean {
  const steps = pipelineOf(module, pipeline)
  const step = steps === undefined ? undefined : findStep(steps, name)
  if (step === undefined) return pipeline === mainPipeline(module).name
  return (step.kind === 'action' || step.kind === 'effect') && step.undo !== undefined
}
