import type { CaseAction } from '../../src/payment/events.ts'
import { isEnd } from '../../src/payment/operation-states.ts'
import { type Case, isCharge, type Operation, operationOf, type Payment } from '../../src/payment/state.ts'
import type { LedgerOrder, WorldpayState } from '../../src/simulators/worldpay/index.ts'
import type { Books } from './books.ts'
import { liveByJournal } from './end-checks.ts'

const MINUTE_MS = 60_000
/** What was sent last has arrived and was worked on by then, or never will be. */
const ON_ITS_WAY_MS = 30 * MINUTE_MS

/**
 * What can truly be said of a case by somebody who has looked at the PSP, the best first: the runbook of
 * docs/how-to/look-after-cases.md. Nothing while it is too early to say.
 */
export function trueActions(
  payment: Payment,
  one: Case,
  books: Books,
  psp: WorldpayState,
): readonly CaseAction[] {
  if (payment.operations.some((operation) => isUnderWay(operation, books, psp))) return []
  const operation = one.reference === undefined ? undefined : operationOf(payment, one.reference)
  const isOpen = operation !== undefined && !isEnd(operation.state) && operation.frozenBy === undefined
  if (isOpen) return ofDoubt(operation, books.ledger(operation.target ?? operation.reference))
  if (one.reason === 'effect-parked') return ['retry', 'close']
  const charges = payment.operations.filter((other) => isCharge(other))
  const agree = charges.every(
    (charge) => (books.ledger(charge.reference)?.liveMinor ?? 0n) === liveByJournal(payment, charge),
  )
  if (agree) return ['close', 'refund', 'reverse']
  // Nobody says that nothing is to be done while the books are apart.
  const isBooked = operation?.kind === 'sale' && (books.ledger(operation.reference)?.capturedMinor ?? 0n) > 0n
  return isBooked ? ['adopt', 'reverse'] : ['reverse']
}

/** It may still arrive or take effect, or the PSP's page is open: what is true now may not be so in a while. */
function isUnderWay(operation: Operation, books: Books, psp: WorldpayState): boolean {
  const { reference, sendDeadlineMs } = operation
  const { nowMs } = books.scheduler
  if (nowMs < sendDeadlineMs + ON_ITS_WAY_MS) return true
  if (!isCharge(operation)) return false
  const { pending = 0, liveMinor = 0n } = books.ledger(reference) ?? {}
  return pending > 0 || (liveMinor === 0n && (psp.registrations[reference]?.expiresMs ?? 0) > nowMs)
}

/** It has happened, or it has not: the PSP's books say. */
function ofDoubt(operation: Operation, ledger: LedgerOrder | undefined): readonly CaseAction[] {
  const { authorisedMinor = 0n, cancelledMinor = 0n, capturedMinor = 0n, liveMinor = 0n } = ledger ?? {}
  switch (operation.kind) {
    case 'sale':
    case 'authorize': {
      const { amountMinor, currency } = operation
      if (liveMinor === 0n) return ['close', 'reverse']
      const isOurs = authorisedMinor === amountMinor && ledger?.currency === currency
      return isOurs ? ['adopt', 'reverse'] : ['reverse']
    }
    case 'reversal':
      return liveMinor === 0n ? ['adopt'] : ['reverse', 'close']
    case 'capture':
    case 'refund':
      return hasHappened(operation, ledger) ? ['adopt'] : ['close']
    case 'void':
      return cancelledMinor + capturedMinor >= authorisedMinor ? ['adopt'] : ['close']
    default:
      return operation.kind satisfies never
  }
}

/** A capture or refund of ours stands at the PSP by its own reference. */
function hasHappened({ kind, reference }: Operation, ledger: LedgerOrder | undefined): boolean {
  const became = kind === 'capture' ? 'captured' : 'refunded'
  return ledger?.entries.some((entry) => entry.kind === became && entry.reference === reference) ?? false
}
