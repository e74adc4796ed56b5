import type { OperationState } from './operation-states.ts'

/** What money does at the PSP. `sale` and `authorize` are charges, `capture void refund` modifications. */
export type OperationKind = 'sale' | 'authorize' | 'capture' | 'void' | 'refund' | 'reversal'

/** What the payment has come to, for the payer and the shop. A fold over operations and facts. */
export type PaymentStatus =
  | 'started'
  | 'in-progress'
  | 'paid'
  | 'declined'
  | 'cancelled'
  | 'refunded'
  /** Paid, and the payer's bank has taken the money back. */
  | 'disputed'

/** Something learned, with where from. `raw` is scrubbed of card data and cut to 8,000 characters. */
export interface Evidence {
  readonly source:
    | 'answer'
    | 'inquiry'
    | 'notification'
    | 'return'
    | 'transport'
    | 'engine'
    | 'person'
    | 'report'
  readonly atMs: number
  /** The PSP's code or word, as it came. */
  readonly code?: string
  /** One sentence for a person. */
  readonly text: string
  /** The PSP's own number for it, where it gives one. */
  readonly pspReference?: string
  /** The card as it may be shown: first six and last four at most. */
  readonly maskedCard?: string
  readonly raw?: string
}

/** What the PSP says a charge has come to, in minor units. */
export interface Balances {
  readonly authorizedMinor: bigint
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
}

/** An operation as it was written down before anything of it was sent. `reference` names it, here and at the PSP. */
export interface IntendedOperation {
  readonly reference: string
  readonly kind: OperationKind
  readonly amountMinor: bigint
  readonly currency: string
  readonly orderVersion: string
  readonly gateway: string
  readonly account: string
  /** The charge that a modification or reversal is about. */
  readonly target?: string
  /** The caller's idempotency key, where a caller asked for it. */
  readonly key?: string
  /** The pipeline step that asked for it. */
  readonly step?: string
  /** The balances of the target by our own journal at this moment, for modifications. */
  readonly baseline?: Balances
  readonly intendedAtMs: number
  /** Not one byte may leave after this. */
  readonly sendDeadlineMs: number
  /** From here on the owner is taken for gone, and whoever is next resolves the doubt. */
  readonly dueAtMs: number
  /** A registration: the payer pays on the PSP's page, which takes payments for so long after the PSP got it. */
  readonly payableForMs?: number
  /** A charge that the issuer wants to see again with 3-D Secure. */
  readonly mustAuthenticate?: boolean
}

/** What the last leg left for the payer's browser and for the leg after. */
export interface HandedOver {
  /** The gateway's own; what is secret in it is sealed. */
  readonly data: Readonly<Record<string, string>>
  /** Part of the return address, 128 random bits: who does not know it cannot start the next leg. */
  readonly returnToken: string
  /** Until then the payer can go on there, as far as we know. */
  readonly untilMs: number
}

/** What a case is about. Each has its section in docs/how-to/look-after-cases.md. */
export type CaseReason =
  | 'doubt-unresolved'
  | 'modification-unresolved'
  | 'reversal-unresolved'
  | 'duplicate-reference'
  | 'amount-mismatch'
  | 'late-approval'
  | 'contradiction'
  | 'effect-parked'
  | 'step-gone'
  | 'charged-back'
  | 'failed-late'
  | 'changed-elsewhere'
  | 'cautious-word'
  | 'recovery-failed'
  | 'authorization-expiring'
  | 'settlement-differs'
  | 'settlement-missing'

/**
 * What a person can do about a case: take what happened at the PSP for what it is (`adopt`), undo the charge or give
 * money back there, end it with the evidence in words (`close`), or have work that was given up done again (`retry`).
 */
export type CaseAction = 'adopt' | 'reverse' | 'refund' | 'close' | 'retry'

/** What a line of a provider's settlement report is about. Amounts of all of them are above zero; the kind says which way money went. */
export type SettlementKind =
  | 'captured'
  /** A capture that was paid out, and is taken off again because it failed. */
  | 'capture-reversed'
  | 'refunded'
  /** A refund that was taken off, and is paid out again because it failed. */
  | 'refund-reversed'
  | 'charged-back'
  | 'chargeback-reversed'
  /** Nothing but what the provider keeps for itself. */
  | 'fee'

