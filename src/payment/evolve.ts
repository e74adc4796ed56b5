import { balancesAfter, balancesWith, NO_BALANCES } from './balances.ts'
import type { Evidence, PaymentEvent } from './events.ts'
import { operationStates } from './operation-states.ts'
import type { Case, Operation, Payment, StartedStep, Work } from './state.ts'
import { statusOf } from './status.ts'

/**
 * One event's effect on a payment. Pure; throws on a move that the state table does not list, since that is a bug
 * and not something that can happen. Event types that this version does not know change nothing (F25).
 */
export function evolve(payment: Payment | undefined, event: PaymentEvent): Payment {
  if (event.type === 'payment-opened') return opened(event)
  if (payment === undefined) throw new Error(`the event '${event.type}' came before 'payment-opened'`)
  const next = applied(payment, event)
  const status = statusOf(next)
  return status === next.status ? next : { ...next, status }
}

/** The payment after all of these events. */
export function fold(payment: Payment | undefined, events: readonly PaymentEvent[]): Payment {
  let state = payment
  for (const event of events) state = evolve(state, event)
  if (state === undefined) throw new Error('there is no payment without events')
  return state
}

type Event<Type extends PaymentEvent['type']> = Extract<PaymentEvent, { type: Type }>

function opened(event: Event<'payment-opened'>): Payment {
  return {
    paymentId: event.paymentId,
    token: event.token,
    orderId: event.orderId,
    orderVersion: event.orderVersion,
    description: event.description,
    module: event.module,
    amountMinor: event.amountMinor,
    currency: event.currency,
    key: event.key,
    fingerprint: event.fingerprint,
    paidWhen: event.paidWhen,
    predecessor: event.predecessor,
    openedAtMs: event.atMs,
    owner: event.owner,
    fence: 1,
    steps: event.steps,
    completed: [],
    started: [],
    values: {},
    refusal: undefined,
    pipelineEnded: false,
    operations: [],
    balances: NO_BALANCES,
    status: 'started',
    reached: [],
    work: [],
    cases: [],
    notices: [],
    learned: [],
    facts: 0,
  }
}

/** Copies of older notices than these are taken for news; what they tell has ended by then. */
const NOTICES_MAX = 100

