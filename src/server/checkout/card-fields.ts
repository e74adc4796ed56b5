import type { CardFields } from '../../gateway/card.ts'

/** What was typed and may be put back into the form: never the number, never the security code. */
export type KeptFields = Pick<CardFields, 'holder' | 'expiryMonth' | 'expiryYear'>

export const nothingKept: KeptFields = { holder: '', expiryMonth: '', expiryYear: '' }

/** Reads the card out of a form. A field that is missing is empty, which the checks then find. */
export function cardFieldsIn(body: URLSearchParams): CardFields {
  const typed = (name: string): string => body.get(name)?.trim() ?? ''
  const year = typed('expiryYear')
  return {
    number: typed('number'),
    holder: typed('holder'),
    expiryMonth: typed('expiryMonth'),
    // Cards print two digits, and browsers fill in either.
    expiryYear: /^\d{2}$/.test(year) ? `20${year}` : year,
    securityCode: typed('securityCode'),
  }
}

/** A payer who types the number or the code into a wrong field must not get it back either. */
export function keptOf({ holder, expiryMonth, expiryYear }: CardFields): KeptFields {
  return {
    holder: /\d{3}/.test(holder) ? '' : holder,
    expiryMonth: /^\d{1,2}$/.test(expiryMonth) ? expiryMonth : '',
    expiryYear: /^20\d{2}$/.test(expiryYear) ? expiryYear : '',
  }
}
