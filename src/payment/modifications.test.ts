import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Balances } from './events.ts'
import type { Finding } from './finding.ts'
import { operationOf } from './state.ts'
import { unresolvedModification } from './status.ts'
import { AMOUNT_MINOR, finding, rules, Story } from './story.test-data.ts'

type Kind = 'capture' | 'refund' | 'void'

/** How a modification goes at the PSP, and what we hear of it. */
type Course =
  | 'done'
  | 'accepted-done'
  | 'doubt-done'
  | 'refused'
  | 'not-sent'
  | 'accepted-open'
  | 'doubt-open'
const courses: readonly Course[] = [
  'done',
  'accepted-done',
  'doubt-done',
  'refused',
  'not-sent',
  'accepted-open',
  'doubt-open',
]

interface Step {
  readonly kind: Kind
  readonly amountMinor: bigint | undefined
  readonly course: Course
}

/** The reference: what the PSP has booked, counted in the plainest way. */
class Ledger {
  captured = 0n
  refunded = 0n
  voided = 0n
  open = false

  /** What there is to ask for. */
  there(kind: Kind): bigint {
    return kind === 'refund' ? this.captured - this.refunded : AMOUNT_MINOR - this.captured - this.voided
  }

  book(kind: Kind, amountMinor: bigint): void {
    if (kind === 'capture') this.captured += amountMinor
    else if (kind === 'refund') this.refunded += amountMinor
    else this.voided += this.there('void')
  }

  balances(): Balances {
    return { authorizedMinor: AMOUNT_MINOR, capturedMinor: this.captured, refundedMinor: this.refunded }
  }

  expected({ kind, amountMinor }: Step): 'CF_PAYMENT_STATE' | 'CF_AMOUNT_EXCEEDED' | bigint {
    const there = this.there(kind)
    if (this.open || there <= 0n) return 'CF_PAYMENT_STATE'
    const amount = amountMinor ?? there
    return amount <= 0n || amount > there ? 'CF_AMOUNT_EXCEEDED' : amount
  }
}

const step: fc.Arbitrary<Step> = fc
  .record({
    kind: fc.constantFrom<Kind>('capture', 'capture', 'refund', 'refund', 'void'),
    amountMinor: fc.option(fc.bigInt({ min: -1n, max: 2_000n }), { nil: undefined, freq: 3 }),
    course: fc.constantFrom(...courses),
  })
  .map((given) => (given.kind === 'void' ? { ...given, amountMinor: undefined } : given))

function inquiry(story: Story, ledger: Ledger, kind: Kind): Finding {
  const gone = ledger.captured === 0n && ledger.voided > 0n
  // A void has no balance to move: it is seen by the charge being gone.
  const seen = kind === 'void' && gone ? 'reversed' : 'approved'
  return finding(seen, 'inquiry', story.nowMs, { balances: ledger.balances() })
}

/** Plays one course; answers whether it is over. */
function run(
  story: Story,
  ledger: Ledger,
  reference: string,
  { kind, course }: Step,
  amountMinor: bigint,
): boolean {
  const answer = (what: Finding['kind'], source: 'answer' | 'transport' = 'answer'): void => {
    story.conclude(reference, finding(what, source, story.nowMs))
  }
  switch (course) {
    case 'done':
      ledger.book(kind, amountMinor)
      answer('done')
      return true
    case 'refused':
      answer('refused')
      return true
    case 'not-sent':
      answer('not-sent', 'transport')
      return true
    case 'accepted-done':
    case 'doubt-done':
      if (course === 'accepted-done') answer('accepted')
      else answer('unclear', 'transport')
      // Nothing has moved yet, and nobody may ask for more meanwhile.
      story.conclude(reference, inquiry(story, ledger, kind))
      assert.ok(unresolvedModification(story.payment) !== undefined)
      ledger.book(kind, amountMinor)
      story.nowMs += rules.inquiryLagMs
      story.conclude(reference, inquiry(story, ledger, kind))
      return true
    case 'accepted-open':
      answer('accepted')
      return false
    case 'doubt-open':
      answer('unclear', 'transport')
      return false
    default:
      return course satisfies never
  }
}

