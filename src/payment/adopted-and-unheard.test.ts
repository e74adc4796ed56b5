import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { caseStories } from './cases.test-data.ts'
import { ASK_AT_MOST_MS } from './delays.ts'
import { resolveCase } from './resolve-case.ts'
import { finding } from './story.test-data.ts'

const DAY_MS = 86_400_000

describe('a charge in doubt that two people have adopted', () => {
  it('is not the same case again as long as nobody can confirm it, and is one when nobody is asked any more', () => {
    const { story, caseId } = caseStories['doubt-unresolved']()
    for (const by of ['ann', 'bob']) {
      const word = { caseId, action: 'adopt', by, why: 'It stands there.', amountMinor: undefined } as const
      const decision = resolveCase(story.payment, { ...word, key: `k-${by}` }, story.now())
      assert.ok(decision.kind === 'events')
      story.take(decision)
    }
    const { reference } = story.charge
    assert.equal(story.charge.state, 'approved')
    const adoptedAtMs = story.nowMs
    const open = (): readonly string[] =>
      story.payment.cases.filter(({ closed }) => closed === undefined).map(({ reason }) => reason)
    for (const days of [1, 2, 3, 20]) {
      story.nowMs = adoptedAtMs + days * DAY_MS
      story.conclude(reference, finding('unavailable', 'inquiry', story.nowMs))
      assert.deepEqual(open(), [], `after ${days} days`)
    }
    story.nowMs = adoptedAtMs + ASK_AT_MOST_MS + DAY_MS
    story.conclude(reference, finding('unavailable', 'inquiry', story.nowMs))
    assert.deepEqual(open(), ['doubt-unresolved'])
  })
})
