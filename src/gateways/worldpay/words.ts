import type { OperationKind } from '../../payment/events.ts'

/*
 * What Worldpay's words mean, once and as data (psp-protocols 1.3 to 1.9). A word that stands in no table means
 * nothing here: the reader says `unclear` or `unavailable`, and the engine asks again or opens a case.
 */

export interface LastEvent {
  /** `open`: on Worldpay's page, not paid so far. */
  readonly charge: 'approved' | 'declined' | 'pending' | 'reversed' | 'open'
  readonly captured: boolean
  /** Money may have gone back, and only the balances tell how much; with `sent`, one refund is still on its way. */
  readonly refunds?: 'sent' | 'booked'
  readonly failed?: 'capture' | 'refund'
  /** The payer's bank has moved the money: what the balances show then is not what we captured and refunded. */
  readonly dispute?: 'charged-back' | 'reversed'
  readonly expired?: boolean
}

const taken: LastEvent = { charge: 'approved', captured: true }
const gone: LastEvent = { charge: 'reversed', captured: false }
const pending: LastEvent = { charge: 'pending', captured: false }
const open: LastEvent = { charge: 'open', captured: false }
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
  ['SENT_FOR_AUTHORISATION', pending],
  // A direct debit: the payer has signed, the bank has not said anything.
  ['SIGNED_FORM_RECEIVED', pending],
  ['OPEN', open],
  ['SHOPPER_REDIRECTED', open],
  // Left Worldpay's page, which lets them come back until it closes.
  ['SHOPPER_CANCELLED', open],
  ['CANCELLED', gone],
  ['VOIDED', gone],
  ['REVOKED', gone],
  ['EXPIRED', { ...gone, expired: true }],
  ['SENT_FOR_REFUND', { ...taken, refunds: 'sent' }],
  ['REFUNDED', refunded],
  ['REFUNDED_BY_MERCHANT', refunded],
  ['REFUND_FAILED', refundFailed],
  ['REFUND_EXPIRED', refundFailed],
  ['REFUND_WEBFORM_ISSUED', taken],
  // The money was taken; what became of it since is a fact about a paid payment.
  ['CHARGED_BACK', { ...taken, dispute: 'charged-back' }],
  ['CHARGEBACK_REVERSED', { ...taken, dispute: 'reversed' }],
  ['INFORMATION_REQUESTED', taken],
  ['INFORMATION_SUPPLIED', taken],
])

/**
 * As an order's last event they show that its money was taken before; as an event that is notified they move none. The
 * other words of disputes (DISPUTE_...) stand nowhere: nobody has told what each of them does to the money.
 */
export const eventsWithoutMoney: ReadonlySet<string> = new Set([
  'INFORMATION_REQUESTED',
  'INFORMATION_SUPPLIED',
  'REFUND_WEBFORM_ISSUED',
])

/** What an event says of a modification, whose own reference can stand in its journal. */
export interface ModificationEvent {
  readonly kind: 'capture' | 'refund'
  readonly effect: 'accepted' | 'done' | 'refused'
}

export const eventsOfModifications: ReadonlyMap<string, ModificationEvent> = new Map<
  string,
  ModificationEvent
>([
  ['CAPTURED', { kind: 'capture', effect: 'done' }],
  ['CAPTURE_FAILED', { kind: 'capture', effect: 'refused' }],
  ['SETTLED', { kind: 'capture', effect: 'done' }],
  ['SETTLED_BY_MERCHANT', { kind: 'capture', effect: 'done' }],
  ['SENT_FOR_REFUND', { kind: 'refund', effect: 'accepted' }],
  ['REFUNDED', { kind: 'refund', effect: 'done' }],
  ['REFUNDED_BY_MERCHANT', { kind: 'refund', effect: 'done' }],
  ['REFUND_FAILED', { kind: 'refund', effect: 'refused' }],
  ['REFUND_EXPIRED', { kind: 'refund', effect: 'refused' }],
])

/** `exemptionResponse@result` of a refusal that 3-D Secure may turn round, and the bank's own code for the same. */
export const softExemptionResults: ReadonlySet<string> = new Set(['REJECTED', 'OUT_OF_SCOPE'])
export const SOFT_DECLINE_CODE = '65'

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
