import { exponentOf } from '../../money/currency.ts'
import type { ErrorCode } from './replies.ts'
import type { XmlElement } from './xml.ts'

export interface Amount {
  readonly amountMinor: bigint
  readonly currency: string
  readonly exponent: number
}

export interface Problem {
  readonly code: ErrorCode
  readonly text: string
}

/**
 * Currencies for which clients of this gateway count no decimal places though ISO 4217 has two: both are taken, and
 * the ledger shows the exponent that was sent.
 */
const ALSO_WITHOUT_DECIMALS = new Set(['HUF', 'IDR', 'MGA'])

/** The gateway takes at most ten digits. */
const DIGITS_MAX = 10

/** Reads an `amount` that has passed the content model. */
export function amountFrom(element: XmlElement | undefined): Amount | Problem {
  const value = element?.attributes['value'] ?? ''
  const currency = element?.attributes['currencyCode'] ?? ''
  const exponent = Number(element?.attributes['exponent'] ?? '')
  if (!/^\d+$/.test(value) || value.length > DIGITS_MAX || BigInt(value) === 0n) {
    return { code: 3, text: `Invalid amount: value must be 1 to ${DIGITS_MAX} digits and more than 0` }
  }
  const expected = exponentOf(currency)
  if (expected === undefined) {
    return { code: 5, text: 'Invalid currency code: not a currency of ISO 4217' }
  }
  if (exponent !== expected && !(exponent === 0 && ALSO_WITHOUT_DECIMALS.has(currency))) {
    return { code: 3, text: `Invalid amount: ${currency} has exponent ${expected}` }
  }
  return { amountMinor: BigInt(value), currency, exponent }
}

/** `GBP 1.01`, as the gateway writes amounts in its error texts. */
export function inWords(amountMinor: bigint, currency: string, exponent: number): string {
  if (exponent === 0) return `${currency} ${amountMinor}`
  const digits = amountMinor.toString().padStart(exponent + 1, '0')
  return `${currency} ${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}
