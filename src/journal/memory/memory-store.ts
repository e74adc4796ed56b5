import { decodeEvents, decodeOrder, decodePayment } from '../codec.ts'
import { type EncodedChange, type EncodedPayment, encodeChange } from '../encoded-change.ts'
import type {
  Change,
  DueQuery,
  InboxItem,
  InDoubt,
  PaymentPage,
  PaymentQuery,
  StoredAppend,
  StoredPayment,
  Verdict,
} from '../journal.ts'
import type { OrderRecord } from '../../payment/order.ts'
import { assertLimit, pageOf } from '../query.ts'
import { judge, type Stored } from '../verdict.ts'

interface PaymentRow {
  readonly version: number
  readonly last: EncodedPayment
}

interface AppendRow {
  readonly version: number
  readonly atMs: number
  readonly fence: number
  readonly events: string
}

interface OrderRow {
  readonly revision: number
  readonly record: string
}

/**
 * A journal's content in memory. Everything is synchronous, so one call is one transaction, and everything is held
 * as text, so that no reader shares an object with a writer. `memoryJournal` puts the port around it; a simulation
 * puts its own delays, losses and outages around it.
 *
 * @example
 * const store = new MemoryStore()
 * const [verdict] = store.apply([change])
 */
export class MemoryStore {
  readonly #payments = new Map<string, PaymentRow>()
  readonly #appends = new Map<string, AppendRow[]>()
  readonly #orders = new Map<string, OrderRow>()
  readonly #paymentIdByKey = new Map<string, string>()
  readonly #paymentIdByReference = new Map<string, string>()
  /** Payments with a due time or an owner at work: what `due` has to look through. */
  readonly #waiting = new Set<string>()
  readonly #seenAtMsByNode = new Map<string, number>()
  readonly #inbox = new Map<string, InboxItem>()

