import { type Amount, amountFrom, type Problem } from './amounts.ts'
import { cardDraft, cardFrom, cardProblem } from './card-payments.ts'
import { SOFT_DECLINE, verdictFor } from './cards.ts'
import { cardElements } from './elements.ts'
import { captureDaysOf, execute } from './executions.ts'
import { authenticationFor } from './magic-authentication.ts'
import { isClosed, registerOrder } from './registrations.ts'
import { errorElement, orderError, orderStatus } from './replies.ts'
import { standingOf } from './standing.ts'
import { type Draft, isFull, type WorldpayState } from './state.ts'
import { beginChallenge, completeOrder } from './three-d-secure.ts'
import { childOf, type XmlElement } from './xml.ts'

/** The content of a reply, and the order that it changed. */
export interface Reply {
  readonly content: string
  readonly changed?: string
  /** Headers beside those that every reply has. */
  readonly headers?: Readonly<Record<string, string>>
  /** A fault wants the notification to arrive before this reply. */
  readonly notifyFirst?: boolean
}

const cardNames = new Set(cardElements)

/**
 * `submit/order` in its three forms: a direct charge, which is executed once per order code whatever its outcome; a
 * hosted order, which waits for its payer; and the second leg of 3-D Secure.
 */
export function submitOrder(
  state: WorldpayState,
  order: XmlElement,
  cookies: string | undefined,
  nowMs: number,
): Reply {
  const orderCode = order.attributes['orderCode'] ?? ''
  // No blanks, quotation marks, angle brackets or pipes, and at most 64 characters.
  if (!/^[^\s"'<>|]{1,64}$/.test(orderCode)) {
    return {
      content: errorElement(5, 'Invalid order code: 1 to 64 characters without blanks, quotes, <, > or |'),
    }
  }
  if (childOf(order, 'info3DSecure') !== undefined) return completeOrder(state, order, cookies, nowMs)
  const mask = childOf(order, 'paymentMethodMask')
  const isTaken =
    isClosed(state, orderCode, nowMs) || (mask === undefined && state.registrations[orderCode] !== undefined)
  if (isTaken && state.options.dedup) return { content: errorElement(5, 'Duplicate Order') }
  return mask === undefined
    ? chargeDirectly(state, orderCode, order, nowMs)
    : registerOrder(state, order, mask, nowMs)
}

function chargeDirectly(state: WorldpayState, orderCode: string, order: XmlElement, nowMs: number): Reply {
  if (isFull(state)) {
    return { content: errorElement(8, 'The simulator is full: reset it through its control interface') }
  }
  const asked = chargeAskedBy(state, order, nowMs)
  if ('code' in asked) return { content: orderError(orderCode, asked.code, asked.text) }
  const { draft, captureDays } = asked
  if (asked.challenge) {
    return beginChallenge(state, { orderCode, sessionId: asked.sessionId, captureDays, draft }, nowMs)
  }
  const { charge, notifyFirst } = execute(state, { orderCode, draft, captureDays, direct: true }, nowMs)
  return {
    content: orderStatus(orderCode, charge, standingOf(charge, nowMs)),
    changed: orderCode,
    notifyFirst,
  }
}

/** What a direct order asks for. */
interface Asked {
  readonly draft: Draft
  readonly captureDays: 'OFF' | number
  /** The payer has to be asked before anything is executed. */
  readonly challenge: boolean
  readonly sessionId: string
}

function chargeAskedBy(state: WorldpayState, order: XmlElement, nowMs: number): Asked | Problem {
  const details = childOf(order, 'paymentDetails')
  const element = details?.children[0]
  if (details === undefined || element === undefined) {
    return { code: 5, text: 'payAsOrder is not simulated: send paymentDetails with a card' }
  }
  if (!cardNames.has(element.name)) {
    return { code: 5, text: `${element.name} is not simulated: send CARD-SSL or a card brand's element` }
  }
  const action = details.attributes['action'] ?? 'AUTHORISE'
  if (action !== 'AUTHORISE') return { code: 5, text: `The action ${action} is not simulated: use AUTHORISE` }
  const amount = amountFrom(childOf(order, 'amount'))
  if ('code' in amount) return amount
  const captureDays = captureDaysOf(state, order.attributes['captureDelay'])
  if (captureDays === undefined) {
    return { code: 5, text: 'Invalid capture delay: OFF, DEFAULT or whole days from 0 to 14' }
  }
  const card = cardFrom(element)
  const problem = cardProblem(card, nowMs)
  if (problem !== undefined) return problem
  const sessionId = sessionIdIn(order, details)
  return authenticated(order, amount, card, { captureDays, sessionId })
}

/** What 3-D Secure makes of it, for orders that ask for it. */
function authenticated(
  order: XmlElement,
  amount: Amount,
  card: ReturnType<typeof cardFrom>,
  rest: { readonly captureDays: 'OFF' | number; readonly sessionId: string | undefined },
): Asked | Problem {
  const { captureDays, sessionId = '' } = rest
  const secure = childOf(order, 'additional3DSData')
  const mandated = secure?.attributes['challengePreference'] === 'challengeMandated'
  const met = secure === undefined ? { kind: 'none' as const } : authenticationFor(card.holderName, mandated)
  switch (met.kind) {
    case 'version-1':
      return { code: 13, text: '3-D Secure 1 is not simulated: use another cardHolderName' }
    case 'challenge': {
      if (sessionId === '') return { code: 13, text: 'Invalid 3-D Secure details : session id is missing' }
      const draft = cardDraft(amount, card, { outcome: 'AUTHORISED' })
      return { draft, captureDays, challenge: true, sessionId }
    }
    case 'frictionless': {
      const draft = { ...cardDraft(amount, card, { outcome: 'AUTHORISED' }), threeDSecure: met.result }
      return { draft, captureDays, challenge: false, sessionId }
    }
    case 'none': {
      const draft = plainDraft(order, amount, card)
      return { draft, captureDays, challenge: false, sessionId }
    }
    default:
      return met satisfies never
  }
}

/** A soft decline says so by the rejected exemption where one was asked for, else by the return code alone. */
function plainDraft(order: XmlElement, amount: Amount, card: ReturnType<typeof cardFrom>): Draft {
  const exemption = childOf(order, 'exemption')?.attributes
  if (card.holderName !== SOFT_DECLINE || exemption === undefined) {
    return cardDraft(amount, card, verdictFor(card.holderName))
  }
  return {
    ...cardDraft(amount, card, verdictFor('REFUSED')),
    rejectedExemption: { type: exemption['type'] ?? '', placement: exemption['placement'] ?? '' },
  }
}

function sessionIdIn(order: XmlElement, details: XmlElement): string | undefined {
  const session = childOf(details, 'session') ?? childOf(childOf(order, 'shopper'), 'session')
  return session?.attributes['id']
}