function applied(payment: Payment, event: PaymentEvent): Payment {
  switch (event.type) {
    case 'payment-opened':
      throw new Error('a payment is opened once')
    case 'owner-changed':
      return { ...payment, owner: event.owner, fence: event.fence }
    case 'step-started':
      return {
        ...payment,
        started: [
          ...payment.started,
          { step: event.step, key: event.key, state: 'started', dueAtMs: event.dueAtMs, undoQueued: false },
        ],
      }
    case 'step-completed':
      return {
        ...withStarted(payment, event.step, 'done'),
        completed: [...payment.completed, event.step],
        values: event.values === undefined ? payment.values : { ...payment.values, ...event.values },
      }
    case 'step-refused':
      return { ...withStarted(payment, event.step, 'refused'), refusal: event.reason }
    case 'step-in-doubt':
      return withStarted(payment, event.step, 'in-doubt')
    case 'operation-intended':
      return intended(payment, event)
    case 'operation-retried':
      return withOperation(payment, event.reference, (operation) => ({
        ...operation,
        state: 'intended',
        leg: event.leg,
        sendDeadlineMs: event.sendDeadlineMs,
        dueAtMs: event.dueAtMs,
        inDoubtSinceMs: undefined,
        resetAtMs: undefined,
        notFoundAtMs: undefined,
        nextTryAtMs: undefined,
        movedAtMs: event.atMs ?? operation.movedAtMs,
        ...longerPayable(operation, event.payableForMs),
      }))
    case 'operation-moved':
      return moved(payment, event)
    case 'operation-doubted':
      return withOperation(payment, event.reference, (operation) => ({
        ...operation,
        inDoubtSinceMs: operation.inDoubtSinceMs ?? event.evidence.atMs,
        resetAtMs: event.resetAtMs,
        nextTryAtMs: event.nextTryAtMs,
        evidence: withoutRaw(event.evidence),
      }))
    case 'operation-inquired':
      return withOperation(payment, event.reference, (operation) => ({
        ...operation,
        inquiries: operation.inquiries + 1,
        // An inquiry tells that there was one, not how many.
        refusedAttempts: Math.max(operation.refusedAttempts, event.found === 'refused-attempt' ? 1 : 0),
        notFoundAtMs: event.countsFromMs ?? operation.notFoundAtMs,
        nextTryAtMs: event.nextTryAtMs,
        evidence: withoutRaw(event.evidence),
      }))
    case 'evidence-kept':
      return withOperation(payment, event.reference, (operation) => ({
        ...operation,
        nextTryAtMs: event.nextTryAtMs ?? operation.nextTryAtMs,
      }))
    case 'attempt-refused':
      return withOperation(payment, event.reference, (operation) => ({
        ...operation,
        refusedAttempts: operation.refusedAttempts + 1,
        evidence: withoutRaw(event.evidence),
      }))
    case 'notified':
      return {
        ...withOperation(payment, event.reference, (operation) => hinted(operation, event)),
        notices: [...payment.notices.filter((other) => other !== event.notice), event.notice].slice(
          -NOTICES_MAX,
        ),
      }
    case 'fact-recorded':
      return {
        ...payment,
        learned: [...payment.learned, event.fact],
        balances: balancesWith(payment.balances, event.fact, event.amountMinor),
      }
    case 'status-reached':
      return {
        ...payment,
        reached: [...payment.reached, event.status],
        work: [...payment.work, ...event.work.map((item) => queued(item, event.atMs, event.dueAtMs))],
      }
    case 'settled':
      // What the provider has paid out is compared with a payment and does not move it: facts do.
      return payment
    case 'fact-queued':
      return {
        ...payment,
        facts: payment.facts + 1,
        work: [...payment.work, ...event.work.map((item) => queued(item, event.atMs, event.dueAtMs))],
      }
    case 'undo-queued': {
      const undoing = new Set(event.work.map((item) => item.key))
      return {
        ...payment,
        started: payment.started.map((step) =>
          undoing.has(`undo:${step.key}`) ? { ...step, undoQueued: true } : step,
        ),
        work: [...payment.work, ...event.work.map((item) => queued(item, event.dueAtMs, event.dueAtMs))],
      }
    }
    case 'work-done':
      return {
        ...withWork(payment, event.key, (work) => ({ ...work, state: event.outcome })),
        values: event.values === undefined ? payment.values : { ...payment.values, ...event.values },
      }
    case 'work-failed':
      return withWork(payment, event.key, (work) => ({
        ...work,
        tries: work.tries + 1,
        nextTryAtMs: event.nextTryAtMs,
        reason: event.reason,
      }))
    case 'work-parked':
      return withWork(payment, event.key, (work) => ({ ...work, state: 'parked', reason: event.reason }))
    case 'work-retried':
      return withWork(payment, event.key, (work) => ({
        ...work,
        state: 'due',
        tries: 0,
        nextTryAtMs: event.atMs,
        retriedAtMs: event.atMs,
      }))
    case 'pipeline-ended':
      return { ...payment, pipelineEnded: true }
    case 'case-opened':
      return {
        ...payment,
        cases: [
          ...payment.cases,
          {
            caseId: event.caseId,
            reason: event.reason,
            reference: event.reference,
            ...(event.workKey === undefined ? {} : { workKey: event.workKey }),
            text: event.text,
            atMs: event.atMs,
          },
        ],
      }
    case 'case-proposed': {
      const { type: _, caseId, ...proposal } = event
      return withCase(payment, caseId, (open) => ({ ...open, proposal }))
    }
    case 'case-closed': {
      const { type: _, caseId, ...closed } = event
      return withCase(payment, caseId, (open) => ({ ...open, closed }))
    }
    default:
      event satisfies never
      return payment
  }
}

function intended(payment: Payment, { operation }: Event<'operation-intended'>): Payment {
  const fresh: Operation = {
    ...operation,
    state: 'intended',
    leg: 1,
    inDoubtSinceMs: undefined,
    resetAtMs: undefined,
    notFoundAtMs: undefined,
    inquiries: 0,
    nextTryAtMs: undefined,
    frozenBy: undefined,
    movedAtMs: operation.intendedAtMs,
    evidence: undefined,
    handedOver: undefined,
    refusedAttempts: 0,
    hints: 0,
    hintedAtMs: undefined,
  }
  const operations =
    operation.kind === 'reversal'
      ? payment.operations.map((other) =>
          other.reference === operation.target ? { ...other, frozenBy: operation.reference } : other,
        )
      : payment.operations
  return { ...payment, operations: [...operations, fresh] }
}

