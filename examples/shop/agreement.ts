import type { PaymentView } from 'counterfoil'
import type { LedgerAnswer, LedgerOrder } from './simulator-link.ts'

/** One sum by our journal and by the provider's ledger, in minor units. */
export interface Compared {
  readonly name: string
  readonly journalMinor: bigint
  readonly ledgerMinor: bigint
}

export interface Agreement {
  readonly kind: 'agree' | 'waiting' | 'differ' | 'unknown'
  readonly text: string
  readonly sums: readonly Compared[]
}

/** What the journal and the provider's ledger must both say about a payment. */
export type JournalSide = Pick<PaymentView, 'balances' | 'operations'>

/** The references under which money can have moved. */
export function chargeReferences({ operations }: Pick<JournalSide, 'operations'>): readonly string[] {
  return operations
    .filter(({ kind }) => kind === 'sale' || kind === 'authorize')
    .map(({ reference }) => reference)
}

/**
 * Compares the books. While an operation is unresolved a difference is expected, and the journal says so itself; once
 * nothing is open, every difference is an alarm.
 */
export function compareBooks(payment: JournalSide, answers: readonly LedgerAnswer[]): Agreement {
  const silent = answers.find((answer) => answer.kind === 'unavailable')
  if (silent !== undefined) {
    return { kind: 'unknown', text: `The provider's ledger cannot be read: ${silent.why}.`, sums: [] }
  }
  const orders = answers.flatMap((answer) => (answer.kind === 'found' ? [answer.order] : []))
  const sums = sumsOf(payment, orders)
  const twice = orders.find((order) => timesPaid(order) > 1)
  if (twice !== undefined) {
    return { kind: 'differ', text: `${twice.orderCode} was executed ${timesPaid(twice)} times.`, sums }
  }
  const unequal = sums.filter(({ journalMinor, ledgerMinor }) => journalMinor !== ledgerMinor)
  if (isOpen(payment)) {
    return { kind: 'waiting', text: 'The journal does not know the end yet, and goes on asking.', sums }
  }
  if (unequal.length === 0)
    return { kind: 'agree', text: 'Both books say the same: journal and ledger agree.', sums }
  const accepted = payment.operations.some(({ state }) => state === 'accepted')
  if (accepted || orders.some(({ pending }) => pending > 0)) {
    return { kind: 'waiting', text: 'The provider has taken it on; the bookings follow.', sums }
  }
  return { kind: 'differ', text: 'The books differ: a person must look.', sums }
}

function sumsOf({ balances, operations }: JournalSide, orders: readonly LedgerOrder[]): readonly Compared[] {
  const ledger = (name: keyof LedgerOrder): bigint =>
    orders.reduce((sum, order) => sum + (order[name] as bigint), 0n)
  const authorized = {
    name: 'Authorized',
    journalMinor: balances.authorizedMinor,
    ledgerMinor: ledger('authorisedMinor'),
  }
  const givenBack = {
    name: 'Given back',
    journalMinor: balances.voidedMinor + balances.refundedMinor + balances.refundingMinor,
    ledgerMinor: ledger('cancelledMinor') + ledger('expiredMinor') + ledger('refundedMinor'),
  }
  // A reversal gives back in the provider's way, and what was never adopted was never counted: only what is left is ours to know.
  if (operations.some(({ kind }) => kind === 'reversal')) {
    const journalMinor = authorized.journalMinor - givenBack.journalMinor
    return [{ name: 'Left', journalMinor, ledgerMinor: authorized.ledgerMinor - givenBack.ledgerMinor }]
  }
  const captured = {
    name: 'Captured',
    journalMinor: balances.capturedMinor + balances.capturingMinor,
    ledgerMinor: ledger('capturedMinor'),
  }
  const chargedBack = {
    name: 'Charged back',
    journalMinor: balances.chargedBackMinor,
    ledgerMinor: ledger('chargedBackMinor'),
  }
  const isDisputed = chargedBack.journalMinor > 0n || chargedBack.ledgerMinor > 0n
  return [authorized, captured, givenBack, ...(isDisputed ? [chargedBack] : [])]
}

/** Cards that were refused on the provider's page before are tries, and no payment. */
function timesPaid({ executions, entries }: LedgerOrder): number {
  return executions - entries.filter(({ kind }) => kind === 'refused' || kind === 'error').length
}

const OPEN: ReadonlySet<string> = new Set(['intended', 'pending', 'awaiting-payer', 'challenged'])

function isOpen({ operations }: JournalSide): boolean {
  return operations.some(({ state, inDoubt }) => inDoubt || OPEN.has(state))
}
