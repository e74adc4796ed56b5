import { failure } from '../errors.ts'
import { exponentOf, isCurrency } from './currency.ts'

/** An amount in the minor unit of its currency by ISO 4217: `{ amountMinor: 1999n, currency: 'GBP' }` is 19.99 pounds. */
export interface Money {
  readonly amountMinor: bigint
  readonly currency: string
}

/** No shop sells for more, and no PSP takes it: 10^15 minor units. A larger amount is a mistake in a unit. */
export const AMOUNT_MINOR_MAX = 1_000_000_000_000_000n

/**
 * Checks and freezes an amount.
 *
 * @throws CF_MONEY_CURRENCY for a code outside ISO 4217, CF_MONEY_AMOUNT for anything but a bigint from 0 to 10^15.
 * @example
 * money(1999n, 'GBP') // { amountMinor: 1999n, currency: 'GBP' }
 */
export function money(amountMinor: bigint, currency: string): Money {
  if (!isCurrency(currency)) {
    throw failure('CF_MONEY_CURRENCY', `'${currency}' is not a currency code of ISO 4217`)
  }
  if (typeof amountMinor !== 'bigint' || amountMinor < 0n || amountMinor > AMOUNT_MINOR_MAX) {
    throw failure(
      'CF_MONEY_AMOUNT',
      `the amount must be a bigint of minor units from 0 to ${AMOUNT_MINOR_MAX}, not ${typeof amountMinor} ${String(amountMinor)}`,
    )
  }
  return Object.freeze({ amountMinor, currency })
}

/**
 * Reads a decimal string in major units. It must have at most the currency's decimal places.
 *
 * @throws CF_MONEY_CURRENCY, CF_MONEY_AMOUNT
 * @example
 * parseMoney('19.99', 'GBP').amountMinor // 1999n
 */
export function parseMoney(text: string, currency: string): Money {
  const exponent = exponentOf(currency)
  if (exponent === undefined) {
    throw failure('CF_MONEY_CURRENCY', `'${currency}' is not a currency code of ISO 4217`)
  }
  const match = /^(\d{1,16})(?:\.(\d+))?$/.exec(text)
  const fraction = match?.[2] ?? ''
  if (match === null || fraction.length > exponent) {
    throw failure(
      'CF_MONEY_AMOUNT',
      `'${text}' is not an amount in ${currency}: digits with at most ${exponent} decimal places are`,
    )
  }
  return money(BigInt((match[1] ?? '') + fraction.padEnd(exponent, '0')), currency)
}

/**
 * The amount as a decimal string in major units, without symbol or grouping.
 *
 * @example
 * formatMoney(money(5n, 'BHD')) // '0.005'
 */
export function formatMoney({ amountMinor, currency }: Money): string {
  const exponent = exponentOf(currency) ?? 2
  if (exponent === 0) return amountMinor.toString()
  const digits = amountMinor.toString().padStart(exponent + 1, '0')
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** An amount as somebody else counts it: in `exponent` decimal places, where it says so. */
export interface CountedMoney extends Money {
  readonly exponent: number | undefined
}

/**
 * True when both are the same amount of the same currency, compared in the finer of the two counts.
 *
 * @example
 * sameMoney(money(500n, 'HUF'), { amountMinor: 5n, currency: 'HUF', exponent: 0 }) // true
 */
export function sameMoney(ours: Money, theirs: CountedMoney): boolean {
  if (ours.currency !== theirs.currency) return false
  const exponent = exponentOf(ours.currency) ?? 2
  const theirExponent = theirs.exponent ?? exponent
  const finest = Math.max(exponent, theirExponent)
  return (
    ours.amountMinor * 10n ** BigInt(finest - exponent) ===
    theirs.amountMinor * 10n ** BigInt(finest - theirExponent)
  )
}
