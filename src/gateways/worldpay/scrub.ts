import { maskCardNumbers } from '../../gateway/card.ts'
import type { WorldpayConfig } from './config.ts'

/** What the journal keeps of a raw message, in characters. */
export const RAW_MAX = 8_000
/** What is looked at: more than is kept, so that nothing is cut in its middle before it is masked. */
const LOOKED_AT_MAX = 4 * RAW_MAX

/** A digit of ASCII as a numeric character reference, which would hide a card number from the mask. */
const DIGIT_REFERENCE = /&#(?:x3(?<hex>[0-9])|(?<decimal>4[89]|5[0-7]));/gi
/** An element with card data, up to its text's end; its closing tag may be missing in a message that was cut. */
const CARD_ELEMENT =
  /(?<tag>(?:<|&lt;)(?:cvc|cardHolderName|expiryDate)\b[^<>&]{0,200}(?:>|&gt;)\s{0,20})(?:<!\[CDATA\[)?[^<&]{1,400}(?:\]\]>)?/gi
const CARD_NUMBER =
  /(?<tag>(?:<|&lt;)cardNumber\b[^<>&]{0,200}(?:>|&gt;)\s{0,20}(?:<!\[CDATA\[)?)(?<digits>[\d\s-]{5,60})/gi
const EXPIRY = /(?<tag>(?:<|&lt;)date\s+month=)[^<>&]{1,60}(?=\/)/gi
const AUTHORIZATION = /(?<name>authorization\s{0,5}:\s{0,5}(?:basic\s{1,5})?)[^\s<]{1,500}/gi

/**
 * Takes card data and credentials out of a raw message and cuts it to 8,000 characters. Worldpay masks card numbers
 * in its replies; that is not relied on.
 */
export function scrub(text: string, { username, password }: WorldpayConfig): string {
  const clear = password.reveal()
  let scrubbed = text
    .slice(0, LOOKED_AT_MAX)
    .replaceAll(DIGIT_REFERENCE, (_found, hex?: string, decimal?: string) =>
      hex === undefined ? String(Number(decimal) - 48) : hex,
    )
    .replaceAll(CARD_ELEMENT, '$<tag>***')
    .replaceAll(CARD_NUMBER, (_found, tag: string, digits: string) => `${tag}****${digits.trim().slice(-4)}`)
    .replaceAll(EXPIRY, '$<tag>"***"')
    .replaceAll(AUTHORIZATION, '$<name>***')
  for (const hidden of [Buffer.from(`${username}:${clear}`).toString('base64'), clear]) {
    scrubbed = scrubbed.replaceAll(hidden, '***')
  }
  return maskCardNumbers(scrubbed).slice(0, RAW_MAX)
}
