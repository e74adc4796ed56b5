import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { decodeEvents, decodePayment, encode } from '../journal/codec.ts'
import { changeOfMind } from './change-of-mind.ts'
import { intendNextLeg } from './conclude-challenged.ts'
import { intendRegistration, mayRegisterAgain } from './conclude-hosted.ts'
import type { Decision } from './decision.ts'
import { closeOrderRecord } from './open.ts'
import { dueOf } from './due.ts'
import type { OperationKind, PaymentEvent } from './events.ts'
import { evolve, fold } from './evolve.ts'
import type { FindingKind } from './finding.ts'
import { isEnd } from './operation-states.ts'
import { AMOUNT_MINOR, finding, Story } from './story.test-data.ts'

type Source = 'answer' | 'inquiry' | 'transport' | 'notification'

/** What each source can say at all: see src/engine/findings.ts. */
const kinds: Readonly<Record<Source, readonly FindingKind[]>> = {
  answer: [
    'approved',
    'declined',
    'pending',
    'accepted',
    'done',
    'refused',
    'invalid',
    'duplicate',
    'mismatch',
    'awaiting-payer',
    'challenged',
    'unclear',
  ],
  transport: ['not-sent', 'unclear'],
  inquiry: ['approved', 'declined', 'pending', 'reversed', 'open', 'mismatch', 'not-found', 'unavailable'],
  notification: ['approved', 'declined', 'pending', 'reversed', 'accepted', 'done', 'refused'],
}
const said = (Object.keys(kinds) as Source[]).flatMap((source) =>
  kinds[source].map((kind) => ({ source, kind })),
)

/** Anything at all that can be told of a payment, in any order: also what no PSP in its senses would say. */
const turn = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('hear' as const),
      of: fc.nat({ max: 5 }),
      said: fc.constantFrom(...said),
      captured: fc.boolean(),
      failed: fc.constantFrom('capture', 'refund', undefined),
      dispute: fc.constantFrom('charged-back', 'reversed', undefined, undefined),
      expired: fc.boolean(),
      soft: fc.boolean(),
      capturedMinor: fc.constantFrom(undefined, 0n, 500n, 1999n),
      refundedMinor: fc.constantFrom(0n, 500n, 1999n),
      waitMs: fc.constantFrom(0, 1_000, 60_000, 400_000, 3_600_000, 90_000_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('ask' as const),
      kind: fc.constantFrom<OperationKind>('capture', 'refund', 'void', 'reversal', 'sale', 'authorize'),
      amountMinor: fc.constantFrom(undefined, 0n, 1n, 500n, 1999n, 2000n),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom('close', 'take-over', 'next-leg', 'register-again', 'change-mind'),
    }),
  },
)
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never

function play(story: Story, next: Turn): void {
  switch (next.what) {
    case 'hear': {
      story.nowMs += next.waitMs
      const { operations } = story.payment
      const { reference, state } = operations[next.of % operations.length] ?? assert.fail()
      const { kind, source } = next.said
      // What was sent is answered once; after that only inquiries speak, until the end.
      const isAnswer = source === 'answer' || source === 'transport'
      if (isAnswer && state !== 'intended' && !isEnd(state)) return
      const more = {
        captured: next.captured,
        expired: next.expired,
        soft: next.soft,
        ...(next.failed === undefined ? {} : { failed: next.failed }),
        ...(next.dispute === undefined ? {} : { dispute: next.dispute }),
        ...(next.capturedMinor === undefined
          ? {}
          : {
              balances: {
                authorizedMinor: AMOUNT_MINOR,
                capturedMinor: next.capturedMinor,
                refundedMinor: next.refundedMinor,
              },
            }),
      }
      story.conclude(reference, finding(kind, source, story.nowMs, more))
      return
    }
    case 'ask':
      story.intend(next.kind, next.amountMinor)
      return
    case 'close': {
      const decision = closeOrderRecord(story.order)
      if (decision.kind === 'events') story.take(decision)
      return
    }
    case 'take-over': {
      const { fence } = story.payment
      story.tell([{ type: 'owner-changed', owner: `node-${fence}`, fence: fence + 1, atMs: story.nowMs }])
      return
    }
    case 'next-leg': {
      const waiting = story.payment.operations.find(({ state }) => state === 'challenged')
      if (waiting !== undefined) takeIfTaken(story, intendNextLeg(waiting, story.now()))
      return
    }
    case 'register-again': {
      const doubtful = story.payment.operations.find((operation) => mayRegisterAgain(operation))
      if (doubtful !== undefined) takeIfTaken(story, intendRegistration(doubtful, 7_200_000, story.now()))
      return
    }
    case 'change-mind': {
      const mind = changeOfMind(story.payment, story.now())
      if (mind.kind === 'closed' && mind.decision !== undefined) takeIfTaken(story, mind.decision)
      return
    }
    default:
      next satisfies never
  }
}

