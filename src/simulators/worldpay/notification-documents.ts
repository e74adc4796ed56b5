import { amountElement, paymentElement, wholeDocument } from './replies.ts'
import { standingOf } from './standing.ts'
import type { Charge, Message, WorldpayState } from './state.ts'
import { escapeXml } from './xml.ts'

/** A transfer between two accounts of the gateway's books. */
interface Posting {
  readonly from?: string
  readonly to?: string
}

const AUTHORISED = 'IN_PROCESS_AUTHORISED'
const CAPTURED = 'IN_PROCESS_CAPTURED'

/** What an event moves in the books; events that move nothing are not here. */
const POSTINGS: Readonly<Record<string, Posting>> = {
  AUTHORISED: { to: AUTHORISED },
  CANCELLED: { from: AUTHORISED },
  EXPIRED: { from: AUTHORISED },
  CAPTURED: { from: AUTHORISED, to: CAPTURED },
  CAPTURE_FAILED: { from: CAPTURED, to: AUTHORISED },
  SENT_FOR_REFUND: { from: CAPTURED },
  REFUNDED: { from: CAPTURED },
  REFUND_FAILED: { to: CAPTURED },
  CHARGED_BACK: { from: CAPTURED },
  CHARGEBACK_REVERSED: { to: CAPTURED },
}

/** The modification of the merchant that an event belongs to. */
const CAUSES: Readonly<Record<string, string>> = {
  CANCELLED: 'cancel',
  CAPTURED: 'capture',
  CAPTURE_FAILED: 'capture',
  SENT_FOR_REFUND: 'refund',
  REFUNDED: 'refund',
  REFUND_FAILED: 'refund',
}

const DAY_MS = 24 * 3_600_000
const BATCHES = 1_000

/** A notification as it is sent: the payment as it stood when the event happened, whenever it is delivered. */
export function notificationDocument(state: WorldpayState, message: Message): string | undefined {
  if (message.forged !== undefined) return message.forged
  const charge = state.orders[message.orderCode]?.charges[message.chargeIndex]
  if (charge === undefined) return undefined
  const payment = paymentElement(charge, standingOf(charge, message.atMs), message.event)
  const journal = state.options.notificationJournal ? journalElement(charge, message) : ''
  return notifyDocument(state, message.orderCode, payment + journal)
}

/** What a forger knows of an order: enough for a notification that looks right. */
export interface ForgedFacts {
  readonly orderCode: string
  readonly amountMinor: string
  readonly currency: string
  readonly exponent: number
}

/** A notification of something that has not happened. */
export function forgedDocument(state: WorldpayState, event: string, facts: ForgedFacts): string {
  const amount = amountElement(facts.amountMinor, facts.currency, facts.exponent)
  const account = event === 'AUTHORISED' ? AUTHORISED : CAPTURED
  return notifyDocument(
    state,
    facts.orderCode,
    `<payment><paymentMethod>VISA_CREDIT-SSL</paymentMethod>${amount}<lastEvent>${event}</lastEvent><AuthorisationId id="000000"/><balance accountType="${account}">${amount}</balance><riskScore value="0"/></payment>`,
  )
}

function notifyDocument(state: WorldpayState, orderCode: string, inner: string): string {
  return wholeDocument(
    state.options.merchantCode,
    `<notify><orderStatusEvent orderCode="${escapeXml(orderCode)}">${inner}</orderStatusEvent></notify>`,
  )
}

function journalElement(charge: Charge, message: Message): string {
  const { event, atMs, reference } = message
  const date = new Date(atMs)
  const booked = `<bookingDate><date dayOfMonth="${date.getUTCDate()}" month="${date.getUTCMonth() + 1}" year="${date.getUTCFullYear()}"/></bookingDate>`
  const type = CAUSES[event]
  const cause =
    reference === undefined || type === undefined
      ? ''
      : `<journalReference type="${type}" reference="${escapeXml(reference)}"/>`
  return `<journal journalType="${event}" sent="n">${booked}${transactions(charge, message)}${cause}</journal>`
}

function transactions(charge: Charge, { event, amountMinor, atMs }: Message): string {
  const { from, to } = POSTINGS[event] ?? {}
  const transaction = (account: string, side: 'debit' | 'credit'): string => {
    // Captured money is settled in batches, one a day.
    const batch = account === CAPTURED ? ` batchId="${(Math.floor(atMs / DAY_MS) % BATCHES) + 1}"` : ''
    const amount = amountElement(amountMinor, charge.currency, charge.exponent, side)
    return `<accountTx accountType="${account}"${batch}>${amount}</accountTx>`
  }
  return (
    (from === undefined ? '' : transaction(from, 'debit')) +
    (to === undefined ? '' : transaction(to, 'credit'))
  )
}
