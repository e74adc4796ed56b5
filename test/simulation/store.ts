import { decodeEvents, decodeOrder, decodePayment } from '../../src/journal/codec.ts'
import { type EncodedChange, encodeChange } from '../../src/journal/encoded-change.ts'
import type {
  Change,
  DueQuery,
  InDoubt,
  PaymentChange,
  PaymentPage,
  PaymentQuery,
  StoredAppend,
  StoredPayment,
  Verdict,
} from '../../src/journal/journal.ts'
import { assertNames } from '../../src/journal/names.ts'
import { assertLimit, pageOf } from '../../src/journal/query.ts'
import { judge, type Stored } from '../../src/journal/verdict.ts'
import { doubtOf } from '../../src/payment/doubt.ts'
import type { OrderRecord } from '../../src/payment/order.ts'
import { Inbox } from './inbox.ts'

/** A payment as it is stored, with what a journal's indexes know of it. */
export interface Row extends StoredPayment {
  readonly dueAtMs: number | undefined
  readonly attended: boolean
  readonly history: readonly StoredAppend[]
}

/** Called with the texts of a change, where it is written as text. */
type Reader = (texts: readonly string[]) => void

/**
 * What a journal holds, as values: nobody changes what was handed in, so that reading costs nothing. Some runs write
 * text, as every journal does, and read it back, so that what text cannot hold shows; there everything is frozen.
 */
export class Store {
  readonly payments = new Map<string, Row>()
  readonly inbox = new Inbox()
  readonly #orders = new Map<string, OrderRecord>()
  readonly #byKey = new Map<string, string>()
  readonly #byReference = new Map<string, string>()
  readonly #seenAtMs = new Map<string, number>()
  readonly #readText: Reader | undefined

