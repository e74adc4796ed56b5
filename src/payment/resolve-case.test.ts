import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actionsFor } from './case-actions.ts'
import {
  caseStories,
  type CaseStory,
  disputed,
  modificationInDoubt,
  neverBooked,
  pageInDoubt,
  reversalInDoubt,
} from './cases.test-data.ts'
import { dueOf } from './due.ts'
import type { CaseAction, CaseReason } from './events.ts'
import { isEnd } from './operation-states.ts'
import { type CaseCommand, type CaseDecision, resolveCase } from './resolve-case.ts'
import { type Case, operationOf } from './state.ts'
import { AMOUNT_MINOR, finding, rules, Story } from './story.test-data.ts'
import { countsFromMs } from './waiting-rule.ts'

const ACTIONS: readonly CaseAction[] = ['adopt', 'reverse', 'refund', 'close', 'retry']
const REASONS = Object.keys(caseStories) as CaseReason[]
const HOUR_MS = 3_600_000

let keys = 0

/** What somebody says about it; written down where it is not refused. */
function say(
  { story, caseId }: CaseStory,
  by: string,
  action: CaseAction,
  more: Partial<CaseCommand> & { readonly versionNow?: string } = {},
): CaseDecision {
  const { versionNow, ...changes } = more
  const command = {
    caseId,
    action,
    by,
    why: `${by} has looked`,
    amountMinor: undefined,
    key: `k${keys++}`,
    ...changes,
  }
  const now = { ...story.now(), ...(versionNow === undefined ? {} : { versionNow }) }
  const decision = resolveCase(story.payment, command, now)
  if (decision.kind === 'events') story.take(decision)
  return decision
}

/** Two people, one after the other; answers what it came to. */
function both(given: CaseStory, action: CaseAction, more: Partial<CaseCommand> = {}): CaseDecision {
  assert.equal(outcome(say(given, 'ann', action, more)), 'proposed')
  return say(given, 'bob', action, more)
}

const outcome = (decision: CaseDecision): string =>
  decision.kind === 'events' ? decision.outcome : decision.kind === 'refused' ? decision.code : decision.kind

const caseOf = ({ story, caseId }: CaseStory): Case =>
  story.payment.cases.find((other) => other.caseId === caseId) ?? assert.fail('the case is there')

const operations = ({ story }: CaseStory): readonly string[] =>
  story.payment.operations.map(({ kind, state }) => `${kind} ${state}`)

describe('every reason of a case with every action', () => {
  for (const reason of REASONS) {
    for (const action of ACTIONS) {
      const fits = actionsFor(caseStories[reason]().story.payment, caseOf(caseStories[reason]())).find(
        (offer) => offer.action === action,
      )
      if (fits === undefined) {
        it(`${reason}: '${action}' is refused, and changes nothing`, () => {
          const given = caseStories[reason]()
          const before = given.story.payment
          const decision = say(given, 'ann', action)
          assert.equal(outcome(decision), 'CF_CASE_ACTION')
          assert.match(decision.kind === 'refused' ? decision.text : '', /what fits now: '[a-z]+'/)
          assert.equal(given.story.payment, before)
        })
        continue
      }
      it(`${reason}: '${action}' takes ${fits.people}, and then the case is closed and something ends it`, () => {
        const given = caseStories[reason]()
        const decision = fits.people === 1 ? say(given, 'ann', action) : both(given, action)
        assert.equal(outcome(decision), 'resolved')
        const { closed } = caseOf(given)
        assert.deepEqual(
          [closed?.action, closed?.by, closed?.approvedBy],
          [action, 'ann', fits.people === 1 ? undefined : 'bob'],
        )
        // Whatever was in doubt has ended, or something that was written down will end it.
        const doubtful = given.story.payment.operations.some(({ state }) => !isEnd(state))
        if (doubtful) assert.notEqual(dueOf(given.story.payment).dueAtMs, undefined)
      })
    }
  }
})

