import { formatMoney } from '../money/money.ts'
import type { Case } from './state.ts'

/** How an amount stands in the text of a case as it is written down. */
const IN_MINOR_UNITS = /(?<![\d.])(\d{1,16}) ([A-Z]{3}) \(minor units\)/g

/**
 * What a case is about, with amounts as people write them.
 *
 * @example
 * caseText({ text: 'sale of 1999 GBP (minor units): no answer' }) // 'sale of 19.99 GBP: no answer'
 */
export function caseText({ text }: Pick<Case, 'text'>): string {
  return text.replaceAll(IN_MINOR_UNITS, (_, digits: string, currency: string) => {
    return `${formatMoney({ amountMinor: BigInt(digits), currency })} ${currency}`
  })
}
