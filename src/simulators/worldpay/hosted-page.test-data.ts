import { createHmac } from 'node:crypto'
import type { Simulator } from '../server.ts'
import { basic, document, MERCHANT } from './samples.test-data.ts'

const headers = { authorization: basic(MERCHANT, 'counterfoil-password'), 'content-type': 'text/xml' }

/** Sends a message as the merchant: the whole answer. */
export function send(simulator: Simulator, body: string, cookie = ''): Promise<Response> {
  return fetch(simulator.worldpayUrls.paymentService, {
    method: 'POST',
    headers: { ...headers, cookie },
    body,
  })
}

export function registration(orderCode = 'h1', mask = '<include code="ALL"/>'): string {
  return document(
    `<submit><order orderCode="${orderCode}" captureDelay="OFF"><description>Two &amp; a half books</description><amount value="1400" currencyCode="GBP" exponent="2"/><paymentMethodMask>${mask}</paymentMethodMask><shopper><shopperEmailAddress>jane@example.com</shopperEmailAddress></shopper></order></submit>`,
  )
}

export const SHOP = 'http://shop.example/back'

/** The merchant's addresses: one has a query already. */
const returns = {
  successURL: `${SHOP}/success?order=7&sig=a%2Fb`,
  failureURL: `${SHOP}/failure`,
  pendingURL: `${SHOP}/pending`,
  cancelURL: `${SHOP}/cancel`,
  errorURL: `${SHOP}/error`,
}

/** Registers an order: the address of its page, with the merchant's addresses appended as a merchant does it. */
export async function pageOf(
  simulator: Simulator,
  body = registration(),
  appended: Readonly<Record<string, string>> = returns,
): Promise<string> {
  const reply = await (await send(simulator, body)).text()
  const address = /<reference[^>]*>(.*?)<\/reference>/.exec(reply)?.[1]
  if (address === undefined) throw new Error(reply)
  const url = address.replace(/^<!\[CDATA\[|\]\]>$/g, '').replaceAll('&amp;', '&')
  return `${url}&${new URLSearchParams(appended).toString()}`
}

export const goodCard = {
  method: 'CARD',
  action: 'pay',
  cardNumber: '4444 3333 2222 1111',
  expiryMonth: '12',
  expiryYear: '2040',
  cardHolderName: 'Jane Doe',
  cvc: '555',
}

/** Posts a form as the page itself does. */
export function submit(
  url: string,
  fields: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { origin: new URL(url).origin, ...more },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
}

/** An HS256 token, as a merchant makes it. */
export function jwt(claims: Readonly<Record<string, unknown>>, secret: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** The claims that every token has. */
export function claims(simulator: Simulator): Record<string, unknown> {
  const { jwtIssuer, jwtOrgUnitId } = simulator.worldpay.state.options
  const seconds = Math.floor(Date.now() / 1_000)
  return { jti: `${seconds}-1`, iat: seconds, iss: jwtIssuer, exp: seconds + 7_200, OrgUnitId: jwtOrgUnitId }
}
