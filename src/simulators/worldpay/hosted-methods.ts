import type { Problem } from './amounts.ts'
import { paymentMethodFor, withoutCardNumbers } from './cards.ts'
import type { XmlElement } from './xml.ts'

/** Card brands of the hosted page, with how the gateway calls their numbers. */
const BRANDS: Readonly<Record<string, readonly string[]>> = {
  'VISA-SSL': ['VISA_CREDIT-SSL', 'VISA_DEBIT-SSL'],
  'ECMC-SSL': ['ECMC_CREDIT-SSL', 'ECMC_DEBIT-SSL'],
  'AMEX-SSL': ['AMEX-SSL'],
  'DINERS-SSL': ['DINERS-SSL'],
  'DISCOVER-SSL': ['DISCOVER-SSL'],
  'JCB-SSL': ['JCB-SSL'],
  'MAESTRO-SSL': ['MAESTRO-SSL'],
}

/** Alternative methods of the hosted page: the payer's bank decides, at once or later. */
const OTHERS: readonly string[] = [
  'IDEAL-SSL',
  'GIROPAY-SSL',
  'SOFORT-SSL',
  'PAYPAL-EXPRESS',
  'SEPA_DIRECT_DEBIT-SSL',
  'KLARNA_PAYLATER-SSL',
]

export interface OfferedMethods {
  readonly brands: readonly string[]
  readonly otherMethods: readonly string[]
}

/** The methods that a `paymentMethodMask` leaves: everything included, less what is excluded. */
export function methodsFrom(mask: XmlElement): OfferedMethods | Problem {
  const offered = new Set<string>()
  for (const element of mask.children) {
    if (element.name !== 'include' && element.name !== 'exclude') continue
    const code = element.attributes['code'] ?? ''
    const codes = codesOf(code)
    if (codes === undefined) {
      return { code: 5, text: `Invalid payment method : ${withoutCardNumbers(code).slice(0, 64)}` }
    }
    for (const each of codes) {
      if (element.name === 'include') offered.add(each)
      else offered.delete(each)
    }
  }
  if (offered.size === 0) return { code: 5, text: 'No payment method is left by the payment method mask' }
  return {
    brands: Object.keys(BRANDS).filter((code) => offered.has(code)),
    otherMethods: OTHERS.filter((code) => offered.has(code)),
  }
}

/** What a code of a mask stands for; undefined when no method is called so. */
function codesOf(code: string): readonly string[] | undefined {
  if (code === 'ALL' || code === 'ONLINE') return [...Object.keys(BRANDS), ...OTHERS]
  if (code === 'CARD-SSL') return Object.keys(BRANDS)
  return Object.hasOwn(BRANDS, code) || OTHERS.includes(code) ? [code] : undefined
}

/** True when a card of this number is of one of the brands. A number of no scheme is of none. */
export function isOffered(brands: readonly string[], cardNumber: string): boolean {
  const method = paymentMethodFor(cardNumber)
  return method !== undefined && brands.some((brand) => BRANDS[brand]?.includes(method) === true)
}
