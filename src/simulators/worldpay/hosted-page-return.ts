/** Where the payer goes from the hosted page. */
export type ReturnTo = 'success' | 'failure' | 'pending' | 'cancel' | 'error'

/** The gateway takes no longer ones. */
const URL_LENGTH_MAX = 1_024

/**
 * The merchant's address for one outcome, with what the gateway tells it: undefined when the merchant has appended none
 * that is usable. Only web addresses are: it becomes a link of the page.
 *
 * @example
 * const parameters = new URLSearchParams({ successURL: 'https://shop.example/done?order=7' })
 * returnAddress(parameters, 'success', { paymentStatus: 'AUTHORISED' })
 * // 'https://shop.example/done?order=7&paymentStatus=AUTHORISED'
 */
export function returnAddress(
  parameters: URLSearchParams,
  to: ReturnTo,
  told: Readonly<Record<string, string>>,
): string | undefined {
  const given = parameters.get(`${to}URL`)
  if (given === null || given.length > URL_LENGTH_MAX || !isWebAddress(given)) return undefined
  const address = new URL(given)
  const added = new URLSearchParams(told).toString()
  // What the merchant wrote stays as it was written: it may be signed.
  const query = [address.search.slice(1), added].filter((part) => part !== '').join('&')
  return `${address.origin}${address.pathname}${query === '' ? '' : `?${query}`}${address.hash}`
}

function isWebAddress(text: string): boolean {
  const scheme = URL.canParse(text) ? new URL(text).protocol : ''
  return scheme === 'http:' || scheme === 'https:'
}
