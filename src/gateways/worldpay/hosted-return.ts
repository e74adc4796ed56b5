import { createHmac } from 'node:crypto'
import { formatMoney } from '../../money/money.ts'
import { fromWire, worldpayExponentOf } from './amounts.ts'
import type { WorldpayConfig } from './config.ts'
import { sameText } from '../../gateway/same-text.ts'

type Query = Readonly<Record<string, string>>

/**
 * What stands in the address that the payer's browser came back to, in words for people: anybody can write such an
 * address, so that it is never believed, with `mac2` or without. Undefined when it says nothing.
 *
 * @example
 * readReturn({ orderKey: 'ADMIN^SHOPECOM^a1', paymentStatus: 'AUTHORISED', paymentAmount: '1400', paymentCurrency: 'GBP' }, config)
 * // 'AUTHORISED, 14.00 GBP, without mac2'
 */
export function readReturn(
  query: Query,
  config: Pick<WorldpayConfig, 'merchantCode' | 'hosted'>,
): string | undefined {
  const { orderKey } = query
  const { status, amount, currency, signed } = sayingOf(query)
  if (orderKey === undefined && status === undefined) return undefined
  const inWords = amountIn(amount, currency)
  return [
    status !== undefined ? wordOf(status) : amount === undefined ? 'no status' : 'cancelled',
    ...(inWords === undefined ? [] : [inWords]),
    ...(orderKey === undefined || isOurs(orderKey, config) ? [] : ['an order of another account']),
    macIn(query, signed, config.hosted),
  ].join(', ')
}

interface Saying {
  readonly status: string | undefined
  readonly amount: string | undefined
  readonly currency: string | undefined
  /** What `mac2` is made over, which is all that is said; undefined where nobody knows. */
  readonly signed: readonly (string | undefined)[] | undefined
}

/** A payment with its status, a method that takes its time, or a payer who has cancelled: of them no status is told. */
function sayingOf(query: Query): Saying {
  const { orderKey, paymentStatus, paymentAmount, paymentCurrency, orderAmount, orderCurrency } = query
  if (paymentStatus !== undefined) {
    const signed = [orderKey, paymentAmount, paymentCurrency, paymentStatus]
    return { status: paymentStatus, amount: paymentAmount, currency: paymentCurrency, signed }
  }
  const { status } = query
  const signed = status === undefined ? [orderKey, orderAmount, orderCurrency] : undefined
  return { status, amount: orderAmount, currency: orderCurrency, signed }
}

function wordOf(status: string): string {
  return /^[A-Z_]{1,40}$/.test(status) ? status : 'an unknown status'
}

function amountIn(value: string | undefined, currency: string | undefined): string | undefined {
  if (value === undefined || currency === undefined) return undefined
  if (!/^\d{1,15}$/.test(value) || !/^[A-Z]{3}$/.test(currency)) return 'an amount that is none'
  const exponent = worldpayExponentOf(currency)
  const amountMinor =
    exponent === undefined ? undefined : fromWire({ value: BigInt(value), currency, exponent })
  return amountMinor === undefined
    ? 'an amount that is none'
    : `${formatMoney({ amountMinor, currency })} ${currency}`
}

function isOurs(
  orderKey: string,
  { merchantCode, hosted: { adminCode } }: Pick<WorldpayConfig, 'merchantCode' | 'hosted'>,
): boolean {
  const [admin, merchant, order] = orderKey.split('^', 4)
  return merchant === merchantCode && order !== undefined && (adminCode === undefined || admin === adminCode)
}

/** HMAC-SHA-256, in hexadecimal digits. */
function macIn({ mac2 }: Query, signed: Saying['signed'], { macSecret }: WorldpayConfig['hosted']): string {
  if (mac2 === undefined) return 'without mac2'
  if (macSecret === undefined || signed === undefined || signed.includes(undefined)) {
    return 'mac2 was not checked'
  }
  const expected = createHmac('sha256', macSecret.reveal()).update(signed.join(':')).digest('hex')
  return sameText(mac2, expected) ? 'mac2 holds' : 'mac2 does not hold'
}