describe('two people', () => {
  it('are needed where money moves: the first proposes, and nothing happens', () => {
    const given = caseStories['doubt-unresolved']()
    const before = operations(given)
    say(given, 'ann', 'adopt')
    assert.deepEqual(operations(given), before)
    assert.equal(given.story.order.state, 'held')
    assert.deepEqual([caseOf(given).proposal?.by, caseOf(given).closed], ['ann', undefined])
  })

  it('are two: the same one again is refused', () => {
    const given = caseStories['doubt-unresolved']()
    say(given, 'ann', 'adopt')
    assert.equal(outcome(say(given, 'ann', 'adopt')), 'CF_CASE_NEEDS_ANOTHER')
    assert.equal(given.story.charge.state, 'intended')
  })

  it('must say the same: another action or amount is a proposal of its own, and replaces the first', () => {
    const given = caseStories['failed-late']()
    say(given, 'ann', 'reverse')
    assert.equal(outcome(say(given, 'bob', 'refund', { amountMinor: 500n })), 'proposed')
    assert.equal(outcome(say(given, 'ann', 'refund', { amountMinor: 501n })), 'proposed')
    assert.equal(outcome(say(given, 'ann', 'refund', { amountMinor: 501n })), 'CF_CASE_NEEDS_ANOTHER')
    assert.deepEqual([caseOf(given).proposal?.by, caseOf(given).proposal?.amountMinor], ['ann', 501n])
    assert.equal(outcome(say(given, 'bob', 'refund', { amountMinor: 501n })), 'resolved')
    assert.deepEqual(operations(given), ['sale approved', 'refund intended'])
  })

  it('are not needed where nothing is ended by it', () => {
    const given = caseStories['failed-late']()
    say(given, 'ann', 'refund')
    assert.equal(outcome(say(given, 'bob', 'close')), 'resolved')
    assert.deepEqual([caseOf(given).closed?.by, caseOf(given).closed?.approvedBy], ['bob', undefined])
    assert.deepEqual(operations(given), ['sale approved'])
  })

  it('must agree to what fits now: what an inquiry has settled meanwhile is not carried out', () => {
    const given = caseStories['doubt-unresolved']()
    say(given, 'ann', 'adopt')
    given.story.conclude(given.story.charge.reference, finding('declined', 'inquiry', given.story.nowMs))
    for (const action of ['adopt', 'close'] as const) {
      const decision = say(given, 'bob', action)
      assert.equal(outcome(decision), 'CF_CASE_CLOSED')
      assert.match(
        decision.kind === 'refused' ? decision.text : '',
        /evidence has ended it: the provider said so/,
      )
    }
    assert.equal(given.story.charge.state, 'declined')
  })
})

