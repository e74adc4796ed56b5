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
  /** 1 for the first send; the way back from a challenge is the next leg of the same operation. */
  readonly leg: number
  readonly amountMinor: bigint
  readonly currency: string
  readonly orderId: string
  readonly description: string
  /** Undefined when the operation is resolved later, by a node that never saw the payer. */
  readonly payer: Payer | undefined
  readonly payerIp: string | undefined
  readonly browser: PayerBrowser | undefined
  /** The charge that a modification or reversal is about. */
  readonly target: GatewayTarget | undefined
  /** On legs after the first: what the gateway said at the end of the one before. */
  readonly handover: Handover | undefined
  /** The issuer has refused this payment without 3-D Secure: a challenge is a must now. */
  readonly mustAuthenticate: boolean
}

/** The payer's browser, as 3-D Secure wants it described. Undefined when the operation goes on without the payer. */
export interface PayerBrowser {
  readonly accept: string
  readonly userAgent: string
  readonly javaScript: boolean
  /** The id that device-data collection has given, where it came to an end. */
  readonly deviceSession: string | undefined
}

/**
 * What the gateway has to know later, to send the payer's browser to the PSP's page and to go on after it. It is
 * written down with the operation, so that any node can go on: what is secret in it the gateway seals.
 */
export type Handover = Readonly<Record<string, string>>

/** How the payer's browser gets to a page of the PSP: by a link, or by a form of hidden fields. */
export interface PayerPage {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** Fields of the form; none where the method is GET. */
  readonly fields: Readonly<Record<string, string>>
  /** True when the page is made to be shown in a frame of ours. */
  readonly framed: boolean
}

/** By which door the payer's browser comes back. It says nothing about money: anyone can open any of them. */
export type ReturnDoor = 'success' | 'failure' | 'pending' | 'cancel' | 'error' | 'challenge'

/** What a page of the PSP needs beside what was written down. */
export interface Visit {
  readonly reference: string
  readonly returnUrls: Readonly<Record<ReturnDoor, string>>
  readonly fresh: Fresh
}

/** Time and chance, for whatever the gateway has to sign. */
export interface Fresh {
  readonly nowMs: number
  /** 128 random bits. */
  readonly nonce: string
}

/** The hidden form by which the browser has its device looked at before the first leg of a 3-D Secure payment. */
export interface DeviceData {
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
  /** The field that takes the first digits of the card. */
  readonly cardPrefixField: string
  /** The answer comes as a message of this origin: JSON, in which this member is the session's id. */
  readonly messageOrigin: string
  readonly sessionMember: string
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
  /** The PSP's own word for the status, which configuration may make more cautious. */
  readonly word?: string
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
    /** `soft`: the issuer would look again, with 3-D Secure and under a new reference. */
    | { readonly kind: 'declined'; readonly echo: Echo; readonly soft?: boolean }
    /** Registered: the payer pays on the PSP's page. */
    | { readonly kind: 'awaiting-payer'; readonly echo: Echo; readonly handover: Handover }
    /** The payer must prove who they are; nothing was executed, and nothing will be without our next leg. */
    | { readonly kind: 'challenge'; readonly echo: Echo; readonly handover: Handover }
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
        /**
         * What the charge came to. `reversed` = cancelled, or refunded in full: no money is live. `open` = on the PSP's
         * page, not paid so far.
         */
        readonly charge: 'approved' | 'declined' | 'pending' | 'reversed' | 'open'
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
        /** The payer's bank has taken the money back, or has given it back again. */
        readonly dispute?: 'charged-back' | 'reversed'
        /** An authorization that ended by itself. */
        readonly expired?: boolean
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

/** A message from the PSP to us, put into our words. What of it is believed is not the gateway's to say. */
export type Notice =
  | {
      readonly kind: 'notice'
      /** The charge that it is about. */
      readonly reference: string
      /** Our own reference of the modification that it is about, where the PSP repeats it. */
      readonly modification?: string
      /** What it says of that modification, where it says something for certain. */
      readonly effect?: 'accepted' | 'done' | 'refused'
      /** The PSP's word. */
      readonly word: string
      /** Undefined when the word says nothing about money, or is not known. */
      readonly found?: Extract<Found, { readonly kind: 'found' }>
    }
  | { readonly kind: 'unreadable'; readonly why: string }

/** How a PSP's calls to us are read and acknowledged. Gateways of one PSP share one, and one address. */
export interface NotificationHandler {
  /** The last part of the address that the PSP calls: 'worldpay'. */
  readonly path: string
  /** True when the caller must show credentials; without them nothing that it says is taken. */
  readonly hasCredentials: boolean
  /** Whether the caller has shown the credentials that were agreed on. */
  isAuthentic(headers: Readonly<Record<string, string | undefined>>): boolean
  parse(raw: string): Notice
  /** What tells the PSP that we have it. */
  readonly acknowledgement: {
    readonly status: number
    readonly contentType: string
    readonly body: string
  }
}

/** Payments on the PSP's own page. */
export interface HostedPages {
  /** How long the page takes payments after the PSP got the registration: sent with each, enforced by the PSP. */
  readonly validMs: number
  /** What the return address says, for people and never believed; undefined when it says nothing. */
  readReturn(query: Readonly<Record<string, string>>): string | undefined
}

/** The PSP's settlement reports: what it has paid out, told days later. */
export interface Settlement {
  /** Whose reports they are. Gateways of one PSP share the name, and tell their accounts apart by `account`. */
  readonly provider: string
  /** What happened longer ago than this is in a report. */
  readonly delayMs: number
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
  /** Where payers pay on the PSP's page: a charge registers them there, and moves no money by itself. */
  readonly hosted?: HostedPages
  /** Where the payer's browser goes for what a leg has handed over: the hosted page, or the challenge. */
  payerPage?(handover: Handover, visit: Visit): PayerPage
  /** Where cards are taken with 3-D Secure. */
  deviceData?(fresh: Fresh): DeviceData
  /** Where the PSP calls us. */
  readonly notification?: NotificationHandler
  /** Where the PSP reports what it has paid out. */
  readonly settlement?: Settlement
  /** Undefined when the PSP can express the amount, else the reason why not: asked before commit A. */
  unrepresentable(amountMinor: bigint, currency: string): string | undefined
  /** Takes card data and credentials out of a raw answer, for the journal. */
  scrub(text: string): string
}
