import { digestOf } from '../../src/engine/inbox.ts'
import { failure } from '../../src/errors.ts'
import type { Change, InboxItem, Verdict } from '../../src/journal/journal.ts'
import { dueOf } from '../../src/payment/due.ts'
import { isEnd } from '../../src/payment/operation-states.ts'
import { type Operation, operationOf, type Payment } from '../../src/payment/state.ts'
import { type LedgerOrder, ledgerOf, type WorldpayState } from '../../src/simulators/worldpay/index.ts'
import { noCard } from './canary.ts'
import { checkCases } from './case-checks.ts'
import { Violation } from './invariant.ts'
import { modulesOf } from './modules.ts'
import type { Scheduler } from './scheduler.ts'
import { type Row, Store } from './store.ts'
import { Tail } from './tail.ts'
import { checkWritten } from './written-checks.ts'

export interface BooksSetup {
  readonly switching: boolean
  /** The journal writes text and reads it back, as real ones do. */
  readonly writesText: boolean
  readonly readsWhatIsNotSafe: boolean
}

/**
 * The two books of a run, kept side by side: the journal that the nodes share, and the PSP's. Each write to either is
 * checked against the other at once, so that a broken promise is found where it breaks.
 */
export class Books {
  readonly store: Store
  /** The last commits, as long as a failover could lose them. */
  readonly tail = new Tail()
  /** Until then no standby follows: nobody hears that a write is safe, and when the standby takes over it is lost. */
  unsafeUntilMs = 0
  /** Until then the journal answers nobody. */
  awayUntilMs = 0
  /** Until then it takes its time. */
  slowUntilMs = 0
  /** Order codes that people or banks have changed without a word of ours, with how often. */
  readonly elsewhere = new Map<string, number>()
  /** Order codes with a fact whose only notification got lost. */
  readonly untold = new Set<string>()
  /** Names of notifications that tell lies. */
  readonly forged = new Set<string>()
  /** Told of each payment with a new case. */
  onCase: (paymentId: string) => void = () => undefined
  /** When people last had their way with a case. */
  resolvedAtMs = 0
  /** Charges whose payer has come back from the bank. */
  readonly returned = new Set<string>()
  /** True in a shop that lets another payment begin beside the first. */
  readonly switching: boolean
  /** A mistake, for mutations: a process reads what it has written before it is safe. */
  readonly readsWhatIsNotSafe: boolean
  readonly scheduler: Scheduler
  readonly #psp: WorldpayState
  readonly #fail: (error: unknown) => void
  /** Every notification that ever was durable, by its name, with the order that it is about. */
  readonly #received = new Map<string, string>()
  readonly #waiting = new Map<string, number>()

  constructor(scheduler: Scheduler, psp: WorldpayState, setup: BooksSetup, fail: (error: unknown) => void) {
    this.store = new Store(setup.writesText ? noCard : undefined)
    this.scheduler = scheduler
    this.#fail = fail
    this.#psp = psp
    this.switching = setup.switching
    this.readsWhatIsNotSafe = setup.readsWhatIsNotSafe
  }

  assertThere(): void {
    if (this.scheduler.nowMs < this.awayUntilMs) throw failure('CF_JOURNAL_UNAVAILABLE', 'it is away')
  }

  get isUnsafe(): boolean {
    return this.scheduler.nowMs < this.unsafeUntilMs
  }

