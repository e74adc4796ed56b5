import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Operation } from './state.ts'
import { rules, Story } from './story.test-data.ts'
import { countsFromMs, isFirstThatCounts, nextNotFoundMs, notFoundCloses } from './waiting-rule.ts'

const MINUTE_MS = 60_000
const { charge } = new Story()
const sent = charge.sendDeadlineMs
const AFTER_DELIVERY_MS = 7 * MINUTE_MS
const with_ = (change: Partial<Operation>): Operation => ({ ...charge, ...change })

describe('the waiting rule', () => {
  it('counts from delivery, processing and lag after the send deadline; a reset socket delivers no more', () => {
    const rows: readonly (readonly [string, Partial<Operation>, number])[] = [
      ['no reset recorded', {}, sent + 16 * MINUTE_MS + AFTER_DELIVERY_MS],
      [
        'reset a minute after the deadline',
        { resetAtMs: sent + MINUTE_MS },
        sent + MINUTE_MS + AFTER_DELIVERY_MS,
      ],
      ['reset at the deadline', { resetAtMs: sent }, sent + AFTER_DELIVERY_MS],
      ['reset before the deadline', { resetAtMs: sent - 5_000 }, sent + AFTER_DELIVERY_MS],
    ]
    for (const [name, change, expected] of rows)
      assert.equal(countsFromMs(with_(change), rules), expected, name)
  })

  it('closes by the second "not found" that counts and is the lag after the first', () => {
    const counts = countsFromMs(charge, rules)
    const lag = rules.inquiryLagMs
    const rows: readonly (readonly [string, number | undefined, number, boolean])[] = [
      ['the first one', undefined, counts, false],
      ['the first one, however late', undefined, counts + 100 * lag, false],
      ['the second at once', counts, counts, false],
      ['the second a moment too early', counts, counts + lag - 1, false],
      ['the second in time', counts, counts + lag, true],
      ['the second much later', counts, counts + 50 * lag, true],
      ['the first came before it counts', counts - 1, counts + 50 * lag, false],
    ]
    for (const [name, notFoundAtMs, askedAtMs, closes] of rows)
      assert.equal(notFoundCloses(with_({ notFoundAtMs }), askedAtMs, rules), closes, name)
  })

  it('with a later reset takes back what had counted under an earlier one', () => {
    // A leg that was sent again: the "not found" of before says nothing about it.
    const operation = with_({ notFoundAtMs: sent + AFTER_DELIVERY_MS, resetAtMs: sent + 10 * MINUTE_MS })
    assert.equal(notFoundCloses(operation, sent + 60 * MINUTE_MS, rules), false)
  })

  it('asks again when it helps: by the delay while nothing counts, then at the moment that counts, then the lag later', () => {
    const counts = countsFromMs(charge, rules)
    const lag = rules.inquiryLagMs
    const rows: readonly (readonly [string, number | undefined, number, number])[] = [
      ['early', undefined, sent, sent + 4_000],
      ['shortly before it counts', undefined, counts - 1_000, counts],
      ['the first that counts', undefined, counts, counts + lag],
      ['after the first that counts', counts, counts + 1_000, counts + lag],
    ]
    for (const [name, notFoundAtMs, askedAtMs, expected] of rows)
      assert.equal(nextNotFoundMs(with_({ notFoundAtMs }), askedAtMs, rules, 4_000), expected, name)
  })

  it('waits for all of it again where the time has jumped ahead, and for nothing again that began later (F14)', () => {
    const before = countsFromMs(charge, rules)
    const jumped = { ...rules, steadySinceMs: sent + 60 * MINUTE_MS }
    const counts = countsFromMs(charge, jumped)
    assert.equal(counts, jumped.steadySinceMs + 16 * MINUTE_MS + AFTER_DELIVERY_MS)
    assert.equal(countsFromMs(charge, { ...rules, steadySinceMs: sent }), before)
    const counted = with_({ notFoundAtMs: before })
    const lag = rules.inquiryLagMs
    assert.equal(
      notFoundCloses(counted, jumped.steadySinceMs + lag, jumped),
      false,
      'what had counted is void',
    )
    assert.equal(isFirstThatCounts(counted, counts - 1, jumped), false)
    assert.equal(isFirstThatCounts(counted, counts, jumped), true, 'another takes its place')
    assert.equal(isFirstThatCounts(counted, counts, rules), false, 'where nothing jumped it is the second')
    assert.equal(nextNotFoundMs(counted, counts - 1_000, jumped, 4_000), counts)
    assert.equal(notFoundCloses(with_({ notFoundAtMs: counts }), counts + lag, jumped), true)
  })
})
