import type { Card } from '../gateway/card.ts'
import type { DeviceData, PayerBrowser, PayerPage, ReturnDoor } from '../gateway/gateway.ts'
import type { Transport } from '../gateway/transport.ts'
import type { InDoubt, Journal, PaymentQuery, StoredAppend } from '../journal/journal.ts'
import type { Spool } from '../journal/spool.ts'
import type { CaseOffer } from '../payment/case-actions.ts'
import type { CaseAction, Evidence, OperationKind, PaymentEvent, PaymentStatus } from '../payment/events.ts'
import type { OperationState } from '../payment/operation-states.ts'
import type { Order, OrderRecord } from '../payment/order.ts'
import type { Case, PaymentBalances } from '../payment/state.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import type { Shop } from '../shop/shop.ts'
import type { World } from '../world.ts'
import type { Reconciliation } from './reconciliation.ts'

export type * from './reconciliation.ts'

export interface CounterfoilConfig {
  readonly journal: Journal
  /** Where answers are kept that the journal cannot take. Default: nowhere, and they are inquired about. */
  readonly spool?: Spool
  readonly shop: Shop
  readonly modules: readonly PaymentModule[]
  /** Where the server is mounted, as the payer's browser sees it, without a slash at the end. */
  readonly publicUrl: string
  /** Default: the real one. */
  readonly world?: World
  /** Default: HTTP by undici. */
  readonly transport?: Transport
  /** Where errors that have no caller go, such as a failed effect. Default: one line of JSON each on stderr. */
  readonly log?: (line: LogLine) => void
  /** Default: see `defaultLimits`. */
  readonly limits?: Partial<Limits>
  /** A lock of the shop's own beside the order's hold, such as one payment at a time per payer. */
  readonly payerLock?: PayerLock
}

/** Asked before commit A: a text refuses the payment and is shown to the payer. `release` is called once it has ended or been handed over. */
export interface PayerLock {
  acquire(request: {
    readonly orderId: string
    readonly payerIp: string | undefined
  }): Promise<{ readonly refused: string } | { readonly release: () => void }>
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  readonly paymentId?: string
  readonly code?: string
}

/** Every bound of the engine, with its name and unit. */
export interface Limits {
  /** Between writing an operation down and its first byte. */
  readonly sendWithinMs: number
  /** From the first byte out to the last byte in, at most; a gateway may ask for less. */
  readonly answerWithinMs: number
  /** One call of the shop's loadOrder. */
  readonly shopDeadlineMs: number
  /** Payments whose answer this node waits for at once; more are refused with CF_OVERLOADED. */
  readonly paymentsInFlightMax: number
  /** Payments that recovery works on at once. */
  readonly recoveriesAtOnceMax: number
  /** Inquiries of recovery, by this node. */
  readonly inquiriesPerSecondMax: number
  /** Charges in a row without a usable answer, after which no payment begins at that PSP for a while. */
  readonly breakerFailures: number
  /** How long that while is at first; it doubles up to a minute. */
  readonly breakerRestMs: number
  /** How often the journal is asked for what is due. */
  readonly dueEveryMs: number
  readonly heartbeatEveryMs: number
  /** A node that was not seen for so long is taken for dead, and stops sending by itself before. */
  readonly nodeDeadAfterMs: number
  /** Doubt that is older becomes a case; inquiries go on. */
  readonly doubtCaseAfterMs: number
  /** Tries of a reversal before it becomes a case. */
  readonly reversalTriesMax: number
  /** How long a challenge may take, and card data is held in memory for its next leg: at most 15 minutes. */
  readonly challengeValidMs: number
  /** Notifications that wait to be looked at; one more is refused, so that the provider repeats it. */
  readonly inboxMax: number
  /** How long a notification waits for the payment that it is about. */
  readonly parkedForMs: number
}