describe('captures, refunds and voids (F19)', () => {
  it('do what a plain ledger says, however they go, and never exceed what there is', () => {
    let booked = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (list) => {
        const story = new Story('authorize')
        const ledger = new Ledger()
        story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
        for (const next of list) {
          // A void after a capture is beyond the inquiry's words: it ends by an answer or stays open.
          const isVisible = next.kind !== 'void' || ledger.captured === 0n
          const played =
            isVisible || !next.course.endsWith('-done') ? next : { ...next, course: 'done' as const }
          story.nowMs += 1_000
          const expected = ledger.expected(played)
          const intended = story.intend(played.kind, played.amountMinor)
          if ('refused' in intended) {
            assert.equal(intended.refused, expected)
            continue
          }
          assert.equal(operationOf(story.payment, intended.reference)?.amountMinor, expected)
          ledger.open = !run(story, ledger, intended.reference, played, expected as bigint)
          booked++
          const { balances } = story.payment
          assert.equal(balances.capturedMinor, ledger.captured)
          assert.equal(balances.refundedMinor, ledger.refunded)
          assert.equal(balances.voidedMinor, ledger.voided)
        }
      }),
      { numRuns: 1_000 },
    )
    assert.ok(booked > 1_000)
  })

  it('are never closed by "not found" or by silence; they become one case and are asked about on', () => {
    const story = new Story('authorize')
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
    const intended = story.intend('capture')
    assert.ok('reference' in intended)
    story.conclude(intended.reference, finding('unclear', 'transport', story.nowMs))
    for (let hour = 0; hour < 48; hour++) {
      story.nowMs += 3_600_000
      const kind = hour % 2 === 0 ? 'not-found' : 'unavailable'
      story.conclude(intended.reference, finding(kind, 'inquiry', story.nowMs))
    }
    const operation = operationOf(story.payment, intended.reference)
    assert.equal(operation?.state, 'intended')
    assert.ok((operation?.nextTryAtMs ?? 0) > story.nowMs)
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['modification-unresolved'],
    )
  })

  it('are done only by a balance that moved exactly', () => {
    for (const [capturedMinor, state] of [
      [0n, 'intended'],
      [499n, 'intended'],
      [500n, 'done'],
      [501n, 'intended'],
      [1999n, 'intended'],
    ] as const) {
      const story = new Story('authorize')
      story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
      const intended = story.intend('capture', 500n)
      assert.ok('reference' in intended)
      story.conclude(intended.reference, finding('unclear', 'transport', story.nowMs))
      const balances = { authorizedMinor: AMOUNT_MINOR, capturedMinor, refundedMinor: 0n }
      story.conclude(intended.reference, finding('approved', 'inquiry', story.nowMs, { balances }))
      assert.equal(operationOf(story.payment, intended.reference)?.state, state, String(capturedMinor))
    }
  })
})

describe('a reversal', () => {
  const reversing = (): { story: Story; reference: string } => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
    const intended = story.intend('reversal')
    assert.ok('reference' in intended)
    return { story, reference: intended.reference }
  }

  it('is done only by an inquiry that shows its target dead, never by its own answer', () => {
    for (const kind of ['accepted', 'done', 'approved', 'refused', 'invalid', 'unclear'] as const) {
      const { story, reference } = reversing()
      story.conclude(reference, finding(kind, 'answer', story.nowMs))
      assert.notEqual(operationOf(story.payment, reference)?.state, 'done', kind)
      assert.equal(story.order.state, 'claimed')
      story.conclude(reference, finding('reversed', 'inquiry', story.nowMs))
      assert.equal(operationOf(story.payment, reference)?.state, 'done')
      assert.equal(story.payment.status, 'cancelled')
      assert.equal(story.order.state, 'open')
      assert.equal(story.charge.frozenBy, undefined)
    }
  })

  it('is sent again when its target is seen alive late enough, at most so often, and is then a case (F21)', () => {
    const { story, reference } = reversing()
    story.conclude(reference, finding('accepted', 'answer', story.nowMs))
    let legs = 1
    for (let round = 0; round < 12; round++) {
      // Too early: what was sent last may not show yet.
      const early = story.conclude(reference, finding('approved', 'inquiry', story.nowMs))
      assert.ok(early.every(({ type }) => type !== 'operation-retried'))
      story.nowMs += 10_000 + rules.maxProcessingMs + rules.inquiryLagMs
      const events = story.conclude(reference, finding('approved', 'inquiry', story.nowMs))
      if (!events.some(({ type }) => type === 'operation-retried')) continue
      legs++
      story.conclude(reference, finding('accepted', 'answer', story.nowMs))
    }
    assert.equal(legs, rules.reversalTriesMax)
    assert.equal(operationOf(story.payment, reference)?.leg, rules.reversalTriesMax)
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['reversal-unresolved'],
    )
  })

  it('freezes its target and blocks every other modification until it is done', () => {
    const { story } = reversing()
    for (const kind of ['capture', 'refund', 'void', 'reversal'] as const) {
      assert.deepEqual(story.intend(kind), { refused: 'CF_PAYMENT_STATE' })
    }
    assert.notEqual(story.charge.frozenBy, undefined)
  })

  it('of a charge in doubt that never arrived ends with the waiting rule of that charge', () => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('unclear', 'transport', story.nowMs))
    const intended = story.intend('reversal')
    assert.ok('reference' in intended)
    story.conclude(intended.reference, finding('refused', 'answer', story.nowMs))
    const { sendDeadlineMs } = story.charge
    const counts = sendDeadlineMs + rules.maxDeliveryMs + rules.maxProcessingMs + rules.inquiryLagMs
    for (const atMs of [story.nowMs + 1_000, counts - 1, counts, counts + rules.inquiryLagMs - 1]) {
      story.nowMs = atMs
      story.conclude(intended.reference, finding('not-found', 'inquiry', atMs))
      assert.equal(story.charge.state, 'intended')
      assert.equal(story.order.state, 'held')
    }
    story.nowMs = counts + rules.inquiryLagMs
    story.conclude(intended.reference, finding('not-found', 'inquiry', story.nowMs))
    assert.equal(story.charge.state, 'not-seen')
    assert.equal(operationOf(story.payment, intended.reference)?.state, 'done')
    assert.equal(story.order.state, 'open')
  })
})
