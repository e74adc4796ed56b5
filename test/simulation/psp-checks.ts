import { operationStates } from '../../src/payment/operation-states.ts'
import { isCharge, type Payment } from '../../src/payment/state.ts'
import type { WorldpayState } from '../../src/simulators/worldpay/index.ts'
import type { Books } from './books.ts'
import { Violation } from './invariant.ts'
import type { Subject } from './subject.ts'

/** Before the PSP executes a message: S2, nothing is executed that was not written down. */
export function checkBefore(books: Books, { kind, orderCode, reference }: Subject): void {
  const payment = books.paymentOf(orderCode)
  if (payment === undefined)
    throw new Violation('S2', `the PSP got ${kind} for ${orderCode}, which was never written down`)
  const written = payment.operations.some((operation) => {
    if (kind === 'charge' || kind === 'registration') return operation.reference === orderCode
    if (kind === 'second-leg') return operation.reference === orderCode && operation.leg > 1
    if (operation.target !== orderCode) return false
    if (kind === 'capture' || kind === 'refund') return operation.reference === reference
    return operation.kind === (kind === 'reversal' ? 'reversal' : 'void')
  })
  if (!written) throw new Violation('S2', `the PSP got a ${kind} of ${orderCode} that was not written down`)
  if (kind === 'second-leg' && !books.returned.has(orderCode)) {
    throw new Violation('S2', `a second leg of ${orderCode} was sent, and its payer has not come back`)
  }
}

/** S2: nothing tells a capture or refund that is sent again from another one, so that each is sent once. */
export function checkOnce(psp: WorldpayState, { kind, orderCode, reference }: Subject): void {
  if (reference === undefined) return
  const charges = psp.orders[orderCode]?.charges ?? []
  if (charges.some(({ modifications }) => modifications.some((other) => other.reference === reference))) {
    throw new Violation('S2', `the PSP got ${kind} ${reference} of ${orderCode} once more`)
  }
}

/** The payer's browser is sent to the PSP's page: its address was written down before anybody got it (S2). */
export function wrongPage(books: Books, paymentId: string): Violation | undefined {
  const charge = books.payments.get(paymentId)?.payment.operations.findLast((other) => isCharge(other))
  if (charge?.payableForMs !== undefined && charge.state !== 'intended') return undefined
  const state = charge?.state
  return new Violation('S2', `a payer got a page for ${paymentId}, which is '${state}' in the journal`)
}

/** Before a payer pays on the PSP's page. */
export function checkPage(books: Books, orderCode: string): void {
  const operation = books.operationOf(orderCode)
  if (operation?.payableForMs === undefined) {
    throw new Violation('S2', `${orderCode} was paid on a page that was not written down`)
  }
}

/** After money may have become live: S1 for its order, S3 for an operation that the journal has closed. */
export function checkLive(books: Books, orderCode: string): void {
  const payment = books.paymentOf(orderCode)
  const operation = books.operationOf(orderCode)
  if (payment === undefined || operation === undefined) return
  const live = books.ledger(orderCode)
  if (live === undefined || live.liveMinor === 0n) return
  if (operationStates[operation.state].live === 'no') {
    throw new Violation('S3', `${orderCode} was executed after the journal closed it as '${operation.state}'`)
  }
  const executions = liveOf(books, payment.orderId)
  // Where the payer may change their mind a second authorization lives until it is reversed; a second capture never.
  if (executions > 1 && !books.switching) {
    throw new Violation('S1', `order ${payment.orderId} has ${executions} live charges`)
  }
}

/** After a capture took effect: S1, of all payments of an order one alone has taken money. */
export function checkCaptured(books: Books, orderCode: string): void {
  const payment = books.paymentOf(orderCode)
  if (payment === undefined) return
  const taken = chargesOf(books, payment.orderId).filter((reference) => {
    const ledger = books.ledger(reference)
    return ledger !== undefined && ledger.capturedMinor - ledger.refundedMinor - ledger.chargedBackMinor > 0n
  })
  if (taken.length > 1)
    throw new Violation('S1', `order ${payment.orderId} was captured ${taken.length} times`)
}

/** How many executions of an order hold money now. */
export function liveOf(books: Books, orderId: string): number {
  return chargesOf(books, orderId).reduce(
    (sum, reference) => sum + (books.ledger(reference)?.liveExecutions ?? 0),
    0,
  )
}

function chargesOf(books: Books, orderId: string): readonly string[] {
  const found: string[] = []
  for (const { payment } of books.payments.values()) {
    if (payment.orderId === orderId) found.push(...chargeReferences(payment))
  }
  return found
}

function chargeReferences({ operations }: Payment): readonly string[] {
  return operations.filter((operation) => isCharge(operation)).map(({ reference }) => reference)
}
