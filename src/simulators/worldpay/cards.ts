import type { Charge } from './state.ts'

/** What the simulated issuer says to a card. */
export interface Verdict {
  readonly outcome: Charge['outcome']
  readonly returnCode?: { readonly code: string; readonly description: string }
}

/** ISO 8583 return codes in the gateway's words. */
const RETURN_CODES: Readonly<Record<string, string>> = {
  '2': 'REFERRED',
  '3': 'INVALID ACCEPTOR',
  '4': 'HOLD CARD',
  '5': 'REFUSED',
  '8': 'APPROVE AFTER IDENTIFICATION',
  '12': 'INVALID TRANSACTION',
  '13': 'INVALID AMOUNT',
  '14': 'INVALID ACCOUNT',
  '15': 'INVALID CARD ISSUER',
  '17': 'ANNULATION BY CLIENT',
  '19': 'REPEAT OF LAST TRANSACTION',
  '20': 'ACQUIRER ERROR',
  '26': 'DUPLICATE REFERENCE',
  '28': 'ACCESS DENIED',
  '29': 'IMPOSSIBLE REFERENCE NUMBER',
  '30': 'FORMAT ERROR',
  '33': 'CARD EXPIRED',
  '34': 'FRAUD SUSPICION',
  '38': 'SECURITY CODE EXPIRED',
  '41': 'LOST CARD',
  '43': 'STOLEN CARD, PICK UP',
  '46': 'CLOSED ACCOUNT',
  '51': 'LIMIT EXCEEDED',
  '55': 'INVALID SECURITY CODE',
  '56': 'UNKNOWN CARD',
  '57': 'ILLEGAL TRANSACTION',
  '62': 'RESTRICTED CARD',
  '65': 'AUTHENTICATION REQUIRED',
  '68': 'TRANSACTION TIMED OUT',
  '75': 'SECURITY CODE INVALID',
  '76': 'CARD BLOCKED',
  '85': 'REJECTED BY CARD ISSUER',
  '91': 'CREDITCARD ISSUER TEMPORARILY NOT REACHABLE',
  '94': 'DUPLICATE REQUEST',
  '97': 'SECURITY BREACH',
}

/** The name whose card is declined softly: the issuer wants 3-D Secure. The simulator's own, not the gateway's. */
export const SOFT_DECLINE = 'SOFT_DECLINE'

/** The issuer's word by the magic values for `cardHolderName`; any other name is authorized. */
export function verdictFor(cardHolderName: string): Verdict {
  const name = cardHolderName.trim()
  const refused = /^REFUSED(\d{1,3})$/.exec(name)
  if (refused !== null) return refusal(String(Number(refused[1])))
  switch (name) {
    case 'REFUSED':
      return refusal('5')
    case SOFT_DECLINE:
      return refusal('65')
    case 'REFERRED':
      return refusal('2')
    case 'FRAUD':
      return refusal('34')
    case 'ERROR':
      return { outcome: 'ERROR' }
    case 'ACQERROR':
      return { outcome: 'ERROR', returnCode: { code: '20', description: 'ACQUIRER ERROR' } }
    default:
      return { outcome: 'AUTHORISED' }
  }
}

function refusal(code: string): Verdict {
  return { outcome: 'REFUSED', returnCode: { code, description: RETURN_CODES[code] ?? 'REFUSED' } }
}

/** A matched, B not supplied, C not checked, D not matched. */
export function cvcResultFor(cvc: string | undefined): string {
  if (cvc === undefined || cvc === '') return 'B'
  if (cvc === '555' || cvc === '5555') return 'A'
  if (cvc === '444' || cvc === '4444') return 'D'
  return 'C'
}

interface Brand {
  readonly prefix: RegExp
  readonly method: string
}

/** By the first digits, the first match counts: what the gateway calls the method in replies. */
const BRANDS: readonly Brand[] = [
  { prefix: /^446203/, method: 'VISA_DEBIT-SSL' },
  { prefix: /^4/, method: 'VISA_CREDIT-SSL' },
  { prefix: /^516361/, method: 'ECMC_DEBIT-SSL' },
  { prefix: /^(5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720))/, method: 'ECMC_CREDIT-SSL' },
  { prefix: /^3[47]/, method: 'AMEX-SSL' },
  { prefix: /^3(0[0-5]|[689])/, method: 'DINERS-SSL' },
  { prefix: /^35/, method: 'JCB-SSL' },
  { prefix: /^6(011|4[4-9]|5)/, method: 'DISCOVER-SSL' },
  { prefix: /^(50|5[6-9]|6)/, method: 'MAESTRO-SSL' },
]

/** The payment method of a card number, or undefined when no scheme has such numbers. */
export function paymentMethodFor(cardNumber: string): string | undefined {
  if (!/^\d{12,19}$/.test(cardNumber)) return undefined
  return BRANDS.find((brand) => brand.prefix.test(cardNumber))?.method
}

/** The check digit of ISO 7812. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** As the gateway shows numbers: the first four digits, eight stars, the last four. */
export function maskedCardNumber(cardNumber: string): string {
  const digits = cardNumber.replaceAll(/\D/g, '')
  return digits.length < 12 ? '********' : `${digits.slice(0, 4)}********${digits.slice(-4)}`
}

/** Free text with every run of digits that could be a card number cut down to its last four (S8). */
export function withoutCardNumbers(text: string): string {
  return text.replaceAll(/\d(?:[ -]?\d){11,}/g, (run) => `****${run.replaceAll(/\D/g, '').slice(-4)}`)
}
