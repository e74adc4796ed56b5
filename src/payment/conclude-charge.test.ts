import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Finding, FindingKind } from './finding.ts'
import type { OperationState } from './operation-states.ts'
import { AMOUNT_MINOR, finding, rules, START_MS, Story } from './story.test-data.ts'

const MINUTE_MS = 60_000
/** From here on a "not found" counts: delivery, processing and lag after the send deadline. */
const COUNTS_MS = 10_000 + rules.maxDeliveryMs + rules.maxProcessingMs + rules.inquiryLagMs

interface Piece {
  readonly kind: FindingKind
  readonly source: 'answer' | 'inquiry' | 'transport'
  readonly captured?: boolean
}

interface Truth {
  readonly name: string
  /** All that can be heard when this is what happened at the PSP. */
  readonly heard: readonly Piece[]
  /** What is heard in the end, at the latest. */
  readonly last: readonly Piece[]
  readonly end: OperationState
  readonly order: 'open' | 'claimed'
  readonly capturedMinor: bigint
}

const doubts: readonly Piece[] = [
  { kind: 'unclear', source: 'transport' },
  { kind: 'unclear', source: 'answer' },
  { kind: 'mismatch', source: 'answer' },
  { kind: 'duplicate', source: 'answer' },
  { kind: 'unavailable', source: 'inquiry' },
  { kind: 'unclear', source: 'inquiry' },
  // Asked before it counts, it may merely not be visible yet.
  { kind: 'not-found', source: 'inquiry' },
]

const truths: readonly Truth[] = [
  {
    name: 'approved',
    heard: [...doubts, { kind: 'approved', source: 'answer' }, { kind: 'approved', source: 'inquiry' }],
    last: [{ kind: 'approved', source: 'inquiry' }],
    end: 'approved',
    order: 'claimed',
    capturedMinor: 0n,
  },
  {
    name: 'approved and captured later',
    heard: [
      ...doubts,
      { kind: 'pending', source: 'answer' },
      { kind: 'pending', source: 'inquiry' },
      { kind: 'approved', source: 'answer' },
      { kind: 'approved', source: 'answer', captured: true },
      { kind: 'approved', source: 'inquiry' },
      { kind: 'approved', source: 'inquiry', captured: true },
    ],
    last: [{ kind: 'approved', source: 'inquiry', captured: true }],
    end: 'approved',
    order: 'claimed',
    capturedMinor: AMOUNT_MINOR,
  },
  {
    name: 'declined',
    heard: [...doubts, { kind: 'declined', source: 'answer' }, { kind: 'declined', source: 'inquiry' }],
    last: [{ kind: 'declined', source: 'inquiry' }],
    end: 'declined',
    order: 'open',
    capturedMinor: 0n,
  },
  {
    name: 'executed, and undone by the PSP before we heard of it',
    heard: [...doubts, { kind: 'reversed', source: 'inquiry' }],
    last: [{ kind: 'reversed', source: 'inquiry' }],
    end: 'abandoned',
    order: 'open',
    capturedMinor: 0n,
  },
]

const hear = (story: Story, { kind, source, captured }: Piece): void => {
  const more: Partial<Finding> = captured === undefined ? {} : { captured }
  story.conclude(story.charge.reference, finding(kind, source, story.nowMs, more))
}

