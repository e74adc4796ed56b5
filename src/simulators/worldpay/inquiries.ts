import type { Reply } from './orders.ts'
import { amountElement, dateElement, errorElement, orderError, orderStatus } from './replies.ts'
import { refundableMinor, standingOf } from './standing.ts'
import type { WorldpayState } from './state.ts'
import { escapeXml, type XmlElement } from './xml.ts'

const NOT_FOUND = 'Could not find payment for order'

/** `inquiry/*` as the PSP's books stood at `atMs`, which lies before now when the inquiry lags. */
export function inquire(state: WorldpayState, element: XmlElement, atMs: number): Reply {
  switch (element.name) {
    case 'orderInquiry':
      return { content: orderInquiry(state, element, atMs) }
    case 'refundableAmountInquiry':
      return { content: refundableAmount(state, element.attributes['orderCode'] ?? '', atMs) }
    default:
      return { content: errorElement(5, `${element.name} is not simulated`) }
  }
}

function orderInquiry(state: WorldpayState, element: XmlElement, atMs: number): string {
  const orderCode = element.attributes['orderCode']
  if (orderCode === undefined) return errorElement(5, 'Inquiries by card or by date are not simulated')
  const charge = state.orders[orderCode]?.charges.findLast((each) => each.receivedMs <= atMs)
  if (charge === undefined) return orderError(orderCode, 5, NOT_FOUND)
  const standing = standingOf(charge, atMs)
  return orderStatus(orderCode, charge, standing, dateElement(standing.lastChangeMs))
}

function refundableAmount(state: WorldpayState, orderCode: string, atMs: number): string {
  const charge = state.orders[orderCode]?.charges.findLast((each) => each.receivedMs <= atMs)
  const standing = charge === undefined ? undefined : standingOf(charge, atMs)
  const inner =
    charge === undefined || standing === undefined
      ? errorElement(5, NOT_FOUND)
      : amountElement(refundableMinor(standing), charge.currency, charge.exponent)
  return `<refundableAmount orderCode="${escapeXml(orderCode)}">${inner}</refundableAmount>`
}
