import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Append } from '../../journal-types.ts'
import * as stories from './sample-stories.test-data.ts'
import type { Span, Story } from './story.ts'
import { tell } from './tell.ts'

const told = (journal: readonly Append[]): Story => tell(journal, (amountMinor) => `${amountMinor}p`)

/** Who says what to whom, one line each. */
function lines({ rows }: Story): readonly string[] {
  return rows.map(({ kind, from, to, words, code, isAnswered, isLost, writtenFirst, times }) => {
    const arrow = isLost ? '-x' : isAnswered ? '<->' : '->'
    const who = kind === 'mark' ? 'mark' : `${from} ${arrow} ${to}`
    const first = writtenFirst ? ' (written first)' : ''
    const small = code === undefined || writtenFirst ? '' : ` [${code}]`
    return `${who}: ${words}${small}${first}${times > 1 ? ` x${times}` : ''}`
  })
}

/** Each span with the rows that it begins and ends with. */
function spans(story: Story, kind: Span['kind']): readonly string[] {
  const words = (row: number | undefined): string =>
    row === undefined ? 'still' : (story.rows[row]?.words ?? '?')
  return story.spans
    .filter((span) => span.kind === kind)
    .map(({ who, forWhom, fromRow, toRow }) => `${who} for ${forWhom}: ${words(fromRow)} .. ${words(toRow)}`)
}

test('approved: written down, sent once, answered, and the shop is told what was learned', () => {
  const story = told(stories.approved)
  assert.deepEqual(lines(story), [
    'payer -> counterfoil: pays 360p [by card]',
    'counterfoil <-> shop: reserve-stock: done',
    'counterfoil -> provider: sale of 360p (written first)',
    'provider -> counterfoil: approved [AUTHORISED]',
    'mark: paid',
    'counterfoil <-> shop: mark-order-paid: done',
    'provider -> counterfoil: calls: captured 360p [CAPTURED]',
  ])
  assert.deepEqual(spans(story, 'waits'), [
    'payer for counterfoil: pays 360p .. paid',
    'counterfoil for provider: sale of 360p .. approved',
    'counterfoil for shop: paid .. mark-order-paid: done',
  ])
  assert.deepEqual(spans(story, 'doubt'), [])
})

test('declined: the answer ends it, and what was reserved is given back', () => {
  assert.deepEqual(lines(told(stories.declined)).slice(3), [
    'provider -> counterfoil: declined [REFUSED (5)]',
    'mark: declined',
    'counterfoil <-> shop: mark-payment-cancelled, undo of reserve-stock: done',
  ])
})

test('an answer that never comes: doubt from the silence to the evidence, and the same question is told once', () => {
  const story = told(stories.timedOut)
  assert.deepEqual(lines(story).slice(2, 5), [
    'provider -x counterfoil: no answer: in doubt [no answer within 10000 ms]',
    'counterfoil <-> provider: asks what became of it: not found [5 (5)] x2',
    'counterfoil <-> provider: asks: approved [AUTHORISED]',
  ])
  assert.deepEqual(spans(story, 'doubt'), ['counterfoil for provider: no answer: in doubt .. asks: approved'])
  assert.ok(spans(story, 'waits').includes('counterfoil for provider: sale of 360p .. no answer: in doubt'))
})

test('a process that died: another takes over, asks, and tells the shop again until it has heard', () => {
  const story = told(stories.crashed)
  assert.deepEqual(lines(story).slice(2), [
    'mark: another process takes over [fence 2]',
    'mark: in doubt [the process that sent it is gone]',
    'counterfoil <-> provider: asks: approved [CAPTURED]',
    'mark: paid',
    'counterfoil -x shop: mark-order-paid fails, again later [it is away] x2',
    'counterfoil <-> shop: mark-order-paid: done',
  ])
  assert.deepEqual(spans(story, 'doubt'), ['counterfoil for provider: in doubt .. asks: approved'])
  assert.ok(spans(story, 'waits').includes('counterfoil for shop: paid .. mark-order-paid: done'))
})

