import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Balances } from './events.ts'
import { AMOUNT_MINOR, finding, Story } from './story.test-data.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** What the PSP's books show. */
const books = (capturedMinor: bigint, refundedMinor = 0n): Balances => ({
  authorizedMinor: AMOUNT_MINOR,
  capturedMinor,
  refundedMinor,
})

function intended(story: Story, kind: 'capture' | 'refund', amountMinor?: bigint): string {
  const operation = story.intend(kind, amountMinor)
  assert.ok('reference' in operation, `the ${kind} is written down`)
  return operation.reference
}

/** An authorization, and captures of it that the PSP has done. */
function captured(...amounts: readonly (bigint | undefined)[]): Story {
  const story = new Story('authorize')
  story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
  for (const amountMinor of amounts) {
    const capture = intended(story, 'capture', amountMinor)
    story.conclude(capture, finding('done', 'notification', story.nowMs))
  }
  return story
}

/** A sale whose money is taken. */
function sold(): Story {
  const story = new Story('sale')
  story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs, { captured: true }))
  assert.equal(story.payment.balances.capturedMinor, AMOUNT_MINOR)
  return story
}

const last = (story: Story): string | undefined => story.payment.operations.at(-1)?.state

describe('after a capture that failed late, another one', () => {
  /** The second one is received, and the PSP shows its old word until it is booked. */
  function secondReceived(): { story: Story; second: string } {
    const story = captured(undefined)
    story.nowMs += DAY_MS
    const failed = { failed: 'capture', balances: books(0n) } as const
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs, failed))
    assert.equal(story.payment.balances.capturedMinor, 0n)
    const second = intended(story, 'capture')
    story.conclude(second, finding('accepted', 'answer', story.nowMs))
    story.nowMs += 1_000
    story.conclude(second, finding('approved', 'inquiry', story.nowMs, failed))
    return { story, second }
  }

  it('is not ended by the word about the first', () => {
    const { story } = secondReceived()
    assert.equal(last(story), 'accepted')
    assert.equal(story.payment.balances.capturingMinor, AMOUNT_MINOR)
  })

  it('is done when an inquiry about it shows it booked, and is counted once', () => {
    const { story, second } = secondReceived()
    story.nowMs += 10 * MINUTE_MS
    const booked = { captured: true, balances: books(AMOUNT_MINOR) }
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs, booked))
    assert.equal(last(story), 'accepted', 'what is asked of the charge says nothing for certain of it')
    story.conclude(second, finding('approved', 'inquiry', story.nowMs, booked))
    assert.equal(last(story), 'done')
    assert.equal(story.payment.balances.capturedMinor, AMOUNT_MINOR)
    assert.equal(story.payment.balances.capturingMinor, 0n)
  })
})

describe('after a refund that failed late, another one', () => {
  it('is not ended by the word about the first', () => {
    const story = sold()
    const first = intended(story, 'refund', 1000n)
    story.conclude(first, finding('done', 'notification', story.nowMs))
    story.nowMs += DAY_MS
    const failed = { captured: true, failed: 'refund', balances: books(AMOUNT_MINOR) } as const
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs, failed))
    assert.equal(story.payment.balances.refundedMinor, 0n)
    const second = intended(story, 'refund', 1000n)
    story.conclude(second, finding('accepted', 'answer', story.nowMs))
    story.nowMs += 1_000
    story.conclude(second, finding('approved', 'inquiry', story.nowMs, failed))
    assert.equal(last(story), 'accepted', 'else the shop would refund once more')
  })
})

describe('one of two captures that failed late', () => {
  it('takes neither from the balance when nothing says which, and is a case', () => {
    const story = captured(500n, 700n)
    story.nowMs += 7 * DAY_MS
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs, { failed: 'capture' }))
    assert.equal(story.payment.balances.capturedMinor, 1200n)
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['failed-late'],
    )
  })
})

describe('a charge in doubt that is found approved', () => {
  const words = [
    ['and its capture failed', { failed: 'capture' }],
    ['and charged back', { dispute: 'charged-back', captured: true }],
  ] as const
  for (const [what, more] of words) {
    it(`${what} is looked at again`, () => {
      const story = new Story('sale')
      const charge = story.charge.reference
      story.conclude(charge, finding('unclear', 'transport', story.nowMs))
      story.nowMs += 2 * DAY_MS
      story.conclude(charge, finding('approved', 'inquiry', story.nowMs, more))
      assert.equal(story.charge.state, 'approved')
      assert.notEqual(story.charge.nextTryAtMs, undefined)
    })
  }
})

describe('money that was charged back', () => {
  it('cannot be refunded as well', () => {
    const story = sold()
    story.nowMs += DAY_MS
    const disputed = { captured: true, dispute: 'charged-back' } as const
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs, disputed))
    assert.equal(story.payment.status, 'disputed')
    assert.deepEqual(story.intend('refund'), { refused: 'CF_PAYMENT_STATE' })
  })
})
