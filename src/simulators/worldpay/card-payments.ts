import type { Amount, Problem } from './amounts.ts'
import {
  cvcResultFor,
  maskedCardNumber,
  passesLuhn,
  paymentMethodFor,
  type Verdict,
  withoutCardNumbers,
} from './cards.ts'
import { childOf, textOf, type XmlElement } from './xml.ts'
import type { Draft } from './state.ts'

/** The details of a card as they came in, from a message or from the hosted page. They are never kept. */
export interface CardDetails {
  readonly number: string
  readonly month: string
  readonly year: string
  readonly holderName: string
  readonly cvc: string | undefined
  readonly hasAddress: boolean
}

/** The details in a card element that has passed the content model. */
export function cardFrom(element: XmlElement): CardDetails {
  const date = childOf(childOf(element, 'expiryDate'), 'date')
  return {
    number: (textOf(element, 'cardNumber') ?? '').replaceAll(' ', ''),
    month: date?.attributes['month'] ?? '',
    year: date?.attributes['year'] ?? '',
    holderName: textOf(element, 'cardHolderName') ?? '',
    cvc: textOf(element, 'cvc'),
    hasAddress: childOf(element, 'cardAddress') !== undefined,
  }
}

/** What is wrong with the details of a card, or undefined. */
export function cardProblem(card: CardDetails, nowMs: number): Problem | undefined {
  const masked = maskedCardNumber(card.number)
  if (paymentMethodFor(card.number) === undefined) {
    return {
      code: 5,
      text: `XML failed validation: Invalid payment details : Card number not recognised: ${masked}`,
    }
  }
  if (!passesLuhn(card.number)) return { code: 7, text: `Invalid payment details : Card number : ${masked}` }
  const today = new Date(nowMs)
  const thisMonth = today.getUTCFullYear() * 12 + today.getUTCMonth()
  const readable = /^(0?[1-9]|1[0-2])$/.test(card.month) && /^\d{4}$/.test(card.year)
  if (!readable || Number(card.year) * 12 + Number(card.month) - 1 < thisMonth) {
    const shown = withoutCardNumbers(`${card.month}/${card.year}`)
    return { code: 7, text: `Invalid payment details : Expiry date = ${shown}` }
  }
  if (card.cvc !== undefined && !/^(\d{3,4})?$/.test(card.cvc)) {
    return { code: 7, text: 'Invalid payment details : CVC must be 3 or 4 digits' }
  }
  return card.holderName === ''
    ? { code: 7, text: 'Invalid payment details : Card holder name is missing' }
    : undefined
}

/** What is kept of a card payment: the number masked, the security code as the letter of its result. */
export function cardDraft(amount: Amount, card: CardDetails, verdict: Verdict): Draft {
  return {
    amountMinor: amount.amountMinor.toString(),
    currency: amount.currency,
    exponent: amount.exponent,
    ...verdict,
    paymentMethod: paymentMethodFor(card.number) ?? 'CARD-SSL',
    maskedCard: maskedCardNumber(card.number),
    cardHolderName: withoutCardNumbers(card.holderName),
    cvcResult: cvcResultFor(card.cvc),
    avsResult: card.hasAddress ? 'A' : 'H',
    issuerCountry: 'GB',
  }
}
