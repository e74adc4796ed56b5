import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { decodeEvents, encode } from '../journal/codec.ts'
import type { PaymentEvent } from './events.ts'
import { evolve, fold } from './evolve.ts'
import { AMOUNT_MINOR, finding, START_MS, Story } from './story.test-data.ts'

const story = new Story()
const { reference } = story.charge
const { evidence } = finding('approved', 'inquiry', START_MS)
const full = {
  ...evidence,
  code: 'AUTHORISED',
  pspReference: '622206',
  maskedCard: '4444********1111',
  raw: '<reply/>',
}
const [opened] = story.events
const queued = {
  key: 'p1:statusOk:mail',
  kind: 'effect',
  pipeline: 'statusOk',
  step: 'mail',
  sequence: 20,
  supersedable: true,
} as const

/** One of each; a type that is missing here does not compile. */
const samples: { readonly [Type in PaymentEvent['type']]: Extract<PaymentEvent, { type: Type }> } = {
  'payment-opened': {
    ...(opened?.type === 'payment-opened' ? opened : assert.fail()),
    predecessor: 'p0',
  },
  'owner-changed': { type: 'owner-changed', owner: 'node-2', fence: 2, atMs: START_MS },
  'step-started': { type: 'step-started', step: 's', key: 'k', dueAtMs: START_MS },
  'step-completed': {
    type: 'step-completed',
    step: 's',
    values: { deep: { list: [1, 'a', null, { b: true }] } },
  },
  'step-refused': { type: 'step-refused', step: 's', reason: 'no' },
  'step-in-doubt': { type: 'step-in-doubt', step: 's', reason: 'late' },
  'operation-intended': {
    type: 'operation-intended',
    operation: {
      reference: 'r9',
      kind: 'capture',
      amountMinor: 10n ** 20n,
      currency: 'JPY',
      orderVersion: 'v1',
      gateway: 'worldpay',
      account: 'SHOP',
      target: reference,
      key: 'key-00000009',
      step: 'capture',
      baseline: { authorizedMinor: 3n, capturedMinor: 2n, refundedMinor: 1n },
      intendedAtMs: START_MS,
      sendDeadlineMs: START_MS + 1,
      dueAtMs: START_MS + 2,
    },
  },
  'operation-retried': {
    type: 'operation-retried',
    reference,
    leg: 2,
    sendDeadlineMs: START_MS,
    dueAtMs: START_MS + 1,
    atMs: START_MS,
  },
  'operation-moved': {
    type: 'operation-moved',
    reference,
    to: 'approved',
    evidence: full,
    nextTryAtMs: START_MS,
  },
  'operation-doubted': {
    type: 'operation-doubted',
    reference,
    evidence,
    resetAtMs: START_MS,
    nextTryAtMs: START_MS + 1,
  },
  'operation-inquired': {
    type: 'operation-inquired',
    reference,
    found: 'not-found',
    evidence,
    countsFromMs: START_MS,
    nextTryAtMs: START_MS + 1,
  },
  'evidence-kept': { type: 'evidence-kept', reference, evidence, nextTryAtMs: START_MS },
  'fact-recorded': { type: 'fact-recorded', fact: 'captured', reference, amountMinor: 5n, evidence },
  'attempt-refused': { type: 'attempt-refused', reference, evidence },
  notified: { type: 'notified', notice: 'n1', reference, evidence, nextTryAtMs: START_MS },
  'fact-queued': {
    type: 'fact-queued',
    pipeline: 'statusRefunded',
    work: [{ ...queued, fact: { name: 'refunded', amountMinor: 5n } }],
    atMs: START_MS,
    dueAtMs: START_MS + 1,
  },
  'status-reached': {
    type: 'status-reached',
    status: 'paid',
    pipeline: 'statusOk',
    work: [queued],
    atMs: START_MS,
    dueAtMs: START_MS + 1,
  },
  settled: {
    type: 'settled',
    lineId: 'd1',
    kind: 'captured',
    reference,
    amountMinor: 1999n,
    feeMinor: -30n,
    currency: 'GBP',
    bookedAtMs: START_MS,
    report: 'january.csv',
    lineNumber: 12,
    verdict: 'agrees',
    atMs: START_MS,
  },
  'undo-queued': { type: 'undo-queued', work: [{ ...queued, kind: 'undo' }], dueAtMs: START_MS },
  'work-done': { type: 'work-done', key: 'p1:statusOk:mail', outcome: 'done', values: { page: 'success' } },
  'work-failed': { type: 'work-failed', key: 'p1:statusOk:mail', reason: 'down', nextTryAtMs: START_MS },
  'work-parked': { type: 'work-parked', key: 'p1:statusOk:mail', reason: 'given up' },
  'work-retried': { type: 'work-retried', key: 'p1:statusOk:mail', atMs: START_MS },
  'pipeline-ended': { type: 'pipeline-ended' },
  'case-opened': {
    type: 'case-opened',
    caseId: 'c1',
    reason: 'contradiction',
    reference,
    workKey: 'p1:statusOk:mail',
    text: 'why',
    atMs: START_MS,
  },
  'case-proposed': {
    type: 'case-proposed',
    caseId: 'c1',
    action: 'refund',
    by: 'ann',
    why: 'she asked for it',
    amountMinor: 5n,
    key: 'key-00000010',
    atMs: START_MS,
  },
  'case-closed': {
    type: 'case-closed',
    caseId: 'c1',
    action: 'refund',
    by: 'ann',
    why: 'she asked for it',
    approvedBy: 'bob',
    approvedWhy: 'so she did',
    amountMinor: 5n,
    reference,
    key: 'key-00000011',
    atMs: START_MS,
  },
}

describe('every event type', () => {
  for (const event of Object.values(samples)) {
    it(`'${event.type}' reads back from the journal as it was written`, () => {
      assert.deepEqual(decodeEvents(encode([event])), [event])
    })

    if (event.type === 'payment-opened') continue
    it(`'${event.type}' can be applied, and changes neither what it is nor what it is applied to`, () => {
      const before = encode(story.payment)
      const written = encode([event])
      const after = evolve(story.payment, event)
      assert.equal(encode(story.payment), before)
      assert.equal(encode([event]), written)
      assert.equal(after.paymentId, story.payment.paymentId)
    })
  }
})

describe('facts', () => {
  it('give the same balances in whatever order they come', () => {
    const capture = fc.bigInt({ min: 1n, max: 700n })
    const facts = fc.array(
      fc.oneof(capture, fc.constantFrom('approved-late' as const, 'contradicted' as const)),
      {
        maxLength: 6,
      },
    )
    const event = (given: bigint | 'approved-late' | 'contradicted'): PaymentEvent =>
      typeof given === 'bigint'
        ? { type: 'fact-recorded', fact: 'captured', reference, amountMinor: given, evidence }
        : { type: 'fact-recorded', fact: given, reference, amountMinor: AMOUNT_MINOR, evidence }
    const approved = evolve(story.payment, { type: 'operation-moved', reference, to: 'approved', evidence })
    const permuted = facts.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    )
    fc.assert(
      fc.property(permuted, ([list, other]) => {
        const { balances } = fold(approved, list.map(event))
        assert.deepEqual(fold(approved, other.map(event)).balances, balances)
        const sum = list.reduce<bigint>(
          (total, given) => (typeof given === 'bigint' ? total + given : total),
          0n,
        )
        assert.equal(balances.capturedMinor, sum < AMOUNT_MINOR ? sum : AMOUNT_MINOR)
        assert.equal(balances.capturedMinor + balances.capturingMinor, AMOUNT_MINOR)
      }),
    )
  })
})
