import type { Answer, Found, GatewayOperation } from '../../gateway/gateway.ts'
import { onlyChild } from '../../gateway/xml.ts'
import type { XmlElement } from '../../gateway/xml.ts'
import type { Balances } from '../../payment/events.ts'
import type { WireAmount } from './amounts.ts'
import { fromWire } from './amounts.ts'
import { amountOf, ANOTHER_ORDER, echoOf, lastEventOf, notesOf, open, whyNot } from './envelope.ts'
import type { Opened } from './envelope.ts'
import { chargeReferenceOf, type Merchant } from './messages.ts'
import { errorMeaning, lastEvents } from './words.ts'
import type { LastEvent } from './words.ts'

/** The answer to an `orderInquiry`. Not paid so far, on Worldpay's page, looks like never heard of. */
export function inquiryFound(answer: Answer, operation: GatewayOperation, merchant: Merchant): Found {
  const reference = chargeReferenceOf(operation)
  const opened = open(answer, merchant)
  if (opened.kind === 'error') return errorFound(opened, reference)
  if (opened.kind !== 'status') return unavailable(whyNot(opened))
  if (opened.orderCode !== reference) return unavailable(ANOTHER_ORDER)
  const payment = onlyChild(opened.status, 'payment')
  if (payment === undefined) return unavailable('the status of an order without its payment')
  return paymentFound(payment, lastEventOf(payment), reference)
}

/** What a `payment` tells of the charge, by the event that it is about; `unavailable` where that is nothing certain. */
export function paymentFound(payment: XmlElement, event: string, reference: string): Found {
  const known = lastEvents.get(event)
  const notes = notesOf(payment, event)
  const amount = amountOf(onlyChild(payment, 'amount'))
  if (known === undefined) return { kind: 'unavailable', ...notes }
  if (known.charge === 'approved' && amount === undefined) return { kind: 'unavailable', ...notes }
  const balances = amount === undefined ? undefined : balancesOf(payment, amount, known)
  if (known.charge === 'reversed' && showsTakenMoney(payment)) {
    return { kind: 'unavailable', ...notes, text: `${notes.text}, and yet money is taken` }
  }
  return {
    kind: 'found',
    ...notes,
    echo: echoOf(reference, amount),
    charge: isRefundedInFull(known, balances) ? 'reversed' : known.charge,
    captured: known.captured,
    ...(known.refunds === 'sent' ? { refunding: true } : {}),
    ...(balances === undefined ? {} : { balances }),
    ...(known.failed === undefined ? {} : { failed: known.failed }),
    ...(known.dispute === undefined ? {} : { dispute: known.dispute }),
    ...(known.expired === true ? { expired: true } : {}),
  }
}

/**
 * Only balances tell: the same words stand for a refund in part. What is authorized still is live as well, and so is
 * what a refund that was sent may still give back when it fails.
 */
function isRefundedInFull({ refunds }: LastEvent, balances: Balances | undefined): boolean {
  return refunds === 'booked' && balances !== undefined && balances.refundedMinor === balances.authorizedMinor
}

/** Whatever its currency, which after settlement often is another than the order's. */
function showsTakenMoney(payment: XmlElement): boolean {
  return payment.children.some(
    (child) =>
      child.name === 'balance' &&
      CAPTURED_ACCOUNTS.has(child.attributes['accountType'] ?? '') &&
      !/^0*$/.test(onlyChild(child, 'amount')?.attributes['value'] ?? ''),
  )
}

const CAPTURED_ACCOUNTS = new Set([
  'IN_PROCESS_CAPTURED',
  'SETTLED_BIBIT_NET',
  'SETTLED_BIBIT_COMMISSION',
  'SETTLED_BIBIT_GROSS',
])

/**
 * What is booked, in ISO minor units. Worldpay shows what is left of the captured money, so captured less refunded is
 * exact; where refunds may have gone out, what is not authorized any more is taken for captured. A refund that was
 * only received has moved nothing. Undefined unless every balance is in a known account and in the order's own
 * currency, which after settlement it often is not, and while the payer's bank holds some of it.
 */
function balancesOf(
  payment: XmlElement,
  amount: WireAmount,
  { refunds, dispute }: LastEvent,
): Balances | undefined {
  const shown = payment.children.filter((child) => child.name === 'balance')
  const authorizedMinor = fromWire(amount)
  if (shown.length === 0 || authorizedMinor === undefined || dispute === 'charged-back') return undefined
  let uncapturedMinor = 0n
  let leftMinor = 0n
  for (const balance of shown) {
    const part = amountOf(onlyChild(balance, 'amount'))
    if (part?.currency !== amount.currency) return undefined
    const partMinor = fromWire(part)
    const account = balance.attributes['accountType'] ?? ''
    if (partMinor === undefined) return undefined
    if (account === 'IN_PROCESS_AUTHORISED') uncapturedMinor += partMinor
    else if (CAPTURED_ACCOUNTS.has(account)) leftMinor += partMinor
    else return undefined
  }
  // A chargeback that was won is the last word: what was refunded before it no other word tells.
  const mayBeRefunded = refunds !== undefined || dispute === 'reversed'
  const capturedMinor = mayBeRefunded ? authorizedMinor - uncapturedMinor : leftMinor
  if (leftMinor > capturedMinor || capturedMinor > authorizedMinor) return undefined
  return { authorizedMinor, capturedMinor, refundedMinor: capturedMinor - leftMinor }
}

function errorFound(error: Opened & { readonly kind: 'error' }, reference: string): Found {
  if (error.orderCode !== undefined && error.orderCode !== reference) return unavailable(ANOTHER_ORDER)
  const kind = errorMeaning(error.code, error.text)?.inquiry ?? 'unavailable'
  return { kind, code: error.code, text: error.text }
}

function unavailable(text: string): Found {
  return { kind: 'unavailable', text }
}
