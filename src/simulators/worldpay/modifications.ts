import { type Amount, amountFrom, inWords, type Problem } from './amounts.ts'
import { withoutCardNumbers } from './cards.ts'
import type { Reply } from './orders.ts'
import { tellModification } from './notification-queue.ts'
import { amountElement, orderError, orderStatus, received } from './replies.ts'
import { refundableMinor, type Standing, standingOf } from './standing.ts'
import { type Charge, type Modification, scaledMs, type WorldpayState } from './state.ts'
import { childOf, escapeXml, type XmlElement } from './xml.ts'

type Kind = 'capture' | 'cancel' | 'refund' | 'cancelOrRefund'

/** How the receipt of each modification is called. */
const RECEIPTS: Readonly<Record<Kind, string>> = {
  capture: 'capture',
  cancel: 'cancel',
  refund: 'refund',
  cancelOrRefund: 'void',
}

const REFERENCE_LENGTH_MAX = 200
const NOT_READY: Problem = { code: 5, text: 'Order not ready' }

/**
 * `modify/orderModification`: checks it against how the charge stands now, writes it down, and gives the receipt. It
 * takes effect `modifyMs` later. There is no deduplication: the same refund twice is two refunds.
 */
export function modifyOrder(state: WorldpayState, element: XmlElement, nowMs: number, fails: boolean): Reply {
  const orderCode = element.attributes['orderCode'] ?? ''
  const action = element.children[0]
  const kind = action === undefined ? undefined : kindOf(action.name)
  if (action === undefined || kind === undefined) {
    return { content: orderError(orderCode, 5, `${action?.name ?? 'This'} is not simulated`) }
  }
  const order = state.orders[orderCode]
  const charge = order?.charges.at(-1)
  if (order === undefined || charge === undefined)
    return { content: orderError(orderCode, 5, 'Could not find payment for order') }

  const standing = standingOf(charge, nowMs)
  const amount = childOf(action, 'amount') === undefined ? undefined : amountFrom(childOf(action, 'amount'))
  const problem =
    amount !== undefined && 'code' in amount ? amount : problemOf(kind, amount, charge, standing)
  if (problem !== undefined) return { content: orderError(orderCode, problem.code, problem.text) }
  const checked = amount === undefined || 'code' in amount ? undefined : amount

  const reference = action.attributes['reference']
  const delayMs =
    state.options.synchronousModifications && !kind.endsWith('efund') ? 0 : state.options.modifyMs
  const modification: Modification & { readonly kind: Kind } = {
    kind,
    ...(checked === undefined ? {} : { amountMinor: checked.amountMinor.toString() }),
    ...(reference === undefined
      ? {}
      : { reference: withoutCardNumbers(reference.slice(0, REFERENCE_LENGTH_MAX)) }),
    receivedMs: nowMs,
    effectMs: nowMs + scaledMs(state, delayMs),
    automatic: false,
    fails,
  }
  tellModification(state, order, charge, modification, nowMs)
  return { content: answer(state, orderCode, charge, modification, checked, nowMs), changed: orderCode }
}

function kindOf(name: string): Kind | undefined {
  return name in RECEIPTS ? (name as Kind) : undefined
}

function problemOf(
  kind: Kind,
  amount: Amount | undefined,
  charge: Charge,
  standing: Standing,
): Problem | undefined {
  if (amount !== undefined && (amount.currency !== charge.currency || amount.exponent !== charge.exponent)) {
    return {
      code: 5,
      text: `The currency of this payment is ${charge.currency} with exponent ${charge.exponent}`,
    }
  }
  const words = (amountMinor: bigint): string => inWords(amountMinor, charge.currency, charge.exponent)
  const amountMinor = amount?.amountMinor ?? 0n
  const restMinor = standing.authorisedMinor - standing.pendingCaptureMinor
  const freeMinor = restMinor > 0n ? restMinor : 0n
  const undecided = standing.lastEvent === 'SENT_FOR_AUTHORISATION'
  switch (kind) {
    case 'capture': {
      const availableMinor = standing.pendingCancel ? 0n : freeMinor
      if (amountMinor <= availableMinor) return undefined
      return {
        code: 5,
        text: `Requested capture amount (${words(amountMinor)}) exceeds the authorised balance for this payment (${words(availableMinor)})`,
      }
    }
    case 'cancel':
      if (undecided) return NOT_READY
      if (charge.outcome !== 'AUTHORISED') return { code: 5, text: 'Payment is not authorised' }
      if (standing.expiredMinor > 0n) return { code: 5, text: 'Payment is expired' }
      if (standing.capturedMinor > 0n) {
        return { code: 5, text: 'Payment is captured: it can be refunded, not cancelled' }
      }
      if (amountMinor <= freeMinor) return undefined
      return {
        code: 5,
        text: `Requested cancel amount (${words(amountMinor)}) exceeds the authorised balance for this payment (${words(freeMinor)})`,
      }
    case 'refund':
      if (standing.capturedMinor === 0n) return NOT_READY
      return amountMinor > refundableMinor(standing) ? { code: 5, text: 'Refund amount too high' } : undefined
    case 'cancelOrRefund':
      if (undecided) return NOT_READY
      return charge.outcome === 'AUTHORISED' ? undefined : { code: 5, text: 'Payment is not authorised' }
    default:
      return kind satisfies never
  }
}

function answer(
  state: WorldpayState,
  orderCode: string,
  charge: Charge,
  { kind }: { readonly kind: Kind },
  amount: Amount | undefined,
  nowMs: number,
): string {
  const element =
    amount === undefined ? '' : amountElement(amount.amountMinor, amount.currency, amount.exponent)
  if (!state.options.synchronousModifications) {
    return received(RECEIPTS[kind], orderCode, kind === 'cancel' ? '' : element)
  }
  const inner = element === '' ? `<${kind}/>` : `<${kind}>${element}</${kind}>`
  const echo = `<orderModification orderCode="${escapeXml(orderCode)}">${inner}</orderModification>`
  return orderStatus(orderCode, charge, standingOf(charge, nowMs), echo)
}