  readonly #stored: Stored = {
    payment: (paymentId) => {
      const row = this.#payments.get(paymentId)
      return row === undefined ? { version: 0, fence: 0 } : { version: row.version, fence: row.last.fence }
    },
    orderRevision: (orderId) => this.#orders.get(orderId)?.revision ?? 0,
    keyTaken: (key) => this.#paymentIdByKey.has(key),
    referenceTaken: (reference) => this.#paymentIdByReference.has(reference),
  }

  /** Judges and writes each change in turn; a conflicting one writes nothing and does not hinder the others. */
  apply(changes: readonly Change[]): Verdict[] {
    return changes.map((change) => this.applyEncoded(encodeChange(change)))
  }

  applyEncoded(change: EncodedChange): Verdict {
    const verdict = judge(change, this.#stored)
    if (verdict.kind === 'conflict') return verdict
    const { payment, order } = change
    if (payment !== undefined) this.#writePayment(payment)
    if (order !== undefined) {
      this.#orders.set(order.orderId, { revision: order.expectedRevision + 1, record: order.record })
    }
    return verdict
  }

  #writePayment(payment: EncodedPayment): void {
    const { paymentId, atMs, fence, events } = payment
    const version = payment.expectedVersion + 1
    const append = { version, atMs, fence, events }
    const appends = this.#appends.get(paymentId)
    if (appends === undefined) this.#appends.set(paymentId, [append])
    else appends.push(append)
    this.#payments.set(paymentId, { version, last: payment })
    if (version === 1) this.#paymentIdByKey.set(payment.key, paymentId)
    for (const reference of payment.references) this.#paymentIdByReference.set(reference, paymentId)
    if (payment.dueAtMs !== null || payment.attended) this.#waiting.add(paymentId)
    else this.#waiting.delete(paymentId)
  }

  read(paymentId: string): StoredPayment | undefined {
    const row = this.#payments.get(paymentId)
    return row === undefined ? undefined : storedPayment(row)
  }

  order(orderId: string): OrderRecord | undefined {
    const row = this.#orders.get(orderId)
    return row === undefined ? undefined : decodeOrder(row.record)
  }

  findByKey(key: string): StoredPayment | undefined {
    return this.read(this.#paymentIdByKey.get(key) ?? '')
  }

  findByReference(reference: string): StoredPayment | undefined {
    return this.read(this.#paymentIdByReference.get(reference) ?? '')
  }

  history(paymentId: string): StoredAppend[] {
    const rows = this.#appends.get(paymentId) ?? []
    return rows.map(({ version, atMs, fence, events }) => {
      return { version, atMs, fence, events: decodeEvents(events) }
    })
  }

  list(query: PaymentQuery): PaymentPage {
    assertLimit(query.limit)
    const rows = [...this.#payments.values()]
      .filter(({ last }) => matches(last, query))
      .sort((a, b) => compare(b.last.paymentId, a.last.paymentId))
      .slice(0, query.limit)
    return pageOf(rows, query.limit, ({ last }) => last.paymentId, storedPayment)
  }

  due(query: DueQuery): string[] {
    assertLimit(query.limit)
    const found: { readonly paymentId: string; readonly sinceMs: number }[] = []
    for (const paymentId of this.#waiting) {
      const last = this.#payments.get(paymentId)?.last
      if (last === undefined) continue
      const seenAtMs = this.#seenAtMsByNode.get(last.owner) ?? 0
      const isLeftToIt = last.owner !== query.nodeId && seenAtMs >= query.deadBeforeMs
      const dueByMs = isLeftToIt ? Math.min(query.nowMs, query.deadBeforeMs) : query.nowMs
      const overdue = last.dueAtMs !== null && last.dueAtMs <= dueByMs
      const orphaned = last.attended && seenAtMs < query.deadBeforeMs
      if (!overdue && !orphaned) continue
      const sinceMs = Math.min(overdue ? (last.dueAtMs ?? 0) : Infinity, orphaned ? seenAtMs : Infinity)
      found.push({ paymentId, sinceMs })
    }
    return found
      .sort((a, b) => a.sinceMs - b.sinceMs || compare(a.paymentId, b.paymentId))
      .slice(query.skip ?? 0, (query.skip ?? 0) + query.limit)
      .map(({ paymentId }) => paymentId)
  }

  heartbeat(nodeId: string, nowMs: number): number {
    this.#seenAtMsByNode.set(nodeId, nowMs)
    return nowMs
  }

  /** A node that has taken leave. */
  forget(nodeId: string): void {
    this.#seenAtMsByNode.delete(nodeId)
  }

  inDoubt(): InDoubt[] {
    const byCurrency = new Map<string, InDoubt>()
    for (const { last } of this.#payments.values()) {
      if (last.doubtSinceMs === null) continue
      const { currency, doubtSinceMs, atRiskMinor, dueAtMs } = last
      const sum = byCurrency.get(currency)
      const dueTimes = [sum?.nextDueAtMs, dueAtMs ?? undefined].filter((atMs) => atMs !== undefined)
      byCurrency.set(currency, {
        currency,
        payments: (sum?.payments ?? 0) + 1,
        oldestSinceMs: Math.min(doubtSinceMs, sum?.oldestSinceMs ?? doubtSinceMs),
        atRiskMinor: (sum?.atRiskMinor ?? 0n) + BigInt(atRiskMinor ?? 0),
        nextDueAtMs: dueTimes.length === 0 ? undefined : Math.min(...dueTimes),
      })
    }
    return [...byCurrency.values()].sort((a, b) => compare(a.currency, b.currency))
  }

  receive(item: InboxItem): void {
    if (!this.#inbox.has(item.id)) this.#inbox.set(item.id, inboxItem(item))
  }

  /** In the order in which they were received: a map keeps it. */
  inbox(limit: number): InboxItem[] {
    assertLimit(limit)
    return [...this.#inbox.values()].slice(0, limit).map((item) => inboxItem(item))
  }

  removeFromInbox(id: string, recordedBy?: string): void {
    const isRecorded = recordedBy === undefined || this.read(recordedBy)?.payment.notices.includes(id)
    if (isRecorded === true) this.#inbox.delete(id)
  }

  /** Every payment, in the order in which they were opened; for checking invariants. */
  *allPayments(): Generator<StoredPayment> {
    for (const row of this.#payments.values()) yield storedPayment(row)
  }

  /** Every order that has a record; for checking invariants. */
  *allOrders(): Generator<OrderRecord> {
    for (const row of this.#orders.values()) yield decodeOrder(row.record)
  }
}

function storedPayment(row: PaymentRow): StoredPayment {
  return { payment: decodePayment(row.last.snapshot), version: row.version }
}

function inboxItem({ id, gateway, receivedAtMs, raw, isAuthentic, callerAddress }: InboxItem): InboxItem {
  return { id, gateway, receivedAtMs, raw, isAuthentic, callerAddress }
}

function matches(payment: EncodedPayment, query: PaymentQuery): boolean {
  return (
    (query.orderId === undefined || payment.orderId === query.orderId) &&
    (query.status === undefined || payment.status === query.status) &&
    (query.withCases !== true || payment.cases > 0) &&
    (query.before === undefined || payment.paymentId < query.before)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
