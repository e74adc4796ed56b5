import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Append, PaymentEvent } from '../journal-types.ts'
import { timeline } from './timeline.ts'

const ATTACK = '<img src=x onerror=alert(1)>'

function appendOf(version: number, ...events: readonly unknown[]): Append {
  return { version, atMs: 1_000 * version, fence: 1, events: events as readonly PaymentEvent[] }
}

test('every text that comes from outside is escaped, raw evidence too', () => {
  const page = timeline(
    'p1',
    [
      appendOf(1, { type: 'step-refused', step: 'reserve-stock', reason: ATTACK }),
      appendOf(2, {
        type: 'operation-moved',
        reference: 'r',
        to: 'declined',
        evidence: { source: 'answer', atMs: 1, code: ATTACK, text: ATTACK, raw: ATTACK },
      }),
      appendOf(3, { type: ATTACK }),
    ],
    'GBP',
  ).toString()
  assert.equal(page.includes('<img'), false)
  const [drawn = '', inWords = ''] = page.split('</figure>')
  assert.ok(drawn.includes('&lt;img'))
  assert.equal(inWords.split('&lt;img').length - 1, 5)
})

test('work is named by the step that it was queued for', () => {
  const page = timeline(
    'p1',
    [
      appendOf(1, {
        type: 'status-reached',
        status: 'paid',
        work: [{ key: 'k1', kind: 'effect', step: 'mark-order-paid' }],
      }),
      appendOf(2, { type: 'work-done', key: 'k1', outcome: 'done' }),
    ],
    'GBP',
  ).toString()
  assert.match(page, /mark-order-paid: done/)
})

test('an endless history shows its end and says what is left out', () => {
  const many = Array.from({ length: 130 }, (_, index) => appendOf(index + 1, { type: 'pipeline-ended' }))
  const page = timeline('p1', many, 'GBP').toString()
  assert.match(page, /30 earlier entries are left out/)
  assert.match(page, /commit 130/)
  assert.equal(page.includes('commit 30<'), false)
})
