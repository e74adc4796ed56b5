import type { ErrorCode } from '../errors.ts'
import type { PlainKey, TextKey } from './texts/texts.ts'

/** Where the payer was when it happened: the same error must not promise the same thing everywhere. */
export type Place = 'paying' | 'order' | 'payment' | 'elsewhere'

type KeyOf<Key extends string> = Key extends `error.${infer Name}.title` ? Name : never

/** Which of the catalogue's words: `error.<name>.title` and `error.<name>.text`. */
export type ErrorName = KeyOf<TextKey>

export interface Words {
  readonly name: ErrorName
  /** True when nothing of this request was sent, so that a payer who was paying may be told so. */
  readonly notCharged: boolean
  /** Trying again later, without any change, can help. */
  readonly again?: boolean
}

const nothingHere: Words = { name: 'nothing-here', notCharged: false }
const awayForNow: Words = { name: 'away', notCharged: true, again: true }
const notThisWay: Words = { name: 'not-this-way', notCharged: true }
const formOver: Words = { name: 'form-over', notCharged: true }
const ourFault: Words = { name: 'our-fault', notCharged: false }

/** What a payer reads for each error of the registry: never its message, which is for developers and operators. */
export const wordsFor: Readonly<Record<ErrorCode, Words>> = {
  CF_LINK_INVALID: nothingHere,
  CF_QUERY: ourFault,
  CF_SETTLEMENT_REPORT: ourFault,
  CF_ORDER_UNKNOWN: nothingHere,
  CF_PAYMENT_UNKNOWN: nothingHere,
  CF_CASE_UNKNOWN: nothingHere,
  CF_CASE_ACTION: ourFault,
  CF_CASE_NEEDS_ANOTHER: ourFault,
  CF_CASE_CLOSED: ourFault,
  CF_API_KEY_ROLE: ourFault,
  CF_NOT_STARTED: awayForNow,
  CF_OVERLOADED: { name: 'busy', notCharged: true, again: true },
  CF_PROVIDER_UNAVAILABLE: awayForNow,
  CF_SHOP_UNAVAILABLE: awayForNow,
  CF_JOURNAL_UNAVAILABLE: awayForNow,
  CF_JOURNAL_REFUSED: notThisWay,
  CF_JOURNAL_CONFLICT: awayForNow,
  CF_JOURNAL_FULL: awayForNow,
  CF_JOURNAL_CORRUPT: awayForNow,
  CF_JOURNAL_READ_ONLY: awayForNow,
  CF_JOURNAL_NEWER: awayForNow,
  CF_JOURNAL_OWNED: awayForNow,
  CF_SPOOL_FULL: awayForNow,
  CF_SPOOL_UNAVAILABLE: awayForNow,
  CF_SPOOL_OWNED: awayForNow,
  CF_ORDER_HELD: { name: 'order-held', notCharged: true },
  CF_ORDER_PAID: { name: 'order-paid', notCharged: true },
  CF_ORDER_CLOSED: { name: 'order-closed', notCharged: true },
  CF_ORDER_REFUSED: { name: 'order-refused', notCharged: true },
  CF_MODULE_UNKNOWN: notThisWay,
  CF_MONEY_CURRENCY: notThisWay,
  CF_MONEY_AMOUNT: notThisWay,
  CF_MONEY_UNREPRESENTABLE: notThisWay,
  CF_NOT_SUPPORTED: notThisWay,
  CF_AMOUNT_EXCEEDED: notThisWay,
  CF_CARD_DATA_LEAK: notThisWay,
  CF_TOO_MANY_TRIES: { name: 'too-many-tries', notCharged: true },
  CF_CARD_INVALID: { name: 'card-invalid', notCharged: true },
  CF_KEY_MISSING: formOver,
  CF_KEY_REUSED: formOver,
  CF_FORM_EXPIRED: formOver,
  CF_NOTIFICATION_REFUSED: { name: 'not-taken', notCharged: false },
  CF_PAYMENT_STATE: ourFault,
  CF_CONFIG: ourFault,
  CF_PIPELINE: ourFault,
  CF_BODY_CONSUMED: { ...ourFault, notCharged: true },
  // Of the HTTP API, whose errors are no pages; its order book is what a shop's loadOrder reads.
  CF_ORDER_BOOK_UNAVAILABLE: awayForNow,
  CF_API_KEY_REFUSED: ourFault,
  CF_API_BUSY: ourFault,
  CF_REQUEST_INVALID: ourFault,
  CF_KEY_IN_PROGRESS: ourFault,
  CF_ORDER_DIFFERS: { name: 'order-refused', notCharged: true },
  CF_WEBHOOK_UNDELIVERED: ourFault,
}

/** What a payer reads for an error of HTTP itself, by its status. */
export function wordsForStatus(status: number): Words {
  switch (status) {
    case 400:
    case 413:
    case 415:
      return { name: 'unreadable', notCharged: true }
    case 404:
      return nothingHere
    case 408:
      return { name: 'too-slow', notCharged: true }
    case 504:
      return { name: 'no-answer', notCharged: false }
    default:
      return ourFault
  }
}

/** Who looks at a payment or an order takes none: the same error has another title there. */
export function titleAt({ name, again }: Words, place: Place): PlainKey {
  if (again !== true || place === 'paying') return `error.${name}.title`
  return place === 'payment' ? 'error.no-payment-now' : 'error.no-page-now'
}

/** The sentence about money, which must be true wherever the payer was (promise 2: doubt is never a "no"). */
export function moneyWords({ name, notCharged }: Words, place: Place): PlainKey | undefined {
  switch (place) {
    case 'paying':
      return notCharged ? 'error.not-charged' : 'error.unknown'
    case 'payment':
      return name === 'nothing-here' ? undefined : 'error.not-lost'
    case 'order':
    case 'elsewhere':
      return undefined
    default:
      return place satisfies never
  }
}