  /** `isSafe`: its writer hears of it, and only then is what was written certain to survive the loss of the database. */
  append(change: Change, isSafe: boolean): Verdict {
    this.assertThere()
    return this.#watched(() => {
      const before = this.payments.get(change.payment?.paymentId ?? '')
      const { verdict, undo } = this.store.apply(change)
      if (verdict.kind === 'committed') {
        this.tail.wrote(undo, isSafe)
        this.#written(before, change)
      }
      return verdict
    })
  }

  /** What is wrong here ends the run, whatever the engine makes of the error. */
  #watched<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  #written(before: Row | undefined, { payment: change }: Change): void {
    if (change === undefined) return
    const { snapshot: payment, paymentId } = change
    if (change.expectedFence !== (before?.payment.fence ?? 0)) {
      throw new Violation(
        'S6',
        `payment ${paymentId} was written under the fence ${change.expectedFence}, not ${before?.payment.fence ?? 0}`,
      )
    }
    if (change.expectedVersion !== (before?.version ?? 0)) {
      throw new Violation(
        'S5',
        `payment ${paymentId}: version ${change.expectedVersion} was written over ${before?.version ?? 0}`,
      )
    }
    for (const operation of before?.payment.operations ?? []) {
      const after = operationOf(payment, operation.reference)
      if (after === undefined || (isEnd(operation.state) && after.state !== operation.state)) {
        throw new Violation(
          'S5',
          `the end '${operation.state}' of ${operation.reference} became '${after?.state ?? 'nothing'}'`,
        )
      }
    }
    checkWritten(this, before?.payment, payment)
    if (before === undefined) return
    if (checkCases(before.payment, payment, change.events)) this.resolvedAtMs = this.scheduler.nowMs
    if (payment.cases.length > before.payment.cases.length) this.onCase(paymentId)
  }

  /** A notification becomes durable. */
  receive(item: InboxItem): void {
    this.#watched(() => noCard([item.raw]))
    this.tail.wrote(this.store.inbox.receive(item), true)
    this.#received.set(item.id, /orderCode="([^"]+)"/.exec(item.raw)?.[1] ?? '')
    this.#waiting.set(item.id, this.scheduler.nowMs)
  }

  /** F15: only what is recorded in its payment may go; a lie may go in any case. */
  removeFromInbox(id: string, recordedBy?: string): void {
    const undo = this.store.removeFromInbox(id, recordedBy)
    if (undo === undefined) return
    const payment = this.paymentOf(this.#received.get(id) ?? '')
    if (payment !== undefined && !payment.notices.includes(id) && !this.forged.has(id)) {
      this.#fail(
        new Violation('F15', `a notification about ${payment.paymentId} was dropped and is not recorded`),
      )
    }
    this.#waiting.delete(id)
    this.tail.wrote(undo, true)
  }

  wasReceived(raw: string): boolean {
    return this.#received.has(noticeId(raw))
  }

  get payments(): ReadonlyMap<string, Row> {
    return this.store.payments
  }

  paymentOf(reference: string): Payment | undefined {
    return this.store.findByReference(reference)?.payment
  }

  operationOf(reference: string): Operation | undefined {
    const payment = this.paymentOf(reference)
    return payment === undefined ? undefined : operationOf(payment, reference)
  }

  /** Its module takes an authentic call for what it says; the others ask after each. */
  believes(orderCode: string): boolean {
    return !ASKING.has(this.paymentOf(orderCode)?.module ?? '')
  }

  /** Something was sent about this charge whose end is not known. */
  isUnderWay(orderCode: string): boolean {
    const operations = this.paymentOf(orderCode)?.operations ?? []
    return operations.some((operation) => operation.target === orderCode && !isEnd(operation.state))
  }

  ledger(orderCode: string): LedgerOrder | undefined {
    return ledgerOf(this.#psp, orderCode, this.scheduler.nowMs)
  }

  /** When somebody has to look at a payment or a notification next; undefined when nobody has. */
  nextDueMs(): number | undefined {
    let nextMs = this.#waitingSinceMs()
    for (const { payment } of this.payments.values()) {
      // Doubt waits for a person, for as long as that takes; what the shop is to be told does not.
      if (isDoubtful(payment) && payment.work.every((work) => work.state !== 'due')) continue
      nextMs = Math.min(nextMs, dueOf(payment).dueAtMs ?? NEVER)
    }
    return nextMs === NEVER ? undefined : nextMs
  }

  /** Until when no process finds anything to look at, if nothing is written. */
  restsUntilMs(): number {
    let untilMs = this.#waitingSinceMs()
    for (const { dueAtMs, attended } of this.payments.values()) {
      // Its owner may be gone, which is seen at any time.
      untilMs = Math.min(untilMs, attended ? 0 : (dueAtMs ?? NEVER))
    }
    return untilMs
  }

  /** This process would find something to look at, whose clock may be ahead. */
  hasWorkFor(nodeId: string, aheadMs: number): boolean {
    const nowMs = this.scheduler.nowMs + Math.max(0, aheadMs)
    if (this.#waitingSinceMs() < NEVER) return true
    return this.store.due({ nodeId, nowMs, deadBeforeMs: nowMs - NODE_DEAD_AFTER_MS, limit: 1 }).length > 0
  }

  /** A process has something to look at before that time. */
  isAskedBefore(untilMs: number): boolean {
    return this.restsUntilMs() < untilMs
  }

  /** Since when a notification waits that is about a payment of ours; what is about none is given up some day. */
  #waitingSinceMs(): number {
    let sinceMs = NEVER
    for (const [id, receivedAtMs] of this.#waiting) {
      if (receivedAtMs < sinceMs && this.paymentOf(this.#received.get(id) ?? '') !== undefined) {
        sinceMs = receivedAtMs
      }
    }
    return sinceMs
  }
}

const NEVER = Number.POSITIVE_INFINITY

/** A process that was last heard of so long ago is taken for dead. */
export const NODE_DEAD_AFTER_MS = 600_000

const ASKING: ReadonlySet<string> = new Set(['hosted-asked', 'later', 'captured'])

/** Cases that tell of a fact which the balances have taken in: journal and PSP must agree all the same. */
const OF_FACTS: ReadonlySet<string> = new Set(['charged-back', 'failed-late', 'changed-elsewhere'])

/** A person has to find out what is true. */
export function isDoubtful({ cases }: Payment): boolean {
  return cases.some(({ reason, closed }) => closed === undefined && !OF_FACTS.has(reason))
}

/** The name that the engine gives a notification. */
export function noticeId(raw: string): string {
  const [first] = modulesOf({ switching: false, pageMinutes: 60 })
  return digestOf(`worldpay\n${first?.gateway.scrub(raw) ?? raw}`)
}
