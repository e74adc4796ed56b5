import type {
  Balances,
  CaseAction,
  Evidence,
  FactName,
  HandedOver,
  IntendedOperation,
  PaidWhen,
  PaymentStatus,
  QueuedWork,
} from './events.ts'
import type { OperationState } from './operation-states.ts'

/** An operation as the events have left it. */
export interface Operation extends IntendedOperation {
  readonly state: OperationState
  /** 1 for the first send; a reversal that is tried again counts up. */
  readonly leg: number
  /** Set while it may have happened and nobody knows. */
  readonly inDoubtSinceMs: number | undefined
  /** When the raw socket was reset after the last send, if it was. */
  readonly resetAtMs: number | undefined
  /** When the first "not found" came that counts under the waiting rule. */
  readonly notFoundAtMs: number | undefined
  readonly inquiries: number
  /** When to look at it again; undefined when there is nothing to wait for. */
  readonly nextTryAtMs: number | undefined
  /** The reversal that is under way against it; nothing else may touch it. */
  readonly frozenBy: string | undefined
  readonly movedAtMs: number
  /** The evidence that brought it here. */
  readonly evidence: Evidence | undefined
  /** What its last leg left for the payer's browser and for the next leg. */
  readonly handedOver: HandedOver | undefined
  /** Refusals on the PSP's page: tries of the payer's, none of which ended it. */
  readonly refusedAttempts: number
  /** Hints that it had: each next one is followed up later. */
  readonly hints: number
  /** When the last hint came: what an inquiry says that could not see it yet is asked again. */
  readonly hintedAtMs: number | undefined
}

export interface Work extends QueuedWork {
  readonly state: 'due' | 'done' | 'superseded' | 'parked'
  readonly tries: number
  readonly nextTryAtMs: number
  readonly queuedAtMs: number
  /** When a person had it done again: how long it may fail counts from then on. */
  readonly retriedAtMs?: number
  readonly reason: string | undefined
}

/** An action step that was started: called with `key`, undone with the same key. */
export interface StartedStep {
  readonly step: string
  readonly key: string
  readonly state: 'started' | 'done' | 'refused' | 'in-doubt'
  readonly dueAtMs: number
  readonly undoQueued: boolean
}

export interface Case {
  readonly caseId: string
  readonly reason: string
  readonly reference: string | undefined
  /** The key of the work that was parked, where it is not the case's id. */
  readonly workKey?: string
  readonly text: string
  readonly atMs: number
  /** What one person wants done, and another one has to agree to. */
  readonly proposal?: CaseProposal
  /** How it ended; absent while it is open. */
  readonly closed?: CaseClosing
}

/** What a person wants done about a case. */
export interface CaseProposal {
  readonly action: CaseAction
  /** Who: a name. */
  readonly by: string
  readonly why: string
  /** Of a refund, in minor units of the payment's currency. */
  readonly amountMinor?: bigint
  readonly key: string
  readonly atMs: number
}

/** How a case ended. */
export interface CaseClosing {
  readonly action: CaseAction
  /** Who has said so first; 'counterfoil' where evidence has ended what the case was about. */
  readonly by: string
  readonly why: string
  /** Who has agreed, where two people were needed, and why. */
  readonly approvedBy?: string
  readonly approvedWhy?: string
  readonly amountMinor?: bigint
  /** The operation that was written down to carry it out. */
  readonly reference?: string
  readonly key?: string
  readonly atMs: number
}

export interface PaymentBalances extends Balances {
  /** Captures that the PSP has taken on and not yet booked. */
  readonly capturingMinor: bigint
  /** Refunds that the PSP has taken on and not yet booked. */
  readonly refundingMinor: bigint
  readonly voidedMinor: bigint
  /** Taken back by the payer's bank. */
  readonly chargedBackMinor: bigint
}

/** A payment: the fold of its events. Plain data, so that its snapshot is its JSON. */
export interface Payment {
  readonly paymentId: string
  readonly token: string
  readonly orderId: string
  readonly orderVersion: string
  readonly description: string | undefined
  readonly module: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly key: string
  readonly fingerprint: string
  readonly paidWhen: PaidWhen
  readonly predecessor: string | undefined
  readonly openedAtMs: number
  readonly owner: string
  readonly fence: number
  /** Step names as recorded at the start; progress is kept by name. */
  readonly steps: readonly string[]
  readonly completed: readonly string[]
  readonly started: readonly StartedStep[]
  readonly values: Readonly<Record<string, unknown>>
  /** Why a step refused to go on, for the payer's page. */
  readonly refusal: string | undefined
  /** True once no step of the main pipeline will run any more. */
  readonly pipelineEnded: boolean
  readonly operations: readonly Operation[]
  readonly balances: PaymentBalances
  readonly status: PaymentStatus
  /** The statuses whose pipelines were queued: each once. */
  readonly reached: readonly PaymentStatus[]
  readonly work: readonly Work[]
  readonly cases: readonly Case[]
  /** Digests of what was heard, the latest last: a copy of one of these is no news. */
  readonly notices: readonly string[]
  /** The facts that were recorded, in their order. */
  readonly learned: readonly FactName[]
  /** How many facts were queued to be told. */
  readonly facts: number
}

/** The charge that decides what became of the payment: its last one. */
export function chargeOf(payment: Payment): Operation | undefined {
  return payment.operations.findLast((operation) => isCharge(operation))
}

/**
 * True while the payer can pay on the PSP's page: it is open, and nothing that they began there is being worked on. A
 * method that was "in progress" and was refused then leaves the page to them again.
 */
export function awaitsPayer(charge: Operation): boolean {
  if (charge.frozenBy !== undefined || charge.payableForMs === undefined) return false
  return charge.state === 'awaiting-payer' || (charge.state === 'pending' && charge.refusedAttempts > 0)
}

export function isCharge(operation: Pick<IntendedOperation, 'kind'>): boolean {
  return operation.kind === 'sale' || operation.kind === 'authorize'
}

export function operationOf(payment: Payment, reference: string): Operation | undefined {
  return payment.operations.find((operation) => operation.reference === reference)
}
