import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actionsFor } from './case-actions.ts'
import { caseStories, type CaseStory, neverBooked } from './cases.test-data.ts'
import type { CaseReason, PaymentEvent } from './events.ts'
import { caseAgainstSilence, silenceOf } from './silence.ts'
import { finding, rules, Story } from './story.test-data.ts'

const DAY_MS = 86_400_000

/** As a person closes it: what the engine adds in the same append is for the test to say. */
function closed({ story, caseId }: CaseStory): void {
  const by = { action: 'close', by: 'ann', why: 'seen', atMs: story.nowMs } as const
  story.tell([{ type: 'case-closed', caseId, ...by }])
}

/** Every look that is due until `untilMs`, each with the same answer, as the engine writes it down. */
function looks(story: Story, kind: 'approved' | 'unavailable', untilMs: number): readonly PaymentEvent[] {
  const opened: PaymentEvent[] = []
  const { reference } = story.charge
  for (let next = story.charge.nextTryAtMs; next !== undefined && next <= untilMs; ) {
    story.nowMs = next
    story.conclude(reference, finding(kind, 'inquiry', next))
    const more = caseAgainstSilence(story.payment, story.now())
    story.tell(more)
    opened.push(...more)
    next = story.charge.nextTryAtMs
  }
  return opened
}

const offered = ({ story, caseId }: CaseStory): readonly string[] => {
  const one = story.payment.cases.find((other) => other.caseId === caseId) ?? assert.fail()
  return actionsFor(story.payment, one).map(({ action }) => action)
}

describe('a sale that nobody sees booked', () => {
  it('is a case anew when its schedule ends, although somebody has closed the first', () => {
    const given = neverBooked()
    const { story } = given
    closed(given)
    assert.equal(silenceOf(story.payment), undefined, 'it is asked about')
    const opened = looks(story, 'approved', story.nowMs + 40 * DAY_MS)
    assert.deepEqual(
      opened.map((event) => event.type === 'case-opened' && [event.reason, event.reference]),
      [['modification-unresolved', story.charge.reference]],
    )
    assert.equal(story.charge.nextTryAtMs, undefined)
    assert.ok(story.nowMs - story.charge.movedAtMs >= 30 * DAY_MS)
  })

  it('cannot be closed by one person any more once nobody asks: it is booked, or the money is given back', () => {
    const given = neverBooked()
    assert.deepEqual(offered(given), ['adopt', 'reverse', 'refund', 'close'])
    looks(given.story, 'approved', given.story.nowMs + 40 * DAY_MS)
    assert.deepEqual(offered(given), ['adopt', 'reverse', 'refund'])
  })
})

describe('silence', () => {
  it('is nowhere while a case is open, and after it is closed only where something is left to end', () => {
    const silent: string[] = []
    for (const [reason, make] of Object.entries(caseStories)) {
      const given = make()
      assert.equal(silenceOf(given.story.payment), undefined, reason)
      closed(given)
      if (silenceOf(given.story.payment) !== undefined) silent.push(reason)
    }
    assert.deepEqual(silent, [] satisfies CaseReason[])
  })

  it('is not of a payment whose money moved at the provider: it is paid, or over', () => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs, { captured: true }))
    assert.equal(silenceOf(story.payment), undefined)
  })

  it('of a capture that failed late is a case of its own once the one about the fact is closed', () => {
    const story = new Story('sale', 'captured')
    const { reference } = story.charge
    story.conclude(reference, finding('approved', 'answer', story.nowMs, { captured: true }))
    story.nowMs += DAY_MS
    const balances = { authorizedMinor: 1999n, capturedMinor: 0n, refundedMinor: 0n }
    story.conclude(reference, finding('approved', 'inquiry', story.nowMs, { failed: 'capture', balances }))
    const [fact] = story.payment.cases
    assert.deepEqual([fact?.reason, story.payment.status], ['failed-late', 'in-progress'])
    closed({ story, caseId: fact?.caseId ?? '' })
    const [opened] = caseAgainstSilence(story.payment, story.now())
    assert.ok(opened?.type === 'case-opened')
    assert.equal(opened.reason, 'modification-unresolved')
    assert.match(
      opened.text,
      /^sale of 1999 GBP \(minor units\): it is 'approved', the payment is 'in-progress'/,
    )
  })

  it('of an authorization that should be gone is a case, where the payment is not paid without its capture', () => {
    const story = new Story('authorize', 'captureAccepted')
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
    looks(story, 'approved', story.nowMs + rules.authorizationValidMs - 1)
    const [first] = story.payment.cases
    assert.equal(first?.reason, 'authorization-expiring')
    closed({ story, caseId: first?.caseId ?? '' })
    looks(story, 'approved', story.nowMs + 3 * DAY_MS)
    const last = story.payment.cases.at(-1)
    assert.deepEqual([last?.reason, last?.closed], ['authorization-expiring', undefined])
    assert.deepEqual(offered({ story, caseId: last?.caseId ?? '' }), ['reverse'])
  })
})