export interface PayRequest {
  readonly orderId: string
  readonly module: string
  /** Idempotency key of 8 to 128 characters; the form that the payer sends carries it. A new try after a decline has a new one. */
  readonly key: string
  /** For internal modules: a must. */
  readonly card?: Card
  readonly payerIp?: string
  /** For 3-D Secure. */
  readonly browser?: PayerBrowser
  /** How long to wait for the PSP's answer before answering `wait`. Default: until it comes. The payment goes on all the same. */
  readonly waitMs?: number
}

export interface ModificationRequest {
  readonly paymentId: string
  /** Idempotency key: the same key answers with the same operation. */
  readonly key: string
  /** Default: all there is. In minor units of the payment's currency. */
  readonly amountMinor?: bigint
}

/** An operation as it may be shown: no secret, no card data. */
export interface OperationView {
  readonly reference: string
  readonly kind: OperationKind
  readonly state: OperationState
  readonly inDoubt: boolean
  readonly amountMinor: bigint
  readonly currency: string
  readonly intendedAtMs: number
  /** The PSP's code and words, where it has answered. */
  readonly code: string | undefined
  readonly text: string | undefined
}

/** A payment as it may be shown. */
export interface PaymentView {
  readonly id: string
  /** Goes up with each change; `watch` resumes after it. */
  readonly version: number
  readonly orderId: string
  /** The order in the shop's words; undefined for payments that versions before 0.3.0 have opened. */
  readonly description: string | undefined
  readonly module: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly status: PaymentStatus
  /** The shop's own word for the status, where the module names one. */
  readonly statusWord: string | undefined
  /** True once status cannot change without a new request: the payer's page need not wait. */
  readonly settled: boolean
  /** Why it was refused before anything was sent, in words for the payer. */
  readonly refusal: string | undefined
  /** 'success' or a URL of the shop's own, once go-to-success-page or its replacement has run. */
  readonly page: string | undefined
  /** What the payer has still to do at the provider, and until when that is possible as far as we know. */
  readonly payerTask:
    | {
        readonly kind: 'hosted-page' | 'challenge'
        readonly untilMs: number
        /** The provider has refused a try there, and takes another. */
        readonly refusedOnce: boolean
      }
    | undefined
  readonly maskedCard: string | undefined
  readonly balances: PaymentBalances
  readonly operations: readonly OperationView[]
  readonly cases: readonly Case[]
  /** The payer's link to this payment: id and a token of 128 random bits. */
  readonly statusUrl: string
}

export type Next =
  | { readonly kind: 'wait'; readonly statusUrl: string }
  /** The payer's browser is to go to the provider's page. */
  | { readonly kind: 'redirect'; readonly url: string; readonly statusUrl: string }
  /** The same by a form of hidden fields; `framed` when that page is made for a frame, as a challenge is. */
  | {
      readonly kind: 'post-form'
      readonly url: string
      readonly fields: Readonly<Record<string, string>>
      readonly framed: boolean
      readonly statusUrl: string
    }
  | { readonly kind: 'done'; readonly status: PaymentStatus; readonly statusUrl: string }

export interface PaymentResult extends PaymentView {
  readonly next: Next
}

/** The payer's browser at one of the doors. It is believed in nothing: it prompts an inquiry, or the next leg. */
export interface PayerReturn {
  /** The payer's link to the payment. */
  readonly link: string
  readonly door: ReturnDoor
  /** For the door `challenge`: the token of the return address. */
  readonly token?: string
  /** What stood in the address, to be shown. */
  readonly query?: Readonly<Record<string, string>>
  readonly browser?: PayerBrowser
  readonly waitMs?: number
}

export interface ReturnResult extends PaymentResult {
  /** A reason for the payer to read, of a step of `postprocess` or `cancel` that refused. */
  readonly notice: string | undefined
}

export type ChangeOfMindResult =
  /** Another payment of the order can begin. */
  | { readonly kind: 'free'; readonly payment: PaymentView }
  /** The order is held until then, unless it is paid before. */
  | { readonly kind: 'held'; readonly untilMs: number; readonly payment: PaymentView }
  /** It is being decided: wait for its end. */
  | { readonly kind: 'under-way'; readonly payment: PaymentView }

