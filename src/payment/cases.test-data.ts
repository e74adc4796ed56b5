import assert from 'node:assert/strict'
import type { CaseReason, PaymentEvent } from './events.ts'
import { finding, Story } from './story.test-data.ts'

/** A payment with an open case. */
export interface CaseStory {
  readonly story: Story
  readonly caseId: string
}

const DAY_MS = 86_400_000

function withCase(story: Story): CaseStory {
  const open = story.payment.cases.at(-1)
  assert.ok(open !== undefined, 'there is a case')
  return { story, caseId: open.caseId }
}

function opened(story: Story, reason: CaseReason, reference?: string): CaseStory {
  const about = reference === undefined ? {} : { reference }
  story.tell([{ type: 'case-opened', caseId: 'c0', reason, ...about, text: 'why', atMs: story.nowMs }])
  return withCase(story)
}

function approved(kind: 'sale' | 'authorize' = 'sale', captured = true): Story {
  const story = new Story(kind)
  story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs, { captured }))
  return story
}

/** A charge that nobody could tell about for more than a day. */
function inDoubt(payableForMs?: number): Story {
  const story = new Story('sale', 'authorized', payableForMs)
  story.conclude(story.charge.reference, finding('unclear', 'transport', story.nowMs))
  story.nowMs += 2 * DAY_MS
  story.conclude(story.charge.reference, finding('unavailable', 'inquiry', story.nowMs))
  return story
}

/** A capture or refund that nobody could tell about for more than a day. */
export function modificationInDoubt(kind: 'capture' | 'void' | 'refund'): CaseStory {
  const story = approved(kind === 'refund' ? 'sale' : 'authorize')
  const intended = story.intend(kind, kind === 'void' ? undefined : 500n)
  assert.ok('reference' in intended)
  story.conclude(intended.reference, finding('unclear', 'transport', story.nowMs))
  story.nowMs += 2 * DAY_MS
  story.conclude(intended.reference, finding('unavailable', 'inquiry', story.nowMs))
  return withCase(story)
}

/** A reversal that nobody could tell about for more than a day, of a charge that is approved or in doubt. */
export function reversalInDoubt(target: 'approved' | 'in doubt'): CaseStory {
  const story = target === 'approved' ? approved() : inDoubt()
  const intended = story.intend('reversal')
  assert.ok('reference' in intended)
  story.nowMs += 2 * DAY_MS
  story.conclude(intended.reference, finding('unavailable', 'inquiry', story.nowMs))
  return withCase(story)
}

/** The same of its own charge, found by an inquiry; its reversal is under way. */
function foundLive(kind: 'approved' | 'mismatch'): Story {
  const story = new Story()
  const { reference } = story.charge
  if (kind === 'approved') story.conclude(reference, finding('declined', 'answer', story.nowMs))
  story.conclude(reference, finding(kind, 'inquiry', story.nowMs))
  return story
}

function settled(reason: CaseReason): CaseStory {
  const story = approved()
  return opened(story, reason, story.charge.reference)
}

export function parked(): CaseStory {
  const story = approved()
  const key = 'p1:statusOk:mail'
  const step: PaymentEvent = {
    type: 'status-reached',
    status: 'paid',
    pipeline: 'statusOk',
    work: [{ key, kind: 'effect', pipeline: 'statusOk', step: 'mail', sequence: 1, supersedable: false }],
    atMs: story.nowMs,
    dueAtMs: story.nowMs,
  }
  story.tell([
    step,
    { type: 'work-parked', key, reason: 'down' },
    { type: 'case-opened', caseId: key, reason: 'effect-parked', text: 'given up', atMs: story.nowMs },
  ])
  return withCase(story)
}

/** How a charge is told of by a dispute of the payer's bank. */
export function disputed(dispute: 'charged-back' | 'reversed', story: Story = approved()): Story {
  story.nowMs += DAY_MS
  story.conclude(
    story.charge.reference,
    finding('approved', 'notification', story.nowMs, { dispute, captured: true }),
  )
  return story
}

/** One of each reason, as it comes about or as near to that as a test needs. */
export const caseStories: Readonly<Record<CaseReason, () => CaseStory>> = {
  'doubt-unresolved': () => withCase(inDoubt()),
  'modification-unresolved': () => modificationInDoubt('capture'),
  'reversal-unresolved': () => reversalInDoubt('approved'),
  'duplicate-reference': () => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('duplicate', 'answer', story.nowMs))
    return withCase(story)
  },
  'amount-mismatch': () => withCase(foundLive('mismatch')),
  'late-approval': () => {
    const story = new Story()
    story.order = {
      ...story.order,
      revision: story.order.revision + 1,
      state: 'closed',
      paymentId: undefined,
    }
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
    return withCase(story)
  },
  contradiction: () => withCase(foundLive('approved')),
  'effect-parked': parked,
  'step-gone': () => opened(approved('authorize'), 'step-gone'),
  'charged-back': () => {
    const story = approved()
    return withCase(disputed('charged-back', story))
  },
  'failed-late': () => {
    const story = approved()
    return opened(story, 'failed-late', story.charge.reference)
  },
  'changed-elsewhere': () => {
    const story = approved()
    return opened(story, 'changed-elsewhere', story.charge.reference)
  },
  'cautious-word': () => {
    const story = new Story()
    story.conclude(story.charge.reference, finding('pending', 'answer', story.nowMs, { asCase: true }))
    return withCase(story)
  },
  'recovery-failed': () => opened(new Story(), 'recovery-failed'),
  'authorization-expiring': () => {
    const story = approved('authorize')
    return opened(story, 'authorization-expiring', story.charge.reference)
  },
  'settlement-differs': () => settled('settlement-differs'),
  'settlement-missing': () => settled('settlement-missing'),
}

/** A page of the provider that nobody could tell about until long after it had closed. */
export function pageInDoubt(): CaseStory {
  const story = new Story('sale', 'authorized', DAY_MS)
  const { reference } = story.charge
  story.conclude(reference, finding('awaiting-payer', 'answer', story.nowMs))
  story.nowMs += 4 * DAY_MS
  story.conclude(reference, finding('unavailable', 'inquiry', story.nowMs))
  return withCase(story)
}

/** A sale that counts as paid once it is captured, which nobody has seen for more than a day. */
export function neverBooked(): CaseStory {
  const story = new Story('sale', 'captured')
  const { reference } = story.charge
  story.conclude(reference, finding('approved', 'answer', story.nowMs))
  story.nowMs += 2 * DAY_MS
  story.conclude(reference, finding('approved', 'inquiry', story.nowMs))
  return withCase(story)
}
