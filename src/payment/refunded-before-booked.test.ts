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

describe('a capture of ours that is booked after a refund of it was told by a settlement report', () => {
  for (const kind of ['done', 'refused'] as const) {
    it(`moves no more than is still on its way: ${kind}`, () => {
      const story = new Story('authorize')
      const { reference } = story.charge
      story.conclude(reference, finding('approved', 'answer', story.nowMs))
      const capture = story.intend('capture')
      assert.ok('reference' in capture, 'the capture is written down')
      story.conclude(capture.reference, finding('accepted', 'answer', story.nowMs))
      const evidence = { source: 'report', atMs: story.nowMs, text: 'refunded 9.99 GBP' } as const
      story.tell([
        { type: 'fact-recorded', fact: 'refunded-elsewhere', reference, amountMinor: 999n, evidence },
      ])
      story.conclude(capture.reference, finding(kind, 'notification', story.nowMs))
      const { capturingMinor, capturedMinor, refundedMinor } = story.payment.balances
      const takenMinor = kind === 'done' ? AMOUNT_MINOR : 999n
      assert.deepEqual([capturingMinor, capturedMinor, refundedMinor], [0n, takenMinor, 999n])
    })
  }
})
