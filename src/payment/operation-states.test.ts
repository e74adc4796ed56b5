import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PaymentStatus } from './events.ts'
import { evolve } from './evolve.ts'
import { isEnd, type OperationState, operationStates } from './operation-states.ts'
import type { Operation, Payment } from './state.ts'
import { statusOf } from './status.ts'
import { AMOUNT_MINOR, finding, Story } from './story.test-data.ts'

const states = Object.keys(operationStates) as OperationState[]
const { evidence } = finding('approved', 'answer', 1)

function inState(state: OperationState, change: Partial<Operation> = {}): Payment {
  const { payment } = new Story()
  return { ...payment, operations: payment.operations.map((charge) => ({ ...charge, state, ...change })) }
}

describe('the table of operation states', () => {
  it('has ends that lead nowhere, and other states that all lead to an end', () => {
    for (const state of states) {
      const { end, leadsTo } = operationStates[state]
      assert.equal(leadsTo.length === 0, end, state)
      const seen = new Set<OperationState>([state])
      for (const from of seen) for (const to of operationStates[from].leadsTo) seen.add(to)
      assert.ok([...seen].some(isEnd), state)
    }
  })

  it('releases the order only where no money is live, and claims it only where it is', () => {
    for (const state of states) {
      const { live, order, end } = operationStates[state]
      if (order === 'releases') assert.deepEqual([live, end], ['no', true], state)
      if (order === 'claims') assert.deepEqual([live, end], ['yes', true], state)
      if (!end) assert.equal(order, 'holds', state)
      if (live === 'unknown') assert.equal(end, false, state)
    }
  })

  it('is what evolve goes by: each move that it lists is made, each other one throws', () => {
    for (const from of states) {
      const payment = inState(from)
      const [charge] = payment.operations
      for (const to of states) {
        const move = (): Payment =>
          evolve(payment, { type: 'operation-moved', reference: charge?.reference ?? '', to, evidence })
        if (operationStates[from].leadsTo.includes(to)) assert.equal(move().operations[0]?.state, to)
        else assert.throws(move, /cannot move/, `${from} to ${to}`)
      }
    }
  })
})

describe('the status of a payment', () => {
  const expected: Readonly<Record<OperationState, PaymentStatus>> = {
    intended: 'started',
    challenged: 'in-progress',
    'awaiting-payer': 'in-progress',
    pending: 'in-progress',
    'awaiting-ack': 'in-progress',
    accepted: 'in-progress',
    approved: 'paid',
    done: 'paid',
    declined: 'declined',
    'not-sent': 'cancelled',
    invalid: 'cancelled',
    abandoned: 'cancelled',
    failed: 'cancelled',
    'not-seen': 'cancelled',
    mismatch: 'in-progress',
  }
  for (const state of states) {
    it(`is '${expected[state]}' while its charge is '${state}'`, () => {
      assert.equal(statusOf(inState(state)), expected[state])
    })
  }

  it('is in progress while its charge is in doubt or being undone, and cancelled without one at the end', () => {
    assert.equal(statusOf(inState('intended', { inDoubtSinceMs: 1 })), 'in-progress')
    assert.equal(statusOf(inState('intended', { frozenBy: 'r9' })), 'in-progress')
    const { payment } = new Story()
    assert.equal(statusOf({ ...payment, operations: [] }), 'cancelled')
    assert.equal(statusOf({ ...payment, operations: [], pipelineEnded: false }), 'started')
  })

  it('begins to be paid where the module says, for each kind of charge', () => {
    const rows = [
      ['sale', 'authorized', ['paid', 'paid']],
      ['sale', 'captureAccepted', ['paid', 'paid']],
      ['sale', 'captured', ['in-progress', 'paid']],
      ['authorize', 'authorized', ['paid', 'paid', 'paid']],
      ['authorize', 'captureAccepted', ['in-progress', 'paid', 'paid']],
      ['authorize', 'captured', ['in-progress', 'in-progress', 'paid']],
    ] as const
    for (const [kind, paidWhen, statuses] of rows) {
      const story = new Story(kind, paidWhen)
      const seen: PaymentStatus[] = []
      story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
      seen.push(story.payment.status)
      if (kind === 'sale') {
        story.conclude(
          story.charge.reference,
          finding('approved', 'inquiry', story.nowMs, { captured: true }),
        )
        seen.push(story.payment.status)
      } else {
        const intended = story.intend('capture', 500n)
        assert.ok('reference' in intended)
        for (const what of ['accepted', 'done'] as const) {
          story.conclude(intended.reference, finding(what, 'answer', story.nowMs))
          seen.push(story.payment.status)
        }
      }
      assert.deepEqual(seen, statuses, `${kind} ${paidWhen}`)
    }
  })

  it('is refunded or cancelled once nothing of it is left, and paid while a part is', () => {
    const story = new Story('authorize')
    story.conclude(story.charge.reference, finding('approved', 'answer', story.nowMs))
    const go = (kind: 'capture' | 'refund' | 'void', amountMinor?: bigint): PaymentStatus => {
      const intended = story.intend(kind, amountMinor)
      assert.ok('reference' in intended)
      story.conclude(intended.reference, finding('done', 'answer', story.nowMs))
      return story.payment.status
    }
    assert.equal(go('capture', 1000n), 'paid')
    assert.equal(go('refund', 400n), 'paid')
    assert.equal(go('refund'), 'paid', 'what is authorized is still there')
    assert.equal(go('void'), 'refunded')
    assert.equal(story.payment.balances.voidedMinor, AMOUNT_MINOR - 1000n)
    assert.equal(story.order.state, 'claimed')
  })
})
