import { isEnd } from '../../src/payment/operation-states.ts'
import { isCharge, type Operation, type Payment } from '../../src/payment/state.ts'
import { isReversed } from '../../src/payment/status.ts'
import { type Books, isDoubtful } from './books.ts'
import { Violation } from './invariant.ts'
import { liveOf } from './psp-checks.ts'

/** L1 at the end of a run: what the journal says and what the PSP did are the same, or a case says that they may not be. */
export function checkEnd(books: Books): void {
  const settled = new Set<string>()
  for (const { payment } of books.payments.values()) {
    settled.add(payment.orderId)
    for (const operation of payment.operations) {
      if (!isEnd(operation.state) && !hasOpenCase(payment)) {
        throw new Violation(
          'L1',
          `${operation.kind} ${operation.reference} is still '${operation.state}', without an open case`,
        )
      }
      if (isCharge(operation)) compare(books, payment, operation)
    }
  }
  for (const { payment } of books.payments.values()) if (isDoubtful(payment)) settled.delete(payment.orderId)
  for (const orderId of settled) {
    const executions = liveOf(books, orderId)
    if (executions > 1) throw new Violation('S1', `order ${orderId} ends with ${executions} live charges`)
  }
  const dueMs = books.nextDueMs()
  if (dueMs !== undefined && dueMs < books.scheduler.nowMs - LATE_MS) {
    throw new Violation(
      'L1',
      `something is due since ${new Date(dueMs).toISOString()}, and nobody looks at it`,
    )
  }
}

function hasOpenCase({ cases }: Payment): boolean {
  return cases.some(({ closed }) => closed === undefined)
}

/** What of a charge is live at the PSP, as the journal has it. */
export function liveByJournal(payment: Payment, charge: Operation): bigint {
  if (charge.state !== 'approved' || isReversed(payment, charge)) return 0n
  const { authorizedMinor, voidedMinor, refundedMinor, refundingMinor, chargedBackMinor } = payment.balances
  return authorizedMinor - voidedMinor - refundedMinor - refundingMinor - chargedBackMinor
}

/** Rounds come this often, and what cannot go on rests a while. */
const LATE_MS = 30 * 60_000

function compare(books: Books, payment: Payment, charge: Operation): void {
  // Of what nobody was told nobody can know.
  if (isDoubtful(payment) || books.untold.has(charge.reference)) return
  // Of several facts at once an inquiry shows only the last: then the case is all that there can be.
  if ((books.elsewhere.get(charge.reference) ?? 0) > 1 && hasOpenCase(payment)) return
  const live = books.ledger(charge.reference)?.liveMinor ?? 0n
  const expected = liveByJournal(payment, charge)
  if (live === expected) return
  throw new Violation(
    'L1',
    `payment ${payment.paymentId} (${payment.status}): the journal has ${expected} live, the PSP ${live}`,
  )
}