describe('adopt', () => {
  it('makes a charge in doubt approved, with the claim, by evidence that says who and why', () => {
    for (const reason of ['doubt-unresolved', 'duplicate-reference', 'cautious-word'] as const) {
      const given = caseStories[reason]()
      both(given, 'adopt')
      const { charge, order, payment } = given.story
      assert.deepEqual([charge.state, order.state, payment.status], ['approved', 'claimed', 'paid'])
      assert.equal(payment.balances.authorizedMinor, AMOUNT_MINOR)
      assert.deepEqual(
        [charge.evidence?.source, charge.evidence?.text],
        ['person', 'ann: ann has looked / bob: bob has looked'],
      )
    }
    const page = pageInDoubt()
    both(page, 'adopt')
    assert.deepEqual([page.story.charge.state, page.story.order.state], ['approved', 'claimed'])
  })

  it('is refused once the order cannot take it any more, and says to reverse', () => {
    const closed = caseStories['doubt-unresolved']()
    const { story } = closed
    story.order = {
      ...story.order,
      revision: story.order.revision + 1,
      state: 'closed',
      paymentId: undefined,
    }
    const page = pageInDoubt()
    page.story.order = { ...page.story.order, state: 'claimed', paymentId: 'p2' }
    const changed = pageInDoubt()
    for (const [given, words, versionNow] of [
      [closed, /is closed, .*reverse it/],
      [page, /is payment p2's, .*reverse it/],
      [changed, /has changed since, .*reverse it/, 'v2'],
    ] as const) {
      const decision = say(given, 'ann', 'adopt', versionNow === undefined ? {} : { versionNow })
      assert.equal(outcome(decision), 'CF_CASE_ACTION')
      assert.match(decision.kind === 'refused' ? decision.text : '', words)
      assert.equal(caseOf(given).proposal, undefined)
    }
    assert.equal(outcome(both(closed, 'reverse')), 'resolved')
  })

  it('makes a modification done, and moves the balances', () => {
    for (const [kind, balance] of [
      ['capture', 'capturedMinor'],
      ['refund', 'refundedMinor'],
    ] as const) {
      const given = modificationInDoubt(kind)
      both(given, 'adopt')
      assert.equal(operations(given).at(-1), `${kind} done`)
      assert.equal(given.story.payment.balances[balance], 500n)
    }
    const voided = modificationInDoubt('void')
    both(voided, 'adopt')
    assert.deepEqual([voided.story.payment.status, voided.story.order.state], ['cancelled', 'open'])
  })

  it('makes a reversal done, ends its target with it and frees the order', () => {
    for (const target of ['approved', 'in doubt'] as const) {
      const given = reversalInDoubt(target)
      both(given, 'adopt')
      const ended = target === 'approved' ? 'approved' : 'abandoned'
      assert.deepEqual(operations(given), [`sale ${ended}`, 'reversal done'])
      assert.notEqual(given.story.payment.status, 'paid')
      assert.equal(given.story.order.state, 'open')
      assert.equal(given.story.charge.frozenBy, undefined)
    }
  })

  it('takes the capture of a sale for booked', () => {
    const given = neverBooked()
    assert.equal(given.story.payment.status, 'in-progress')
    both(given, 'adopt')
    assert.equal(given.story.payment.status, 'paid')
    assert.equal(given.story.payment.balances.capturedMinor, AMOUNT_MINOR)
  })
})

describe('reverse', () => {
  it('writes a reversal down, which freezes the charge; the case names it', () => {
    const given = caseStories['doubt-unresolved']()
    both(given, 'reverse')
    assert.deepEqual(operations(given), ['sale intended', 'reversal intended'])
    const reversal = operationOf(given.story.payment, caseOf(given).closed?.reference ?? '')
    assert.equal(reversal?.kind, 'reversal')
    assert.equal(given.story.charge.frozenBy, reversal?.reference)
    assert.equal(given.story.order.state, 'held')
  })

  it('gives up a reversal that came to nothing for a new one, which can become a case again', () => {
    const given = reversalInDoubt('approved')
    const { story } = given
    both(given, 'reverse')
    assert.deepEqual(operations(given), ['sale approved', 'reversal failed', 'reversal intended'])
    const fresh = caseOf(given).closed?.reference ?? ''
    assert.equal(story.charge.frozenBy, fresh)
    story.nowMs += 48 * HOUR_MS
    story.conclude(fresh, finding('unavailable', 'inquiry', story.nowMs))
    assert.deepEqual(
      story.payment.cases.map(({ reason, closed }) => [reason, closed?.action]),
      [
        ['reversal-unresolved', 'reverse'],
        ['reversal-unresolved', undefined],
      ],
    )
  })
})

describe('refund', () => {
  it('is of all there is where no amount is said, and of never more', () => {
    const given = caseStories['changed-elsewhere']()
    assert.equal(
      outcome(say(given, 'ann', 'refund', { amountMinor: AMOUNT_MINOR + 1n })),
      'CF_AMOUNT_EXCEEDED',
    )
    assert.equal(outcome(say(given, 'ann', 'refund', { amountMinor: 0n })), 'CF_AMOUNT_EXCEEDED')
    assert.equal(outcome(say(given, 'ann', 'close', { amountMinor: 1n })), 'CF_CASE_ACTION')
    both(given, 'refund')
    assert.equal(given.story.payment.operations.at(-1)?.amountMinor, AMOUNT_MINOR)
    assert.equal(caseOf(given).closed?.amountMinor, AMOUNT_MINOR)
  })
})

describe('close', () => {
  it('ends a charge in doubt unpaid, frees its order, and has it asked about again later', () => {
    const given = caseStories['doubt-unresolved']()
    const { story } = given
    both(given, 'close')
    assert.deepEqual([story.charge.state, story.order.state], ['not-seen', 'open'])
    assert.equal(dueOf(story.payment).dueAtMs, story.nowMs + HOUR_MS)
    story.nowMs += HOUR_MS
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs))
    assert.deepEqual(
      operations(given),
      ['sale not-seen', 'reversal intended'],
      'found live after all: undone',
    )
    assert.equal(story.payment.cases.at(-1)?.reason, 'late-approval')
  })

  it('ends a page that nobody pays any more, also one that was "in progress"', () => {
    const given = pageInDoubt()
    both(given, 'close')
    assert.deepEqual([given.story.charge.state, given.story.order.state], ['abandoned', 'open'])
    assert.equal(dueOf(given.story.payment).dueAtMs, given.story.nowMs + HOUR_MS)
    const pending = caseStories['cautious-word']()
    both(pending, 'close')
    assert.equal(pending.story.charge.state, 'not-seen')
  })

  it('ends a modification as failed, so that it can be asked for again', () => {
    const given = modificationInDoubt('capture')
    both(given, 'close')
    assert.deepEqual(operations(given), ['authorize approved', 'capture failed'])
    assert.ok('reference' in given.story.intend('capture', 500n))
  })

  it('ends a reversal of an approved charge as failed: the charge stays as it was', () => {
    const given = reversalInDoubt('approved')
    both(given, 'close')
    assert.deepEqual(operations(given), ['sale approved', 'reversal failed'])
    assert.deepEqual([given.story.charge.frozenBy, given.story.payment.status], [undefined, 'paid'])
  })

  it('leaves an operation that has ended as it is', () => {
    const given = caseStories['charged-back']()
    const before = given.story.payment.operations
    say(given, 'ann', 'close')
    assert.equal(given.story.payment.operations, before)
  })
})

