import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  caseStories,
  type CaseStory,
  disputed,
  modificationInDoubt,
  neverBooked,
  pageInDoubt,
  reversalInDoubt,
} from './cases.test-data.ts'
import { doubtOf } from './doubt.ts'
import type { Finding, FindingKind } from './finding.ts'
import { isEnd } from './operation-states.ts'
import { type Case, operationOf } from './state.ts'
import { finding, rules, Story } from './story.test-data.ts'

const HOUR_MS = 3_600_000

const caseOf = ({ story, caseId }: CaseStory): Case =>
  story.payment.cases.find((other) => other.caseId === caseId) ?? assert.fail('the case is there')

/** What an inquiry about the case's operation says now, an hour later; answers who has closed the case. */
function ask(given: CaseStory, kind: FindingKind, more: Partial<Finding> = {}): string | undefined {
  const { story } = given
  story.nowMs += HOUR_MS
  story.conclude(caseOf(given).reference ?? '', finding(kind, 'inquiry', story.nowMs, more))
  return caseOf(given).closed?.by
}

describe('a case about a doubt', () => {
  it('is closed by evidence that ends the doubt, and says so', () => {
    for (const [make, kind, state] of [
      [caseStories['doubt-unresolved'], 'approved', 'approved'],
      [caseStories['doubt-unresolved'], 'declined', 'declined'],
      [caseStories['doubt-unresolved'], 'reversed', 'abandoned'],
      [caseStories['cautious-word'], 'approved', 'approved'],
      [caseStories['cautious-word'], 'declined', 'declined'],
      [pageInDoubt, 'approved', 'approved'],
      [() => reversalInDoubt('approved'), 'reversed', 'done'],
      [() => reversalInDoubt('in doubt'), 'reversed', 'done'],
    ] as const) {
      const given = make()
      const about = `${caseOf(given).reason}, ${kind}`
      assert.equal(ask(given, kind), 'counterfoil', about)
      const { closed, reference = '' } = caseOf(given)
      assert.deepEqual(
        [closed?.action, closed?.why, closed?.atMs],
        ['close', `the provider said so: ${kind} by inquiry`, given.story.nowMs],
      )
      assert.equal(operationOf(given.story.payment, reference)?.state, state, about)
    }
  })

  it('is closed when a balance shows that the modification is done', () => {
    for (const [kind, balances] of [
      ['capture', { authorizedMinor: 1999n, capturedMinor: 500n, refundedMinor: 0n }],
      ['refund', { authorizedMinor: 1999n, capturedMinor: 1999n, refundedMinor: 500n }],
    ] as const) {
      const given = modificationInDoubt(kind)
      assert.equal(ask(given, 'approved', { balances, captured: true }), 'counterfoil', kind)
    }
  })

  it('is closed by the waiting rule', () => {
    const given = caseStories['doubt-unresolved']()
    assert.equal(ask(given, 'not-found'), undefined, 'one is no proof')
    assert.equal(ask(given, 'not-found'), 'counterfoil')
    assert.equal(given.story.charge.state, 'not-seen')
  })

  it('stays open as long as the doubt does', () => {
    for (const kind of ['unavailable', 'unclear', 'pending', 'not-found'] as const) {
      const given = caseStories['doubt-unresolved']()
      assert.equal(ask(given, kind), undefined, kind)
      assert.notEqual(doubtOf(given.story.payment) ?? given.story.charge.state, undefined)
    }
    for (const kind of ['approved', 'unavailable', 'not-found'] as const) {
      assert.equal(ask(modificationInDoubt('refund'), kind), undefined, kind)
    }
  })

  it('stays open until a reversal that its evidence called for has ended', () => {
    const given = caseStories['doubt-unresolved']()
    const { story } = given
    story.order = {
      ...story.order,
      revision: story.order.revision + 1,
      state: 'closed',
      paymentId: undefined,
    }
    assert.equal(ask(given, 'approved'), undefined)
    const reversal = story.payment.operations.at(-1)?.reference ?? ''
    story.nowMs += HOUR_MS
    story.conclude(reversal, finding('reversed', 'inquiry', story.nowMs))
    assert.deepEqual(
      story.payment.cases.map(({ reason, closed }) => [reason, closed?.by]),
      [
        ['doubt-unresolved', 'counterfoil'],
        ['late-approval', undefined],
      ],
      'what came too late is for people to see',
    )
  })

  it('leaves a wrong amount to people', () => {
    const given = caseStories['doubt-unresolved']()
    assert.equal(ask(given, 'mismatch'), 'counterfoil')
    assert.deepEqual(
      given.story.payment.cases.map(({ reason, closed }) => [reason, closed?.by]),
      [
        ['doubt-unresolved', 'counterfoil'],
        ['amount-mismatch', undefined],
      ],
    )
  })

  it('stays open when a modification has not happened: somebody has to ask for it again', () => {
    const given = modificationInDoubt('refund')
    const { story } = given
    const { reference = '' } = caseOf(given)
    story.conclude(reference, finding('refused', 'answer', story.nowMs))
    assert.equal(operationOf(story.payment, reference)?.state, 'failed')
    assert.equal(caseOf(given).closed, undefined)
  })

  it('is closed once the capture of a sale is booked, and once nothing is left to book', () => {
    const booked = neverBooked()
    assert.equal(ask(booked, 'approved'), undefined)
    assert.equal(ask(booked, 'approved', { captured: true }), 'counterfoil')
    assert.equal(booked.story.payment.status, 'paid')
    const gone = neverBooked()
    assert.equal(ask(gone, 'reversed'), 'counterfoil')
    assert.deepEqual(
      gone.story.payment.cases.map(({ reason, closed }) => [reason, closed?.by]),
      [
        ['modification-unresolved', 'counterfoil'],
        ['changed-elsewhere', undefined],
      ],
    )
  })

  it('is closed by an answer to what was hinted at of a paid charge', () => {
    const story = new Story()
    const { reference } = story.charge
    story.conclude(reference, finding('approved', 'answer', story.nowMs, { captured: true }))
    const evidence = { source: 'notification', atMs: story.nowMs, text: 'a hint' } as const
    story.tell([{ type: 'notified', notice: 'n1', reference, evidence, nextTryAtMs: story.nowMs }])
    story.nowMs += rules.doubtCaseAfterMs + HOUR_MS
    story.conclude(reference, finding('unavailable', 'inquiry', story.nowMs))
    const given = { story, caseId: story.payment.cases[0]?.caseId ?? '' }
    assert.equal(caseOf(given).reason, 'doubt-unresolved')
    assert.equal(ask(given, 'unavailable'), undefined)
    assert.equal(ask(given, 'approved', { captured: true }), 'counterfoil')
  })
})

describe('a case with a cause that people must find', () => {
  it('stays open, however its operation has ended', () => {
    for (const reason of [
      'duplicate-reference',
      'late-approval',
      'contradiction',
      'amount-mismatch',
    ] as const) {
      const given = caseStories[reason]()
      const { story } = given
      for (const { reference, state } of story.payment.operations.toReversed()) {
        if (isEnd(state)) continue
        story.nowMs += HOUR_MS
        story.conclude(reference, finding('reversed', 'inquiry', story.nowMs))
      }
      assert.ok(story.payment.operations.every(({ state }) => isEnd(state)))
      assert.equal(caseOf(given).closed, undefined, reason)
    }
    const dispute = caseStories['charged-back']()
    disputed('charged-back', dispute.story)
    assert.equal(caseOf(dispute).closed, undefined)
  })
})

describe('a case whose doubt people have ended', () => {
  it('is closed by them, and one beside it is left to them', () => {
    const given = caseStories['cautious-word']()
    const { story } = given
    story.conclude(story.charge.reference, finding('approved', 'person', story.nowMs))
    assert.equal(caseOf(given).closed, undefined)
  })
})