/** What the comparison of a settled line with our own books has come to. */
export type SettlementVerdict =
  | 'agrees'
  /** It tells what we did not know, and nobody has to decide anything about it. */
  | 'learned'
  /** Another amount or currency than is written down here. */
  | 'differs'
  /** The same again. */
  | 'twice'
  /** Nobody here knows of it. */
  | 'unknown-here'
  /** Paid out for what we hold for not live: declined, reversed, never seen. */
  | 'live'

/** Something learned about money after its operation ended (design 5.2). */
export type FactName =
  | 'captured'
  | 'approved-late'
  | 'contradicted'
  /** Cancelled at the PSP by somebody else. */
  | 'voided-elsewhere'
  | 'refunded-elsewhere'
  | 'captured-elsewhere'
  | 'capture-failed'
  | 'refund-failed'
  | 'charged-back'
  | 'chargeback-reversed'
  | 'expired'

/** What `paymentChanged` tells the shop: a fact, or a refund that is done. */
export interface ToldFact {
  readonly name: FactName | 'refunded'
  readonly amountMinor: bigint
}

/** One piece of work that follows a commit: an effect, an undo, or a local step of a status pipeline. */
export interface QueuedWork {
  /** Stable for ever: the shop sees the same key each time. */
  readonly key: string
  readonly kind: 'effect' | 'undo' | 'local'
  readonly pipeline: string
  readonly step: string
  /** Goes up with each word about an order: the shop ignores what is older than what it has heard. */
  readonly sequence: number
  /** Told late it would mislead: dropped once a later payment of the order was opened. */
  readonly supersedable: boolean
  /** The fact that is told. */
  readonly fact?: ToldFact
}

