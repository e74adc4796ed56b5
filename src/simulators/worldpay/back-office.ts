import { inWords } from './amounts.ts'
import { tellModification } from './notification-queue.ts'
import { keepRegistration, paidBy } from './registrations.ts'
import { refundableMinor, type Standing, standingOf } from './standing.ts'
import { type Modification, scaledMs, type WorldpayState } from './state.ts'

/** What people, banks and time do to a payment, without a message of the merchant. */
export const backOfficeActions = [
  'fail-capture',
  'charge-back',
  'reverse-charge-back',
  'refund',
  'cancel',
  'expire',
] as const

export type BackOfficeAction = (typeof backOfficeActions)[number]

export type BackOfficeResult = { readonly ok: true } | { readonly ok: false; readonly why: string }

/**
 * Does something to a payment that no message asked for: a captured amount fails and is only authorized again, the
 * payer's bank takes money back, somebody refunds or cancels in the PSP's back office, an authorization expires. Refund
 * and cancel take `modifyMs`, as they do by message; the others are done at once. `expire` also ends a hosted page that
 * nobody has paid.
 *
 * @param amountMinor Minor units; undefined is all there is.
 * @example
 * backOffice(state, 'order-1', 'charge-back', undefined, nowMs) // { ok: true }, and CHARGED_BACK is notified
 */
export function backOffice(
  state: WorldpayState,
  orderCode: string,
  action: BackOfficeAction,
  amountMinor: bigint | undefined,
  nowMs: number,
): BackOfficeResult {
  if (action === 'expire' && expirePage(state, orderCode, nowMs)) return { ok: true }
  const order = state.orders[orderCode]
  const charge = order?.charges.at(-1)
  if (order === undefined || charge === undefined) {
    return { ok: false, why: 'nothing was executed under this order code' }
  }
  const standing = standingOf(charge, nowMs)
  const mostMinor = mostFor(action, standing)
  if (mostMinor <= 0n) return { ok: false, why: `there is nothing to ${action}: it is ${standing.lastEvent}` }
  const wantedMinor = action === 'expire' ? mostMinor : (amountMinor ?? mostMinor)
  if (wantedMinor <= 0n || wantedMinor > mostMinor) {
    const most = inWords(mostMinor, charge.currency, charge.exponent)
    return { ok: false, why: `the amount must be more than 0 and at most ${most}` }
  }
  const takesTime = action === 'refund' || action === 'cancel'
  const modification: Modification = {
    kind: action,
    amountMinor: wantedMinor.toString(),
    receivedMs: nowMs,
    effectMs: nowMs + (takesTime ? scaledMs(state, state.options.modifyMs) : 0),
    automatic: false,
    fails: false,
  }
  tellModification(state, order, charge, modification, nowMs)
  return { ok: true }
}

/** What each action can be done with at most. */
function mostFor(action: BackOfficeAction, standing: Standing): bigint {
  switch (action) {
    case 'fail-capture':
    case 'charge-back':
      return standing.capturedMinor - standing.refundedMinor - standing.chargedBackMinor
    case 'reverse-charge-back':
      return standing.chargedBackMinor
    case 'refund':
      return refundableMinor(standing)
    case 'cancel': {
      const isFree = standing.capturedMinor === 0n && !standing.pendingCancel
      return isFree ? standing.authorisedMinor - standing.pendingCaptureMinor : 0n
    }
    case 'expire':
      return standing.authorisedMinor
    default:
      return action satisfies never
  }
}

/** True when there was a page that could still be paid. */
function expirePage(state: WorldpayState, orderCode: string, nowMs: number): boolean {
  const registration = state.registrations[orderCode]
  if (registration === undefined || registration.expiresMs <= nowMs) return false
  if (paidBy(state, registration, nowMs) !== undefined) return false
  keepRegistration(state, { ...registration, expiresMs: nowMs })
  return true
}
