import type { Answer, Found, GatewayOperation, Outcome } from '../../gateway/gateway.ts'
import { onlyChild } from '../../gateway/xml.ts'
import type { XmlElement } from '../../gateway/xml.ts'
import type { Balances } from '../../payment/events.ts'
import type { WireAmount } from './amounts.ts'
import { fromWire } from './amounts.ts'
import type { WorldpayConfig } from './config.ts'
import { amountOf, echoOf, note, notesOf, open } from './envelope.ts'
import type { Opened } from './envelope.ts'
import { chargeReferenceOf, targetOf } from './messages.ts'
import { effects, errorMeaning, lastEvents, receipts } from './words.ts'
import type { LastEvent } from './words.ts'

/*
 * The wire messages that come in, as outcomes. HTTP 200 means nothing by itself; whatever is not fully understood,
 * or is about another order, is `unclear` or `unavailable` (F4).
 */

type Merchant = Pick<WorldpayConfig, 'merchantCode'>

/** The answer to a sale or an authorization. */
export function chargeOutcome(answer: Answer, { reference }: GatewayOperation, merchant: Merchant): Outcome {
  const opened = open(answer, merchant)
  if (opened.kind === 'error') {
    if (opened.orderCode !== undefined && opened.orderCode !== reference) return unclear(ANOTHER_ORDER)
    const kind = errorMeaning(opened.code, opened.text)?.charge ?? 'unclear'
    const notes = { code: opened.code, text: opened.text }
    return kind === 'invalid' ? { kind, ...notes, echo: { reference } } : { kind, ...notes }
  }
  if (opened.kind === 'unauthorized') return unauthorized(reference)
  if (opened.kind !== 'status') return unclear(whyNot(opened))
  if (opened.orderCode !== reference) return unclear(ANOTHER_ORDER)
  const payment = onlyChild(opened.status, 'payment')
  if (payment === undefined) return unclear('the status of an order without its payment')
  return paymentOutcome(payment, reference)
}

function paymentOutcome(payment: XmlElement, reference: string): Outcome {
  const event = lastEventOf(payment)
  const known = lastEvents.get(event)
  const notes = notesOf(payment, event)
  const amount = amountOf(onlyChild(payment, 'amount'))
  const echo = echoOf(reference, amount)
  if (known === undefined) return { kind: 'unclear', ...notes }
  switch (known.charge) {
    case 'approved':
      // An approval that does not say of what is none: the amount is declared as echoed.
      if (amount === undefined || known.refunds !== undefined || known.failed !== undefined)
        return { kind: 'unclear', ...notes }
      return { kind: 'approved', ...notes, echo, captured: known.captured }
    case 'declined':
      return { kind: 'declined', ...notes, echo }
    case 'pending':
      return { kind: 'pending', ...notes, echo }
    case 'reversed':
      // CANCELLED as the first answer: Worldpay's own checks undid it, and no money is live.
      return { kind: 'declined', ...notes, echo }
    default:
      return known.charge satisfies never
  }
}

/** The answer to a capture, void, refund or reversal. */
export function modificationOutcome(
  answer: Answer,
  operation: GatewayOperation,
  merchant: Merchant,
): Outcome {
  const { reference } = targetOf(operation)
  const opened = open(answer, merchant)
  switch (opened.kind) {
    case 'error': {
      if (opened.orderCode !== undefined && opened.orderCode !== reference) return unclear(ANOTHER_ORDER)
      const kind = errorMeaning(opened.code, opened.text)?.modification ?? 'unclear'
      const notes = { code: opened.code, text: opened.text }
      return kind === 'unclear' ? { kind, ...notes } : { kind, ...notes, echo: { reference } }
    }
    case 'ok':
      return receiptOutcome(opened.receipt, operation, reference)
    case 'status':
      if (opened.orderCode !== reference) return unclear(ANOTHER_ORDER)
      return effectOutcome(onlyChild(opened.status, 'payment'), operation, reference)
    case 'unauthorized':
      return unauthorized(reference)
    case 'unusable':
      return unclear(whyNot(opened))
    default:
      return opened satisfies never
  }
}

function receiptOutcome(receipt: XmlElement, { kind }: GatewayOperation, reference: string): Outcome {
  if (receipts[kind]?.includes(receipt.name) !== true)
    return unclear(`${receipt.name} answers another request`)
  if (receipt.attributes['orderCode'] !== reference) return unclear(ANOTHER_ORDER)
  const echo = echoOf(reference, amountOf(onlyChild(receipt, 'amount')))
  return { kind: 'accepted', code: note(receipt.name), text: 'received for processing', echo }
}

