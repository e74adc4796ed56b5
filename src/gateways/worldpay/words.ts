import type { OperationKind } from '../../payment/events.ts'

/*
 * What Worldpay's words mean, once and as data (psp-protocols 1.3 to 1.9). A word that stands in no table means
 * nothing here: the reader says `unclear` or `unavailable`, and the engine asks again or opens a case.
 */

export interface LastEvent {
  readonly charge: 'approved' | 'declined' | 'pending' | 'reversed'
  readonly captured: boolean
  /** Money may have gone back, and only the balances tell how much; with `sent`, one refund is still on its way. */
  readonly refunds?: 'sent' | 'booked'
  readonly failed?: 'capture' | 'refund'
}

const taken: LastEvent = { charge: 'approved', captured: true }
const gone: LastEvent = { charge: 'reversed', captured: false }
const open: LastEvent = { charge: 'pending', captured: false }
const refused: LastEvent = { charge: 'declined', captured: false }
const refunded: LastEvent = { ...taken, refunds: 'booked' }
/** Earlier refunds may have been booked. */
const refundFailed: LastEvent = { ...refunded, failed: 'refund' }

/**
 * `payment/lastEvent`. ERROR is missing on purpose: Worldpay says it when it does not know what its acquirer did.
 */
export const lastEvents: ReadonlyMap<string, LastEvent> = new Map<string, LastEvent>([
  ['AUTHORISED', { charge: 'approved', captured: false }],
  ['CAPTURED', taken],
  ['SETTLED', taken],
  ['SETTLED_BY_MERCHANT', taken],
  ['CAPTURE_FAILED', { charge: 'approved', captured: false, failed: 'capture' }],
  ['REFUSED', refused],
  ['REFUSED_BY_BANK', refused],
  ['SENT_FOR_AUTHORISATION', open],
  ['CANCELLED', gone],
  ['VOIDED', gone],
  ['EXPIRED', gone],
  ['SENT_FOR_REFUND', { ...taken, refunds: 'sent' }],
  ['REFUNDED', refunded],
  ['REFUNDED_BY_MERCHANT', refunded],
  ['REFUND_FAILED', refundFailed],
  ['REFUND_EXPIRED', refundFailed],
  ['REFUND_WEBFORM_ISSUED', taken],
  // The money was taken; what became of it since is a fact about a paid payment.
  ['CHARGED_BACK', taken],
  ['CHARGEBACK_REVERSED', taken],
  ['INFORMATION_REQUESTED', taken],
  ['INFORMATION_SUPPLIED', taken],
])

/** The `ok` children that acknowledge a modification: received for processing, not done. */
export const receipts: Readonly<Partial<Record<OperationKind, readonly string[]>>> = {
  capture: ['captureReceived'],
  refund: ['refundReceived'],
  void: ['cancelReceived'],
  // For cancelOrRefund the gateway picks what it does, and may name that.
  reversal: ['voidReceived', 'cancelReceived', 'refundReceived'],
}

/** Accounts that answer with the payment instead of a receipt: what its last event says of the modification. */
export interface EffectWords {
  readonly done: readonly string[]
  /** On its way: as good as a receipt. */
  readonly accepted: readonly string[]
  readonly refused: readonly string[]
}

export const effects: Readonly<Partial<Record<OperationKind, EffectWords>>> = {
  capture: { done: ['CAPTURED'], accepted: [], refused: ['CAPTURE_FAILED'] },
  refund: {
    done: ['REFUNDED', 'REFUNDED_BY_MERCHANT'],
    accepted: ['SENT_FOR_REFUND'],
    refused: ['REFUND_FAILED'],
  },
  void: { done: ['CANCELLED', 'VOIDED'], accepted: [], refused: [] },
  reversal: { done: ['CANCELLED', 'VOIDED'], accepted: ['SENT_FOR_REFUND'], refused: [] },
}

/** What an `error` means for each kind of request. What is not listed is not known to have been left undone. */
export interface ErrorMeaning {
  readonly codes: readonly string[]
  readonly text: RegExp
  readonly charge: 'duplicate' | 'invalid' | 'unclear'
  readonly modification: 'refused' | 'invalid' | 'unclear'
  readonly inquiry: 'not-found' | 'unavailable'
}

/** Code 5 stands for many things and is told apart by its text. The first entry that fits counts. */
export const errorMeanings: readonly ErrorMeaning[] = [
  {
    codes: ['5'],
    text: /^Duplicate Order\b/i,
    charge: 'duplicate',
    modification: 'unclear',
    inquiry: 'unavailable',
  },
  {
    codes: ['5'],
    text: /^Could not find payment for order\b/i,
    charge: 'unclear',
    modification: 'refused',
    inquiry: 'not-found',
  },
  {
    codes: ['5'],
    text: /exceeds the authorised balance|Refund amount too high|Order not ready|Payment is (?:not authorised|captured)/i,
    charge: 'unclear',
    modification: 'refused',
    inquiry: 'unavailable',
  },
  {
    codes: ['5'],
    text: /^XML failed validation\b/i,
    charge: 'invalid',
    modification: 'invalid',
    inquiry: 'unavailable',
  },
  {
    codes: ['7'],
    text: /^Invalid payment details\b/i,
    charge: 'invalid',
    modification: 'invalid',
    inquiry: 'unavailable',
  },
  // Not parsed, wrong amount, not this merchant's, wrong batch: checked before anything is processed.
  {
    codes: ['2', '3', '4', '6'],
    text: /^/,
    charge: 'invalid',
    modification: 'invalid',
    inquiry: 'unavailable',
  },
]

export function errorMeaning(code: string, text: string): ErrorMeaning | undefined {
  return errorMeanings.find((meaning) => meaning.codes.includes(code) && meaning.text.test(text))
}
