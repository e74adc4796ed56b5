import { maskCardNumbers } from '../../gateway/card.ts'
import type { Answer, Echo, Outcome, OutcomeNotes } from '../../gateway/gateway.ts'
import { onlyChild, parseXml } from '../../gateway/xml.ts'
import type { XmlElement } from '../../gateway/xml.ts'
import type { WireAmount } from './amounts.ts'
import type { WorldpayConfig } from './config.ts'

/** What came back, opened: the one thing that a reply says, an error, or nothing that can be used. */
export type Opened =
  | { readonly kind: 'status'; readonly orderCode: string; readonly status: XmlElement }
  | { readonly kind: 'ok'; readonly receipt: XmlElement }
  /** `orderCode` where the error stands in an order's status. */
  | {
      readonly kind: 'error'
      readonly orderCode: string | undefined
      readonly code: string
      readonly text: string
    }
  /** HTTP 401: the credentials were wrong and nothing was looked at. */
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'unusable'; readonly why: string }

const PUBLIC_IDS = ['-//WorldPay//', '-//Bibit//', '-//RBS WorldPay//']

/** Longest note that is kept, in characters. */
const NOTE_MAX = 300

/** Opens an answer as far as it is the same for every message; a reply to another merchant is unusable. */
export function open(answer: Answer, { merchantCode }: Pick<WorldpayConfig, 'merchantCode'>): Opened {
  if (answer.status === 401) return { kind: 'unauthorized' }
  if (answer.status !== 200) return unusable(`HTTP ${answer.status}`)
  const read = messageIn(answer.body)
  if (typeof read === 'string') return unusable(read)
  if (read.merchantCode !== undefined && read.merchantCode !== merchantCode) {
    return unusable('a reply for another merchant')
  }
  return read.message.name === 'reply' ? openReply(read.message) : unusable('not a reply')
}

/** The one message of a document, whoever it is for; a text says why there is none. Hostile input throws nothing. */
export function messageIn(
  document: Uint8Array | string,
): { readonly merchantCode: string | undefined; readonly message: XmlElement } | string {
  const read = parseXml(document, { publicIds: PUBLIC_IDS })
  if (!read.ok) return `not the XML of Worldpay: ${read.why}`
  const { root } = read
  if (root.name !== 'paymentService') return 'not a paymentService document'
  const [message, ...others] = root.children
  if (message === undefined || others.length > 0) return 'a document that does not say one thing'
  return { merchantCode: root.attributes['merchantCode'], message }
}

function openReply(reply: XmlElement): Opened {
  // Accounts that answer modifications at once repeat the modification beside its status.
  const said = reply.children.filter((child) => child.name !== 'orderModification')
  const [element, ...others] = said
  if (element === undefined || others.length > 0) return unusable('a reply that does not say one thing')
  if (element.name === 'error') return errorOf(element, undefined)
  const orderCode = element.attributes['orderCode']
  const error = onlyChild(element, 'error')
  if (element.name === 'ok') {
    const [receipt, ...more] = element.children
    if (receipt === undefined || more.length > 0) return unusable('a receipt that does not say one thing')
    return { kind: 'ok', receipt }
  }
  if (element.name !== 'orderStatus' || orderCode === undefined) return unusable('an unknown reply')
  if (error === undefined) return { kind: 'status', orderCode, status: element }
  if (onlyChild(element, 'payment') !== undefined) return unusable('a payment and an error at once')
  return errorOf(error, orderCode)
}

function errorOf(error: XmlElement, orderCode: string | undefined): Opened {
  return { kind: 'error', orderCode, code: note(error.attributes['code'] ?? ''), text: note(error.text) }
}

function unusable(why: string): Opened {
  return { kind: 'unusable', why: note(why) }
}

/** A text of the PSP as it may be kept: on one line, bounded, without a card number. */
export function note(text: string): string {
  return maskCardNumbers(
    text
      .slice(0, NOTE_MAX * 4)
      .replaceAll(/\s+/g, ' ')
      .trim(),
  ).slice(0, NOTE_MAX)
}

/** Reads an `amount`. Undefined unless all of it is there, well formed, and owed to the merchant. */
export function amountOf(element: XmlElement | undefined): WireAmount | undefined {
  if (element === undefined) return undefined
  const { value, currencyCode, exponent, debitCreditIndicator } = element.attributes
  if (value === undefined || !/^\d{1,15}$/.test(value)) return undefined
  if (currencyCode === undefined || !/^[A-Z]{3}$/.test(currencyCode)) return undefined
  if (exponent === undefined || !/^[0-4]$/.test(exponent)) return undefined
  if (debitCreditIndicator !== undefined && debitCreditIndicator !== 'credit') return undefined
  return { value: BigInt(value), currency: currencyCode, exponent: Number(exponent) }
}

/** What a message is about, in the PSP's own count. */
export function echoOf(reference: string, amount: WireAmount | undefined): Echo {
  if (amount === undefined) return { reference }
  return {
    reference,
    amountMinor: amount.value,
    currency: amount.currency,
    exponent: amount.exponent,
  }
}

/** What a payment's status is, in Worldpay's word. The text `null` stands for no event at all. */
export function lastEventOf(payment: XmlElement): string {
  return eventIn(onlyChild(payment, 'lastEvent')?.text ?? '')
}

export function eventIn(text: string): string {
  const event = text.trim()
  return event === '' || event === 'null' ? 'no event' : note(event)
}

/** What Worldpay adds about a payment for people. */
export function notesOf(payment: XmlElement, event: string): OutcomeNotes {
  const iso = onlyChild(payment, 'ISO8583ReturnCode')?.attributes
  const code = iso?.['code']
  const described = iso?.['description']
  const paymentId = onlyChild(payment, 'paymentId')?.text.trim()
  const pspReference = paymentId ?? onlyChild(payment, 'AuthorisationId')?.attributes['id']
  const card = onlyChild(payment, 'cardNumber')?.text.trim()
  return {
    code: note(code ?? event),
    word: event,
    text: note(described === undefined ? event : `${event}: ${described}`),
    ...(pspReference === undefined || pspReference === '' ? {} : { pspReference: note(pspReference) }),
    ...(card !== undefined && MASKED.test(card) ? { maskedCard: card } : {}),
  }
}

/** At most the first six and the last four digits (PCI DSS 3.4.1). */
const MASKED = /^\d{0,6}[*xX.]{3,13}\d{4}$/

export const ANOTHER_ORDER = 'a reply about another order'

export function whyNot(opened: Opened): string {
  if (opened.kind === 'unusable') return opened.why
  return opened.kind === 'unauthorized'
    ? 'HTTP 401: wrong credentials'
    : `a reply of another kind (${opened.kind})`
}

export function unclear(text: string): Outcome {
  return { kind: 'unclear', text }
}

/** Wrong credentials are found out before the body is read: never processed. */
export function unauthorized(reference: string): Outcome {
  return {
    kind: 'invalid',
    code: '401',
    text: 'Worldpay does not accept the XML username and password',
    echo: { reference },
  }
}
