import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { operationOf } from './state.ts'
import { dueOf } from './due.ts'
import { AMOUNT_MINOR, finding, rules, Story } from './story.test-data.ts'

const DAY = 86_400_000

describe('corner cases', () => {
  it('a charge cancelled in doubt, closed as not-seen, then found approved, is reversed and a case', () => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('unclear', 'transport', story.nowMs))
    const intended = story.intend('reversal')
    assert.ok('reference' in intended)
    story.conclude(intended.reference, finding('refused', 'answer', story.nowMs))
    const { sendDeadlineMs } = story.charge
    const counts = sendDeadlineMs + rules.maxDeliveryMs + rules.maxProcessingMs + rules.inquiryLagMs
    for (const atMs of [counts, counts + rules.inquiryLagMs]) {
      story.nowMs = atMs
      story.conclude(intended.reference, finding('not-found', 'inquiry', atMs))
    }
    assert.equal(story.charge.state, 'not-seen')
    story.nowMs += 3_600_000
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs))
    assert.deepEqual(
      story.payment.cases.map(({ reason }) => reason),
      ['late-approval'],
    )
    assert.equal(story.payment.operations.filter(({ kind }) => kind === 'reversal').length, 2)
  })

  it('a full refund of a sale whose capture is not booked is not done by AUTHORISED balances', () => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs, { captured: false }))
    const refund = story.intend('refund')
    assert.ok('reference' in refund)
    story.conclude(refund.reference, finding('unclear', 'transport', story.nowMs))
    story.nowMs += 5_000
    const balances = { authorizedMinor: AMOUNT_MINOR, capturedMinor: 0n, refundedMinor: 0n }
    story.conclude(
      refund.reference,
      finding('approved', 'inquiry', story.nowMs, { captured: false, balances }),
    )
    assert.notEqual(operationOf(story.payment, refund.reference)?.state, 'done')
  })

  it('late evidence kept for an approved authorization does not make it polled for ever and a case', () => {
    const story = new Story('authorize')
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs))
    story.tell([
      {
        type: 'evidence-kept',
        reference: story.charge.reference,
        evidence: finding('approved', 'answer', story.nowMs).evidence,
        nextTryAtMs: story.nowMs,
      },
    ])
    for (let i = 0; i < 5; i++) {
      story.nowMs += 40 * DAY
      if (dueOf(story.payment).dueAtMs !== undefined)
        story.conclude(
          story.charge.reference,
          finding('approved', 'inquiry', story.nowMs, { captured: false }),
        )
    }
    assert.deepEqual(story.payment.cases, [])
    assert.equal(dueOf(story.payment).dueAtMs, undefined)
  })

  it('asking for the capture of a sale ends after thirty days', () => {
    const story = new Story('sale', 'captured')
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs, { captured: false }))
    story.nowMs += 400 * DAY
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs, { captured: false }))
    assert.equal(dueOf(story.payment).dueAtMs, undefined)
  })

  it('a reversed sale of a module that waits for capture is not asked about for ever, nor a case', () => {
    const story = new Story('sale', 'captured')
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs, { captured: false }))
    const r = story.intend('reversal')
    assert.ok('reference' in r)
    story.conclude(r.reference, finding('accepted', 'answer', story.nowMs))
    story.nowMs += 10_000
    story.conclude(r.reference, finding('reversed', 'inquiry', story.nowMs))
    assert.equal(story.payment.status, 'cancelled')
    for (let i = 0; i < 5; i++) {
      story.nowMs += 2 * DAY
      if (dueOf(story.payment).dueAtMs !== undefined)
        story.conclude(story.charge.reference, finding('reversed', 'inquiry', story.nowMs))
    }
    assert.deepEqual(story.payment.cases, [])
    assert.equal(dueOf(story.payment).dueAtMs, undefined)
  })

  it('an authorization voided elsewhere does not leave its order claimed and unpayable', () => {
    const story = new Story('sale', 'captured')
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs, { captured: false }))
    story.nowMs += DAY
    story.conclude(story.charge.reference, finding('reversed', 'inquiry', story.nowMs))
    assert.equal(story.payment.status, 'cancelled')
    assert.equal(story.order.state, 'open')
  })

  it('the booked capture of an authorization is counted once (S7)', () => {
    const story = new Story('authorize')
    story.conclude(story.charge.reference, finding('approved', 'inquiry', story.nowMs))
    story.tell([
      {
        type: 'evidence-kept',
        reference: story.charge.reference,
        evidence: finding('approved', 'answer', story.nowMs).evidence,
        nextTryAtMs: story.nowMs,
      },
    ])
    const c = story.intend('capture', 500n)
    assert.ok('reference' in c)
    story.conclude(c.reference, finding('accepted', 'answer', story.nowMs))
    const balances = { authorizedMinor: AMOUNT_MINOR, capturedMinor: 500n, refundedMinor: 0n }
    story.nowMs += 5_000
    story.conclude(
      story.charge.reference,
      finding('approved', 'inquiry', story.nowMs, { captured: true, balances }),
    )
    story.conclude(c.reference, finding('approved', 'inquiry', story.nowMs, { captured: true, balances }))
    assert.deepEqual(
      [story.payment.balances.capturingMinor, story.payment.balances.capturedMinor],
      [0n, 500n],
    )
  })

  it('the same receipt concluded again (F8: acknowledgement of commit B lost) is no move that throws', () => {
    for (const kind of ['capture', 'refund', 'reversal'] as const) {
      const story = new Story('authorize')
      story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
      if (kind === 'refund') {
        const c = story.intend('capture')
        assert.ok('reference' in c)
        story.conclude(c.reference, finding('done', 'answer', story.nowMs))
      }
      const op = story.intend(kind)
      assert.ok('reference' in op, kind)
      story.conclude(op.reference, finding('accepted', 'answer', story.nowMs))
      assert.doesNotThrow(
        () => story.conclude(op.reference, finding('accepted', 'answer', story.nowMs)),
        kind,
      )
    }
  })

  it('a reversal after a partial refund keeps what was refunded in the books', () => {
    const story = new Story('sale')
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs, { captured: false }))
    const r = story.intend('refund', 500n)
    assert.ok('reference' in r)
    story.conclude(r.reference, finding('done', 'answer', story.nowMs))
    assert.equal(story.payment.balances.refundedMinor, 500n)
    const v = story.intend('reversal')
    assert.ok('reference' in v)
    story.conclude(v.reference, finding('reversed', 'inquiry', story.nowMs, { captured: true }))
    assert.ok(
      story.payment.balances.refundedMinor >= 500n,
      `refunded ${story.payment.balances.refundedMinor}`,
    )
    assert.equal(story.payment.status, 'refunded')
  })
})
