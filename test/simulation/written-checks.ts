import { dueOf } from '../../src/payment/due.ts'
import { isEnd, operationStates } from '../../src/payment/operation-states.ts'
import { isCharge, type Operation, operationOf, type Payment } from '../../src/payment/state.ts'
import type { Books } from './books.ts'
import { Violation } from './invariant.ts'

/** S3, S4, S7 and L1: what the journal says is true at the PSP, at the moment it is written, and leaves nothing in silence. */
export function checkWritten(books: Books, before: Payment | undefined, payment: Payment): void {
  for (const operation of payment.operations) {
    if (!isCharge(operation) || !isEnd(operation.state)) continue
    checkEnded(books, operation)
    const was = before === undefined ? undefined : operationOf(before, operation.reference)
    if (operation.state === 'approved' && was?.state !== 'approved') checkApproved(books, payment, operation)
  }
  checkSums(payment)
  checkHeard(payment)
}

/** What is in progress is looked at some day, or a person has it before them. */
function checkHeard(payment: Payment): void {
  const { paymentId, status, cases } = payment
  if (status !== 'in-progress' || cases.some(({ closed }) => closed === undefined)) return
  if (dueOf(payment).dueAtMs !== undefined) return
  throw new Violation(
    'L1',
    `${paymentId} is in progress, nobody looks at it any more, and it has no open case`,
  )
}

function checkEnded(books: Books, { reference, state }: Operation): void {
  if (operationStates[state].live !== 'no') return
  const live = books.ledger(reference)?.liveMinor ?? 0n
  if (live > 0n) throw new Violation('S3', `${reference} is '${state}' and live at the PSP with ${live}`)
}

function checkApproved(books: Books, payment: Payment, operation: Operation): void {
  const { reference, amountMinor } = operation
  const ledger = books.ledger(reference)
  const authorised = ledger?.authorisedMinor ?? 0n
  if (authorised !== amountMinor) {
    throw new Violation(
      'S4',
      `${reference} is approved with ${amountMinor}, the PSP has ${authorised}: ${operation.evidence?.source}`,
    )
  }
  const touched = payment.operations.some((other) => other.target === reference && other.state !== 'not-sent')
  if (ledger?.liveMinor === 0n && !touched && !books.elsewhere.has(reference)) {
    throw new Violation('S4', `${reference} is approved and not live at the PSP`)
  }
}

function checkSums({ paymentId, balances: b }: Payment): void {
  const taken = b.capturedMinor + b.capturingMinor
  const given = b.refundedMinor + b.refundingMinor
  // A refund on its way fails when the payer's bank was faster.
  const gone = b.refundedMinor + b.chargedBackMinor
  const fits = taken + b.voidedMinor <= b.authorizedMinor && given <= taken && gone <= taken
  const negative = Object.values(b).some((amountMinor: bigint) => amountMinor < 0n)
  if (!fits || negative) {
    const sums = Object.entries(b).map(([name, value]) => `${name} ${value}`)
    throw new Violation('S7', `the balances of ${paymentId} do not add up: ${sums.join(', ')}`)
  }
}
