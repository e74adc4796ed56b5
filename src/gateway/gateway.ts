import type { Balances, OperationKind } from '../payment/events.ts'
import type { Payer } from '../payment/order.ts'
import type { Card } from './card.ts'

/** One request to a PSP, ready to be sent by the transport. A gateway builds it and cannot send it. */
export interface Exchange {
  /** Whether money moves by it. At most one such exchange per operation leg, each journaled before. */
  readonly movesMoney: boolean
  readonly method: 'POST' | 'GET'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** From the first byte out to the last byte in. */
  readonly timeoutMs: number
  /** A longer answer is cut off and counts as unknown. */
  readonly answerBytesMax: number
}

/** What came back. HTTP 200 means nothing by itself: the PSP's word is in the body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What a gateway needs to know of an operation to put it into the PSP's words. */
export interface GatewayOperation {
  readonly reference: string
  readonly kind: OperationKind
  readonly amountMinor: bigint
  readonly currency: string
  readonly orderId: string
  readonly description: string
  /** Undefined when the operation is resolved later, by a node that never saw the payer. */
  readonly payer: Payer | undefined
  readonly payerIp: string | undefined
  /** The charge that a modification or reversal is about. */
  readonly target: GatewayTarget | undefined
}

export interface GatewayTarget {
  readonly reference: string
  readonly kind: OperationKind
  readonly amountMinor: bigint
  readonly currency: string
}

/** What the message says that it is about. The engine compares what is there with what was intended (design 5.3). */
export interface Echo {
  readonly reference?: string
  readonly amountMinor?: bigint
  readonly currency?: string
  /** Decimal places in which the PSP counted `amountMinor`. */
  readonly exponent?: number
}

/** What the PSP adds for people and for later: all optional, none of it decides anything. */
export interface OutcomeNotes {
  readonly code?: string
  readonly text: string
  readonly pspReference?: string
  /** At most the first six and last four digits. */
  readonly maskedCard?: string
}

/**
 * The closed vocabulary of outcomes. Each adapter maps its PSP's words to these in one place; nothing else in the
 * house knows a PSP's word. When in doubt an adapter says `unclear`: the engine then asks.
 */
export type Outcome = OutcomeNotes &
  (
    | {
        readonly kind: 'approved'
        readonly echo: Echo /** The PSP has also booked the capture. */
        readonly captured: boolean
      }
    | { readonly kind: 'declined'; readonly echo: Echo }
    /** The PSP took it and will say later. */
    | { readonly kind: 'pending'; readonly echo: Echo }
    /** A receipt for a modification: received for processing, not done. */
    | { readonly kind: 'accepted'; readonly echo: Echo }
    /** A modification took effect. */
    | { readonly kind: 'done'; readonly echo: Echo }
    /** A modification was definitely refused; it may be asked for again as a new operation. */
    | { readonly kind: 'refused'; readonly echo: Echo }
    /** The PSP says that it never processed the request, by a code that the adapter lists as such. */
    | { readonly kind: 'invalid'; readonly echo: Echo }
    /** The PSP knows this reference already. On a first send that is doubt and a case, never adopted. */
    | { readonly kind: 'duplicate' }
    /** Not a usable answer: 5xx, HTML, garbage, another reference. */
    | { readonly kind: 'unclear' }
  )

/** The closed vocabulary of answers to "what became of reference X?". */
export type Found = OutcomeNotes &
  (
    | {
        readonly kind: 'found'
        readonly echo: Echo
        /** What the charge came to. `reversed` = cancelled, or refunded in full: no money is live. */
        readonly charge: 'approved' | 'declined' | 'pending' | 'reversed'
        /** True when the PSP has booked the capture. */
        readonly captured: boolean
        /**
         * What the PSP has booked, where it says so, in ISO minor units: a modification that was only received has
         * not moved them. Captured less refunded is exact.
         */
        readonly balances?: Balances
        /** A refund is on its way: the PSP has taken it on, and it needs no second asking. */
        readonly refunding?: boolean
        /** The last modification failed by the PSP's word. */
        readonly failed?: 'capture' | 'refund'
      }
    /** The PSP says it knows no such reference. Not proof by itself (design 5.4). */
    | { readonly kind: 'not-found' }
    /** No usable answer: ask again later. */
    | { readonly kind: 'unavailable' }
  )

/** One operation: how to ask, and how to read what comes back. Both are pure. */
export interface OperationHandler {
  build(operation: GatewayOperation, secrets: { readonly card: Card | undefined }): Exchange
  read(answer: Answer, operation: GatewayOperation): Outcome
}

export interface InquiryHandler {
  build(operation: GatewayOperation): Exchange
  read(answer: Answer, operation: GatewayOperation): Found
}

/** What a PSP can and how long it takes; the conformance suite checks each claim against its simulator. */
export interface Capabilities {
  /** A second request with the same reference is refused by the PSP. */
  readonly dedupByReference: boolean
  readonly inquiryByReference: boolean
  /** How stale an inquiry's answer can be. */
  readonly inquiryLagMs: number
  readonly reversalByReference: boolean
  /** How long the PSP can take from the last byte in to money moved. */
  readonly maxProcessingMs: number
  /**
   * How long bytes that left us can still arrive: 16 minutes for the kernel's retransmissions. Only adapters
   * that talk to a simulator may declare less.
   */
  readonly maxDeliveryMs: number
  /** Capturing can be left for later. */
  readonly delayedCapture: boolean
  /** Fields that every answer to a charge repeats, and that are compared. */
  readonly echoes: readonly (keyof Echo)[]
}

/** The adapter that speaks one PSP's protocol. It does no I/O, so it cannot send twice. */
export interface Gateway {
  readonly name: string
  /** The merchant account, for the journal; no secret. */
  readonly account: string
  readonly capabilities: Capabilities
  readonly operations: Readonly<Partial<Record<OperationKind, OperationHandler>>>
  readonly inquire: InquiryHandler
  /** Undefined when the PSP can express the amount, else the reason why not: asked before commit A. */
  unrepresentable(amountMinor: bigint, currency: string): string | undefined
  /** Takes card data and credentials out of a raw answer, for the journal. */
  scrub(text: string): string
}
