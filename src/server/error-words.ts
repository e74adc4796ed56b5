import type { ErrorCode } from '../errors.ts'

/** Where the payer was when it happened: the same error must not promise the same thing everywhere. */
export type Place = 'paying' | 'order' | 'payment' | 'elsewhere'

export interface Words {
  readonly title: string
  /** What happened, for the payer. */
  readonly text: string
  /** True when nothing of this request was sent, so that a payer who was paying may be told so. */
  readonly notCharged: boolean
  /** Trying again later, without any change, can help. */
  readonly again?: boolean
}

const nothingHere: Words = {
  title: 'Page not found',
  text: 'There is nothing at this address. Open the link again as it was given to you.',
  notCharged: false,
}
const awayForNow: Words = {
  title: 'We cannot take payments right now',
  text: 'Something that we need does not answer. This usually passes within minutes.',
  notCharged: true,
  again: true,
}
const notThisWay: Words = {
  title: 'This order cannot be paid here',
  text: 'The shop has to put something right first. Please tell the shop.',
  notCharged: true,
}
const notTaken: Words = {
  title: 'This was not taken',
  text: 'Only the payment provider may send something to this address.',
  notCharged: false,
}
const formOver: Words = {
  title: 'This form can no longer be used',
  text: 'It was open for too long, was sent from another page, or your browser keeps no cookies. Open the form again and fill it in anew.',
  notCharged: true,
}
const ourFault: Words = {
  title: 'Something went wrong on our side',
  text: 'It was written down, and will be looked at.',
  notCharged: false,
}

/** What a payer reads for each error of the registry: never its message, which is for developers and operators. */
export const wordsFor: Readonly<Record<ErrorCode, Words>> = {
  CF_LINK_INVALID: nothingHere,
  CF_QUERY: ourFault,
  CF_ORDER_UNKNOWN: nothingHere,
  CF_PAYMENT_UNKNOWN: nothingHere,
  CF_NOT_STARTED: awayForNow,
  CF_OVERLOADED: {
    ...awayForNow,
    text: 'Very many people are paying at this moment. Try again in a moment.',
  },
  CF_SHOP_UNAVAILABLE: awayForNow,
  CF_JOURNAL_UNAVAILABLE: awayForNow,
  CF_JOURNAL_CONFLICT: awayForNow,
  CF_JOURNAL_FULL: awayForNow,
  CF_JOURNAL_CORRUPT: awayForNow,
  CF_JOURNAL_READ_ONLY: awayForNow,
  CF_JOURNAL_NEWER: awayForNow,
  CF_JOURNAL_OWNED: awayForNow,
  CF_ORDER_HELD: {
    title: 'A payment is already under way',
    text: 'Another payment for this order has begun and has not ended yet. Do not pay again.',
    notCharged: true,
  },
  CF_ORDER_PAID: {
    title: 'This order is already paid',
    text: 'There is nothing left to pay.',
    notCharged: true,
  },
  CF_ORDER_CLOSED: {
    title: 'This order is closed',
    text: 'It was cancelled or has expired, and can no longer be paid.',
    notCharged: true,
  },
  CF_ORDER_REFUSED: {
    title: 'This order cannot be paid as it is',
    text: 'It may have changed meanwhile. Go back to your order and look at it again.',
    notCharged: true,
  },
  CF_MODULE_UNKNOWN: notThisWay,
  CF_MONEY_CURRENCY: notThisWay,
  CF_MONEY_AMOUNT: notThisWay,
  CF_MONEY_UNREPRESENTABLE: notThisWay,
  CF_NOT_SUPPORTED: notThisWay,
  CF_AMOUNT_EXCEEDED: notThisWay,
  CF_CARD_DATA_LEAK: notThisWay,
  CF_CARD_INVALID: {
    title: 'This card cannot be used',
    text: 'Check what you typed, or use another card.',
    notCharged: true,
  },
  CF_KEY_MISSING: formOver,
  CF_KEY_REUSED: formOver,
  CF_FORM_EXPIRED: formOver,
  CF_NOTIFICATION_REFUSED: notTaken,
  CF_PAYMENT_STATE: ourFault,
  CF_CONFIG: ourFault,
  CF_PIPELINE: ourFault,
  CF_BODY_CONSUMED: { ...ourFault, notCharged: true },
}

/** What a payer reads for an error of HTTP itself, by its status. */
export function wordsForStatus(status: number): Words {
  switch (status) {
    case 400:
    case 413:
    case 415:
      return { title: 'This cannot be read', text: 'What was sent is no form of ours.', notCharged: true }
    case 404:
      return nothingHere
    case 408:
      return {
        title: 'The form did not arrive',
        text: 'The connection was too slow. Try again.',
        notCharged: true,
      }
    case 504:
      return { title: 'This takes longer than it should', text: 'We have no answer yet.', notCharged: false }
    default:
      return ourFault
  }
}

/** Who looks at a payment or an order takes none: the same error has another title there. */
export function titleAt(words: Words, place: Place): string {
  if (words.again !== true || place === 'paying') return words.title
  return place === 'payment' ? 'We cannot look up your payment right now' : 'We cannot show this right now'
}

/** The sentence about money, which must be true wherever the payer was (promise 2: doubt is never a "no"). */
export function moneyWords(words: Words, place: Place): string | undefined {
  switch (place) {
    case 'paying':
      return words.notCharged
        ? 'You have not been charged for this attempt.'
        : 'Do not pay again yet. Load this page again: it asks for the same payment and never pays twice.'
    case 'payment':
      return words === nothingHere
        ? undefined
        : 'Do not pay again. Your payment is not lost: come back to this page in a moment.'
    case 'order':
    case 'elsewhere':
      return undefined
    default:
      return place satisfies never
  }
}
