import type { PaymentEvent, PaymentStatus } from '../payment/events.ts'
import type { OrderRecord } from '../payment/order.ts'
import type { Payment } from '../payment/state.ts'

/**
 * The only write in the system. All of one change becomes durable together or not at all: the payment's events, its
 * snapshot, the order record and the next due time.
 */
export interface Change {
  readonly payment?: PaymentChange
  readonly order?: OrderChange
}

export interface PaymentChange {
  readonly paymentId: string
  /** The version that the writer saw; 0 for a new payment. One append makes it one higher. */
  readonly expectedVersion: number
  /** The fence that the writer saw (0 for a new payment). An owner whose payment was taken over is refused by it (F13). */
  readonly expectedFence: number
  readonly events: readonly PaymentEvent[]
  /** The payment after these events; its `fence` becomes the stored one. */
  readonly snapshot: Payment
  /** New names that lead to the payment; each must be new in the whole journal. */
  readonly references: readonly string[]
  /** When somebody must look at it again; undefined when nothing is left to do. */
  readonly dueAtMs: number | undefined
  /** True while its owner is at work on it: then it is also due as soon as its owner is gone. */
  readonly attended: boolean
  readonly atMs: number
}

export interface OrderChange {
  /** The revision that the writer saw; 0 for an order without a record. */
  readonly expectedRevision: number
  /** The record from now on; its `revision` is one higher. */
  readonly record: OrderRecord
}

/** What became of one change; each change of a batch has its own. */
export type Verdict =
  | { readonly kind: 'committed' }
  /** Nothing of this change was written. `on` says what had moved on. */
  | { readonly kind: 'conflict'; readonly on: 'version' | 'fence' | 'order' | 'key' | 'reference' }

/** A payment as it is stored. */
export interface StoredPayment {
  readonly payment: Payment
  readonly version: number
}

/** One append, as it was written. Event types that this version does not know are kept as they are (F25). */
export interface StoredAppend {
  readonly version: number
  readonly atMs: number
  readonly fence: number
  readonly events: readonly PaymentEvent[]
}

/** A notification as it came in, durable before it is acknowledged. */
export interface InboxItem {
  readonly id: string
  readonly gateway: string
  readonly receivedAtMs: number
  /** Scrubbed of card data. */
  readonly raw: string
  /** The caller has shown the credentials that were agreed on. */
  readonly isAuthentic: boolean
  readonly callerAddress: string | undefined
}

/** Which payments to list: all conditions hold together, newest first. */
export interface PaymentQuery {
  readonly orderId?: string
  readonly status?: PaymentStatus
  /** Only payments with at least one open case. */
  readonly withCases?: boolean
  /** Only payments with an id below this one, for the next page. */
  readonly before?: string
  /** 1 to 1,000. */
  readonly limit: number
}

/** A page of payments. A row that cannot be read hides no other (F22). */
export interface PaymentPage {
  readonly payments: readonly StoredPayment[]
  /** The ids of those on this page whose row cannot be read: a person has to hear of them, and `read` says why. */
  readonly unreadable: readonly string[]
  /** For the next page, as `before`; undefined after the last one. */
  readonly next: string | undefined
}

/** The oldest notifications. A row that cannot be read hides no other (F22). */
export interface InboxPage {
  readonly items: readonly InboxItem[]
  /** The ids of those whose row cannot be read. */
  readonly unreadable: readonly string[]
}

/** Which payments somebody must look at, and who asks. */
export interface DueQuery {
  /** The node that asks: what it owns it looks after itself. */
  readonly nodeId: string
  readonly nowMs: number
  /** A node that was last seen before this is taken for dead. */
  readonly deadBeforeMs: number
  /** Leaves out so many of the longest due: for the next page. Default: 0. */
  readonly skip?: number
  /** 1 to 1,000. */
  readonly limit: number
}

/** What nobody knows the end of, of one currency. */
export interface InDoubt {
  readonly currency: string
  /** Payments with at least one operation in doubt. */
  readonly payments: number
  /** Since when the oldest of them is in doubt. */
  readonly oldestSinceMs: number
  /** The money that these operations may have moved, in minor units. */
  readonly atRiskMinor: bigint
  /** When the next of them is looked at. */
  readonly nextDueAtMs: number | undefined
}

/**
 * The journal: the only truth that we own. Every method rejects with CF_JOURNAL_UNAVAILABLE or another CF_JOURNAL_
 * error; after a rejected `append` nobody knows whether it was written, and the caller must read before it decides.
 * CF_JOURNAL_REFUSED alone is certain: what was to be written can never be, nothing of it was, and no neighbour failed
 * with it (F22).
 */
export interface Journal {
  /** For people: 'sqlite /path/payments.db'. */
  readonly name: string
  /** Opens, migrates, takes ownership. */
  open(owner: { readonly nodeId: string }): Promise<void>
  /** Writes what waits, and takes leave: what this node owned is free for others at once. */
  close(): Promise<void>
  append(change: Change): Promise<Verdict>
  read(paymentId: string): Promise<StoredPayment | undefined>
  order(orderId: string): Promise<OrderRecord | undefined>
  /** The payment that was opened with this idempotency key. */
  findByKey(key: string): Promise<StoredPayment | undefined>
  /** The payment that has an operation with this reference. */
  findByReference(reference: string): Promise<StoredPayment | undefined>
  history(paymentId: string): Promise<readonly StoredAppend[]>
  list(query: PaymentQuery): Promise<PaymentPage>
  /**
   * Payments that somebody must look at, the longest due first, at most `limit`: those that are attended by a dead
   * node, and those that are due by now. What another living node owns it looks after itself: that is given out
   * only once it is due since before `deadBeforeMs`.
   */
  due(query: DueQuery): Promise<readonly string[]>
  /**
   * This node is alive. Answers the time that rules, in milliseconds since 1970: a journal of several nodes answers
   * its own clock, a journal of one process `nowMs`, which is the caller's.
   */
  heartbeat(nodeId: string, nowMs: number): Promise<number>
  /** What is in doubt, one entry per currency. */
  inDoubt(): Promise<readonly InDoubt[]>
  /** Stores a notification; storing the same id again changes nothing. */
  receive(item: InboxItem): Promise<void>
  /** The oldest notifications, at most `limit`. */
  inbox(limit: number): Promise<InboxPage>
  /**
   * Takes a notification out. With `recordedBy`, a payment's id, it goes only if that payment has it among its
   * `notices` as it is stored now: what a caller has read may be lost in a failover meanwhile (F8, F15). What does not
   * go stays, without an error.
   */
  removeFromInbox(id: string, recordedBy?: string): Promise<void>
  /**
   * Calls back after each commit that this process made, and, as far as the journal hears of them, after those of
   * other nodes: a hint that makes waiting shorter, which may get lost. The answer ends it.
   */
  watch(listener: (paymentId: string, version: number) => void): () => void
}
