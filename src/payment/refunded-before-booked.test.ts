import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AMOUNT_MINOR, finding, Story } from './story.test-data.ts'

const MINUTE_MS = 60_000
/** What the PSP's books show once all of it was given back. */
const nothingLeft = {
  balances: { authorizedMinor: AMOUNT_MINOR, capturedMinor: AMOUNT_MINOR, refundedMinor: AMOUNT_MINOR },
}

/** A sale that was refunded in full before anybody has told that its money was taken. */
function refunded(): Story {
  const story = new Story('sale')
  story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
  const refund = story.intend('refund')
  assert.ok('reference' in refund, 'the refund is written down')
  story.conclude(refund.reference, finding('accepted', 'answer', story.nowMs))
  story.nowMs += MINUTE_MS
  story.conclude(refund.reference, finding('reversed', 'inquiry', story.nowMs, nothingLeft))
  assert.deepEqual(
    story.payment.operations.map(({ kind, state }) => `${kind} ${state}`),
    ['sale approved', 'refund done'],
  )
  return story
}

describe('a sale that we have refunded in full before its booking was told', () => {
  it('was given back by us, and by nobody elsewhere, when an inquiry shows that nothing of it is left', () => {
    const story = refunded()
    story.nowMs += 60 * MINUTE_MS
    story.conclude(story.charge.reference, finding('reversed', 'inquiry', story.nowMs, nothingLeft))
    assert.deepEqual(story.payment.learned, [])
    assert.deepEqual(story.payment.cases, [])
    assert.equal(story.payment.status, 'refunded')
  })
})
