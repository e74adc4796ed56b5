import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FindingKind } from '../payment/finding.ts'
import { AMOUNT_MINOR, finding, Story } from '../payment/story.test-data.ts'
import { approved, compared, done, line, missing, words } from './report.test-data.ts'

describe('a report that agrees', () => {
  it('settles a sale, captures in parts, a refund, and a chargeback that was won', () => {
    const sale = approved()
    assert.deepEqual(words(compared(sale, line('captured', AMOUNT_MINOR, { feeMinor: 30n }))), ['agrees'])
    done(sale, 'refund', 500n)
    assert.deepEqual(words(compared(sale, line('refunded', 500n))), ['agrees'])
    for (const dispute of ['charged-back', 'reversed'] as const) {
      sale.conclude('r1', finding('approved', 'notification', sale.nowMs, { dispute, captured: true }))
    }
    const back = [line('charged-back', AMOUNT_MINOR - 500n), line('chargeback-reversed', AMOUNT_MINOR - 500n)]
    assert.deepEqual(words(compared(sale, ...back)), ['agrees', 'agrees'])
    assert.deepEqual(missing(sale), [])
    const parts = approved('authorize')
    const [first, second] = [done(parts, 'capture', 700n), done(parts, 'capture', 700n)]
    const lines = [
      line('captured', 700n, { modification: second }),
      line('captured', 700n, { modification: first }),
      line('fee', 0n, { feeMinor: 5n }),
    ]
    assert.deepEqual(words(compared(parts, ...lines)), ['agrees', 'agrees', 'agrees'])
    assert.deepEqual(missing(parts), [])
    assert.deepEqual(
      [...sale.payment.cases, ...parts.payment.cases].map(({ reason }) => reason),
      ['charged-back'],
    )
  })

  it('changes nothing when it is compared again, or when an overlapping one has the same line', () => {
    const story = approved()
    const captured = line('captured', AMOUNT_MINOR)
    const wrong = line('refunded', 2n * AMOUNT_MINOR)
    const first = compared(story, captured, wrong)
    const overlapping = { ...captured, lineNumber: 900 }
    const again = compared(story, overlapping, wrong)
    assert.deepEqual(again.events, [])
    assert.deepEqual(
      again.lines.map(({ verdict, repeated }) => ({ verdict, repeated })),
      first.lines.map(({ verdict }) => ({ verdict, repeated: true })),
      'a report that was broken off comes to the same end',
    )
  })

  it('may have a capture and its refund where a reversal has undone a sale, or neither', () => {
    const reversed = (): Story => {
      const story = approved()
      const intended = story.intend('reversal')
      assert.ok('reference' in intended)
      story.conclude(intended.reference, finding('reversed', 'inquiry', story.nowMs))
      return story
    }
    assert.deepEqual(missing(reversed()), [])
    const both = reversed()
    assert.deepEqual(words(compared(both, line('captured', AMOUNT_MINOR))), ['agrees'])
    assert.deepEqual(words(compared(both, line('refunded', AMOUNT_MINOR))), ['agrees'])
    assert.deepEqual(missing(both), [])
    const half = reversed()
    compared(half, line('captured', AMOUNT_MINOR))
    assert.match(
      missing(half)[0]?.text ?? '',
      /reports leave 19\.99 GBP of it, and here it is 0\.00 GBP: the money is live/,
    )
  })

  it('may have a capture taken off again where it failed late', () => {
    const story = approved()
    compared(story, line('captured', AMOUNT_MINOR))
    story.tell([
      {
        type: 'fact-recorded',
        fact: 'capture-failed',
        reference: 'r1',
        amountMinor: AMOUNT_MINOR,
        evidence: finding('approved', 'inquiry', story.nowMs).evidence,
      },
    ])
    assert.equal(missing(story).length, 1, 'it is not taken off yet')
    assert.deepEqual(words(compared(story, line('capture-reversed', AMOUNT_MINOR))), ['agrees'])
    assert.deepEqual(missing(story), [])
  })
})

