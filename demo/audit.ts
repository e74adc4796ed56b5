import { isEnd } from '../src/payment/operation-states.ts'
import { isCharge, type Payment } from '../src/payment/state.ts'
import { isReversed } from '../src/payment/status.ts'
import type { LedgerOrder } from './shop-process.ts'

/** An order as the shop's database has it in the end. */
export interface ShopOrder {
  readonly id: string
  readonly status: string
  readonly totalMinor: bigint
  readonly email: string
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
}

/** A product on the shelf, before and after. */
export interface Shelf {
  readonly sku: string
  readonly before: number
  readonly after: number
  /** Still set aside for somebody who pays. */
  readonly reserved: number
}

/** Everything that was written down anywhere, once all is at rest. */
export interface Books {
  readonly payments: readonly Payment[]
  readonly ledger: readonly LedgerOrder[]
  readonly orders: readonly ShopOrder[]
  /** To whom mails went, each mail once. */
  readonly mailsTo: readonly string[]
  readonly shelves: readonly Shelf[]
  /** By order: what its payer was told last. */
  readonly shown: ReadonlyMap<string, 'paid' | 'unpaid'>
}

/** Two books that do not say the same. */
export interface Difference {
  /** '' for what is of no order. */
  readonly orderId: string
  readonly what: string
  readonly expected: string
  readonly found: string
}

export interface Audit {
  /** Orders with more than one charge standing in the provider's ledger. */
  readonly doubleCharges: readonly string[]
  readonly differences: readonly Difference[]
}

/**
 * Compares all books; the provider's ledger is the truth about money, and the shop's page is asked nothing. A payment
 * whose end is not known and which is a case claims nothing that could differ.
 *
 * @example
 * audit(books).doubleCharges // ['order-7'] when two charges of that order stand in the ledger
 */
export function audit(books: Books): Audit {
  const ledger = new Map(books.ledger.map((order) => [order.orderCode, order]))
  const payments = Map.groupBy(books.payments, ({ orderId }) => orderId)
  return {
    doubleCharges: [...payments].flatMap(([orderId, list]) =>
      chargesOf(list, ledger).reduce((sum, { liveExecutions }) => sum + liveExecutions, 0) > 1
        ? [orderId]
        : [],
    ),
    differences: [
      ...unknownToTheJournal(books),
      ...books.payments.flatMap((payment) => ofPayment(payment, ledger)),
      ...books.orders.flatMap((order) => ofShop(order, payments.get(order.id) ?? [], ledger, books)),
      ...ofOrdersUnknown(payments, books),
      ...books.shelves.flatMap((shelf) => ofShelf(shelf, payments, books)),
    ],
  }
}

/** What the provider has booked for the charges of these payments. */
export function chargesOf(
  payments: readonly Payment[],
  ledger: ReadonlyMap<string, LedgerOrder>,
): readonly LedgerOrder[] {
  return payments.flatMap(({ operations }) =>
    operations.flatMap((operation) => {
      const booked = isCharge(operation) ? ledger.get(operation.reference) : undefined
      return booked === undefined ? [] : [booked]
    }),
  )
}

function unknownToTheJournal({ payments, ledger }: Books): readonly Difference[] {
  const known = new Set(payments.flatMap(({ operations }) => operations.map(({ reference }) => reference)))
  return ledger
    .filter(({ orderCode }) => !known.has(orderCode))
    .map(({ orderCode, liveMinor }) => ({
      orderId: '',
      what: 'the provider has an order that the journal does not know',
      expected: 'nothing',
      found: `${orderCode} with ${liveMinor}`,
    }))
}

function ofPayment(payment: Payment, ledger: ReadonlyMap<string, LedgerOrder>): readonly Difference[] {
  const { orderId, operations, cases, balances } = payment
  const difference = (what: string, expected: bigint | string, found: bigint | string): Difference => ({
    orderId,
    what,
    expected: String(expected),
    found: String(found),
  })
  const open = operations.filter(({ state }) => !isEnd(state))
  if (open.length > 0) {
    const states = open.map(({ kind, state }) => `${kind} ${state}`).join(', ')
    return cases.length > 0 ? [] : [difference('neither at its end nor a case', 'an end', states)]
  }
  const booked = chargesOf([payment], ledger)
  const found: Difference[] = []
  for (const { executions, entries, orderCode } of booked) {
    const unpaid = entries.filter(({ kind }) => kind === 'refused' || kind === 'error').length
    if (executions - unpaid > 1) {
      found.push(difference('a reference was executed more than once', '1', `${orderCode}: ${executions}`))
    }
  }
  const live = liveByJournal(payment)
  const liveThere = sum(booked, 'liveMinor')
  if (live !== liveThere) found.push(difference('money that stands, journal and ledger', live, liveThere))
  // A reversal gives back in the provider's way: whether it had captured before is its affair.
  const captured = balances.capturedMinor + balances.capturingMinor
  const capturedThere = sum(booked, 'capturedMinor')
  const isGivenBack = operations.some(({ kind }) => kind === 'reversal')
  if (!isGivenBack && captured !== capturedThere) {
    found.push(difference('captured, journal and ledger', captured, capturedThere))
  }
  return found
}