test('a redirect: the payer is sent away, tries, comes back, and the provider’s call is what counts', () => {
  const story = told(stories.redirected)
  assert.deepEqual(lines(story).slice(1), [
    'counterfoil -> provider: a page to pay 360p (written first)',
    'provider -> counterfoil: awaiting payer [registered]',
    "counterfoil -> payer: to the provider's page",
    'mark: in progress',
    'counterfoil <-> shop: mark-order-in-progress: done',
    'provider -> counterfoil: calls: a try was refused; the payer may try again [REFUSED]',
    "payer -> counterfoil: comes back [by the door 'success']",
    'provider -> counterfoil: calls: approved [AUTHORISED]',
    'mark: paid',
    'counterfoil <-> shop: mark-order-paid: done',
  ])
  const waits = spans(story, 'waits')
  assert.ok(waits.includes("payer for counterfoil: pays 360p .. to the provider's page"))
  assert.ok(waits.includes("counterfoil for payer: to the provider's page .. calls: approved"))
  assert.ok(waits.includes('payer for counterfoil: comes back .. paid'))
})

test('a challenge: the payer goes to the bank and comes back, and the next leg is written down before it is sent', () => {
  const story = told(stories.challenged)
  assert.deepEqual(lines(story).slice(2, 7), [
    'provider -> counterfoil: challenged [the payer must prove who they are]',
    "counterfoil -> payer: to the bank's page",
    'mark: in progress',
    'payer -> counterfoil: comes back from the bank',
    'counterfoil -> provider: sale of 360p, leg 2 (written first)',
  ])
  assert.ok(
    spans(story, 'waits').includes("counterfoil for payer: to the bank's page .. comes back from the bank"),
  )
})

test('a refund: accepted is not done, and the shop hears of it when it is', () => {
  const story = told(stories.refunded)
  assert.deepEqual(lines(story).slice(4), [
    'counterfoil -> provider: refund of 360p (written first)',
    'provider -> counterfoil: accepted [refundReceived]',
    'provider -> counterfoil: calls: done [REFUNDED]',
    'mark: refunded',
    'counterfoil <-> shop: tell-payment-changed: done',
  ])
  assert.ok(spans(story, 'waits').includes('counterfoil for provider: accepted .. calls: done'))
})

test('what could not be sent, and what the shop refuses, did not get there or comes back as a refusal', () => {
  const [open, sent] = stories.approved
  const evidence = { source: 'transport', atMs: 0, text: 'nobody listens there' }
  const end = { type: 'operation-moved', reference: 'r', to: 'not-sent', evidence }
  const unsent = [open, sent, { ...stories.approved[2], events: [end] }] as unknown as readonly Append[]
  assert.equal(lines(told(unsent)).at(-1), 'counterfoil -x provider: not sent [nobody listens there]')
  const refusal = { type: 'step-refused', step: 'reserve-stock', reason: 'sold out' }
  const refused = told([open, { ...sent, events: [refusal] }] as unknown as readonly Append[])
  assert.equal(lines(refused).at(-1), 'counterfoil <-> shop: reserve-stock: refused: sold out')
  assert.equal(refused.rows.at(-1)?.tone, 'bad')
})

test('what goes on has no end yet', () => {
  assert.deepEqual(
    spans(told(stories.stillWaiting), 'waits').at(-1),
    'counterfoil for shop: in progress .. mark-order-in-progress: done',
  )
  assert.ok(
    spans(told(stories.stillWaiting), 'waits').includes(
      "counterfoil for payer: to the provider's page .. still",
    ),
  )
})

test('an event that this version does not know leaves the story as it is', () => {
  const later = [
    ...stories.approved,
    { version: 6, atMs: 2_000_000, fence: 1, events: [{ type: 'of-tomorrow' }] },
  ]
  assert.deepEqual(told(later as unknown as readonly Append[]), told(stories.approved))
})
