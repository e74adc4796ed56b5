import { formatMoney, type Money } from '../money/money.ts'

/**
 * The amount for a payer: with the currency's sign, grouped, with its ISO 4217 decimals.
 *
 * @example
 * displayMoney({ amountMinor: 123456n, currency: 'GBP' }) // '£1,234.56'
 */
export function displayMoney(amount: Money, language = 'en'): string {
  // The decimal string goes in as it is: a float would round large amounts.
  const decimal = formatMoney(amount) as Intl.StringNumericLiteral
  const digits = decimal.split('.')[1]?.length ?? 0
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: amount.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(decimal)
}
