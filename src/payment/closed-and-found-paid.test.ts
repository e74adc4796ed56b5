import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { finding, Story } from './story.test-data.ts'

const MINUTE_MS = 60_000

/** A page that the shop has cancelled. The PSP has nothing to cancel there, so that only waiting has ended it. */
function closedByWaiting(): Story {
  const story = new Story('sale', 'authorized', 60 * MINUTE_MS)
  story.conclude(story.charge.reference, finding('awaiting-payer', 'answer', story.nowMs))
  const reversal = story.intend('reversal')
  assert.ok('reference' in reversal)
  story.conclude(reversal.reference, finding('refused', 'answer', story.nowMs))
  for (let time = 0; time < 40; time++) {
    story.nowMs += 10 * MINUTE_MS
    story.conclude(reversal.reference, finding('not-found', 'inquiry', story.nowMs))
  }
  assert.equal(story.charge.state, 'abandoned')
  assert.equal(story.order.state, 'open')
  story.nowMs += 10 * MINUTE_MS
  return story
}

describe('a page whose cancellation was closed by waiting', () => {
  it('is asked about when a notification says that it is paid after all', () => {
    const story = closedByWaiting()
    story.conclude(story.charge.reference, finding('approved', 'notification', story.nowMs))
    assert.equal(story.charge.nextTryAtMs, story.nowMs)
  })

  it('is reversed, and a case, when an inquiry says so', () => {
    const story = closedByWaiting()
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs))
    assert.deepEqual(
      story.payment.operations.map(({ kind, state }) => `${kind} ${state}`),
      ['sale abandoned', 'reversal failed', 'reversal intended'],
    )
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['contradiction'],
    )
  })
})

describe('a page that was paid at the second try, and is cancelled', () => {
  it('is not undone by an inquiry that still shows the first try, which was refused', () => {
    const story = new Story('sale', 'authorized', 60 * MINUTE_MS)
    story.conclude(story.charge.reference, finding('awaiting-payer', 'answer', story.nowMs))
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs))
    const reversal = story.intend('reversal')
    assert.ok('reference' in reversal)
    story.conclude(reversal.reference, finding('accepted', 'answer', story.nowMs))
    story.conclude(reversal.reference, finding('declined', 'inquiry', story.nowMs))
    assert.equal(story.payment.operations[1]?.state, 'accepted')
    assert.equal(story.order.state, 'claimed')
    story.conclude(story.charge.reference, finding('declined', 'inquiry', story.nowMs))
    assert.deepEqual(story.payment.cases, [], 'an earlier try contradicts nothing')
    story.conclude(reversal.reference, finding('reversed', 'inquiry', story.nowMs))
    assert.equal(story.payment.operations[1]?.state, 'done')
    assert.equal(story.order.state, 'open')
  })
})

describe('what the bank took back of a capture that then failed', () => {
  it('is nothing: there was no money to take', () => {
    const story = new Story('authorize')
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
    const capture = story.intend('capture')
    assert.ok('reference' in capture)
    story.conclude(capture.reference, finding('accepted', 'answer', story.nowMs))
    const { reference } = story.charge
    story.conclude(reference, finding('approved', 'inquiry', story.nowMs, { dispute: 'charged-back' }))
    assert.equal(story.payment.balances.chargedBackMinor, 1999n)
    story.conclude(capture.reference, finding('approved', 'inquiry', story.nowMs, { failed: 'capture' }))
    assert.equal(story.payment.balances.chargedBackMinor, 0n)
    assert.equal(story.payment.status, 'paid', 'it is authorized')
  })
})