/** A call of the PSP's server, as it arrived. */
export interface NotificationRequest {
  /** The last part of the address that was called: the provider's, such as 'worldpay'. */
  readonly path: string
  /** At most 64 KiB. */
  readonly raw: string
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly callerAddress?: string
}

/** What tells the PSP that we have it. */
export interface Acknowledgement {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface ModificationResult {
  readonly payment: PaymentView
  /** The operation that this key stands for: `accepted` means submitted, not done. */
  readonly operation: OperationView
}

/** What a person must decide, or has decided. */
export interface CaseView extends Case {
  readonly paymentId: string
  readonly orderId: string
  readonly status: PaymentStatus
  readonly module: string
  /** Of the payment, in minor units of its currency. */
  readonly amountMinor: bigint
  readonly currency: string
  /** What can be done about it as things stand; none once it is closed. */
  readonly actions: readonly CaseOffer[]
}

/** A case with all that is known of it. */
export interface CaseDetails extends CaseView {
  readonly payment: PaymentView
  /** The operation that it is about, where it is about one. */
  readonly operation: OperationView | undefined
  /** How that operation went, as it was learned: the latest 50, oldest first. */
  readonly evidence: readonly CaseEvidence[]
  /** That it was opened, what was proposed, how it ended. */
  readonly history: readonly CaseEvent[]
}

export interface CaseEvidence extends Omit<Evidence, 'raw'> {
  /** What was concluded: a state, a fact, or what an inquiry found. */
  readonly found: string
}

export type CaseEvent = Extract<PaymentEvent, { type: 'case-opened' | 'case-proposed' | 'case-closed' }>

export interface CaseId {
  readonly paymentId: string
  readonly caseId: string
}

export interface CaseQuery {
  /** Payments that are looked at: 1 to 1,000. */
  readonly limit?: number
  /** Only of payments with an id below this one, for the next page. */
  readonly before?: string
}

export interface CaseRequest extends CaseId {
  readonly action: CaseAction
  /** Who: a name of 1 to 64 characters that the caller has made sure of. */
  readonly by: string
  /** Why, and what was seen: 1 to 500 characters, no card number. */
  readonly why: string
  /** Of a refund, in minor units. Default: all there is. */
  readonly amountMinor?: bigint
  /** Idempotency key: the same key answers as it did the first time. */
  readonly key: string
}

export interface CaseResolution {
  /** `proposed`: somebody else has to say the same. `resolved`: it is carried out, or was before. */
  readonly outcome: 'proposed' | 'resolved'
  readonly case: CaseDetails
}

/** How full this node's spool is. */
export interface SpoolState {
  /** False when it could not be opened: the node goes on without it. */
  readonly usable: boolean
  /** Answers that wait for the journal. */
  readonly entries: number
  readonly bytes: number
  readonly bytesMax: number
  /** New payments are refused with CF_SPOOL_FULL. */
  readonly pastHighWater: boolean
}

/** The engine. Outcomes are returned; a CounterfoilError is thrown when the call itself cannot be served. */
export interface Counterfoil extends Reconciliation {
  /** Opens the journal, takes up what an earlier run left, begins to look for what is due. */
  start(): Promise<void>
  /**
   * Says in `ready` that it is about to stop, so that balancers send payers elsewhere. Whoever comes all the same is
   * served: everything goes on until `stop`.
   */
  drain(): void
  /** Takes no new payments, waits for what is in flight at most `deadlineMs`, closes: others take over what is left. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>
  /** One round of what `start` does by timer, for hosts that only have cron. Answers how many payments it looked at. */
  runDue(options?: { readonly limit?: number }): Promise<number>

