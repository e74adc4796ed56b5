import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dueOf } from './due.ts'
import type { PaymentEvent, QueuedWork } from './events.ts'
import { fold } from './evolve.ts'
import { finding, START_MS, Story } from './story.test-data.ts'

const work = (step: string, kind: QueuedWork['kind'] = 'effect'): QueuedWork => ({
  key: step,
  kind,
  pipeline: 'statusOk',
  step,
  sequence: 1,
  supersedable: false,
})
const told = (...list: readonly QueuedWork[]): PaymentEvent => ({
  type: 'status-reached',
  status: 'paid',
  work: list,
  atMs: START_MS,
  dueAtMs: START_MS + 30_000,
})

function approved() {
  const story = new Story()
  story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
  return story.payment
}

describe('when a payment is due', () => {
  it('is written down before a byte leaves: after the answer must have come, and at once when its owner is gone', () => {
    assert.deepEqual(dueOf(new Story().payment), { dueAtMs: START_MS + 50_000, attended: true })
  })

  it('is never once nothing is left to do', () => {
    assert.deepEqual(dueOf(approved()), { dueAtMs: undefined, attended: false })
  })

  it('is when its inquiry is due, by anybody', () => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('unclear', 'transport', story.nowMs))
    assert.deepEqual(dueOf(story.payment), { dueAtMs: story.charge.nextTryAtMs, attended: false })
  })

  it('follows the reversal and not its frozen target', () => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('unclear', 'transport', story.nowMs))
    story.nowMs += 5_000
    story.intend('reversal')
    assert.deepEqual(dueOf(story.payment), { dueAtMs: story.nowMs + 50_000, attended: true })
  })

  it('is by the first effect that is not told yet, not by those behind it; undos stand beside', () => {
    const failed = (key: string, nextTryAtMs: number): PaymentEvent => ({
      type: 'work-failed',
      key,
      reason: 'down',
      nextTryAtMs,
    })
    const first = fold(approved(), [told(work('a'), work('b'))])
    assert.deepEqual(dueOf(first), { dueAtMs: START_MS + 30_000, attended: true })
    const waiting = fold(first, [failed('a', START_MS + 90_000)])
    assert.deepEqual(dueOf(waiting), { dueAtMs: START_MS + 90_000, attended: false })
    const undone = fold(waiting, [
      { type: 'undo-queued', work: [work('undo:x', 'undo')], dueAtMs: START_MS + 60_000 },
    ])
    assert.deepEqual(dueOf(undone), { dueAtMs: START_MS + 60_000, attended: true })
    const rest = fold(waiting, [{ type: 'work-parked', key: 'a', reason: 'given up' }])
    assert.deepEqual(dueOf(rest), { dueAtMs: START_MS + 30_000, attended: true })
    const over = fold(rest, [{ type: 'work-done', key: 'b', outcome: 'done' }])
    assert.equal(dueOf(over).dueAtMs, undefined)
  })

  it('is by an action that was started, and by a pipeline that stands still between two steps', () => {
    const { payment } = new Story()
    const between = { ...payment, operations: [], pipelineEnded: false }
    assert.deepEqual(dueOf(between), { dueAtMs: START_MS + 60_000, attended: true })
    const started = fold(between, [{ type: 'step-started', step: 's', key: 'k', dueAtMs: START_MS + 13_000 }])
    assert.deepEqual(dueOf(started), { dueAtMs: START_MS + 13_000, attended: true })
    const done = fold(started, [{ type: 'step-completed', step: 's' }])
    assert.deepEqual(dueOf(done), { dueAtMs: START_MS + 60_000, attended: true })
  })

  it('is a whole number of milliseconds', () => {
    const { payment } = new Story()
    const [charge] = payment.operations
    assert.ok(charge !== undefined)
    const fractional = { ...payment, operations: [{ ...charge, dueAtMs: START_MS + 0.25 }] }
    assert.equal(dueOf(fractional).dueAtMs, START_MS + 1)
  })
})
