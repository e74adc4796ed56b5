import type { PaymentEvent } from '../../src/payment/events.ts'
import { isEnd } from '../../src/payment/operation-states.ts'
import { BY_ITSELF } from '../../src/payment/people.ts'
import { isHeldOpen } from '../../src/payment/silence.ts'
import { type Case, operationOf, type Payment } from '../../src/payment/state.ts'
import { Violation } from './invariant.ts'

/** S9, and that a case which was closed comes back for a reason only. Answers whether people have closed one now. */
export function checkCases(before: Payment, payment: Payment, events: readonly PaymentEvent[]): boolean {
  if (before.cases === payment.cases) return false
  let byPeople = false
  for (const [index, one] of payment.cases.entries()) {
    const was = before.cases[index]
    if (was === undefined) checkOpened(before, payment, one, events)
    if (one.closed === undefined || was?.closed !== undefined) continue
    if (one.closed.by !== BY_ITSELF) {
      byPeople = true
      checkClosed(before, was, one)
    }
  }
  return byPeople
}

/** S9: what moves money, or ends a doubt, by people's word is two people's, who have said the same. */
function checkClosed(before: Payment, was: Case | undefined, { caseId, closed, reference }: Case): void {
  if (closed === undefined) return
  const { action, by, approvedBy, amountMinor } = closed
  const operation = reference === undefined ? undefined : operationOf(before, reference)
  const endsDoubt = operation !== undefined && !isEnd(operation.state) && operation.frozenBy === undefined
  if (action === 'retry' || (action === 'close' && !endsDoubt)) return
  const proposal = was?.proposal
  const isSame = proposal?.by === by && proposal.action === action && proposal.amountMinor === amountMinor
  if (isSame && approvedBy !== undefined && approvedBy !== by) return
  throw new Violation('S9', `'${action}' of case ${caseId} is the word of ${by} alone`)
}

/** What tells of something new; an inquiry that says the same once more does not. */
const NEWS: ReadonlySet<PaymentEvent['type']> = new Set([
  'fact-recorded',
  'notified',
  'operation-moved',
  'operation-retried',
  'settled',
  'work-parked',
])

/** What people have closed comes back with something that happened since, or where nobody would look at it any more. */
function checkOpened(
  { cases, operations }: Payment,
  payment: Payment,
  one: Case,
  events: readonly PaymentEvent[],
): void {
  const last = cases.findLast(({ reason, reference, closed }) => {
    return closed !== undefined && reason === one.reason && reference === one.reference
  })
  if (last?.closed === undefined || last.closed.by === BY_ITSELF || one.reason === 'recovery-failed') return
  const { atMs } = last.closed
  const isHinted = operations.some(
    ({ reference, hintedAtMs = 0 }) => reference === one.reference && hintedAtMs >= atMs,
  )
  if (isHinted || isHeldOpen(payment, one) || events.some(({ type }) => NEWS.has(type))) return
  throw new Violation(
    'L1',
    `case '${one.reason}' of ${one.reference} is back, and nothing has happened since`,
  )
}