function takeIfTaken(story: Story, decision: Decision): void {
  if (decision.kind === 'events') story.take(decision)
}

const stories = fc.tuple(
  fc.constantFrom('sale' as const, 'authorize' as const),
  fc.constantFrom('authorized' as const, 'captureAccepted' as const, 'captured' as const),
  fc.constantFrom(undefined, 3_600_000),
  fc.array(turn, { maxLength: 25 }),
)

describe('whatever is told of a payment', () => {
  it('makes no event that cannot be applied, changes no end, and keeps the sums (S5, S7)', () => {
    fc.assert(
      // The story itself checks each of these after each turn.
      fc.property(stories, ([kind, paidWhen, payableForMs, turns]) => {
        const story = new Story(kind, paidWhen, payableForMs)
        for (const next of turns) play(story, next)
      }),
      { numRuns: 1_500 },
    )
  })

  it('leaves it due as long as something of it is not at its end and no case is open', () => {
    let restless = 0
    fc.assert(
      fc.property(stories, ([kind, paidWhen, payableForMs, turns]) => {
        const story = new Story(kind, paidWhen, payableForMs)
        for (const next of turns) {
          play(story, next)
          const { operations, cases } = story.payment
          if (cases.length > 0 || operations.every(({ state }) => isEnd(state))) continue
          restless++
          assert.notEqual(dueOf(story.payment).dueAtMs, undefined)
        }
      }),
      { numRuns: 700 },
    )
    assert.ok(restless > 500)
  })

  it('has at most one operation under way beside its charge, and one reversal at a time', () => {
    fc.assert(
      fc.property(stories, ([kind, paidWhen, payableForMs, turns]) => {
        const story = new Story(kind, paidWhen, payableForMs)
        for (const next of turns) {
          play(story, next)
          const open = story.payment.operations.slice(1).filter(({ state }) => !isEnd(state))
          assert.ok(open.length <= 1, open.map(({ kind, state }) => `${kind} ${state}`).join())
        }
      }),
      { numRuns: 700 },
    )
  })

  it('holds or claims the order while money may be live, unless the order is closed or a case is open', () => {
    fc.assert(
      fc.property(stories, ([kind, paidWhen, payableForMs, turns]) => {
        const story = new Story(kind, paidWhen, payableForMs)
        for (const next of turns) {
          play(story, next)
          const { cases, status } = story.payment
          if (cases.length > 0 || story.order.state === 'closed') continue
          if (!isEnd(story.charge.state)) assert.equal(story.order.state, 'held')
          if (status === 'paid') assert.equal(story.order.state, 'claimed')
          if (status === 'declined') assert.equal(story.order.state, 'open')
        }
      }),
      { numRuns: 700 },
    )
  })

  it('folds from its history to what is stored, also through the codec, and past events of a later version (F25)', () => {
    fc.assert(
      fc.property(stories, fc.nat(), ([kind, paidWhen, payableForMs, turns], place) => {
        const story = new Story(kind, paidWhen, payableForMs)
        for (const next of turns) play(story, next)
        const stored = decodePayment(encode(story.payment))
        const read = decodeEvents(encode(story.events))
        assert.deepEqual(decodePayment(encode(fold(undefined, read))), stored)
        const unknown = { type: 'from-a-later-version', amountMinor: 5n } as unknown as PaymentEvent
        const index = 1 + (place % read.length)
        const withUnknown = decodeEvents(encode(read.toSpliced(index, 0, unknown)))
        assert.deepEqual(decodePayment(encode(fold(undefined, withUnknown))), stored)
      }),
      { numRuns: 300 },
    )
  })
})

describe('evolve', () => {
  it('refuses what cannot be: an event before the opening, a second opening, a move that the table does not list', () => {
    const { events, payment, charge } = new Story()
    const [opened] = events
    assert.ok(opened?.type === 'payment-opened')
    assert.throws(() => evolve(undefined, { type: 'pipeline-ended' }), /before 'payment-opened'/)
    assert.throws(() => fold(undefined, []), /without events/)
    const { evidence } = finding('approved', 'answer', 1)
    const move = (reference: string): PaymentEvent => ({
      type: 'operation-moved',
      reference,
      to: 'approved',
      evidence,
    })
    const approved = evolve(payment, move(charge.reference))
    assert.throws(() => evolve(approved, move(charge.reference)), /from 'approved' to 'approved'/)
    assert.throws(() => evolve(payment, move('nobody')), /no operation nobody/)
  })

  it('leaves what it was given as it was', () => {
    const story = new Story()
    const before = encode(story.payment)
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
    const { payment } = new Story()
    assert.equal(encode(payment), before)
  })
})