  readonly #stored: Stored = {
    payment: (paymentId) => {
      const row = this.payments.get(paymentId)
      return row === undefined ? { version: 0, fence: 0 } : { version: row.version, fence: row.payment.fence }
    },
    orderRevision: (orderId) => this.#orders.get(orderId)?.revision ?? 0,
    keyTaken: (key) => this.#byKey.has(key),
    referenceTaken: (reference) => this.#byReference.has(reference),
  }

  /** With a reader of its texts the store writes text. */
  constructor(readText?: Reader) {
    this.#readText = readText
  }

  /** Judges and writes a change. The answer of what was written takes it back, for a database that loses its last commits. */
  apply(change: Change): { readonly verdict: Verdict; readonly undo: () => void } {
    const encoded = this.#readText === undefined ? indexed(change) : encodeChange(change)
    const verdict = judge(encoded, this.#stored)
    if (verdict.kind === 'conflict') return { verdict, undo: () => undefined }
    const undoPayment = change.payment === undefined ? undefined : this.#writePayment(change.payment, encoded)
    const undoOrder = change.order === undefined ? undefined : this.#writeOrder(change.order.record, encoded)
    return {
      verdict,
      undo: () => {
        undoPayment?.()
        undoOrder?.()
      },
    }
  }

  #writePayment(change: PaymentChange, encoded: EncodedChange): () => void {
    const { paymentId, snapshot, references, atMs, attended, dueAtMs } = change
    const before = this.payments.get(paymentId)
    const version = change.expectedVersion + 1
    const { payment, events } = this.#asWritten(change, encoded)
    const append = { version, atMs, fence: snapshot.fence, events }
    const history = [...(before?.history ?? []), append]
    this.payments.set(paymentId, { payment, version, dueAtMs, attended, history })
    if (version === 1) this.#byKey.set(snapshot.key, paymentId)
    for (const reference of references) this.#byReference.set(reference, paymentId)
    return () => {
      for (const reference of references) this.#byReference.delete(reference)
      if (before !== undefined) this.payments.set(paymentId, before)
      else {
        this.payments.delete(paymentId)
        this.#byKey.delete(snapshot.key)
      }
    }
  }

  #asWritten({ snapshot, events }: PaymentChange, { payment, order }: EncodedChange) {
    if (this.#readText === undefined || payment === undefined) return { payment: snapshot, events }
    this.#readText([payment.events, payment.snapshot, order?.record ?? ''])
    return {
      payment: frozen(decodePayment(payment.snapshot)),
      events: frozen(decodeEvents(payment.events)),
    }
  }

  #writeOrder(record: OrderRecord, { order }: EncodedChange): () => void {
    const before = this.#orders.get(record.orderId)
    const isText = this.#readText !== undefined && order !== undefined
    this.#orders.set(record.orderId, isText ? frozen(decodeOrder(order.record)) : record)
    return () => {
      if (before === undefined) this.#orders.delete(record.orderId)
      else this.#orders.set(record.orderId, before)
    }
  }

  read(paymentId: string): StoredPayment | undefined {
    const row = this.payments.get(paymentId)
    return row === undefined ? undefined : { payment: row.payment, version: row.version }
  }

  order(orderId: string): OrderRecord | undefined {
    return this.#orders.get(orderId)
  }

  findByKey(key: string): StoredPayment | undefined {
    return this.read(this.#byKey.get(key) ?? '')
  }

  findByReference(reference: string): StoredPayment | undefined {
    return this.read(this.#byReference.get(reference) ?? '')
  }

  history(paymentId: string): readonly StoredAppend[] {
    return this.payments.get(paymentId)?.history ?? []
  }

  list(query: PaymentQuery): PaymentPage {
    assertLimit(query.limit)
    const rows = [...this.payments.values()]
      .filter(({ payment }) => matches(payment, query))
      .sort((a, b) => compare(b.payment.paymentId, a.payment.paymentId))
      .slice(0, query.limit)
    const read = ({ payment, version }: Row): StoredPayment => ({ payment, version })
    return pageOf(rows, query.limit, ({ payment }) => payment.paymentId, read)
  }

  due({ nodeId, nowMs, deadBeforeMs, skip = 0, limit }: DueQuery): string[] {
    assertLimit(limit)
    const found: { readonly paymentId: string; readonly sinceMs: number }[] = []
    for (const { payment, dueAtMs, attended } of this.payments.values()) {
      const { owner, paymentId } = payment
      const seenAtMs = this.#seenAtMs.get(owner) ?? 0
      const isLeftToIt = owner !== nodeId && seenAtMs >= deadBeforeMs
      const overdueMs =
        dueAtMs !== undefined && dueAtMs <= (isLeftToIt ? Math.min(nowMs, deadBeforeMs) : nowMs)
      const orphaned = attended && seenAtMs < deadBeforeMs
      if (!overdueMs && !orphaned) continue
      const sinceMs = Math.min(overdueMs ? dueAtMs : Infinity, orphaned ? seenAtMs : Infinity)
      found.push({ paymentId, sinceMs })
    }
    return found
      .sort((a, b) => a.sinceMs - b.sinceMs || compare(a.paymentId, b.paymentId))
      .slice(skip, skip + limit)
      .map(({ paymentId }) => paymentId)
  }

  heartbeat(nodeId: string, atMs: number): number {
    assertNames([nodeId])
    this.#seenAtMs.set(nodeId, atMs)
    return atMs
  }

  /** A node that has taken leave. */
  forget(nodeId: string): void {
    this.#seenAtMs.delete(nodeId)
  }

  /** Undefined when the payment that is said to have recorded it has not, so that it stays. */
  removeFromInbox(id: string, recordedBy?: string): (() => void) | undefined {
    const isRecorded = recordedBy === undefined || this.payments.get(recordedBy)?.payment.notices.includes(id)
    return isRecorded === true ? this.inbox.remove(id) : undefined
  }

  inDoubt(): InDoubt[] {
    const sums = new Map<string, InDoubt>()
    for (const { payment, dueAtMs } of this.payments.values()) {
      const doubt = doubtOf(payment)
      if (doubt === undefined) continue
      const { currency } = payment
      const sum = sums.get(currency)
      const dueTimes = [sum?.nextDueAtMs, dueAtMs].filter((atMs) => atMs !== undefined)
      sums.set(currency, {
        currency,
        payments: (sum?.payments ?? 0) + 1,
        oldestSinceMs: Math.min(doubt.sinceMs, sum?.oldestSinceMs ?? doubt.sinceMs),
        atRiskMinor: (sum?.atRiskMinor ?? 0n) + doubt.atRiskMinor,
        nextDueAtMs: dueTimes.length === 0 ? undefined : Math.min(...dueTimes),
      })
    }
    return [...sums.values()].sort((a, b) => compare(a.currency, b.currency))
  }
}

/** A change for the judge, who looks at names and numbers only. */
function indexed({ payment, order }: Change): EncodedChange {
  return {
    payment: payment === undefined ? undefined : indexedPayment(payment),
    order:
      order === undefined
        ? undefined
        : { orderId: order.record.orderId, expectedRevision: order.expectedRevision, record: '' },
  }
}

function indexedPayment(change: PaymentChange): NonNullable<EncodedChange['payment']> {
  const { paymentId, expectedVersion, expectedFence, snapshot, references, dueAtMs, attended, atMs } = change
  const { fence, orderId, key, status, owner, currency } = snapshot
  return {
    paymentId,
    expectedVersion,
    expectedFence,
    fence,
    events: '',
    snapshot: '',
    references,
    dueAtMs: dueAtMs ?? null,
    attended,
    atMs,
    orderId,
    key,
    status,
    owner,
    cases: 0,
    currency,
    doubtSinceMs: null,
    atRiskMinor: null,
  }
}

function matches(payment: StoredPayment['payment'], query: PaymentQuery): boolean {
  return (
    (query.orderId === undefined || payment.orderId === query.orderId) &&
    (query.status === undefined || payment.status === query.status) &&
    (query.withCases !== true || payment.cases.some(({ closed }) => closed === undefined)) &&
    (query.before === undefined || payment.paymentId < query.before)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const field of Object.values(value)) frozen(field)
  return Object.freeze(value)
}