describe('a report that does not agree opens one case for each break:', () => {
  it('another amount, or another currency, and then nothing is missing besides', () => {
    for (const wrong of [
      line('captured', AMOUNT_MINOR - 1n),
      line('captured', AMOUNT_MINOR, { currency: 'EUR' }),
    ]) {
      const story = approved()
      const verdict = compared(story, wrong)
      assert.deepEqual(words(verdict), ['differs: settlement-differs'])
      assert.match(
        verdict.lines[0]?.text ?? '',
        /captured 19\.9[89] \w+ on 2025-\d\d-\d\d, and here it is 19\.99 GBP/,
      )
      assert.deepEqual(missing(story), [])
      assert.equal(story.payment.cases.length, 1)
    }
  })

  it('the same line twice in one report, and the same thing settled twice', () => {
    const twice = line('captured', AMOUNT_MINOR)
    const again = { ...twice, lineNumber: 99, occurrence: 2 }
    assert.deepEqual(words(compared(approved(), twice, again)), ['agrees', 'twice: settlement-differs'])
    const other = line('captured', AMOUNT_MINOR, { pspReference: 'payout-2' })
    assert.deepEqual(words(compared(approved(), twice, other)), ['agrees', 'twice: settlement-differs'])
    const story = approved()
    const [one, two] = [done(story, 'refund', 300n), done(story, 'refund', 300n)]
    const lines = [one, two, two].map((modification, index) =>
      line('refunded', 300n, { modification, pspReference: `payout-${index}` }),
    )
    assert.deepEqual(words(compared(story, ...lines)), ['agrees', 'agrees', 'twice: settlement-differs'])
  })

  it('a line that names its capture and has the amount of another one', () => {
    const story = approved('authorize')
    const [one, two] = [done(story, 'capture', 100n), done(story, 'capture', 250n)]
    const lines = [one, two].map((modification) => line('captured', 100n, { modification }))
    assert.deepEqual(words(compared(story, ...lines)), ['agrees', 'differs: settlement-differs'])
    assert.deepEqual(missing(story), [])
  })

  it('money of a charge that ended without any: the money is live, and an inquiry follows at once', () => {
    for (const kind of ['declined', 'not-sent', 'invalid'] satisfies FindingKind[]) {
      const story = new Story()
      story.conclude('r1', finding(kind, kind === 'not-sent' ? 'transport' : 'answer', story.nowMs))
      const verdict = compared(story, line('captured', AMOUNT_MINOR))
      assert.deepEqual(words(verdict), ['live: settlement-differs'])
      assert.match(verdict.lines[0]?.text ?? '', /the money is live/)
      assert.equal(story.charge.nextTryAtMs, story.nowMs)
    }
    const voided = approved('authorize')
    done(voided, 'void')
    assert.deepEqual(words(compared(voided, line('captured', AMOUNT_MINOR))), ['live: settlement-differs'])
  })

  it('a capture, a refund and a chargeback that nobody here knew of: the balances follow', () => {
    const story = approved('authorize')
    assert.deepEqual(words(compared(story, line('captured', 1000n))), ['unknown-here: changed-elsewhere'])
    assert.deepEqual(words(compared(story, line('refunded', 300n))), ['unknown-here: changed-elsewhere'])
    assert.deepEqual(words(compared(story, line('charged-back', 700n))), ['unknown-here: charged-back'])
    assert.equal(story.payment.status, 'disputed')
    const { capturedMinor, refundedMinor, chargedBackMinor } = story.payment.balances
    assert.deepEqual([capturedMinor, refundedMinor, chargedBackMinor], [1000n, 300n, 700n])
    assert.deepEqual(words(compared(story, line('chargeback-reversed', 700n))), ['learned'])
    assert.equal(story.payment.balances.chargedBackMinor, 0n)
    assert.deepEqual(missing(story), [], 'what a report has told is in a report')
    const last = story.events.findLast((event) => event.type === 'fact-recorded')
    assert.equal(last?.evidence.source, 'report')
  })

  it('more than there is, which no balance has room for', () => {
    const story = approved()
    assert.deepEqual(words(compared(story, line('refunded', AMOUNT_MINOR + 1n))), [
      'unknown-here: settlement-differs',
    ])
    assert.equal(story.payment.balances.refundedMinor, 0n)
    assert.deepEqual(words(compared(story, line('chargeback-reversed', 1n))), [
      'unknown-here: settlement-differs',
    ])
  })
})

describe('a line about what is in doubt', () => {
  it('agrees, and has it asked about now', () => {
    const story = approved()
    const intended = story.intend('refund', 300n)
    assert.ok('reference' in intended)
    story.conclude(intended.reference, finding('unclear', 'transport', story.nowMs))
    assert.deepEqual(words(compared(story, line('refunded', 300n))), ['learned'])
    const refund = story.payment.operations.at(-1)
    assert.deepEqual([refund?.state, refund?.nextTryAtMs], ['intended', story.nowMs])
    assert.deepEqual(story.payment.cases, [])
    story.conclude(intended.reference, finding('done', 'inquiry', story.nowMs))
    compared(story, line('captured', AMOUNT_MINOR))
    assert.deepEqual(missing(story), [])
  })
})

describe('the end of a period', () => {
  it('opens one case for each thing that is in no report, once its time is over, and once only', () => {
    const story = approved()
    const refund = done(story, 'refund', 300n)
    assert.deepEqual(missing(story, 3), [], 'it is too early to say so')
    const found = missing(story)
    assert.deepEqual(
      found.map(({ reference, text }) => [reference, text.replace(/\d{4}-\d\d-\d\d/, 'DAY')]),
      [
        ['r1', 'captured 19.99 GBP here on DAY, and in no report'],
        [refund, 'refunded 3.00 GBP here on DAY, and in no report'],
      ],
    )
    assert.deepEqual(
      missing(story).map(({ event }) => event),
      [undefined, undefined],
    )
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['settlement-missing', 'settlement-missing'],
    )
  })

  it('opens a case of its own for what a later period misses of the same charge', () => {
    const story = approved()
    assert.equal(missing(story).length, 1)
    const told = finding('approved', 'notification', story.nowMs, { dispute: 'charged-back', captured: true })
    story.conclude('r1', told)
    const opened = missing(story).flatMap(({ event }) => (event?.type === 'case-opened' ? [event.text] : []))
    assert.deepEqual(
      opened.map((text) => text.split(' ', 1)[0]),
      ['charged-back'],
    )
    assert.deepEqual(
      missing(story).map(({ event }) => event),
      [undefined, undefined],
    )
  })

  it('takes a line that comes late for what it is', () => {
    const story = approved()
    assert.equal(missing(story).length, 1)
    assert.deepEqual(words(compared(story, line('captured', AMOUNT_MINOR))), ['agrees'])
    assert.deepEqual(missing(story), [])
  })

  it('misses nothing of a payment that took no money', () => {
    const declined = new Story()
    declined.conclude('r1', finding('declined', 'answer', declined.nowMs))
    assert.deepEqual(missing(declined), [])
    assert.deepEqual(missing(approved('authorize')), [])
  })
})
