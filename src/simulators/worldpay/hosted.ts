import { cardDraft, cardProblem } from './card-payments.ts'
import { verdictFor } from './cards.ts'
import { execute } from './executions.ts'
import { isOffered } from './hosted-methods.ts'
import { attemptsOf, paidBy } from './registrations.ts'
import { returnQuery } from './return-query.ts'
import { isUndecided } from './standing.ts'
import { type Charge, type Draft, type Registration, scaledMs, type WorldpayState } from './state.ts'

export { type Returned, returnQuery } from './return-query.ts'

export type HostedPayment = CardOnPage | OtherOnPage

/** A card as the payer types it into the hosted page. */
export interface CardOnPage {
  readonly method: 'CARD'
  readonly cardNumber: string
  /** One or two digits. */
  readonly expiryMonth: string
  /** Four digits. */
  readonly expiryYear: string
  readonly cardHolderName: string
  readonly cvc: string
}

/** An alternative method, with the result that is chosen instead of a bank's page. */
export interface OtherOnPage {
  /** Such as `IDEAL-SSL`. */
  readonly method: string
  /** `pending` becomes paid, and `pending-failed` refused, after `processingMs`. */
  readonly result: 'paid' | 'pending' | 'pending-failed' | 'failed'
}

/** What the hosted page shows about an order. */
export interface HostedOrder {
  readonly orderCode: string
  readonly description: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly exponent: number
  /** `CARD` when cards are taken, then the alternative methods, such as `IDEAL-SSL`. */
  readonly methods: readonly string[]
  /** Card brands that are taken, such as `VISA-SSL`. */
  readonly brands: readonly string[]
  readonly state: 'open' | 'expired' | 'paid' | 'pending'
  /** Payments that were tried, whatever came of them. */
  readonly attempts: number
  readonly expiresMs: number
}

export interface HostedResult {
  readonly kind:
    | 'authorised'
    | 'refused'
    | 'pending'
    | 'cancelled'
    | 'invalid'
    | 'expired'
    | 'paid-already'
    | 'unknown'
  /** What is wrong with the details; set when `kind` is `invalid`. */
  readonly text?: string
  readonly orderCode?: string
  /** Which of the merchant's addresses the payer is sent to. */
  readonly returnTo: 'success' | 'failure' | 'pending' | 'cancel' | 'error'
  /** The parameters to append to it. */
  readonly query: Record<string, string>
}

/** More tries than these are no payer's. */
const ATTEMPTS_MAX = 100

/** The order behind a ticket; undefined when there is none, or when it was registered again since. */
export function hostedOrder(state: WorldpayState, ticket: string, nowMs: number): HostedOrder | undefined {
  const registration = registrationFor(state, ticket)
  if (registration === undefined) return undefined
  const { orderCode, description, currency, exponent, brands, otherMethods, expiresMs } = registration
  return {
    orderCode,
    description,
    amountMinor: BigInt(registration.amountMinor),
    currency,
    exponent,
    methods: [...(brands.length > 0 ? ['CARD'] : []), ...otherMethods],
    brands,
    state: stateOf(state, registration, nowMs),
    attempts: attemptsOf(state, registration).length,
    expiresMs,
  }
}

/**
 * The payer pays. What is refused is an attempt: the order can be paid by another until it expires. Of two payments
 * from two windows one is executed.
 *
 * @example
 * payHosted(state, ticket, { method: 'IDEAL-SSL', result: 'paid' }, nowMs).kind // 'authorised'
 */
export function payHosted(
  state: WorldpayState,
  ticket: string,
  payment: HostedPayment,
  nowMs: number,
): HostedResult {
  const registration = registrationFor(state, ticket)
  const closed = closedResult(state, registration, nowMs)
  if (registration === undefined || closed !== undefined) return closed ?? UNKNOWN
  const { orderCode, captureDays } = registration
  if (attemptsOf(state, registration).length >= ATTEMPTS_MAX) {
    return invalid(orderCode, 'There were too many attempts to pay this order')
  }
  const draft =
    'result' in payment
      ? otherDraft(state, registration, payment, nowMs)
      : cardOnPageDraft(registration, payment, nowMs)
  if (typeof draft === 'string') return invalid(orderCode, draft)
  const { charge } = execute(state, { orderCode, draft, captureDays, direct: false }, nowMs)
  return resultOf(state, registration, charge, nowMs)
}

/** The payer presses cancel. Nothing ends at the PSP: the page can be paid until it expires. */
export function cancelHosted(state: WorldpayState, ticket: string, nowMs: number): HostedResult {
  const registration = registrationFor(state, ticket)
  const closed = closedResult(state, registration, nowMs)
  if (registration === undefined || closed !== undefined) return closed ?? UNKNOWN
  const { orderCode } = registration
  return { kind: 'cancelled', orderCode, returnTo: 'cancel', query: queryFor(state, registration, undefined) }
}

