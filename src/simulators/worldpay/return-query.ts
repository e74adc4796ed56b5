import { createHmac } from 'node:crypto'
import type { WorldpayOptions } from './state.ts'

/** The payment that a payer comes back from. */
export interface Returned {
  readonly orderCode: string
  readonly amountMinor: bigint
  readonly currency: string
  /** Such as AUTHORISED. Absent: the payer has cancelled, and nothing says a status. */
  readonly status?: string
}

/**
 * The parameters that are appended to the merchant's address when the payer is sent back, signed with `mac2`: the
 * lower-case hex HMAC-SHA256 of order key, amount, currency and, unless the payer cancelled, status.
 *
 * @example
 * returnQuery(state.options, { orderCode: 'o1', amountMinor: 1400n, currency: 'GBP', status: 'AUTHORISED' })
 */
export function returnQuery(
  { adminCode, merchantCode, macSecret }: Pick<WorldpayOptions, 'adminCode' | 'merchantCode' | 'macSecret'>,
  { orderCode, amountMinor, currency, status }: Returned,
): Record<string, string> {
  const orderKey = `${adminCode}^${merchantCode}^${orderCode}`
  const amount = amountMinor.toString()
  const signed = [orderKey, amount, currency, ...(status === undefined ? [] : [status])].join(':')
  const mac2 = createHmac('sha256', macSecret).update(signed).digest('hex')
  return status === undefined
    ? { orderKey, orderAmount: amount, orderCurrency: currency, mac2 }
    : { orderKey, paymentStatus: status, paymentAmount: amount, paymentCurrency: currency, mac2 }
}
