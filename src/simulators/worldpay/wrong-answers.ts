import type { FaultKind } from './faults.ts'

const OTHER_CURRENCY: Readonly<Record<string, string>> = { GBP: 'EUR' }
const OTHER_EXPONENT: Readonly<Record<string, string>> = { '0': '2', '2': '3', '3': '2' }

/** The content of a reply after a fault has put a wrong word into it. Other faults leave it as it is. */
export function distorted(content: string, kind: FaultKind): string {
  switch (kind) {
    case 'wrong-reference':
      return content.replaceAll(/orderCode="([^"]*)"/g, 'orderCode="$1-other"')
    case 'wrong-amount':
      return content.replaceAll(
        /<amount value="(\d+)"/g,
        (_, digits: string) => `<amount value="${BigInt(digits) + 1n}"`,
      )
    case 'wrong-currency':
      return content.replaceAll(
        /currencyCode="(\w*)"/g,
        (_, code: string) => `currencyCode="${OTHER_CURRENCY[code] ?? 'GBP'}"`,
      )
    case 'wrong-exponent':
      return content.replaceAll(
        /exponent="(\d)"/g,
        (_, digit: string) => `exponent="${OTHER_EXPONENT[digit] ?? '2'}"`,
      )
    default:
      return content
  }
}