function liveByJournal(payment: Payment): bigint {
  const { authorizedMinor, voidedMinor, refundedMinor, refundingMinor, chargedBackMinor } = payment.balances
  const stands = payment.operations.some(
    (charge) => isCharge(charge) && charge.state === 'approved' && !isReversed(payment, charge),
  )
  return stands ? authorizedMinor - voidedMinor - refundedMinor - refundingMinor - chargedBackMinor : 0n
}

/** The shop says paid if and only if the order was charged; whoever paid has one mail, whoever did not has none. */
function ofShop(
  order: ShopOrder,
  payments: readonly Payment[],
  ledger: ReadonlyMap<string, LedgerOrder>,
  { mailsTo, shown }: Books,
): readonly Difference[] {
  const found: Difference[] = []
  const compare = (what: string, expected: bigint | string, is: bigint | string): void => {
    if (expected !== is)
      found.push({ orderId: order.id, what, expected: String(expected), found: String(is) })
  }
  const paid = wasPaid(payments)
  const isRefunded = payments.some(({ status }) => status === 'refunded')
  const liveMinor = sum(chargesOf(payments, ledger), 'liveMinor')
  const isUnresolved = payments.some(({ status }) => status === 'started' || status === 'in-progress')
  if (!isUnresolved) {
    const mustStand = order.status === 'paid' && !isRefunded ? order.totalMinor : 0n
    compare('money that stands, shop and ledger', mustStand, liveMinor)
  }
  compare('paid, journal and shop', paid ? 'paid' : 'not paid', order.status === 'paid' ? 'paid' : 'not paid')
  const mails = mailsTo.filter((to) => to === order.email).length
  compare('order mails', paid ? '1' : '0', String(mails))
  const told = shown.get(order.id)
  if (told !== undefined) compare('what the payer was told', paid ? 'paid' : 'unpaid', told)
  return found
}

function ofOrdersUnknown(
  payments: ReadonlyMap<string, readonly Payment[]>,
  { orders }: Books,
): readonly Difference[] {
  const known = new Set(orders.map(({ id }) => id))
  return [...payments.keys()]
    .filter((orderId) => !known.has(orderId))
    .map((orderId) => ({
      orderId,
      what: 'the shop does not know the order',
      expected: 'an order',
      found: 'none',
    }))
}

/** What was sold has left the shelf, and nothing else is missing or set aside. */
function ofShelf(
  { sku, before, after, reserved }: Shelf,
  payments: ReadonlyMap<string, readonly Payment[]>,
  { orders }: Books,
): readonly Difference[] {
  const sold = orders
    .filter(({ id }) => wasPaid(payments.get(id) ?? []))
    .flatMap(({ lines }) => lines.filter((line) => line.sku === sku))
    .reduce((total, { quantity }) => total + quantity, 0)
  const found: Difference[] = []
  const compare = (what: string, expected: number, is: number): void => {
    if (expected !== is) found.push({ orderId: '', what, expected: String(expected), found: String(is) })
  }
  compare(`${sku} on the shelf`, before - sold, after)
  const isUnderWay = [...payments.values()].flat().some(({ status }) => status === 'in-progress')
  if (!isUnderWay) compare(`${sku} set aside`, 0, reserved)
  return found
}

/** Money was taken for the order, and what was given back since was given back as a refund. */
function wasPaid(payments: readonly Payment[]): boolean {
  return payments.some(({ status }) => status === 'paid' || status === 'refunded' || status === 'disputed')
}

function sum(booked: readonly LedgerOrder[], name: 'liveMinor' | 'capturedMinor'): bigint {
  return booked.reduce((total, order) => total + BigInt(order[name]), 0n)
}