  pay(request: PayRequest): Promise<PaymentResult>
  /**
   * The payer's browser is back: from a challenge its next leg is sent, from the PSP's page an inquiry is made.
   *
   * @throws CF_LINK_INVALID
   */
  payerReturned(visit: PayerReturn): Promise<ReturnResult>
  /** Where the payer's browser goes now; undefined when there is nothing for the payer to do at the PSP. */
  payerPage(link: string): Promise<PayerPage | undefined>
  /** The hidden form for device data, signed anew; undefined when the module has no 3-D Secure. */
  deviceData(module: string): DeviceData | undefined
  /**
   * The payer wants another way to pay. What can be closed by evidence is closed.
   *
   * @throws CF_LINK_INVALID
   */
  changeMind(link: string): Promise<ChangeOfMindResult>
  /**
   * Takes a notification: it is durable when this resolves, and the answer may be given to the PSP.
   *
   * @throws CF_LINK_INVALID for an address that no gateway has, CF_NOTIFICATION_REFUSED for wrong credentials or one
   * that is too long, CF_OVERLOADED, or a CF_JOURNAL_ error: then it was not taken, and the PSP repeats it.
   */
  receive(request: NotificationRequest): Promise<Acknowledgement>
  capture(request: ModificationRequest): Promise<ModificationResult>
  refund(request: ModificationRequest): Promise<ModificationResult>
  /** Gives an authorization back that is not captured. */
  void(request: Omit<ModificationRequest, 'amountMinor'>): Promise<ModificationResult>
  /** Undoes the payment wherever it stands, also while it is in doubt: a reversal at the PSP. */
  cancel(request: Omit<ModificationRequest, 'amountMinor'>): Promise<ModificationResult>
  /** No payment for this order from now on; one that is under way is reversed if it turns out approved. */
  closeOrder(request: { readonly orderId: string }): Promise<OrderRecord>

  payment(id: string): Promise<PaymentView | undefined>
  /** The payment behind a payer's link; undefined for a wrong token as for an unknown id. */
  paymentByLink(link: string): Promise<PaymentView | undefined>
  /** The order as the shop answers it now. */
  loadOrder(orderId: string): Promise<Order | undefined>
  order(orderId: string): Promise<OrderRecord>
  list(query: PaymentQuery): Promise<readonly PaymentView[]>
  /**
   * What `list` passes over for the same query: the ids of payments whose row in the journal cannot be read. A person has
   * to look at them; `payment` says what is wrong with one.
   */
  unreadable(query: PaymentQuery): Promise<readonly string[]>
  history(paymentId: string): Promise<readonly StoredAppend[]>
  /** The open cases, of the newest payments first; a page holds all those of a payment. */
  cases(query?: CaseQuery): Promise<readonly CaseView[]>
  /** One case; by its id alone only an open one. Undefined when there is none. */
  case(id: string | CaseId): Promise<CaseDetails | undefined>
  /**
   * The last word on a case is people's, and of two different ones where money moves or a doubt is ended by word: the
   * first proposes, the second says the same.
   *
   * @throws CF_CASE_UNKNOWN, CF_CASE_ACTION for what does not fit, CF_CASE_NEEDS_ANOTHER for the same person again,
   * CF_CASE_CLOSED when it was resolved in another way, CF_AMOUNT_EXCEEDED
   * @example
   * await cf.resolveCase({ paymentId, caseId, action: 'refund', by: 'ann', why: 'Paid twice, see ticket 4711.', key })
   */
  resolveCase(request: CaseRequest): Promise<CaseResolution>
  /** What nobody knows the end of now: one entry per currency, none when all is known. */
  inDoubt(): Promise<readonly InDoubt[]>
  /** Every version of the payment after `after`, as it comes (some may be skipped); ends with `signal`. */
  watch(
    id: string,
    options: { readonly signal: AbortSignal; readonly after?: number },
  ): AsyncIterable<PaymentView>

  readonly modules: readonly PaymentModule[]
  readonly publicUrl: string
  /** False before start and after stop. */
  readonly running: boolean
  /** True while a balancer may send payers here: it runs, and neither drains nor is short of room for answers. */
  readonly ready: boolean
  /** The engine's wall clock: the journal's time, so that all nodes on one journal agree. Before start the machine's. */
  nowMs(): number
  /** Payments in flight here, for health pages. */
  readonly inFlight: number
  /** What is in this node's spool; undefined where it has none. */
  readonly spool: SpoolState | undefined
}