/** The amount in such an answer may be the order's or the modification's, so it is no echo. */
function effectOutcome(
  payment: XmlElement | undefined,
  { kind }: GatewayOperation,
  reference: string,
): Outcome {
  if (payment === undefined) return unclear('the status of an order without its payment')
  const event = lastEventOf(payment)
  const notes = notesOf(payment, event)
  const words = effects[kind]
  if (words?.done.includes(event)) return { kind: 'done', ...notes, echo: { reference } }
  if (words?.accepted.includes(event)) return { kind: 'accepted', ...notes, echo: { reference } }
  if (words?.refused.includes(event)) return { kind: 'refused', ...notes, echo: { reference } }
  return { kind: 'unclear', ...notes }
}

/** The answer to an `orderInquiry`. */
export function inquiryFound(answer: Answer, operation: GatewayOperation, merchant: Merchant): Found {
  const reference = chargeReferenceOf(operation)
  const opened = open(answer, merchant)
  if (opened.kind === 'error') return errorFound(opened, reference)
  if (opened.kind !== 'status') return unavailable(whyNot(opened))
  if (opened.orderCode !== reference) return unavailable(ANOTHER_ORDER)
  const payment = onlyChild(opened.status, 'payment')
  if (payment === undefined) return unavailable('the status of an order without its payment')
  const event = lastEventOf(payment)
  const known = lastEvents.get(event)
  const notes = notesOf(payment, event)
  const amount = amountOf(onlyChild(payment, 'amount'))
  if (known === undefined) return { kind: 'unavailable', ...notes }
  if (known.charge === 'approved' && amount === undefined) return { kind: 'unavailable', ...notes }
  const balances = amount === undefined ? undefined : balancesOf(payment, amount, known.refunds !== undefined)
  if (known.charge === 'reversed' && balances !== undefined && balances.capturedMinor > 0n) {
    return { kind: 'unavailable', ...notes, text: `${notes.text}, and yet money is taken` }
  }
  return {
    kind: 'found',
    ...notes,
    echo: echoOf(reference, amount),
    charge: isRefundedInFull(known, balances) ? 'reversed' : known.charge,
    ...(known.refunds === 'sent' ? { refunding: true } : {}),
    captured: known.captured,
    ...(balances === undefined ? {} : { balances }),
    ...(known.failed === undefined ? {} : { failed: known.failed }),
  }
}

/**
 * Only balances tell: the same words stand for a refund in part. What is authorized still is live as well, and so is
 * what a refund that was sent may still give back when it fails.
 */
function isRefundedInFull({ refunds }: LastEvent, balances: Balances | undefined): boolean {
  return refunds === 'booked' && balances !== undefined && balances.refundedMinor === balances.authorizedMinor
}

const CAPTURED_ACCOUNTS = new Set([
  'IN_PROCESS_CAPTURED',
  'SETTLED_BIBIT_NET',
  'SETTLED_BIBIT_COMMISSION',
  'SETTLED_BIBIT_GROSS',
])

/**
 * What is booked, in ISO minor units. Worldpay shows what is left of the captured money, so captured less refunded is
 * exact; where `refunds` may have gone out, what is not authorized any more is taken for captured. A refund that was
 * only received has moved nothing. Undefined unless every balance is in a known account and in the order's own
 * currency: after settlement it often is in another.
 */
function balancesOf(payment: XmlElement, amount: WireAmount, refunds: boolean): Balances | undefined {
  const shown = payment.children.filter((child) => child.name === 'balance')
  const authorizedMinor = fromWire(amount)
  if (shown.length === 0 || authorizedMinor === undefined) return undefined
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
  const capturedMinor = refunds ? authorizedMinor - uncapturedMinor : leftMinor
  if (leftMinor > capturedMinor || capturedMinor > authorizedMinor) return undefined
  return { authorizedMinor, capturedMinor, refundedMinor: capturedMinor - leftMinor }
}

function errorFound(error: Opened & { readonly kind: 'error' }, reference: string): Found {
  if (error.orderCode !== undefined && error.orderCode !== reference) return unavailable(ANOTHER_ORDER)
  const kind = errorMeaning(error.code, error.text)?.inquiry ?? 'unavailable'
  return { kind, code: error.code, text: error.text }
}

const ANOTHER_ORDER = 'a reply about another order'

/** The text `null` stands for no event at all. */
function lastEventOf(payment: XmlElement): string {
  const event = onlyChild(payment, 'lastEvent')?.text.trim() ?? ''
  return event === '' || event === 'null' ? 'no event' : note(event)
}

function whyNot(opened: Opened): string {
  if (opened.kind === 'unusable') return opened.why
  return opened.kind === 'unauthorized'
    ? 'HTTP 401: wrong credentials'
    : `a reply of another kind (${opened.kind})`
}

function unclear(text: string): Outcome {
  return { kind: 'unclear', text }
}

function unavailable(text: string): Found {
  return { kind: 'unavailable', text }
}

/** Wrong credentials are found out before the body is read: never processed. */
function unauthorized(reference: string): Outcome {
  return {
    kind: 'invalid',
    code: '401',
    text: 'Worldpay does not accept the XML username and password',
    echo: { reference },
  }
}
