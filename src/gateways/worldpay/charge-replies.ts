import type { Answer, GatewayOperation, Outcome } from '../../gateway/gateway.ts'
import { onlyChild } from '../../gateway/xml.ts'
import type { XmlElement } from '../../gateway/xml.ts'
import {
  amountOf,
  ANOTHER_ORDER,
  echoOf,
  lastEventOf,
  note,
  notesOf,
  open,
  unauthorized,
  unclear,
  whyNot,
} from './envelope.ts'
import type { Merchant } from './messages.ts'
import { isTrustworthy } from './option-checks.ts'
import { type Authentication, challengeOutcome } from './three-d-secure.ts'
import { errorMeaning, lastEvents, SOFT_DECLINE_CODE, softExemptionResults } from './words.ts'
import type { LastEvent } from './words.ts'

/*
 * The answers to orders, as outcomes. HTTP 200 means nothing by itself; whatever is not fully understood, or is about
 * another order, is `unclear` (F4).
 */

/**
 * The answer to a sale or an authorization, or to its second leg. "Could not find order" there is doubt, not a refusal:
 * a leg that was delivered twice hears it after the first one was executed.
 */
export function chargeOutcome(
  answer: Answer,
  operation: GatewayOperation,
  merchant: Merchant,
  authentication?: Authentication,
): Outcome {
  const { reference } = operation
  const status = statusOf(answer, reference, merchant)
  if (!('element' in status)) return status
  const payment = onlyChild(status.element, 'payment')
  if (payment !== undefined) return paymentOutcome(payment, status.element, reference, authentication)
  const required = onlyChild(status.element, 'challengeRequired')
  if (required === undefined) return unclear('the status of an order without its payment')
  if (authentication === undefined) return unclear('a challenge that was not asked for')
  return (
    challengeOutcome(required, answer, operation, authentication) ??
    unclear('a challenge that cannot be put to the payer')
  )
}

/** The answer to the registration of an order for Worldpay's page. */
export function registrationOutcome(
  answer: Answer,
  { reference }: GatewayOperation,
  merchant: Merchant,
): Outcome {
  const status = statusOf(answer, reference, merchant)
  if (!('element' in status)) return status
  const registered = onlyChild(status.element, 'reference')
  const others = status.element.children.filter((child) => child !== registered)
  if (registered === undefined || !others.every(({ name }) => BESIDE_A_REFERENCE.has(name))) {
    return unclear('an order that was not just registered')
  }
  const url = registered.text.trim()
  if (!isPage(url)) return unclear('a registration without the address of a page')
  const id = note(registered.attributes['id'] ?? '')
  return {
    kind: 'awaiting-payer',
    text: 'registered: the payer pays on Worldpay’s page',
    ...(id === '' ? {} : { pspReference: id }),
    echo: { reference },
    handover: Object.freeze({ kind: 'hosted', url }),
  }
}

const BESIDE_A_REFERENCE = new Set(['token', 'date', 'echoData'])
const PAGE_ADDRESS_MAX = 2_048

/** What the payer's browser is sent to, with our own parameters after it. */
function isPage(text: string): boolean {
  const url = text.length > PAGE_ADDRESS_MAX ? null : URL.parse(text)
  return url !== null && isTrustworthy(url) && url.username === '' && url.password === '' && url.hash === ''
}

/** The status of our order, or the outcome where there is none. */
function statusOf(
  answer: Answer,
  reference: string,
  merchant: Merchant,
): { readonly element: XmlElement } | Outcome {
  const opened = open(answer, merchant)
  if (opened.kind === 'error') {
    if (opened.orderCode !== undefined && opened.orderCode !== reference) return unclear(ANOTHER_ORDER)
    const kind = errorMeaning(opened.code, opened.text)?.charge ?? 'unclear'
    const notes = { code: opened.code, text: opened.text }
    return kind === 'invalid' ? { kind, ...notes, echo: { reference } } : { kind, ...notes }
  }
  if (opened.kind === 'unauthorized') return unauthorized(reference)
  if (opened.kind !== 'status') return unclear(whyNot(opened))
  return opened.orderCode === reference ? { element: opened.status } : unclear(ANOTHER_ORDER)
}

function paymentOutcome(
  payment: XmlElement,
  status: XmlElement,
  reference: string,
  authentication: Authentication | undefined,
): Outcome {
  const event = lastEventOf(payment)
  const known = lastEvents.get(event)
  const notes = notesOf(payment, event)
  const amount = amountOf(onlyChild(payment, 'amount'))
  const echo = echoOf(reference, amount)
  if (known === undefined) return { kind: 'unclear', ...notes }
  switch (known.charge) {
    case 'approved':
      // An approval that does not say of what is none: the amount is declared as echoed.
      if (amount === undefined || isLater(known)) return { kind: 'unclear', ...notes }
      return { kind: 'approved', ...notes, echo, captured: known.captured }
    case 'declined': {
      // Where there is no 3-D Secure to look again with, a refusal is a refusal.
      const soft = authentication !== undefined && isSoft(payment, status)
      return { kind: 'declined', ...notes, echo, ...(soft ? { soft } : {}) }
    }
    case 'pending':
      return { kind: 'pending', ...notes, echo }
    case 'reversed':
      // CANCELLED as the first answer: Worldpay's own checks undid it, and no money is live.
      return { kind: 'declined', ...notes, echo }
    case 'open':
      return { kind: 'unclear', ...notes }
    default:
      return known.charge satisfies never
  }
}

/** What cannot be the answer to an order, since something had to happen to its money before. */
function isLater({ refunds, failed, dispute }: LastEvent): boolean {
  return refunds !== undefined || failed !== undefined || dispute !== undefined
}

/** The issuer did not want to decide without 3-D Secure. */
function isSoft(payment: XmlElement, status: XmlElement): boolean {
  const code = onlyChild(payment, 'ISO8583ReturnCode')?.attributes['code']
  const result = onlyChild(status, 'exemptionResponse')?.attributes['result'] ?? ''
  return code === SOFT_DECLINE_CODE || softExemptionResults.has(result)
}
