import { maskCardNumbers } from '../../gateway/card.ts'
import type { Answer, Echo, OutcomeNotes } from '../../gateway/gateway.ts'
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
  const read = parseXml(answer.body, { publicIds: PUBLIC_IDS })
  if (!read.ok) return unusable(`not the XML of a reply: ${read.why}`)
  const { root } = read
  if (root.name !== 'paymentService') return unusable('not a paymentService document')
  const merchant = root.attributes['merchantCode']
  if (merchant !== undefined && merchant !== merchantCode) return unusable('a reply for another merchant')
  const [reply, ...others] = root.children
  if (reply?.name !== 'reply' || others.length > 0) return unusable('not a reply')
  return openReply(reply)
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
    text: note(described === undefined ? event : `${event}: ${described}`),
    ...(pspReference === undefined || pspReference === '' ? {} : { pspReference: note(pspReference) }),
    ...(card !== undefined && MASKED.test(card) ? { maskedCard: card } : {}),
  }
}

/** At most the first six and the last four digits (PCI DSS 3.4.1). */
const MASKED = /^\d{0,6}[*xX.]{3,13}\d{4}$/