describe('a page of the provider that people close while its payer can still pay', () => {
  it('is asked about once more when nobody can pay there any more, and what was paid is undone', () => {
    const story = new Story('sale', 'authorized', 7 * 24 * HOUR_MS)
    const { reference } = story.charge
    story.conclude(reference, finding('awaiting-payer', 'answer', story.nowMs))
    story.conclude(reference, finding('pending', 'inquiry', story.nowMs, { asCase: true }))
    both({ story, caseId: story.payment.cases[0]?.caseId ?? '' }, 'close')
    assert.deepEqual([story.charge.state, story.order.state], ['abandoned', 'open'])
    story.nowMs += HOUR_MS
    story.conclude(reference, finding('not-found', 'inquiry', story.nowMs))
    const overMs = countsFromMs(story.charge, rules)
    assert.equal(dueOf(story.payment).dueAtMs, overMs)
    story.nowMs = overMs
    story.conclude(reference, finding('approved', 'inquiry', story.nowMs))
    assert.deepEqual(operations({ story, caseId: '' }), ['sale abandoned', 'reversal intended'])
  })
})

describe('retry', () => {
  it('makes work that was given up due again, as if it had never failed', () => {
    const given = caseStories['effect-parked']()
    assert.equal(dueOf(given.story.payment).dueAtMs, undefined)
    say(given, 'ann', 'retry')
    const [work] = given.story.payment.work
    assert.deepEqual([work?.state, work?.tries, work?.retriedAtMs], ['due', 0, given.story.nowMs])
    assert.equal(dueOf(given.story.payment).dueAtMs, given.story.nowMs)
  })
})

describe('a case that was resolved', () => {
  it('answers the same again, and refuses anything else', () => {
    const given = caseStories['failed-late']()
    both(given, 'refund', { amountMinor: 500n })
    const before = given.story.payment
    assert.equal(outcome(say(given, 'eve', 'refund', { amountMinor: 500n })), 'known')
    assert.equal(outcome(say(given, 'eve', 'refund', { amountMinor: 499n })), 'CF_CASE_CLOSED')
    assert.equal(outcome(say(given, 'eve', 'close')), 'CF_CASE_CLOSED')
    assert.equal(outcome(say({ ...given, caseId: 'c-none' }, 'eve', 'close')), 'CF_CASE_UNKNOWN')
    assert.equal(given.story.payment, before)
  })

  it('is not opened again by what it was about, and is by what comes later', () => {
    const given = neverBooked()
    const { story } = given
    say(given, 'ann', 'close')
    story.nowMs += HOUR_MS
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs))
    assert.equal(story.payment.cases.length, 1, 'the same wait is no news')
    const back = caseStories['charged-back']()
    say(back, 'ann', 'close')
    disputed('reversed', back.story)
    disputed('charged-back', back.story)
    assert.deepEqual(
      back.story.payment.cases.map(({ reason, closed }) => [reason, closed?.by]),
      [
        ['charged-back', 'ann'],
        ['charged-back', undefined],
      ],
    )
  })
})

describe('a chargeback that is won', () => {
  it('closes its case by itself', () => {
    const given = caseStories['charged-back']()
    disputed('reversed', given.story)
    const { closed } = caseOf(given)
    assert.deepEqual([closed?.action, closed?.by], ['close', 'counterfoil'])
    assert.match(closed?.why ?? '', /by notification/)
  })
})