function moved(payment: Payment, event: Event<'operation-moved'>): Payment {
  const operation = payment.operations.find((other) => other.reference === event.reference)
  if (operation === undefined) throw new Error(`there is no operation ${event.reference} to move`)
  if (!operationStates[operation.state].leadsTo.includes(event.to)) {
    throw new Error(`an operation cannot move from '${operation.state}' to '${event.to}' (S5)`)
  }
  const next = withOperation(payment, event.reference, (before) => ({
    ...before,
    state: event.to,
    inDoubtSinceMs: undefined,
    nextTryAtMs: event.nextTryAtMs,
    movedAtMs: event.evidence.atMs,
    evidence: withoutRaw(event.evidence),
    // What was handed over stays while the payer may still use it, and is nobody's any more at the end.
    handedOver: event.handedOver ?? (operationStates[event.to].end ? undefined : before.handedOver),
    hints: 0,
    // Refusals from before are no news of what is "in progress" now.
    refusedAttempts: event.to === 'pending' ? 0 : before.refusedAttempts,
  }))
  // Only what was counted is given back: a reversal of another charge moves nothing.
  const target = payment.operations.find(({ reference }) => reference === operation.target)
  const moves = operation.kind !== 'reversal' || target?.state === 'approved'
  const balances = moves ? balancesAfter(payment.balances, operation, event.to) : payment.balances
  if (operation.kind !== 'reversal' || !operationStates[event.to].end) return { ...next, balances }
  const thawed = next.operations.map((other) =>
    other.frozenBy === operation.reference ? { ...other, frozenBy: undefined } : other,
  )
  return { ...next, balances, operations: thawed }
}

/** Whichever of its registrations the PSP keeps longest is what has to be waited for. */
function longerPayable({ payableForMs }: Operation, again: number | undefined): { payableForMs?: number } {
  if (again === undefined || payableForMs === undefined) return {}
  return { payableForMs: Math.max(payableForMs, again) }
}

/** A hint is followed up at its time, or sooner where something else is due before. */
function hinted(operation: Operation, { nextTryAtMs, evidence }: Event<'notified'>): Operation {
  if (nextTryAtMs === undefined) return operation
  return {
    ...operation,
    hints: operation.hints + 1,
    hintedAtMs: evidence.atMs,
    nextTryAtMs: Math.min(operation.nextTryAtMs ?? nextTryAtMs, nextTryAtMs),
  }
}

/** The raw message stays in its event: a payment is written whole with each append, and nothing decides on it. */
function withoutRaw(evidence: Evidence): Evidence {
  if (evidence.raw === undefined) return evidence
  const { raw: _, ...kept } = evidence
  return kept
}

function queued(
  item: Omit<Work, 'state' | 'tries' | 'nextTryAtMs' | 'queuedAtMs' | 'reason'>,
  queuedAtMs: number,
  dueAtMs: number,
): Work {
  return { ...item, state: 'due', tries: 0, nextTryAtMs: dueAtMs, queuedAtMs, reason: undefined }
}

function withOperation(
  payment: Payment,
  reference: string,
  change: (operation: Operation) => Operation,
): Payment {
  return {
    ...payment,
    operations: payment.operations.map((operation) =>
      operation.reference === reference ? change(operation) : operation,
    ),
  }
}

function withStarted(payment: Payment, step: string, state: StartedStep['state']): Payment {
  if (!payment.started.some((started) => started.step === step)) return payment
  return {
    ...payment,
    started: payment.started.map((started) => (started.step === step ? { ...started, state } : started)),
  }
}

function withWork(payment: Payment, key: string, change: (work: Work) => Work): Payment {
  return { ...payment, work: payment.work.map((work) => (work.key === key ? change(work) : work)) }
}

/** A closed case never changes: what comes later about the same thing is a case of its own. */
function withCase(payment: Payment, caseId: string, change: (open: Case) => Case): Payment {
  return {
    ...payment,
    cases: payment.cases.map((other) =>
      other.caseId === caseId && other.closed === undefined ? change(other) : other,
    ),
  }
}
