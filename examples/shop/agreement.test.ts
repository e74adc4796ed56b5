import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareBooks, type JournalSide } from './agreement.ts'
import type { LedgerAnswer } from './simulator-link.ts'

const NOTHING = {
  authorizedMinor: 0n,
  capturedMinor: 0n,
  capturingMinor: 0n,
  refundedMinor: 0n,
  refundingMinor: 0n,
  voidedMinor: 0n,
  chargedBackMinor: 0n,
}

function journal(
  balances: Partial<JournalSide['balances']>,
  operation: {
    readonly kind?: 'sale' | 'refund' | 'reversal'
    readonly state?: string
    readonly inDoubt?: boolean
  } = {},
): JournalSide {
  const { kind = 'sale', state = 'approved', inDoubt = false } = operation
  return {
    balances: { ...NOTHING, ...balances },
    operations: [{ kind, state, inDoubt } as JournalSide['operations'][number]],
  }
}

function found(sums: Partial<Extract<LedgerAnswer, { kind: 'found' }>['order']>): LedgerAnswer {
  return {
    kind: 'found',
    order: {
      orderCode: 'r1',
      currency: 'GBP',
      executions: 1,
      authorisedMinor: 0n,
      capturedMinor: 0n,
      refundedMinor: 0n,
      cancelledMinor: 0n,
      expiredMinor: 0n,
      chargedBackMinor: 0n,
      pending: 0,
      lastEvent: '',
      entries: [],
      ...sums,
    },
  }
}

const paid = journal({ authorizedMinor: 500n, capturingMinor: 500n })
const verdictOf = (side: JournalSide, answers: readonly LedgerAnswer[]) => compareBooks(side, answers).kind

test('equal books agree', () => {
  assert.equal(verdictOf(paid, [found({ authorisedMinor: 500n, capturedMinor: 500n })]), 'agree')
})

test('a capture that the provider has taken on and not booked is on its way', () => {
  assert.equal(verdictOf(paid, [found({ authorisedMinor: 500n, pending: 1 })]), 'waiting')
})

test('books that differ with nothing on the way are an alarm', () => {
  assert.equal(verdictOf(paid, [found({ authorisedMinor: 500n })]), 'differ')
  assert.equal(verdictOf(paid, [{ kind: 'nothing' }]), 'differ')
  assert.equal(
    verdictOf(journal({}, { state: 'declined' }), [found({ authorisedMinor: 500n, capturedMinor: 500n })]),
    'differ',
  )
})

test('an order code that was executed twice is an alarm, whatever the sums', () => {
  const twice = found({ authorisedMinor: 500n, capturedMinor: 500n, executions: 2 })
  assert.equal(verdictOf(paid, [twice]), 'differ')
})

test('while the journal is in doubt it says so, also when the sums are equal', () => {
  const inDoubt = journal({}, { state: 'intended', inDoubt: true })
  assert.equal(verdictOf(inDoubt, [found({ authorisedMinor: 500n })]), 'waiting')
  assert.equal(verdictOf(inDoubt, [{ kind: 'nothing' }]), 'waiting')
})

test('a reversal may give back by cancel or by refund', () => {
  const reversed = journal({ authorizedMinor: 500n, voidedMinor: 500n }, { kind: 'reversal', state: 'done' })
  const refundedThere = found({ authorisedMinor: 500n, capturedMinor: 500n, refundedMinor: 500n })
  assert.equal(verdictOf(reversed, [refundedThere]), 'agree')
  assert.equal(verdictOf(reversed, [found({ authorisedMinor: 500n, cancelledMinor: 500n })]), 'agree')
  assert.equal(verdictOf(reversed, [found({ authorisedMinor: 500n, cancelledMinor: 400n })]), 'differ')
})

test('a ledger that cannot be read is no agreement', () => {
  assert.equal(verdictOf(paid, [{ kind: 'unavailable', why: 'refused' }]), 'unknown')
})
