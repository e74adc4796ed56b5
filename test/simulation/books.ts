import { failure } from '../../src/errors.ts'
import { encodeChange } from '../../src/journal/encoded-change.ts'
import type { Change, Verdict } from '../../src/journal/journal.ts'
import { MemoryStore } from '../../src/journal/memory/index.ts'
import { dueOf } from '../../src/payment/due.ts'
import { isEnd, operationStates } from '../../src/payment/operation-states.ts'
import { isCharge, type Operation, type Payment } from '../../src/payment/state.ts'
import { isReversed } from '../../src/payment/status.ts'
import { type LedgerOrder, ledgerOf, type WorldpayState } from '../../src/simulators/worldpay/index.ts'
import { CANARY } from './canary.ts'
import { Violation } from './invariant.ts'
import type { Scheduler } from './scheduler.ts'

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
  readonly #scheduler: Scheduler
  readonly #psp: WorldpayState
  readonly #byReference = new Map<string, string>()

  constructor(scheduler: Scheduler, psp: WorldpayState) {
    this.#scheduler = scheduler
    this.#psp = psp
  }

  assertThere(): void {
    if (this.#scheduler.nowMs < this.awayUntilMs) throw failure('CF_JOURNAL_UNAVAILABLE', 'it is away')
  }

  append(change: Change): Verdict {
    this.assertThere()
    const encoded = encodeChange(change)
    for (const canary of CANARY) {
      const text = `${encoded.payment?.events}${encoded.payment?.snapshot}${encoded.order?.record}`
      if (text.includes(canary)) throw new Violation('S8', `a change holds card data: ${canary}`)
    }
    const verdict = this.store.applyEncoded(encoded)
    if (verdict.kind === 'committed') this.#written(change)
    return verdict
  }

  #written({ payment: change }: Change): void {
    if (change === undefined) return
    const { snapshot: payment } = change
    const before = this.payments.get(change.paymentId)
    if (change.expectedFence !== (before?.payment.fence ?? 0)) {
      throw new Violation(
        'S6',
        `payment ${change.paymentId} was written under the fence ${change.expectedFence}, not ${before?.payment.fence ?? 0}`,
      )
    }
    if (change.expectedVersion !== (before?.version ?? 0)) {
      throw new Violation(
        'S5',
        `payment ${change.paymentId}: version ${change.expectedVersion} was written over ${before?.version ?? 0}`,
      )
    }
    for (const operation of before?.payment.operations ?? []) {
      const after = payment.operations.find((other) => other.reference === operation.reference)
      if (after === undefined || (isEnd(operation.state) && after.state !== operation.state)) {
        throw new Violation(
          'S5',
          `the end '${operation.state}' of ${operation.reference} became '${after?.state ?? 'nothing'}'`,
        )
      }
    }
    for (const reference of change.references) this.#byReference.set(reference, change.paymentId)
    this.payments.set(change.paymentId, { payment, version: change.expectedVersion + 1 })
    for (const operation of payment.operations) this.#check(payment, operation)
    this.#checkSums(payment)
  }

  /** S3 and S4: what the journal says about a charge is true at the PSP, at the moment it is written. */
  #check(payment: Payment, operation: Operation): void {
    if (!isCharge(operation) || !isEnd(operation.state)) return
    const books = this.ledger(operation.reference)
    const live = books?.liveMinor ?? 0n
    if (operationStates[operation.state].live === 'no' && live > 0n) {
      throw new Violation(
        'S3',
        `${operation.reference} is '${operation.state}' and live at the PSP with ${live}`,
      )
    }
    if (operation.state !== 'approved') return
    const authorised = books?.authorisedMinor ?? 0n
    if (authorised !== operation.amountMinor) {
      throw new Violation(
        'S4',
        `${operation.reference} is approved with ${operation.amountMinor}, the PSP has ${authorised}`,
      )
    }
    const touched = payment.operations.some(
      (other) => other.target === operation.reference && other.state !== 'not-sent',
    )
    if (live === 0n && !touched) {
      throw new Violation('S4', `${operation.reference} is approved and not live at the PSP`)
    }
  }

  #checkSums({ paymentId, balances: b }: Payment): void {
    const captured = b.capturedMinor + b.capturingMinor
    const refunded = b.refundedMinor + b.refundingMinor
    if (captured + b.voidedMinor > b.authorizedMinor || refunded > captured) {
      throw new Violation('S7', `the balances of ${paymentId} do not add up`)
    }
  }

  /** Called by the PSP before it executes: S2, nothing is executed that was not written down. */
  beforeExecution(kind: string, orderCode: string, reference: string | undefined): void {
    const payment = this.paymentOf(orderCode)
    if (payment === undefined)
      throw new Violation('S2', `the PSP got ${kind} for ${orderCode}, which was never written down`)
    const written = payment.operations.some((operation) => {
      if (kind === 'charge') return operation.reference === orderCode
      if (operation.target !== orderCode) return false
      if (kind === 'capture' || kind === 'refund') return operation.reference === reference
      return operation.kind === (kind === 'reversal' ? 'reversal' : 'void')
    })
    if (!written) throw new Violation('S2', `the PSP got a ${kind} of ${orderCode} that was not written down`)
  }

  /** Called by the PSP after a charge: S1 for the order, S3 for an operation that the journal has closed. */
  afterCharge(orderCode: string): void {
    const payment = this.paymentOf(orderCode)
    const operation = payment?.operations.find((other) => other.reference === orderCode)
    if (payment === undefined || operation === undefined) return
    const live = this.ledger(orderCode)
    if (live === undefined || live.liveMinor === 0n) return
    if (operationStates[operation.state].live === 'no') {
      throw new Violation(
        'S3',
        `${orderCode} was executed after the journal closed it as '${operation.state}'`,
      )
    }
    let executions = 0
    for (const { payment: other } of this.payments.values()) {
      if (other.orderId !== payment.orderId) continue
      for (const charge of other.operations) {
        if (isCharge(charge)) executions += this.ledger(charge.reference)?.liveExecutions ?? 0
      }
    }
    if (executions > 1) throw new Violation('S1', `order ${payment.orderId} has ${executions} live charges`)
  }

  paymentOf(reference: string): Payment | undefined {
    return this.payments.get(this.#byReference.get(reference) ?? '')?.payment
  }

  ledger(orderCode: string): LedgerOrder | undefined {
    return ledgerOf(this.#psp, orderCode, this.#scheduler.nowMs)
  }

  /** Payments that somebody still has to look at within `withinMs`. */
  restless(withinMs: number): readonly Payment[] {
    const untilMs = this.#scheduler.nowMs + withinMs
    const found: Payment[] = []
    for (const { payment } of this.payments.values()) {
      // A case waits for a person, for as long as that takes; what the shop is to be told does not.
      if (payment.cases.length > 0 && payment.work.every((work) => work.state !== 'due')) continue
      const { dueAtMs } = dueOf(payment)
      if (dueAtMs !== undefined && dueAtMs < untilMs) found.push(payment)
    }
    return found
  }

  /** L1 at the end of a run: what the journal says and what the PSP did are the same, or a case says that they may not be. */
  checkEnd(): void {
    for (const { payment } of this.payments.values()) {
      for (const operation of payment.operations) {
        if (!isEnd(operation.state) && payment.cases.length === 0) {
          throw new Violation(
            'L1',
            `${operation.kind} ${operation.reference} is still '${operation.state}', without a case`,
          )
        }
        if (!isCharge(operation) || payment.cases.length > 0) continue
        this.#compare(payment, operation)
      }
    }
  }

  #compare(payment: Payment, charge: Operation): void {
    const books = this.ledger(charge.reference)
    const live = books?.liveMinor ?? 0n
    const { balances } = payment
    const expected =
      charge.state === 'approved' && !isReversed(payment, charge)
        ? balances.authorizedMinor - balances.voidedMinor - balances.refundedMinor - balances.refundingMinor
        : 0n
    if (live !== expected) {
      throw new Violation(
        'L1',
        `payment ${payment.paymentId} (${payment.status}): the journal has ${expected} live, the PSP ${live}`,
      )
    }
  }
}
