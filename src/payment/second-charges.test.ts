import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { conclude } from './conclude.ts'
import { AMOUNT_MINOR, finding, Story } from './story.test-data.ts'

const HOUR_MS = 3_600_000

describe('the second charge after a soft decline', () => {
  it('keeps its money and its order when the first turns out live and is undone', () => {
    const story = new Story('sale')
    const first = story.charge.reference
    const soft = finding('declined', 'answer', story.nowMs, { soft: true })
    story.take(conclude(story.payment, first, soft, { ...story.now(), hasCard: true }))
    const second = story.payment.operations[1]
    assert.equal(second?.kind, 'sale', 'it was written down with the decline')
    story.conclude(second.reference, finding('approved', 'inquiry', story.nowMs, { captured: true }))
    assert.equal(story.order.state, 'claimed')
    story.nowMs += HOUR_MS
    story.conclude(first, finding('approved', 'inquiry', story.nowMs, { captured: true }))
    const reversal = story.payment.operations[2]
    assert.equal(reversal?.kind, 'reversal')
    assert.equal(reversal.target, first)
    story.conclude(reversal.reference, finding('accepted', 'answer', story.nowMs))
    story.nowMs += HOUR_MS
    story.conclude(reversal.reference, finding('reversed', 'inquiry', story.nowMs))
    assert.equal(story.payment.operations[2]?.state, 'done')
    assert.equal(story.payment.status, 'paid')
    assert.equal(story.order.state, 'claimed')
    assert.equal(story.payment.balances.capturedMinor, AMOUNT_MINOR)
    assert.equal(story.payment.balances.refundedMinor, 0n)
  })
})
