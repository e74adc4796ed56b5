import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actionsFor, type CaseOffer } from './case-actions.ts'
import {
  caseStories,
  type CaseStory,
  modificationInDoubt,
  neverBooked,
  pageInDoubt,
  reversalInDoubt,
} from './cases.test-data.ts'
import type { CaseAction, CaseReason } from './events.ts'
import { finding } from './story.test-data.ts'

const offered = ({ story, caseId }: CaseStory): readonly CaseOffer[] => {
  const one = story.payment.cases.find((other) => other.caseId === caseId)
  return actionsFor(story.payment, one ?? assert.fail('the case is there'))
}

/** As 'adopt:2 close:1'. */
const words = (given: CaseStory): string =>
  offered(given)
    .map(({ action, people }) => `${action}:${people}`)
    .join(' ')

describe('what can be done about a case', () => {
  const expected: Readonly<Record<CaseReason, string>> = {
    'doubt-unresolved': 'adopt:2 close:2 reverse:2',
    'modification-unresolved': 'adopt:2 close:2',
    'reversal-unresolved': 'adopt:2 reverse:2 close:2',
    'duplicate-reference': 'adopt:2 close:2 reverse:2',
    // The reversal that is under way is what counts: it becomes a case of its own if it fails.
    'amount-mismatch': 'close:1',
    'late-approval': 'close:1',
    contradiction: 'close:1',
    'effect-parked': 'retry:1 close:1',
    'step-gone': 'reverse:2 close:1',
    // The payer would have the money twice.
    'charged-back': 'close:1',
    'failed-late': 'reverse:2 refund:2 close:1',
    'changed-elsewhere': 'reverse:2 refund:2 close:1',
    'cautious-word': 'adopt:2 close:2 reverse:2',
    'recovery-failed': 'reverse:2 close:1',
    'authorization-expiring': 'reverse:2 close:1',
    'settlement-differs': 'reverse:2 refund:2 close:1',
    'settlement-missing': 'reverse:2 refund:2 close:1',
  }
  for (const [reason, actions] of Object.entries(expected)) {
    it(`'${reason}' has ${actions}`, () => {
      assert.equal(words(caseStories[reason as CaseReason]()), actions)
    })
  }

  it('depends on how the operation stands, not on the reason alone', () => {
    assert.equal(words(modificationInDoubt('refund')), 'adopt:2 close:2')
    assert.equal(
      words(reversalInDoubt('in doubt')),
      'adopt:2 reverse:2',
      'nobody may say "it stays as it was"',
    )
    assert.equal(words(pageInDoubt()), 'adopt:2 close:2 reverse:2')
    assert.equal(words(neverBooked()), 'adopt:2 reverse:2 refund:2 close:1')
  })

  it('is no more than to close it once an inquiry has settled what it was about, and nothing once that closed it', () => {
    for (const [reason, left] of [
      ['duplicate-reference', 'close:1'],
      ['doubt-unresolved', ''],
    ] as const) {
      const given = caseStories[reason]()
      const { story } = given
      story.conclude(story.charge.reference, finding('declined', 'inquiry', story.nowMs))
      assert.equal(words(given), left)
    }
  })

  it('waits for the reversal that is under way', () => {
    const given = caseStories['doubt-unresolved']()
    given.story.intend('reversal')
    assert.equal(words(given), 'close:1')
  })

  it('leaves out what the gateway does not have', () => {
    const { story, caseId } = caseStories['failed-late']()
    const one = story.payment.cases.find((other) => other.caseId === caseId) ?? assert.fail()
    const can = (kind: string): boolean => kind !== 'reversal'
    assert.deepEqual(
      actionsFor(story.payment, one, can).map(({ action }) => action),
      ['refund', 'close'] satisfies CaseAction[],
    )
  })

  it('is said in a sentence, with amounts as people write them', () => {
    for (const given of [...Object.values(caseStories).map((make) => make()), neverBooked(), pageInDoubt()]) {
      for (const { text } of offered(given)) {
        assert.match(text, /^[A-Z].*\.$/)
        assert.doesNotMatch(text, /1999|minor/)
      }
    }
    const [, refund] = offered(caseStories['failed-late']())
    assert.match(refund?.text ?? '', /at most 19\.99 GBP/)
    assert.equal(refund?.mostMinor, 1999n)
  })
})
