/**
 * The cookie `machine` of an answer: without it the second leg of 3-D Secure finds another machine of Worldpay's, which
 * knows of no order. Cookies arrive joined by commas, which stand in their dates as well; of several the last one
 * counts. Undefined when there is none, or one that cannot be sent back as it is.
 */
export function machineCookieOf(headers: Readonly<Record<string, string>>): string | undefined {
  const cookies = headers['set-cookie'] ?? ''
  if (cookies.length > COOKIES_MAX) return undefined
  let machine: string | undefined
  for (const found of cookies.matchAll(MACHINE)) machine = found.groups?.['value']
  return machine === '' || (machine?.length ?? 0) > COOKIE_MAX ? undefined : machine
}

/** Longer than the head of an answer can be. */
const COOKIES_MAX = 16_384
const COOKIE_MAX = 1_000
/** RFC 6265: no blanks, quotation marks, commas, semicolons and backslashes in a value, which may stand in quotation marks. */
const MACHINE =
  /(?:^|,)\s{0,5}machine=(?<value>"?[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*"?)\s{0,5}(?=[;,]|$)/g
