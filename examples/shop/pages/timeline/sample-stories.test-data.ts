import type { Append, PaymentEvent } from '../../journal-types.ts'

/** Journals as they are written, in as much of each event as a story is told from. Times are milliseconds after the first. */

type Loose = Readonly<Record<string, unknown>> & { readonly type: string }

function journal(...commits: readonly (readonly [atMs: number, ...events: Loose[]])[]): readonly Append[] {
  return commits.map(([atMs, ...events], index) => ({
    version: index + 1,
    atMs: 1_000_000 + atMs,
    fence: 1,
    events: events as unknown as readonly PaymentEvent[],
  }))
}

const opened = (module = 'card'): Loose => ({
  type: 'payment-opened',
  module,
  amountMinor: 360n,
  currency: 'GBP',
})
const intended = (kind = 'sale', reference = 'r', more: object = {}): Loose => ({
  type: 'operation-intended',
  operation: { reference, kind, amountMinor: 360n, ...more },
})
const evidence = (source: string, code: string | undefined, text: string) => ({
  source,
  atMs: 0,
  text,
  ...(code !== undefined && { code }),
})
const moved = (to: string, from: object, reference = 'r'): Loose => ({
  type: 'operation-moved',
  reference,
  to,
  evidence: from,
})
const called = (code: string): Loose => ({
  type: 'notified',
  reference: 'r',
  evidence: evidence('notification', code, code),
})
const reached = (status: string, ...steps: readonly string[]): Loose => ({
  type: 'status-reached',
  status,
  work: steps.map((step) => ({
    key: `k:${step}`,
    kind: step === 'go-to-success-page' ? 'local' : 'effect',
    step,
  })),
})
const done = (step: string): Loose => ({ type: 'work-done', key: `k:${step}`, outcome: 'done' })
const failed = (step: string): Loose => ({ type: 'work-failed', key: `k:${step}`, reason: 'it is away' })

const answer = (code: string) => evidence('answer', code, code)
const inquiry = (code: string) => evidence('inquiry', code, code)

export const approved = journal(
  [
    0,
    opened(),
    { type: 'step-completed', step: 'check-order' },
    { type: 'step-started', step: 'reserve-stock' },
  ],
  [3, { type: 'step-completed', step: 'reserve-stock' }, intended()],
  [
    40,
    moved('approved', answer('AUTHORISED')),
    { type: 'pipeline-ended' },
    reached('paid', 'mark-order-paid', 'go-to-success-page'),
  ],
  [60, done('mark-order-paid'), done('go-to-success-page')],
  [
    900,
    called('CAPTURED'),
    {
      type: 'fact-recorded',
      fact: 'captured',
      reference: 'r',
      amountMinor: 360n,
      evidence: evidence('notification', 'CAPTURED', 'CAPTURED'),
    },
  ],
)

export const declined = journal(
  [0, opened(), { type: 'step-started', step: 'reserve-stock' }],
  [2, { type: 'step-completed', step: 'reserve-stock' }, intended()],
  [
    9,
    moved('declined', evidence('answer', '5', 'REFUSED')),
    reached('declined', 'mark-payment-cancelled'),
    { type: 'undo-queued', work: [{ key: 'undo:reserve-stock', kind: 'undo', step: 'reserve-stock' }] },
  ],
  [20, done('mark-payment-cancelled'), { type: 'work-done', key: 'undo:reserve-stock', outcome: 'done' }],
)

export const timedOut = journal(
  [0, opened(), intended()],
  [
    10_000,
    {
      type: 'operation-doubted',
      reference: 'r',
      evidence: evidence('transport', undefined, 'no answer within 10000 ms'),
    },
  ],
  [11_000, { type: 'operation-inquired', reference: 'r', found: 'not-found', evidence: inquiry('5') }],
  [12_000, { type: 'operation-inquired', reference: 'r', found: 'not-found', evidence: inquiry('5') }],
  [17_000, moved('approved', inquiry('AUTHORISED')), reached('paid', 'mark-order-paid')],
  [17_010, done('mark-order-paid')],
)

export const crashed = journal(
  [0, opened(), intended()],
  [
    4_500,
    { type: 'owner-changed', owner: 'node-2', fence: 2 },
    {
      type: 'operation-doubted',
      reference: 'r',
      evidence: evidence('engine', undefined, 'the process that sent it is gone'),
    },
  ],
  [4_600, moved('approved', inquiry('CAPTURED')), reached('paid', 'mark-order-paid')],
  [4_700, failed('mark-order-paid')],
  [5_700, failed('mark-order-paid')],
  [7_700, done('mark-order-paid')],
)

export const redirected = journal(
  [0, opened('worldpay'), intended('sale', 'r', { payableForMs: 60_000 })],
  [
    4,
    moved('awaiting-payer', evidence('answer', undefined, 'registered')),
    reached('in-progress', 'mark-order-in-progress'),
  ],
  [9, done('mark-order-in-progress')],
  [
    30_000,
    { type: 'attempt-refused', reference: 'r', evidence: evidence('notification', 'REFUSED', 'REFUSED') },
  ],
  [
    42_000,
    { type: 'notified', reference: 'r', evidence: evidence('return', undefined, "by the door 'success'") },
  ],
  [
    42_040,
    called('AUTHORISED'),
    moved('approved', evidence('notification', 'AUTHORISED', 'AUTHORISED')),
    reached('paid', 'mark-order-paid'),
  ],
  [42_060, done('mark-order-paid')],
)

export const challenged = journal(
  [0, opened(), intended()],
  [
    8,
    moved('challenged', evidence('answer', undefined, 'the payer must prove who they are')),
    reached('in-progress'),
  ],
  [15_000, { type: 'operation-retried', reference: 'r', leg: 2 }],
  [15_030, moved('approved', answer('AUTHORISED')), reached('paid', 'mark-order-paid')],
  [15_040, done('mark-order-paid')],
)

export const refunded = journal(
  [0, opened(), intended()],
  [5, moved('approved', answer('AUTHORISED')), reached('paid')],
  [90_000, intended('refund', 'r2')],
  [90_010, moved('accepted', answer('refundReceived'), 'r2')],
  [
    90_900,
    { ...called('REFUNDED'), reference: 'r2' },
    moved('done', evidence('notification', 'REFUNDED', 'REFUNDED'), 'r2'),
    reached('refunded'),
    {
      type: 'fact-queued',
      work: [{ key: 'k:tell-payment-changed', kind: 'effect', step: 'tell-payment-changed' }],
    },
  ],
  [90_920, done('tell-payment-changed')],
)

/** The page at the provider is open, and nobody knows more. */
export const stillWaiting = redirected.slice(0, 3)

export const all = { approved, declined, timedOut, crashed, redirected, challenged, refunded, stillWaiting }
