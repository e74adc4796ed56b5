import type { Change, OrderChange, PaymentChange } from '../journal/journal.ts'
import type { IntendedOperation, PaymentEvent } from '../payment/events.ts'
import type { OrderRecord } from '../payment/order.ts'
import type { Operation, Payment } from '../payment/state.ts'

/** The moment at which the samples happen. */
export const SAMPLE_AT_MS = 1_760_000_000_000

const intended: IntendedOperation = {
  reference: 'r-5f0c2f4e9b1d4d0ea4f2c1b7a9d3e8f6',
  kind: 'sale',
  amountMinor: 1999n,
  currency: 'GBP',
  orderVersion: '0f343b0931126a20f133d67c2b018a3b',
  gateway: 'example',
  account: 'EXAMPLESHOP',
  step: 'charge',
  intendedAtMs: SAMPLE_AT_MS,
  sendDeadlineMs: SAMPLE_AT_MS + 30_000,
  dueAtMs: SAMPLE_AT_MS + 90_000,
}

const approved: Operation = {
  ...intended,
  state: 'approved',
  leg: 1,
  inDoubtSinceMs: undefined,
  resetAtMs: undefined,
  notFoundAtMs: undefined,
  inquiries: 0,
  nextTryAtMs: undefined,
  frozenBy: undefined,
  movedAtMs: SAMPLE_AT_MS + 800,
  evidence: {
    source: 'answer',
    atMs: SAMPLE_AT_MS + 800,
    code: 'AUTHORISED',
    text: 'The provider approved the charge.',
    maskedCard: '444433******1111',
    raw: '<reply><orderStatus><payment><lastEvent>AUTHORISED</lastEvent></payment></orderStatus></reply>',
  },
  handedOver: undefined,
  refusedAttempts: 0,
  hints: 0,
  hintedAtMs: undefined,
}

/** A payment of a usual size (2 KB of JSON): one charge, and work that is due. */
export function samplePayment(paymentId: string, changes: Partial<Payment> = {}): Payment {
  return {
    paymentId,
    token: '9f86d081884c7d659a2feaa0c55ad015',
    orderId: `order-of-${paymentId}`,
    orderVersion: intended.orderVersion,
    description: 'A teapot and two cups',
    module: 'card',
    amountMinor: 1999n,
    currency: 'GBP',
    key: `key-of-${paymentId}`,
    fingerprint: 'a3bf4f1b2b0b822cd15d6c15b0f00a08',
    paidWhen: 'captured',
    predecessor: undefined,
    openedAtMs: SAMPLE_AT_MS,
    owner: 'node-1',
    fence: 1,
    steps: ['check-order', 'charge'],
    completed: ['check-order', 'charge'],
    started: [],
    values: { risk: { score: 3, amountMinor: '17', nothing: null } },
    refusal: undefined,
    pipelineEnded: false,
    operations: [approved],
    balances: {
      authorizedMinor: 1999n,
      capturedMinor: 0n,
      refundedMinor: 0n,
      capturingMinor: 1999n,
      refundingMinor: 0n,
      voidedMinor: 0n,
      chargedBackMinor: 0n,
    },
    status: 'in-progress',
    reached: [],
    work: ['mark-order-paid', 'delete-basket', 'send-order-mail'].map((step) => ({
      key: `${paymentId}:statusOk:${step}`,
      kind: 'effect',
      pipeline: 'statusOk',
      step,
      sequence: 2,
      supersedable: false,
      state: 'due',
      tries: 0,
      nextTryAtMs: SAMPLE_AT_MS,
      queuedAtMs: SAMPLE_AT_MS,
      reason: undefined,
    })),
    cases: [],
    notices: [],
    learned: [],
    facts: 0,
    ...changes,
  }
}

/** What is different about a payment whose charge is in doubt about so much. */
export function sampleInDoubt(amountMinor: bigint): Partial<Payment> {
  return { operations: [{ ...approved, state: 'intended', inDoubtSinceMs: SAMPLE_AT_MS, amountMinor }] }
}

/** Events as one append of a card sale brings them. */
export function sampleEvents(paymentId: string): PaymentEvent[] {
  const payment = samplePayment(paymentId)
  return [
    {
      type: 'payment-opened',
      paymentId,
      token: payment.token,
      orderId: payment.orderId,
      orderVersion: payment.orderVersion,
      module: payment.module,
      amountMinor: payment.amountMinor,
      currency: payment.currency,
      key: payment.key,
      fingerprint: payment.fingerprint,
      paidWhen: payment.paidWhen,
      owner: payment.owner,
      steps: payment.steps,
      atMs: payment.openedAtMs,
    },
    { type: 'step-started', step: 'check-order', key: `${paymentId}:check-order`, dueAtMs: SAMPLE_AT_MS },
    { type: 'step-completed', step: 'check-order', values: payment.values },
    { type: 'step-started', step: 'charge', key: `${paymentId}:charge`, dueAtMs: SAMPLE_AT_MS },
    { type: 'operation-intended', operation: intended },
    {
      type: 'evidence-kept',
      reference: intended.reference,
      evidence: { source: 'engine', atMs: SAMPLE_AT_MS, text: 'An example.' },
    },
  ]
}

/** The change that opens a payment; `payment` and `change` say what is different about it. */
export function opening(
  paymentId: string,
  payment: Partial<Payment> = {},
  change: Partial<PaymentChange> = {},
): Change & { readonly payment: PaymentChange } {
  const snapshot = samplePayment(paymentId, payment)
  return {
    payment: {
      paymentId,
      expectedVersion: 0,
      expectedFence: 0,
      events: sampleEvents(paymentId),
      snapshot,
      references: [],
      dueAtMs: undefined,
      attended: false,
      atMs: SAMPLE_AT_MS,
      ...change,
    },
  }
}

/** The change that comes after `expectedVersion` others, by the owner of fence 1. */
export function following(
  paymentId: string,
  expectedVersion: number,
  payment: Partial<Payment> = {},
  change: Partial<PaymentChange> = {},
): Change & { readonly payment: PaymentChange } {
  const events: PaymentEvent[] = [{ type: 'step-refused', step: 'charge', reason: `${expectedVersion}` }]
  return opening(paymentId, payment, { expectedVersion, expectedFence: 1, events, ...change })
}

/** The change that brings the order's record from one revision to the next. */
export function orderChange(
  orderId: string,
  expectedRevision: number,
  record: Partial<OrderRecord> = {},
): OrderChange {
  return {
    expectedRevision,
    record: {
      orderId,
      revision: expectedRevision + 1,
      state: 'held',
      paymentId: undefined,
      lastPaymentId: undefined,
      orderVersion: intended.orderVersion,
      ...record,
    },
  }
}

/** The n-th change of a payment moves everything by one: version, order, references, history and snapshot. */
export function nthChange(paymentId: string, version: number): Change {
  const references = [`${paymentId}-r${version}`]
  const payment = { refusal: `version ${version}`, orderId: `order-of-${paymentId}` }
  const change =
    version === 1
      ? opening(paymentId, payment, { references })
      : following(paymentId, version - 1, payment, { references })
  return { ...change, order: orderChange(payment.orderId, version - 1, { paymentId }) }
}