const UNKNOWN: HostedResult = Object.freeze({ kind: 'unknown', returnTo: 'error', query: {} })

function registrationFor(state: WorldpayState, ticket: string): Registration | undefined {
  const orderCode = state.tickets[ticket]
  return orderCode === undefined ? undefined : state.registrations[orderCode]
}

function stateOf(state: WorldpayState, registration: Registration, nowMs: number): HostedOrder['state'] {
  const charge = paidBy(state, registration, nowMs)
  if (charge !== undefined) return isUndecided(charge, nowMs) ? 'pending' : 'paid'
  return nowMs >= registration.expiresMs ? 'expired' : 'open'
}

/** Why the page can do nothing any more, or undefined while it can. */
function closedResult(
  state: WorldpayState,
  registration: Registration | undefined,
  nowMs: number,
): HostedResult | undefined {
  if (registration === undefined) return UNKNOWN
  const { orderCode } = registration
  const charge = paidBy(state, registration, nowMs)
  if (charge !== undefined) return { ...resultOf(state, registration, charge, nowMs), kind: 'paid-already' }
  if (nowMs < registration.expiresMs) return undefined
  return { kind: 'expired', orderCode, returnTo: 'error', query: queryFor(state, registration, undefined) }
}

function resultOf(
  state: WorldpayState,
  registration: Registration,
  charge: Charge,
  nowMs: number,
): HostedResult {
  const { orderCode } = registration
  if (isUndecided(charge, nowMs)) {
    // While nothing is decided there is nothing to sign: the gateway says only that it is open.
    const { orderKey = '' } = queryFor(state, registration, undefined)
    return { kind: 'pending', orderCode, returnTo: 'pending', query: { orderKey, status: 'OPEN' } }
  }
  const query = queryFor(state, registration, charge.outcome)
  switch (charge.outcome) {
    case 'AUTHORISED':
      return { kind: 'authorised', orderCode, returnTo: 'success', query }
    case 'REFUSED':
      return { kind: 'refused', orderCode, returnTo: 'failure', query }
    case 'ERROR':
      return { kind: 'refused', orderCode, returnTo: 'error', query }
    default:
      return charge.outcome satisfies never
  }
}

function queryFor(
  state: WorldpayState,
  { orderCode, amountMinor, currency }: Registration,
  status: string | undefined,
): Record<string, string> {
  const facts = { orderCode, amountMinor: BigInt(amountMinor), currency }
  return returnQuery(state.options, status === undefined ? facts : { ...facts, status })
}

function invalid(orderCode: string, text: string): HostedResult {
  return { kind: 'invalid', text, orderCode, returnTo: 'error', query: {} }
}

/** The masked charge, or what is wrong with the card. */
function cardOnPageDraft(registration: Registration, payment: CardOnPage, nowMs: number): Draft | string {
  const card = {
    number: payment.cardNumber.replaceAll(/[\s-]/g, ''),
    month: payment.expiryMonth.trim(),
    year: payment.expiryYear.trim(),
    holderName: payment.cardHolderName.trim(),
    cvc: payment.cvc.trim(),
    hasAddress: false,
  }
  const problem = cardProblem(card, nowMs)
  if (problem !== undefined) return problem.text
  if (!isOffered(registration.brands, card.number)) return 'Cards of this brand are not taken for this order'
  return cardDraft(amountOf(registration), card, verdictFor(card.holderName))
}

function otherDraft(
  state: WorldpayState,
  registration: Registration,
  { method, result }: OtherOnPage,
  nowMs: number,
): Draft | string {
  if (!registration.otherMethods.includes(method)) return 'This method is not offered for this order'
  const failed = result === 'failed' || result === 'pending-failed'
  const decidedMs = nowMs + scaledMs(state, state.options.processingMs)
  return {
    amountMinor: registration.amountMinor,
    currency: registration.currency,
    exponent: registration.exponent,
    outcome: failed ? 'REFUSED' : 'AUTHORISED',
    ...(result === 'pending' || result === 'pending-failed' ? { decidedMs } : {}),
    paymentMethod: method,
    maskedCard: '',
    cardHolderName: '',
    cvcResult: 'B',
    avsResult: 'H',
    issuerCountry: '',
  }
}

function amountOf({ amountMinor, currency, exponent }: Registration): {
  amountMinor: bigint
  currency: string
  exponent: number
} {
  return { amountMinor: BigInt(amountMinor), currency, exponent }
}