export type PaymentEvent =
  | {
      readonly type: 'payment-opened'
      readonly paymentId: string
      readonly token: string
      readonly orderId: string
      readonly orderVersion: string
      /** The order in the shop's words, for pages. Absent in what versions before 0.3.0 have written. */
      readonly description?: string
      readonly module: string
      readonly amountMinor: bigint
      readonly currency: string
      readonly key: string
      readonly fingerprint: string
      readonly paidWhen: PaidWhen
      readonly owner: string
      /** The steps as they were named when the payment began (design 4, deploys). */
      readonly steps: readonly string[]
      /** The payment of the same order that was opened before this one. */
      readonly predecessor?: string
      readonly atMs: number
    }
  | { readonly type: 'owner-changed'; readonly owner: string; readonly fence: number; readonly atMs: number }
  | { readonly type: 'step-started'; readonly step: string; readonly key: string; readonly dueAtMs: number }
  | {
      readonly type: 'step-completed'
      readonly step: string
      readonly values?: Readonly<Record<string, unknown>>
    }
  | { readonly type: 'step-refused'; readonly step: string; readonly reason: string }
  | { readonly type: 'step-in-doubt'; readonly step: string; readonly reason: string }
  | { readonly type: 'operation-intended'; readonly operation: IntendedOperation }
  /** Another leg, journaled before it is sent: the way back from a challenge, or what may be sent again - a reversal, a registration that no payer has the address of. */
  | {
      readonly type: 'operation-retried'
      readonly reference: string
      readonly leg: number
      readonly sendDeadlineMs: number
      readonly dueAtMs: number
      /** Absent in what version 0.1.0 has written. */
      readonly atMs?: number
      /** How long the PSP's page takes payments after this registration. */
      readonly payableForMs?: number
    }
  | {
      readonly type: 'operation-moved'
      readonly reference: string
      readonly to: OperationState
      readonly evidence: Evidence
      readonly nextTryAtMs?: number
      readonly handedOver?: HandedOver
    }
  | {
      readonly type: 'operation-doubted'
      readonly reference: string
      readonly evidence: Evidence
      /** When the raw socket was reset, if it was: nothing is delivered after that. */
      readonly resetAtMs?: number
      readonly nextTryAtMs: number
    }
  | {
      readonly type: 'operation-inquired'
      readonly reference: string
      readonly found: 'not-found' | 'unavailable' | 'unchanged' | 'unclear' | 'live' | 'refused-attempt'
      readonly evidence: Evidence
      /** Set on the first "not found" that counts under the waiting rule. */
      readonly countsFromMs?: number
      readonly nextTryAtMs?: number
    }
  /** Evidence that came when its operation had another owner or had ended. It changes nothing by itself. */
  | {
      readonly type: 'evidence-kept'
      readonly reference: string
      readonly evidence: Evidence
      readonly nextTryAtMs?: number
    }
  /** A card or method was refused on the PSP's page. The page lets the payer try another: nothing ends. */
  | { readonly type: 'attempt-refused'; readonly reference: string; readonly evidence: Evidence }
  /** Heard of from outside: a notification, or the payer's browser at the door. Each once, however often it comes. */
  | {
      readonly type: 'notified'
      /** Digest of what came. */
      readonly notice: string
      readonly reference: string
      readonly evidence: Evidence
      /** A hint, which an inquiry has to confirm: asked about then. */
      readonly nextTryAtMs?: number
    }
  | {
      readonly type: 'fact-recorded'
      readonly fact: FactName
      readonly reference: string
      readonly amountMinor: bigint
      readonly evidence: Evidence
    }
  /** A line of the provider's settlement report, compared with what is written down here: once, whichever reports it stands in. */
  | {
      readonly type: 'settled'
      /** Digest of the line's content. */
      readonly lineId: string
      readonly kind: SettlementKind
      /** The operation that it was found to be about; the charge where it is about none of ours. */
      readonly reference: string
      readonly amountMinor: bigint
      /** What the provider keeps of it; below zero where it gives something back. */
      readonly feeMinor: bigint
      readonly currency: string
      /** When it happened by the provider's word. */
      readonly bookedAtMs: number
      /** The name of the report in which it was met first, and the line there. */
      readonly report: string
      readonly lineNumber: number
      readonly verdict: SettlementVerdict
      readonly atMs: number
    }
  | {
      readonly type: 'status-reached'
      readonly status: PaymentStatus
      readonly pipeline?: string
      readonly work: readonly QueuedWork[]
      readonly atMs: number
      readonly dueAtMs: number
    }
  /** A fact to be told by its pipeline. */
  | {
      readonly type: 'fact-queued'
      readonly pipeline: string
      readonly work: readonly QueuedWork[]
      readonly atMs: number
      readonly dueAtMs: number
    }
  | { readonly type: 'undo-queued'; readonly work: readonly QueuedWork[]; readonly dueAtMs: number }
  | {
      readonly type: 'work-done'
      readonly key: string
      readonly outcome: 'done' | 'superseded'
      readonly values?: Readonly<Record<string, unknown>>
    }
  | {
      readonly type: 'work-failed'
      readonly key: string
      readonly reason: string
      readonly nextTryAtMs: number
    }
  | { readonly type: 'work-parked'; readonly key: string; readonly reason: string }
  /** What was parked is due again, because a person has said so. */
  | { readonly type: 'work-retried'; readonly key: string; readonly atMs: number }
  | { readonly type: 'pipeline-ended' }
  | {
      readonly type: 'case-opened'
      readonly caseId: string
      readonly reason: CaseReason
      readonly reference?: string
      /** The key of the work that was parked, where the case has another id: it was parked again. */
      readonly workKey?: string
      readonly text: string
      readonly atMs: number
    }
  /** A person says what is to be done about a case; it is done once another one says the same. */
  | {
      readonly type: 'case-proposed'
      readonly caseId: string
      readonly action: CaseAction
      readonly by: string
      readonly why: string
      /** Of a refund. */
      readonly amountMinor?: bigint
      /** The caller's idempotency key. */
      readonly key: string
      readonly atMs: number
    }
  | {
      readonly type: 'case-closed'
      readonly caseId: string
      readonly action: CaseAction
      /** Who has said so first; 'counterfoil' where evidence has ended what it was about. */
      readonly by: string
      readonly why: string
      /** Who has said the same, where two were needed, and why. */
      readonly approvedBy?: string
      readonly approvedWhy?: string
      readonly amountMinor?: bigint
      /** The operation that was written down to carry it out. */
      readonly reference?: string
      readonly key?: string
      readonly atMs: number
    }

/** From when on a payment counts as paid; the module says which. */
export type PaidWhen = 'authorized' | 'captureAccepted' | 'captured'
