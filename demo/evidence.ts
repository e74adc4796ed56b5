import type { Evidence, PaymentEvent } from '../src/payment/events.ts'
import { isCharge, type Operation, type Payment } from '../src/payment/state.ts'
import type { Payer } from './payer.ts'
import type { LedgerOrder } from './shop-process.ts'

/** One payment of the journal with all its events, in their order. */
export interface PaymentBooks {
  readonly payment: Payment
  readonly events: readonly PaymentEvent[]
}

/** Everything that is known of one order in the end. */
export interface OrderBooks {
  readonly payer: Payer
  /** The first first. */
  readonly payments: readonly PaymentBooks[]
  /** What the provider has booked for these payments. */
  readonly ledger: readonly LedgerOrder[]
}

/** What its payer saw, as its part in the play has noted it. */
export function saw({ payer }: OrderBooks, what: string): boolean {
  return payer.met.has(what)
}

/** An operation was in doubt, for this reason. */
export function doubted(books: OrderBooks, why: RegExp): boolean {
  return eventsOf(books).some(
    (event) =>
      event.type === 'operation-doubted' && why.test(`${event.evidence.code ?? ''} ${event.evidence.text}`),
  )
}

/** The first payment's charge was executed at the provider, whatever was answered; refusals count. */
export function wasExecuted(books: OrderBooks): boolean {
  const reference = firstCharge(books)?.reference
  return books.ledger.some(({ orderCode, executions }) => orderCode === reference && executions > 0)
}

export function firstCharge({ payments }: OrderBooks): Operation | undefined {
  return payments[0]?.payment.operations.find((operation) => isCharge(operation))
}

/** How the first payment's charge ended, by what. */
export function endedBy(books: OrderBooks, state: Operation['state'], source: Evidence['source']): boolean {
  const charge = firstCharge(books)
  return charge?.state === state && charge.evidence?.source === source
}

/** The journal has such events for this order, in this order. */
export function eventsOf({ payments }: OrderBooks): readonly PaymentEvent[] {
  return payments.flatMap(({ events }) => events)
}

/** It was begun before a process was killed, and went on after it. */
export function livedThroughKill(books: OrderBooks): boolean {
  const { killedAtMs } = books.payer
  return books.payments.some(({ payment, events }) => {
    const movedAtMs = events.flatMap((event) => ('evidence' in event ? [event.evidence.atMs] : []))
    return (
      killedAtMs !== undefined &&
      payment.openedAtMs <= killedAtMs &&
      movedAtMs.some((atMs) => atMs > killedAtMs)
    )
  })
}

/** Words of the notifications that were written down, in the order in which they came. */
export function notifiedWords(books: OrderBooks): readonly string[] {
  return eventsOf(books).flatMap((event) =>
    event.type === 'notified' && event.evidence.source === 'notification' ? [event.evidence.text] : [],
  )
}

/** The payer's browser was at one of our doors. */
export function cameBack(books: OrderBooks): boolean {
  return eventsOf(books).some((event) => event.type === 'notified' && event.evidence.source === 'return')
}