describe('a schedule of questions that are never answered', () => {
  it('ends in a case where it was about a charge that had ended unpaid', () => {
    const story = new Story()
    const { reference } = story.charge
    story.conclude(reference, finding('declined', 'answer', story.nowMs))
    story.nowMs += 60 * DAY_MS
    const evidence = { source: 'notification', atMs: story.nowMs, text: 'a hint' } as const
    story.tell([{ type: 'notified', notice: 'n1', reference, evidence, nextTryAtMs: story.nowMs }])
    const hintedMs = story.nowMs
    looks(story, 'unavailable', story.nowMs + 40 * DAY_MS)
    assert.ok(story.nowMs - hintedMs >= 30 * DAY_MS, 'it was asked for as long as any other')
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['doubt-unresolved'],
    )
  })

  it('ends in a case anew where somebody has closed the one about a hint', () => {
    const story = new Story()
    const { reference } = story.charge
    story.conclude(reference, finding('approved', 'answer', story.nowMs, { captured: true }))
    const evidence = { source: 'notification', atMs: story.nowMs, text: 'a hint' } as const
    story.tell([{ type: 'notified', notice: 'n1', reference, evidence, nextTryAtMs: story.nowMs }])
    looks(story, 'unavailable', story.nowMs + 2 * DAY_MS)
    const [first] = story.payment.cases
    assert.equal(first?.reason, 'doubt-unresolved')
    closed({ story, caseId: first?.caseId ?? '' })
    looks(story, 'unavailable', story.nowMs + 27 * DAY_MS)
    assert.equal(story.payment.cases.length, 1, 'the same wait is no news')
    looks(story, 'unavailable', story.nowMs + 10 * DAY_MS)
    assert.deepEqual(
      story.payment.cases.map(({ reason, closed: end }) => [reason, end?.by]),
      [
        ['doubt-unresolved', 'ann'],
        ['doubt-unresolved', undefined],
      ],
    )
  })
})

describe('a refund that a case was to end with', () => {
  it('is a case of its own when it comes to nothing', () => {
    const given = caseStories['changed-elsewhere']()
    const { story, caseId } = given
    const refund = story.intend('refund')
    assert.ok('reference' in refund)
    const by = { action: 'refund', by: 'ann', why: 'seen', approvedBy: 'bob', atMs: story.nowMs } as const
    story.tell([{ type: 'case-closed', caseId, ...by, reference: refund.reference }])
    story.conclude(refund.reference, finding('refused', 'answer', story.nowMs))
    assert.deepEqual(
      story.payment.cases.map(({ reason, reference, closed: end }) => [reason, reference, end?.by]),
      [
        ['changed-elsewhere', story.charge.reference, 'ann'],
        ['modification-unresolved', refund.reference, undefined],
      ],
    )
  })
})
