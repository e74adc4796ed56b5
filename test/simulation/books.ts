import { digestOf } from '../../src/engine/inbox.ts'
import { failure } from '../../src/errors.ts'
import { encodeChange } from '../../src/journal/encoded-change.ts'
import type { Change, InboxItem, Verdict } from '../../src/journal/journal.ts'
import { MemoryStore } from '../../src/journal/memory/index.ts'
import { dueOf } from '../../src/payment/due.ts'
import { isEnd } from '../../src/payment/operation-states.ts'
import { type Operation, operationOf, type Payment } from '../../src/payment/state.ts'
import { type LedgerOrder, ledgerOf, type WorldpayState } from '../../src/simulators/worldpay/index.ts'
import { CANARY } from './canary.ts'
import { Violation } from './invariant.ts'
import { modulesOf } from './modules.ts'
import type { Scheduler } from './scheduler.ts'
import { checkWritten } from './written-checks.ts'

interface Committed {
  readonly payment: Payment
  readonly version: number
}

/**
 * The two books of a run, kept side by side: the journal that the nodes share, and the PSP's. Each write to either is
 * checked against the other at once, so that a broken promise is found where it breaks.
 */
export class Books {
  readonly store = new MemoryStore()
  readonly payments = new Map<string, Committed>()
  /** Until then the journal answers nobody. */
  awayUntilMs = 0
  /** Order codes that people or banks have changed without a word of ours, with how often. */
  readonly elsewhere = new Map<string, number>()
  /** Order codes with a fact whose only notification got lost. */
  readonly untold = new Set<string>()
  /** Names of notifications that tell lies. */
  readonly forged = new Set<string>()
  /** Charges whose payer has come back from the bank. */
  readonly returned = new Set<string>()
  /** True in a shop that lets another payment begin beside the first. */
  readonly switching: boolean
  readonly scheduler: Scheduler
  readonly #psp: WorldpayState
  readonly #fail: (error: unknown) => void
  readonly #byReference = new Map<string, string>()
  /** Every notification that ever was durable, by its name, with the order that it is about. */
  readonly #received = new Map<string, string>()
  readonly #waiting = new Map<string, number>()

  constructor(scheduler: Scheduler, psp: WorldpayState, switching: boolean, fail: (error: unknown) => void) {
    this.scheduler = scheduler
    this.#fail = fail
    this.#psp = psp
    this.switching = switching
  }

  assertThere(): void {
    if (this.scheduler.nowMs < this.awayUntilMs) throw failure('CF_JOURNAL_UNAVAILABLE', 'it is away')
  }

  append(change: Change): Verdict {
    this.assertThere()
    return this.#watched(() => {
      const encoded = encodeChange(change)
      noCard(encoded.payment?.events, encoded.payment?.snapshot, encoded.order?.record)
      const verdict = this.store.applyEncoded(encoded)
      if (verdict.kind === 'committed') this.#written(change)
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

  #written({ payment: change }: Change): void {
    if (change === undefined) return
    const { snapshot: payment, paymentId } = change
    const before = this.payments.get(paymentId)
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
    for (const reference of change.references) this.#byReference.set(reference, paymentId)
    this.payments.set(paymentId, { payment, version: change.expectedVersion + 1 })
    checkWritten(this, before?.payment, payment)
  }

  /** A notification becomes durable. */
  receive(item: InboxItem): void {
    this.#watched(() => noCard(item.raw))
    this.store.receive(item)
    this.#received.set(item.id, /orderCode="([^"]+)"/.exec(item.raw)?.[1] ?? '')
    this.#waiting.set(item.id, this.scheduler.nowMs)
  }

  /** F15: only what is recorded in its payment may go; a lie may go in any case. */
  removeFromInbox(id: string): void {
    const payment = this.paymentOf(this.#received.get(id) ?? '')
    if (payment !== undefined && !payment.notices.includes(id) && !this.forged.has(id)) {
      this.#fail(
        new Violation('F15', `a notification about ${payment.paymentId} was dropped and is not recorded`),
      )
    }
    this.#waiting.delete(id)
    this.store.removeFromInbox(id)
  }

  wasReceived(raw: string): boolean {
    return this.#received.has(noticeId(raw))
  }

  paymentOf(reference: string): Payment | undefined {
    return this.payments.get(this.#byReference.get(reference) ?? '')?.payment
  }

  operationOf(reference: string): Operation | undefined {
    const payment = this.paymentOf(reference)
    return payment === undefined ? undefined : operationOf(payment, reference)
  }

  ledger(orderCode: string): LedgerOrder | undefined {
    return ledgerOf(this.#psp, orderCode, this.scheduler.nowMs)
  }

  /** When somebody has to look at a payment or a notification next; undefined when nobody has. */
  nextDueMs(): number | undefined {
    let nextMs: number | undefined
    for (const { payment } of this.payments.values()) {
      // Doubt waits for a person, for as long as that takes; what the shop is to be told does not.
      if (isDoubtful(payment) && payment.work.every((work) => work.state !== 'due')) continue
      const { dueAtMs } = dueOf(payment)
      if (dueAtMs !== undefined && (nextMs === undefined || dueAtMs < nextMs)) nextMs = dueAtMs
    }
    for (const [id, sinceMs] of this.#waiting) {
      // What is about no payment of ours is given up some day.
      if (this.paymentOf(this.#received.get(id) ?? '') === undefined) continue
      if (nextMs === undefined || sinceMs < nextMs) nextMs = sinceMs
    }
    return nextMs
  }
}

/** Cases that tell of a fact which the balances have taken in: journal and PSP must agree all the same. */
const OF_FACTS: ReadonlySet<string> = new Set(['charged-back', 'failed-late', 'changed-elsewhere'])

/** A person has to find out what is true. */
export function isDoubtful({ cases }: Payment): boolean {
  return cases.some(({ reason }) => !OF_FACTS.has(reason))
}

function noCard(...texts: readonly (string | undefined)[]): void {
  for (const canary of CANARY) {
    if (texts.some((text) => text?.includes(canary) === true)) {
      throw new Violation('S8', `a change holds card data: ${canary}`)
    }
  }
}

/** The name that the engine gives a notification. */
export function noticeId(raw: string): string {
  const [first] = modulesOf({ switching: false, pageMinutes: 60 })
  return digestOf(`worldpay\n${first?.gateway.scrub(raw) ?? raw}`)
}
