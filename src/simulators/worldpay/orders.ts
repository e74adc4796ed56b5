import { amountFrom, type Problem } from './amounts.ts'
import {
  cvcResultFor,
  maskedCardNumber,
  passesLuhn,
  paymentMethodFor,
  verdictFor,
  withoutCardNumbers,
} from './cards.ts'
import { cardElements } from './elements.ts'
import { errorElement, orderError, orderStatus } from './replies.ts'
import { addModification, standingOf } from './standing.ts'
import { type Charge, ORDERS_MAX, scaledMs, type WorldpayState } from './state.ts'
import { childOf, textOf, type XmlElement } from './xml.ts'

/** The content of a reply, and the order that it changed. */
export interface Reply {
  readonly content: string
  readonly changed?: string
}

const DAY_MS = 24 * 3_600_000
const cardNames = new Set(cardElements)

/** `submit/order`: executes the charge once per order code, whatever its outcome. */
export function submitOrder(state: WorldpayState, order: XmlElement, nowMs: number): Reply {
  const orderCode = order.attributes['orderCode'] ?? ''
  // No blanks, quotation marks, angle brackets or pipes, and at most 64 characters.
  if (!/^[^\s"'<>|]{1,64}$/.test(orderCode)) {
    return {
      content: errorElement(5, 'Invalid order code: 1 to 64 characters without blanks, quotes, <, > or |'),
    }
  }
  // The second leg of 3-D Secure names an order that waits for it, and none ever does here.
  if (childOf(order, 'info3DSecure') !== undefined) {
    return { content: orderError(orderCode, 7, 'Could not find order') }
  }
  const known = state.orders[orderCode]
  if (known !== undefined && state.options.dedup) return { content: errorElement(5, 'Duplicate Order') }
  if (state.orderCount >= ORDERS_MAX) {
    return { content: errorElement(8, 'The simulator is full: reset it through its control interface') }
  }
  const charge = chargeFrom(state, order, nowMs)
  if ('code' in charge) return { content: orderError(orderCode, charge.code, charge.text) }

  if (known === undefined) {
    state.orders[orderCode] = { orderCode, merchantCode: state.options.merchantCode, charges: [charge] }
    state.orderCount++
  } else {
    known.charges.push(charge)
  }
  return { content: orderStatus(orderCode, charge, standingOf(charge, nowMs)), changed: orderCode }
}

function chargeFrom(state: WorldpayState, order: XmlElement, nowMs: number): Charge | Problem {
  const details = childOf(order, 'paymentDetails')
  const card = details?.children[0]
  if (details === undefined || card === undefined) {
    return { code: 5, text: 'Hosted pages and payAsOrder are not simulated: send paymentDetails with a card' }
  }
  if (!cardNames.has(card.name)) {
    return { code: 5, text: `${card.name} is not simulated: send CARD-SSL or a card brand's element` }
  }
  const action = details.attributes['action'] ?? 'AUTHORISE'
  if (action !== 'AUTHORISE') return { code: 5, text: `The action ${action} is not simulated: use AUTHORISE` }
  const amount = amountFrom(childOf(order, 'amount'))
  if ('code' in amount) return amount
  const captureDays = captureDaysOf(state, order.attributes['captureDelay'])
  if (captureDays === undefined) {
    return { code: 5, text: 'Invalid capture delay: OFF, DEFAULT or whole days from 0 to 14' }
  }
  const number = (textOf(card, 'cardNumber') ?? '').replaceAll(' ', '')
  const problem = cardProblem(card, number, nowMs)
  if (problem !== undefined) return problem
  const cardHolderName = textOf(card, 'cardHolderName') ?? ''
  const verdict = verdictFor(cardHolderName)
  if (verdict === undefined) {
    return { code: 13, text: '3-D Secure is not simulated: use another cardHolderName' }
  }
  const authorised = verdict.outcome === 'AUTHORISED'
  state.counter++
  const charge: Charge = {
    receivedMs: nowMs,
    amountMinor: amount.amountMinor.toString(),
    currency: amount.currency,
    exponent: amount.exponent,
    ...verdict,
    paymentMethod: paymentMethodFor(number) ?? card.name,
    maskedCard: maskedCardNumber(number),
    cardHolderName: withoutCardNumbers(cardHolderName),
    ...(authorised ? { authorisationId: authorisationId(state.counter) } : {}),
    cvcResult: cvcResultFor(textOf(card, 'cvc')),
    avsResult: childOf(card, 'cardAddress') === undefined ? 'H' : 'A',
    issuerCountry: 'GB',
    modifications: [],
  }
  if (authorised && captureDays !== 'OFF') {
    const waitMs = state.options.processingMs + captureDays * DAY_MS
    addModification(charge, {
      kind: 'capture',
      receivedMs: nowMs,
      effectMs: nowMs + scaledMs(state, waitMs),
      automatic: true,
      fails: false,
    })
  }
  return charge
}

/** Six digits that do not look like a counter, from one: a permutation of the numbers below a million. */
function authorisationId(counter: number): string {
  return String((counter * 622_207) % 1_000_000).padStart(6, '0')
}

function captureDaysOf(state: WorldpayState, attribute: string | undefined): 'OFF' | number | undefined {
  if (attribute === undefined || attribute === 'DEFAULT') return state.options.captureDelay
  if (attribute === 'OFF') return 'OFF'
  return /^\d{1,2}$/.test(attribute) && Number(attribute) <= 14 ? Number(attribute) : undefined
}

function cardProblem(card: XmlElement, number: string, nowMs: number): Problem | undefined {
  const masked = maskedCardNumber(number)
  if (paymentMethodFor(number) === undefined) {
    return {
      code: 5,
      text: `XML failed validation: Invalid payment details : Card number not recognised: ${masked}`,
    }
  }
  if (!passesLuhn(number)) return { code: 7, text: `Invalid payment details : Card number : ${masked}` }
  const date = childOf(childOf(card, 'expiryDate'), 'date')
  const month = date?.attributes['month'] ?? ''
  const year = date?.attributes['year'] ?? ''
  const today = new Date(nowMs)
  const thisMonth = today.getUTCFullYear() * 12 + today.getUTCMonth()
  const readable = /^(0?[1-9]|1[0-2])$/.test(month) && /^\d{4}$/.test(year)
  if (!readable || Number(year) * 12 + Number(month) - 1 < thisMonth) {
    const shown = withoutCardNumbers(`${month}/${year}`)
    return { code: 7, text: `Invalid payment details : Expiry date = ${shown}` }
  }
  const cvc = textOf(card, 'cvc')
  if (cvc !== undefined && !/^(\d{3,4})?$/.test(cvc)) {
    return { code: 7, text: 'Invalid payment details : CVC must be 3 or 4 digits' }
  }
  return (textOf(card, 'cardHolderName') ?? '') === ''
    ? { code: 7, text: 'Invalid payment details : Card holder name is missing' }
    : undefined
}
