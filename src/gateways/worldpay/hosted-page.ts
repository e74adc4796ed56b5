import { failure } from '../../errors.ts'
import type { Handover, PayerPage, ReturnDoor, Visit } from '../../gateway/gateway.ts'
import type { HostedConfig } from './hosted-options.ts'

/** Worldpay's names for the doors that its page sends the payer's browser to. */
const DOORS: readonly (readonly [string, ReturnDoor])[] = [
  ['successURL', 'success'],
  ['failureURL', 'failure'],
  ['pendingURL', 'pending'],
  ['cancelURL', 'cancel'],
  ['errorURL', 'error'],
]

/** Worldpay takes no longer ones. */
const RETURN_URL_MAX = 1_024

/**
 * The page on which the payer pays: the registered address, with the ways back appended. The address itself stays as
 * it came, since nobody says that Worldpay takes it in another spelling.
 *
 * @throws CF_PAYMENT_STATE when nothing was registered, CF_CONFIG when an address of ours is too long.
 */
export function hostedPage(
  handover: Handover,
  { returnUrls }: Visit,
  { country, language }: HostedConfig,
): PayerPage {
  const { kind, url } = handover
  if (kind !== 'hosted' || url === undefined) {
    throw failure('CF_PAYMENT_STATE', 'it was not registered for a page of the provider')
  }
  const parameters: (readonly [string, string])[] = DOORS.map(([name, door]) => [name, returnUrls[door]])
  for (const [name, value] of parameters) {
    if (value.length > RETURN_URL_MAX) {
      throw failure(
        'CF_CONFIG',
        `worldpay: ${name} has more than ${RETURN_URL_MAX} characters; shorten publicUrl`,
      )
    }
  }
  if (country !== undefined) parameters.push(['country', country])
  if (language !== undefined) parameters.push(['language', language])
  const appended = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return {
    method: 'GET',
    url: `${url}${url.includes('?') ? '&' : '?'}${appended}`,
    fields: {},
    framed: false,
  }
}
