import type { FastifyRequest } from 'fastify'
import type { PayRequest } from '../engine/api.ts'
import { maskCardNumbers } from '../gateway/card.ts'

/** How 3-D Secure wants the payer's browser described. */
export type PayerBrowser = NonNullable<PayRequest['browser']>

/** No browser of today sends longer ones. */
const HEADER_CHARACTERS_MAX = 256
const DEVICE_SESSION = /^[\w.:-]{1,100}$/

/** The browser as its request describes it. What the form says of it beside is from our own script, and is optional. */
export function payerBrowserOf(
  { headers }: FastifyRequest,
  form: URLSearchParams = new URLSearchParams(),
): PayerBrowser {
  const session = form.get('deviceSession') ?? ''
  // A card number in it would be refused before anything is written down, and nobody could pay.
  const usable = DEVICE_SESSION.test(session) && maskCardNumbers(session) === session
  return {
    accept: printable(headers.accept),
    userAgent: printable(headers['user-agent']),
    javaScript: form.get('javaScript') === '1',
    deviceSession: usable ? session : undefined,
  }
}

/** Written down and sent on, so it is bounded, plain, and holds no card number (S8). */
function printable(text: string | undefined): string {
  const plain = (text ?? '').replaceAll(/[^\x20-\x7e]/g, ' ')
  return maskCardNumbers(plain).slice(0, HEADER_CHARACTERS_MAX)
}