describe('evidence about a charge', () => {
  for (const truth of truths) {
    it(`that was ${truth.name} gives the same end and balances in any order and repetition`, () => {
      const piece = fc.record({
        piece: fc.constantFrom(...truth.heard),
        waitMs: fc.integer({ min: 0, max: Math.floor((COUNTS_MS - MINUTE_MS) / 12) }),
      })
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
          const story = new Story('sale', truth.capturedMinor === 0n ? 'authorized' : 'captured')
          for (const { piece, waitMs } of pieces) {
            story.nowMs += waitMs
            hear(story, piece)
          }
          for (const last of truth.last) hear(story, last)
          assert.equal(story.charge.state, truth.end)
          assert.equal(story.order.state, truth.order)
          const { balances } = story.payment
          const approvedMinor = truth.end === 'approved' ? AMOUNT_MINOR : 0n
          assert.equal(balances.authorizedMinor, approvedMinor)
          assert.equal(balances.capturedMinor, truth.capturedMinor)
          assert.equal(balances.capturingMinor, approvedMinor - truth.capturedMinor)
          assert.equal(story.payment.operations.length, 1, 'nothing was undone that is right')
        }),
        { numRuns: 300 },
      )
    })
  }

  it('that never arrived ends as not seen, by two inquiries that count and are the lag apart, and by nothing else', () => {
    const heard = fc.record({
      kind: fc.constantFrom('not-found' as const, 'unavailable' as const),
      waitMs: fc.integer({ min: 1_000, max: 10 * MINUTE_MS }),
    })
    fc.assert(
      fc.property(fc.array(heard, { minLength: 1, maxLength: 20 }), (inquiries) => {
        const story = new Story()
        let firstMs: number | undefined
        let closes = false
        for (const { kind, waitMs } of inquiries) {
          story.nowMs += waitMs
          if (story.charge.state !== 'intended') break
          if (kind === 'not-found' && story.nowMs - START_MS >= COUNTS_MS) {
            closes = firstMs !== undefined && story.nowMs - firstMs >= rules.inquiryLagMs
            firstMs ??= story.nowMs
          }
          hear(story, { kind, source: 'inquiry' })
          assert.equal(story.charge.state, closes ? 'not-seen' : 'intended')
          assert.equal(story.order.state, closes ? 'open' : 'held')
        }
      }),
      { numRuns: 400 },
    )
  })

  it('counts a late approval of what was not seen: reversed, a case, and the order stays free', () => {
    const story = new Story()
    for (const atMs of [COUNTS_MS, COUNTS_MS + rules.inquiryLagMs]) {
      story.nowMs = START_MS + atMs
      hear(story, { kind: 'not-found', source: 'inquiry' })
    }
    assert.equal(story.charge.state, 'not-seen')
    story.nowMs += 3_600_000
    hear(story, { kind: 'approved', source: 'inquiry' })
    hear(story, { kind: 'approved', source: 'inquiry' })
    assert.deepEqual(
      story.payment.operations.map(({ kind, state }) => `${kind} ${state}`),
      ['sale not-seen', 'reversal intended'],
    )
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['late-approval'],
    )
    assert.equal(story.order.state, 'open')
    assert.equal(story.payment.status, 'cancelled')
  })

  it('asks about what was not seen after an hour, a day and a week, and then no more', () => {
    const story = new Story()
    for (const atMs of [COUNTS_MS, COUNTS_MS + rules.inquiryLagMs]) {
      story.nowMs = START_MS + atMs
      hear(story, { kind: 'not-found', source: 'inquiry' })
    }
    const endedMs = story.nowMs
    const asked: number[] = []
    for (let next = story.charge.nextTryAtMs; next !== undefined; next = story.charge.nextTryAtMs) {
      asked.push(next - endedMs)
      story.nowMs = next
      hear(story, { kind: 'not-found', source: 'inquiry' })
    }
    assert.deepEqual(asked, [3_600_000, 86_400_000, 7 * 86_400_000])
  })

  it('that says approved is not adopted when the order is closed or of another version (F17)', () => {
    const orders = [
      { state: 'closed' as const },
      { orderVersion: 'another' },
      { paymentId: 'another' },
      { state: 'open' as const, paymentId: undefined },
    ]
    for (const change of orders) {
      for (const source of ['answer', 'inquiry'] as const) {
        const story = new Story()
        story.order = { ...story.order, ...change }
        hear(story, { kind: 'approved', source })
        assert.equal(story.charge.state, 'intended', JSON.stringify(change))
        assert.equal(story.payment.operations[1]?.kind, 'reversal')
        assert.equal(story.charge.frozenBy, story.payment.operations[1]?.reference)
        assert.deepEqual(
          story.payment.cases.map(({ reason }) => reason),
          ['late-approval'],
        )
        assert.notEqual(story.payment.status, 'paid')
        // Whatever else is heard of it while it is being undone changes nothing.
        hear(story, { kind: 'declined', source: 'answer' })
        assert.equal(story.charge.state, 'intended')
      }
    }
  })

  it('that contradicts an end is a fact and a case; only an inquiry is believed', () => {
    const story = new Story()
    hear(story, { kind: 'declined', source: 'answer' })
    hear(story, { kind: 'approved', source: 'answer' })
    assert.equal(story.payment.operations.length, 1)
    assert.equal(story.charge.nextTryAtMs, story.nowMs, 'it prompts an inquiry')
    hear(story, { kind: 'approved', source: 'inquiry' })
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['contradiction'],
    )
    assert.equal(story.payment.operations[1]?.kind, 'reversal')
  })

  it('that shows an approved charge gone is a fact, empties the balances and opens a case', () => {
    for (const kind of ['reversed', 'declined'] as const) {
      const story = new Story()
      hear(story, { kind: 'approved', source: 'answer' })
      hear(story, { kind, source: 'answer' })
      assert.deepEqual(story.payment.cases, [], 'an answer is not believed')
      hear(story, { kind, source: 'inquiry' })
      hear(story, { kind, source: 'inquiry' })
      assert.equal(story.payment.cases.length, 1)
      assert.equal(story.charge.state, 'approved')
      assert.equal(story.payment.status, kind === 'reversed' ? 'cancelled' : 'paid')
    }
  })

  it('that is always unavailable becomes one case after a day, and is asked for thirty days at most', () => {
    const story = new Story()
    let inquiries = 0
    hear(story, { kind: 'unclear', source: 'transport' })
    for (let next = story.charge.nextTryAtMs; next !== undefined; next = story.charge.nextTryAtMs) {
      assert.ok(next > story.nowMs, 'later, never at once again')
      story.nowMs = next
      inquiries++
      hear(story, { kind: 'unavailable', source: 'inquiry' })
    }
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['doubt-unresolved'],
    )
    assert.ok((story.payment.cases[0]?.atMs ?? 0) - START_MS <= rules.doubtCaseAfterMs + 30 * MINUTE_MS)
    assert.ok(story.nowMs - START_MS >= 30 * 86_400_000)
    assert.ok(inquiries < 4_000, `${inquiries} inquiries`)
  })
})
