import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { finding, Story } from './story.test-data.ts'

const DAY_MS = 86_400_000

describe('an authorization of which a part is captured', () => {
  // Without balances, as after a settlement in another currency: "no money is live" is all that the PSP says.
  for (const [what, more] of [
    ['expired', { expired: true }],
    ['cancelled elsewhere', {}],
  ] as const) {
    it(`keeps its order at first when it is found ${what}, with a case about the capture, and is looked at again`, () => {
      const story = new Story('authorize')
      const charge = story.charge.reference
      story.conclude(charge, finding('approved', 'answer', story.nowMs))
      const capture = story.intend('capture', 500n)
      assert.ok('reference' in capture)
      story.conclude(capture.reference, finding('done', 'notification', story.nowMs))
      story.nowMs += 7 * DAY_MS
      story.conclude(charge, finding('reversed', 'inquiry', story.nowMs, more))
      assert.equal(story.order.state, 'claimed')
      assert.equal(story.payment.status, 'paid')
      assert.equal(story.payment.balances.refundedMinor, 0n, 'nobody has given anything back')
      assert.equal(story.payment.cases[0]?.reason, 'failed-late')
      assert.equal(story.charge.nextTryAtMs, story.nowMs)
    })
  }
})
