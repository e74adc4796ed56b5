import { createHash } from 'node:crypto'
import { verdictFor } from './cards.ts'
import { execute } from './executions.ts'
import { challengeResult } from './magic-authentication.ts'
import { tellWaiting } from './notification-queue.ts'
import type { Reply } from './orders.ts'
import { orderError, orderStatus } from './replies.ts'
import { standingOf } from './standing.ts'
import type { Authentication, Draft, WorldpayState } from './state.ts'
import { cdata, childOf, escapeXml, type XmlElement } from './xml.ts'

export {
  type ChallengeJwt,
  type DeviceDataJwt,
  readChallengeJwt,
  readDeviceDataJwt,
} from './three-d-secure-tokens.ts'

/** What the issuer's challenge page shows. */
export interface Challenge {
  readonly orderCode: string
  readonly transactionId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly exponent: number
  readonly maskedCard: string
  /** The text that the reply told the merchant to hand over. */
  readonly payload: string
  readonly acsUrl: string
  /** Undefined while the payer has not answered. */
  readonly verdict: 'passed' | 'failed' | undefined
}

/** What the first leg leaves for the second. */
export interface FirstLeg {
  readonly orderCode: string
  readonly sessionId: string
  readonly captureDays: 'OFF' | number
  readonly draft: Draft
}

const VERSION = '2.2.0'

/** The first leg of an order whose payer must be asked: nothing is executed, and the answer names the challenge. */
export function beginChallenge(state: WorldpayState, leg: FirstLeg, nowMs: number): Reply {
  state.counter++
  const transactionId = lettersFrom('transaction', state.counter).slice(0, 20)
  const payload = { messageType: 'CReq', messageVersion: VERSION, threeDSServerTransID: transactionId }
  const authentication: Authentication = {
    ...leg,
    transactionId,
    machine: lettersFrom('machine', state.counter).slice(0, 12),
    payload: Buffer.from(JSON.stringify(payload)).toString('base64url'),
    acsUrl: state.options.challengeUrl,
    startedMs: nowMs,
  }
  keepAuthentication(state, authentication)
  tellWaiting(state, { orderCode: leg.orderCode, ...leg.draft }, nowMs)
  const details =
    `<threeDSVersion>${VERSION}</threeDSVersion><transactionId3DS>${transactionId}</transactionId3DS>` +
    `<acsURL>${cdata(authentication.acsUrl)}</acsURL><payload>${authentication.payload}</payload>`
  return {
    content: `<orderStatus orderCode="${escapeXml(leg.orderCode)}"><challengeRequired><threeDSChallengeDetails>${details}</threeDSChallengeDetails></challengeRequired></orderStatus>`,
    changed: leg.orderCode,
    headers: { 'set-cookie': `machine=${authentication.machine}; path=/` },
  }
}

/** The second leg. Who comes without the session of the first, or to an order that is decided, finds no order. */
export function completeOrder(
  state: WorldpayState,
  order: XmlElement,
  cookies: string | undefined,
  nowMs: number,
): Reply {
  const orderCode = order.attributes['orderCode'] ?? ''
  const waiting = state.authentications[orderCode]
  const sessionId = childOf(order, 'session')?.attributes['id']
  const completed = childOf(childOf(order, 'info3DSecure'), 'completedAuthentication') !== undefined
  if (
    waiting === undefined ||
    !completed ||
    sessionId !== waiting.sessionId ||
    !machinesIn(cookies).includes(waiting.machine)
  ) {
    return { content: orderError(orderCode, 7, 'Could not find order') }
  }
  dropAuthentication(state, waiting)
  const { draft, captureDays } = waiting
  const decided = { orderCode, draft: decidedDraft(draft, waiting.verdict), captureDays, direct: true }
  const { charge, notifyFirst } = execute(state, decided, nowMs)
  return {
    content: orderStatus(orderCode, charge, standingOf(charge, nowMs)),
    changed: orderCode,
    notifyFirst,
  }
}

/** A payer who was not recognised is refused, before the issuer is asked for the money. */
function decidedDraft(draft: Draft, verdict: Authentication['verdict']): Draft {
  const { authenticated, result } = challengeResult(draft.cardHolderName, verdict)
  return authenticated
    ? { ...draft, threeDSecure: result }
    : { ...draft, ...verdictFor('REFUSED'), threeDSecure: result }
}

/** The challenge that is under way, or was passed or failed; undefined when its order is not waiting any more. */
export function challenge(state: WorldpayState, transactionId: string, nowMs: number): Challenge | undefined {
  const waiting = waitingFor(state, transactionId)
  if (waiting === undefined || waiting.startedMs > nowMs) return undefined
  const { orderCode, payload, acsUrl, verdict, draft } = waiting
  const { currency, exponent, maskedCard } = draft
  const amountMinor = BigInt(draft.amountMinor)
  return { orderCode, transactionId, amountMinor, currency, exponent, maskedCard, payload, acsUrl, verdict }
}

/** The payer has answered. False when there is no such challenge, or when it was answered before. */
export function completeChallenge(
  state: WorldpayState,
  transactionId: string,
  verdict: 'passed' | 'failed',
  nowMs: number,
): boolean {
  const waiting = waitingFor(state, transactionId)
  if (waiting === undefined || waiting.startedMs > nowMs || waiting.verdict !== undefined) return false
  waiting.verdict = verdict
  return true
}

/** The session that device-data collection gives for the first digits of a card. */
export function deviceSession(state: WorldpayState, bin: string): string {
  state.counter++
  const digest = createHash('sha256').update(`device ${state.counter} ${bin}`).digest('hex')
  return `0_${[8, 12, 16, 20, 32].map((end, index, ends) => digest.slice(ends[index - 1] ?? 0, end)).join('-')}`
}

/** Puts an authentication in the place of the one before, whose challenge ends. */
export function keepAuthentication(state: WorldpayState, authentication: Authentication): void {
  const before = state.authentications[authentication.orderCode]
  if (before !== undefined) dropAuthentication(state, before)
  state.authentications[authentication.orderCode] = authentication
  state.challenges[authentication.transactionId] = authentication.orderCode
  state.waitingCount++
}

export function dropAuthentication(state: WorldpayState, { orderCode, transactionId }: Authentication): void {
  delete state.authentications[orderCode]
  delete state.challenges[transactionId]
  state.waitingCount--
}

function waitingFor(state: WorldpayState, transactionId: string): Authentication | undefined {
  const orderCode = state.challenges[transactionId]
  return orderCode === undefined ? undefined : state.authentications[orderCode]
}

/** Every value of a cookie named `machine`. */
function machinesIn(cookies: string | undefined): readonly string[] {
  return (cookies ?? '')
    .split(';')
    .map((cookie) => /^\s*machine=([^\s;]*)\s*$/.exec(cookie)?.[1])
    .filter((value) => value !== undefined)
}

/** Letters and digits that look random, and are a function of the counter. */
function lettersFrom(purpose: string, counter: number): string {
  return createHash('sha256')
    .update(`${purpose} ${counter}`)
    .digest('base64')
    .replaceAll(/[^0-9A-Za-z]/g, '')
}
