import assert from 'node:assert/strict'
import { conclude } from './conclude.ts'
import type { Circumstances, Decision } from './decision.ts'
import type { Evidence, OperationKind, PaidWhen, PaymentEvent } from './events.ts'
import { fold } from './evolve.ts'
import type { Finding, FindingKind, Rules } from './finding.ts'
import { intendOperation } from './intend.ts'
import { openPayment } from './open.ts'
import { isEnd } from './operation-states.ts'
import { type OrderRecord, openOrder } from './order.ts'
import type { Operation, Payment } from './state.ts'

export const START_MS = 1_760_000_000_000
export const AMOUNT_MINOR = 1999n
const MINUTE_MS = 60_000

/** As Worldpay declares them. */
export const rules: Rules = {
  maxDeliveryMs: 16 * MINUTE_MS,
  maxProcessingMs: 2 * MINUTE_MS,
  inquiryLagMs: 5 * MINUTE_MS,
  steadySinceMs: Number.NEGATIVE_INFINITY,
  doubtCaseAfterMs: 24 * 60 * MINUTE_MS,
  reversalTriesMax: 3,
  authorizationValidMs: 7 * 86_400_000,
  pollUnpaidMs: [2 * MINUTE_MS, 10 * MINUTE_MS],
  challengeValidMs: 15 * MINUTE_MS,
}

/** One payment and its order, told decision by decision; checks after each what must hold whatever is told. */
export class Story {
  payment: Payment
  order: OrderRecord
  nowMs = START_MS
  readonly events: PaymentEvent[] = []
  #names = 0

  /** With `payableForMs` its payer pays on the PSP's page. */
  constructor(kind: 'sale' | 'authorize' = 'sale', paidWhen: PaidWhen = 'authorized', payableForMs?: number) {
    const opened = openPayment({
      paymentId: 'p1',
      token: 't1',
      order: openOrder('o1'),
      orderVersion: 'v1',
      description: 'A teapot',
      module: 'card',
      amountMinor: AMOUNT_MINOR,
      currency: 'GBP',
      key: 'key-00000001',
      fingerprint: 'f1',
      paidWhen,
      owner: 'node-1',
      steps: ['charge'],
      nowMs: this.nowMs,
    })
    assert.ok(opened.kind === 'events' && opened.order !== undefined)
    this.payment = fold(undefined, opened.events)
    this.events.push(...opened.events)
    this.order = opened.order
    this.intend(kind, AMOUNT_MINOR, payableForMs)
    // So that nothing but its operations can make it due.
    this.tell([{ type: 'pipeline-ended' }])
  }

  get charge(): Operation {
    return this.payment.operations[0] ?? assert.fail('a story has a charge')
  }

  now(): Circumstances {
    const sendDeadlineMs = this.nowMs + 10_000
    return {
      nowMs: this.nowMs,
      order: this.order,
      rules,
      jitter: 0.5,
      freshReference: `r${++this.#names}`,
      freshToken: `t${this.#names}`,
      hasCard: false,
      freshCaseId: `c${this.#names}`,
      sendDeadlineMs,
      dueAtMs: sendDeadlineMs + 40_000,
    }
  }

  /** The reference of what was written down, or why it was not. */
  intend(
    kind: OperationKind,
    amountMinor?: bigint,
    payableForMs?: number,
  ): { reference: string } | { refused: string } {
    const now = this.now()
    const command = {
      kind,
      amountMinor,
      reference: now.freshReference,
      gateway: 'worldpay',
      account: 'SHOP',
      ...(payableForMs === undefined ? {} : { payableForMs }),
    }
    const decision = intendOperation(this.payment, command, now)
    if (decision.kind === 'refused') return { refused: decision.code }
    this.take(decision)
    return { reference: now.freshReference }
  }

  conclude(reference: string, finding: Finding): readonly PaymentEvent[] {
    const decision = conclude(this.payment, reference, finding, this.now())
    assert.equal(decision.kind, 'events')
    return this.take(decision)
  }

  take(decision: Decision): readonly PaymentEvent[] {
    assert.ok(decision.kind === 'events')
    if (decision.order !== undefined) {
      assert.equal(decision.order.revision, this.order.revision + 1, 'one change of the order, one revision')
      if (this.order.state === 'closed')
        assert.equal(decision.order.state, 'closed', 'a closed order stays closed')
      this.order = decision.order
    }
    this.tell(decision.events)
    return decision.events
  }

  tell(list: readonly PaymentEvent[]): void {
    const before = this.payment
    this.payment = list.length === 0 ? before : fold(before, list)
    this.events.push(...list)
    for (const [index, operation] of before.operations.entries()) {
      if (isEnd(operation.state)) {
        assert.equal(this.payment.operations[index]?.state, operation.state, 'an end never changes (S5)')
      }
    }
    this.assertSums()
  }

  /** S7. */
  assertSums(): void {
    const { authorizedMinor, capturedMinor, capturingMinor, voidedMinor, refundedMinor, refundingMinor } =
      this.payment.balances
    for (const sum of Object.values(this.payment.balances)) assert.ok(sum >= 0n, 'no balance is negative')
    assert.ok(
      capturedMinor + capturingMinor + voidedMinor <= authorizedMinor,
      'captured + voided <= authorized',
    )
    assert.ok(refundedMinor + refundingMinor <= capturedMinor + capturingMinor, 'refunded <= captured')
  }
}

/** What one answer or inquiry tells, asked and answered at `atMs`. */
export function finding(
  kind: FindingKind,
  source: Evidence['source'],
  atMs: number,
  more: Partial<Finding> = {},
): Finding {
  return { kind, askedAtMs: atMs, evidence: { source, atMs, text: `${kind} by ${source}` }, ...more }
}
