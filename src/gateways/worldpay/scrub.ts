import { maskCardNumbers } from '../../gateway/card.ts'
import type { Secret } from '../../gateway/secret.ts'
import type { WorldpayConfig } from './config.ts'

/** No message of Worldpay's is longer, in characters: the rest is cut off before anything is looked at. */
const LOOKED_AT_MAX = 65_536
/** Longer than a card number with blanks in it. */
const CUT_OFF = 100

/** A digit of ASCII as a numeric character reference, which would hide a card number from the mask. */
const DIGIT_REFERENCE = /&#(?:x3(?<hex>[0-9])|(?<decimal>4[89]|5[0-7]));/gi
/** An element with card data, up to its text's end; its closing tag may be missing in a message that was cut. */
const CARD_ELEMENT =
  /(?<tag>(?:<|&lt;)(?:cvc|cardHolderName|expiryDate)\b[^<>&]{0,200}(?:>|&gt;)\s{0,20})(?:<!\[CDATA\[)?[^<&]{1,400}(?:\]\]>)?/gi
const CARD_NUMBER =
  /(?<tag>(?:<|&lt;)cardNumber\b[^<>&]{0,200}(?:>|&gt;)\s{0,20}(?:<!\[CDATA\[)?)(?<digits>[\d\s-]{5,60})/gi
const EXPIRY = /(?<tag>(?:<|&lt;)date\s+month=)[^<>&]{1,60}(?=\/)/gi
/** Which of Worldpay's machines has a challenge: with it another could finish it. */
const MACHINE = /(?<name>\bmachine\s{0,5}=\s{0,5})[^\s;,<]{1,1000}/gi
/** Header, claims and signature; from its beginning alone as well, where the message was cut. */
const TOKEN = /(?<![\w-])eyJ[\w-]*(?:\.[\w-]*){1,2}/g
const AUTHORIZATION = /(?<name>authorization\s{0,5}:\s{0,5}(?:basic\s{1,5})?)[^\s<]{1,500}/gi

/**
 * Takes card data and credentials of an account out of a raw message and cuts it to 65,536 characters. Worldpay masks
 * card numbers in its replies; that is not relied on.
 *
 * @example
 * const scrub = scrubber(config)
 * scrub('<cvc>555</cvc>') // '<cvc>***</cvc>'
 */
export function scrubber(config: WorldpayConfig): (text: string) => string {
  const secrets = secretsOf(config)
  return (text) => scrub(text, secrets)
}

function scrub(text: string, secrets: readonly string[]): string {
  let scrubbed = text
    .slice(0, LOOKED_AT_MAX)
    .replaceAll(DIGIT_REFERENCE, (_found, hex?: string, decimal?: string) =>
      hex === undefined ? String(Number(decimal) - 48) : hex,
    )
    .replaceAll(CARD_ELEMENT, '$<tag>***')
    .replaceAll(CARD_NUMBER, (_found, tag: string, digits: string) => `${tag}****${digits.trim().slice(-4)}`)
    .replaceAll(EXPIRY, '$<tag>"***"')
    .replaceAll(AUTHORIZATION, '$<name>***')
    .replaceAll(MACHINE, '$<name>***')
    .replaceAll(TOKEN, '***')
  for (const hidden of secrets) scrubbed = scrubbed.replaceAll(hidden, '***')
  const masked = maskCardNumbers(scrubbed)
  // What was cut in its middle could not be recognised.
  return text.length > LOOKED_AT_MAX ? masked.slice(0, -CUT_OFF) : masked
}

/** All that the account's secrets can look like in a message. */
function secretsOf(config: WorldpayConfig): readonly string[] {
  const { username, password, threeDSecure, hosted, notifications } = config
  const basic = (name: string, word: Secret): string =>
    Buffer.from(`${name}:${word.reveal()}`).toString('base64')
  return [
    basic(username, password),
    ...(notifications === undefined ? [] : [basic(notifications.username, notifications.password)]),
    ...[password, notifications?.password, threeDSecure?.secret, hosted.macSecret].flatMap(
      (word) => word?.reveal() ?? [],
    ),
  ]
}
