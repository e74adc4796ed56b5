/** What a caller can do about an error, beside reading its text. */
export type Retry =
  /** The same call can succeed later without any change. */
  | 'later'
  /** The same call succeeds once what it names has been put right. */
  | 'after-change'
  /** The same call can never succeed. */
  | 'never'

interface ErrorEntry {
  /** The HTTP status that the server answers with. */
  readonly status: number
  readonly retry: Retry
  /** What happened, as the title of the error. */
  readonly title: string
  /** What to do about it, for the developer or operator who reads it. */
  readonly remedy: string
}

/**
 * Every error that Counterfoil throws or answers with. docs/reference/errors.md is made from this table, and a
 * test fails when table, thrown codes and page disagree.
 */
export const errorRegistry = {
  CF_CONFIG: {
    status: 500,
    retry: 'after-change',
    title: 'The configuration has a wrong value',
    remedy: 'Put right the value that the message names; it says what is allowed.',
  },
  CF_PIPELINE: {
    status: 500,
    retry: 'after-change',
    title: 'A pipeline cannot run as it is written',
    remedy: 'Put right the step that the message names; it lists the names there are.',
  },
  CF_MONEY_CURRENCY: {
    status: 422,
    retry: 'never',
    title: 'Unknown currency',
    remedy: 'Use a code of ISO 4217 in capital letters, such as GBP.',
  },
  CF_MONEY_AMOUNT: {
    status: 422,
    retry: 'never',
    title: 'The amount is not usable',
    remedy: 'Give a bigint of minor units within the limits that the message names.',
  },
  CF_MONEY_UNREPRESENTABLE: {
    status: 422,
    retry: 'never',
    title: 'The provider cannot express this amount',
    remedy: 'Offer a payment module whose provider takes this currency; nothing was sent.',
  },
  CF_NOT_STARTED: {
    status: 503,
    retry: 'later',
    title: 'The engine is not running',
    remedy: 'Call start() before, and nothing after stop().',
  },
  CF_OVERLOADED: {
    status: 503,
    retry: 'later',
    title: 'Too many payments at once',
    remedy: 'Try again in a moment; nothing was sent.',
  },
  CF_PROVIDER_UNAVAILABLE: {
    status: 503,
    retry: 'later',
    title: 'The provider does not answer',
    remedy: 'Try again in a minute, or another way to pay; nothing was sent.',
  },
  CF_MODULE_UNKNOWN: {
    status: 422,
    retry: 'never',
    title: 'No such payment module',
    remedy: 'Use one of the names that the message lists.',
  },
  CF_ORDER_UNKNOWN: {
    status: 404,
    retry: 'never',
    title: 'No such order',
    remedy: "Check the order id; the shop's loadOrder knows no such order.",
  },
  CF_ORDER_REFUSED: {
    status: 409,
    retry: 'after-change',
    title: 'The order cannot be paid as it is',
    remedy: 'Put right what the message names; nothing was sent.',
  },
  CF_ORDER_HELD: {
    status: 409,
    retry: 'later',
    title: 'Another payment holds this order',
    remedy: "Show the payer the other payment's page; the order is free again if it ends unpaid.",
  },
  CF_ORDER_PAID: {
    status: 409,
    retry: 'never',
    title: 'The order is paid',
    remedy: 'Void or refund its payment instead.',
  },
  CF_ORDER_CLOSED: {
    status: 409,
    retry: 'never',
    title: 'The order is closed',
    remedy: 'Make a new order; a closed one takes no payment.',
  },
  CF_KEY_MISSING: {
    status: 400,
    retry: 'after-change',
    title: 'The idempotency key is missing or malformed',
    remedy: 'Send a key of 8 to 128 characters of [A-Za-z0-9._:-], a new one for each intention.',
  },
  CF_KEY_REUSED: {
    status: 422,
    retry: 'never',
    title: 'The idempotency key was used for something else',
    remedy: 'Use a new key for a new intention; the same key repeats the first answer.',
  },
  CF_CARD_INVALID: {
    status: 422,
    retry: 'after-change',
    title: 'The card details cannot be right',
    remedy: 'Ask the payer for the field that the message names; nothing was sent.',
  },
  CF_CARD_DATA_LEAK: {
    status: 422,
    retry: 'after-change',
    title: 'A card number stands in a field that is written down',
    remedy: 'Remove the digits from the field that the message names; nothing was written or sent.',
  },
  CF_PAYMENT_UNKNOWN: {
    status: 404,
    retry: 'never',
    title: 'No such payment',
    remedy: 'Check the payment id or its link.',
  },
  CF_PAYMENT_STATE: {
    status: 409,
    retry: 'after-change',
    title: 'The payment is not in a state for this',
    remedy: 'Look at the payment; the message says what stands in the way.',
  },
  CF_AMOUNT_EXCEEDED: {
    status: 422,
    retry: 'after-change',
    title: 'More than there is',
    remedy: 'Ask for at most the amount that the message names.',
  },
  CF_NOT_SUPPORTED: {
    status: 422,
    retry: 'never',
    title: 'The provider cannot do this',
    remedy: 'Use one of the operations that the message lists.',
  },
  CF_SHOP_UNAVAILABLE: {
    status: 503,
    retry: 'later',
    title: 'The shop did not answer',
    remedy: 'Look at the shop; nothing was sent.',
  },
  CF_JOURNAL_UNAVAILABLE: {
    status: 503,
    retry: 'later',
    title: 'The journal cannot be written',
    remedy: 'Look at the database; what was not written down was not sent.',
  },
  CF_JOURNAL_REFUSED: {
    status: 422,
    retry: 'never',
    title: 'The journal cannot hold this',
    remedy: 'Put right what the message names; nothing was written, and the same is refused again.',
  },
  CF_JOURNAL_CONFLICT: {
    status: 503,
    retry: 'later',
    title: 'Another writer was faster, several times',
    remedy: 'Try again; nothing of this call was written.',
  },
  CF_JOURNAL_FULL: {
    status: 503,
    retry: 'later',
    title: 'The disk of the journal is full',
    remedy: 'Make room; answers to what was sent still fit, new payments are refused.',
  },
  CF_JOURNAL_CORRUPT: {
    status: 503,
    retry: 'never',
    title: 'The journal is damaged',
    remedy: 'Stop, copy the file away as it is, and restore; the message names what was found.',
  },
  CF_JOURNAL_READ_ONLY: {
    status: 503,
    retry: 'after-change',
    title: 'The journal is read only',
    remedy: 'Give this process the right to write to the file and its folder.',
  },
  CF_JOURNAL_NEWER: {
    status: 503,
    retry: 'after-change',
    title: 'The journal was written by a newer version',
    remedy: 'Run the newer version; an older one would not understand what it reads.',
  },
  CF_JOURNAL_OWNED: {
    status: 503,
    retry: 'after-change',
    title: 'Another process owns this journal',
    remedy: 'Stop the process that the message names, or open the journal read-only.',
  },
  CF_SPOOL_FULL: {
    status: 503,
    retry: 'later',
    title: 'Too many answers wait for the journal',
    remedy:
      'Look at the database; answers to what was sent are kept, new payments are refused, nothing was sent.',
  },
  CF_SPOOL_UNAVAILABLE: {
    status: 503,
    retry: 'after-change',
    title: 'The spool cannot be used',
    remedy:
      'Look at its file and disk; without it an answer that the journal does not take is inquired about later.',
  },
  CF_SPOOL_OWNED: {
    status: 503,
    retry: 'after-change',
    title: 'Another process owns this spool',
    remedy: 'Give each process a spool of its own, or stop the process that the message names.',
  },
  CF_QUERY: {
    status: 400,
    retry: 'after-change',
    title: 'The query is out of range',
    remedy: 'Ask within the limits that the message names.',
  },
  CF_SETTLEMENT_REPORT: {
    status: 422,
    retry: 'after-change',
    title: 'The settlement report cannot be read',
    remedy: 'Give the columns of this report; the message names what is missing. Nothing was compared.',
  },
  CF_FORM_EXPIRED: {
    status: 403,
    retry: 'after-change',
    title: 'The form has expired or came from elsewhere',
    remedy: 'Open the page again and send the form from there.',
  },
  CF_LINK_INVALID: {
    status: 404,
    retry: 'never',
    title: 'Nothing is here',
    remedy: 'Use the link as it was given.',
  },
  CF_NOTIFICATION_REFUSED: {
    status: 403,
    retry: 'after-change',
    title: 'The notification was refused',
    remedy: "Give the provider the credentials that the gateway's configuration names.",
  },
  CF_API_KEY_REFUSED: {
    status: 401,
    retry: 'after-change',
    title: 'The API key is missing or not known',
    remedy: 'Send Authorization: Bearer with one of the keys that the server was started with.',
  },
  CF_API_BUSY: {
    status: 429,
    retry: 'later',
    title: 'Too many requests by this client',
    remedy: 'Send the same request again after the seconds that Retry-After names.',
  },
  CF_REQUEST_INVALID: {
    status: 400,
    retry: 'after-change',
    title: 'The request is not as the API wants it',
    remedy: 'Put right the field that the message names; nothing was written.',
  },
  CF_KEY_IN_PROGRESS: {
    status: 409,
    retry: 'later',
    title: 'A request with this idempotency key is being answered',
    remedy: 'Send the same request again after the seconds that Retry-After names.',
  },
  CF_ORDER_DIFFERS: {
    status: 409,
    retry: 'never',
    title: 'The order stands in the book with other content',
    remedy: 'Hand the changed order over under a new id; a payment for the old one may be under way.',
  },
  CF_CASE_UNKNOWN: {
    status: 404,
    retry: 'never',
    title: 'No such case',
    remedy: 'Check the id; the list of cases has those that are open.',
  },
  CF_CASE_ACTION: {
    status: 409,
    retry: 'after-change',
    title: 'This cannot be done about the case',
    remedy: 'Choose one of the actions that the message names; nothing was changed.',
  },
  CF_CASE_NEEDS_ANOTHER: {
    status: 409,
    retry: 'after-change',
    title: 'Somebody else has to agree',
    remedy:
      'Ask a colleague to look at the case, and to resolve it by the same action and amount under their own name.',
  },
  CF_CASE_CLOSED: {
    status: 409,
    retry: 'never',
    title: 'The case was resolved in another way',
    remedy:
      'Look at how it ended; what is still to be done is done by cf.capture, cf.refund, cf.void or cf.cancel.',
  },
  CF_API_KEY_ROLE: {
    status: 403,
    retry: 'after-change',
    title: 'This API key is not for that',
    remedy: 'Use the key of an operator for cases and reports, and that of a client to hand over orders.',
  },
  CF_ORDER_BOOK_UNAVAILABLE: {
    status: 503,
    retry: 'later',
    title: 'The order book cannot be read or written',
    remedy: 'Look at its file and disk; the same request again finds out whether it was written.',
  },
  CF_WEBHOOK_UNDELIVERED: {
    status: 502,
    retry: 'later',
    title: "The shop's webhook was not taken",
    remedy: 'Look at the address that takes them; the same webhook comes again, for three days.',
  },
  CF_TOO_MANY_TRIES: {
    status: 429,
    retry: 'later',
    title: 'Too many tries to pay',
    remedy:
      'Offer another way to pay, or let the payer come back later; nothing was sent. The limits are `tries` of http().',
  },
  CF_BODY_CONSUMED: {
    status: 500,
    retry: 'after-change',
    title: 'The request body was read before Counterfoil could',
    remedy: 'Mount Counterfoil before body parsers.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorRegistry

/**
 * An error of the registry. `message` says what happened here, `remedy` what to do; neither holds card data.
 *
 * @example
 * try { await cf.pay(request) } catch (error) {
 *   if (error instanceof CounterfoilError && error.retry === 'later') return tryAgainLater()
 *   throw error
 * }
 */
export class CounterfoilError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retry: Retry
  readonly remedy: string
  /** What a program may want to know beside the code, such as the payment that holds an order. */
  readonly details: Readonly<Record<string, string>>

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, string>> = {},
    cause?: unknown,
  ) {
    const entry = errorRegistry[code]
    super(`${entry.title}: ${message}`, cause === undefined ? undefined : { cause })
    this.name = 'CounterfoilError'
    this.code = code
    this.status = entry.status
    this.retry = entry.retry
    this.remedy = entry.remedy
    this.details = details
  }
}

/** Makes an error of the registry, to be thrown. */
export function failure(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, string>> = {},
  cause?: unknown,
): CounterfoilError {
  return new CounterfoilError(code, message, details, cause)
}

/** The text of anything that was thrown, for a log line or a recorded reason; bounded. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.slice(0, 500)
}
