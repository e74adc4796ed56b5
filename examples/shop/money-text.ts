import { formatMoney } from 'counterfoil'

/**
 * An amount as people read it here.
 *
 * @example
 * moneyText(1999n, 'GBP') // '£19.99'
 */
export function moneyText(amountMinor: bigint, currency: string): string {
  const decimal = formatMoney({ amountMinor, currency })
  // A decimal string is formatted exactly, however large it is; a number would not be.
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(decimal as `${number}`)
}
