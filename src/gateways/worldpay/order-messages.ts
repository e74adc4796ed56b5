import { failure } from '../../errors.ts'
import type { Card } from '../../gateway/card.ts'
import type { GatewayOperation, PayerBrowser } from '../../gateway/gateway.ts'
import { xmlAttribute, xmlHoldable, xmlText } from '../../gateway/xml.ts'
import type { WorldpayConfig } from './config.ts'
import { amountElement, type Merchant, service } from './messages.ts'
import type { WindowSize } from './three-d-secure-options.ts'

/*
 * `submit/order`: what charges a card, goes on after a challenge, or registers an order for Worldpay's page. Elements
 * stand in the order that the DTD demands (psp-protocols 1.2).
 */

/** When the money of a charge is taken: at once, or only when we ask. Always sent, never left to the account. */
export type CaptureDelay = '0' | 'OFF'

/**
 * A sale or an authorization with card details; with 3-D Secure when the merchant has it and the payer's browser is
 * there.
 */
export function orderMessage(
  operation: GatewayOperation,
  card: Card | undefined,
  captureDelay: CaptureDelay,
  merchant: Pick<WorldpayConfig, 'merchantCode' | 'threeDSecure'>,
): string {
  if (card === undefined) {
    throw failure('CF_CARD_INVALID', 'the card details are no longer in memory; ask the payer for them again')
  }
  const browser = merchant.threeDSecure === undefined ? undefined : operation.browser
  return service(
    merchant,
    `<submit><order orderCode=${xmlAttribute(operation.reference)} captureDelay="${captureDelay}">` +
      headOf(operation) +
      `<paymentDetails>${cardOf(card, operation)}${sessionOf(operation, browser !== undefined)}</paymentDetails>` +
      shopperOf(operation, browser) +
      '<dynamicInteractionType type="ECOMMERCE"/>' +
      authenticationOf(operation, browser, merchant.threeDSecure?.windowSize) +
      '</order></submit>',
  )
}

/** The way back from a challenge. Worldpay still has the card and asks the issuer what came of it. */
export function secondLegMessage({ reference }: GatewayOperation, merchant: Merchant): string {
  return service(
    merchant,
    `<submit><order orderCode=${xmlAttribute(reference)}>` +
      `<info3DSecure><completedAuthentication/></info3DSecure><session id=${xmlAttribute(reference)}/></order></submit>`,
  )
}

/** An order for Worldpay's page. How long it can be paid is always said: nothing else ends it for certain. */
export function registrationMessage(
  operation: GatewayOperation,
  captureDelay: CaptureDelay,
  { merchantCode, hosted }: Pick<WorldpayConfig, 'merchantCode' | 'hosted'>,
): string {
  const { installationId, methods, payWithinMinutes } = hosted
  const offered = captureDelay === 'OFF' ? methods.authorize : methods.sale
  const address = addressOf(operation)
  return service(
    { merchantCode },
    `<submit><order orderCode=${xmlAttribute(operation.reference)}` +
      (installationId === undefined ? '' : ` installationId=${xmlAttribute(installationId)}`) +
      ` captureDelay="${captureDelay}">${headOf(operation)}` +
      `<paymentMethodMask>${offered.map((code) => `<include code=${xmlAttribute(code)}/>`).join('')}</paymentMethodMask>` +
      shopperOf(operation, undefined) +
      (address === '' ? '' : `<billingAddress>${address}</billingAddress>`) +
      `<hostPaymentOrderAttribute timeToLiveInMin="${payWithinMinutes}"/></order></submit>`,
  )
}

const DESCRIPTION_MAX = 50
const HOLDER_MAX = 100
const ADDRESS_LINE_MAX = 80
const POSTAL_CODE_MAX = 20
const EMAIL_MAX = 254
/** As long as EMV 3-D Secure lets them be. */
const BROWSER_HEADER_MAX = 2_048

function headOf(operation: GatewayOperation): string {
  return `<description>${typed(operation.description, DESCRIPTION_MAX)}</description>${amountElement(operation)}`
}

function cardOf(card: Card, operation: GatewayOperation): string {
  const { number, expiryMonth, expiryYear, holder, securityCode } = card.reveal()
  const month = xmlAttribute(expiryMonth.padStart(2, '0'))
  const address = addressOf(operation)
  return (
    `<CARD-SSL><cardNumber>${xmlText(number)}</cardNumber>` +
    `<expiryDate><date month=${month} year=${xmlAttribute(expiryYear)}/></expiryDate>` +
    `<cardHolderName>${typed(holder, HOLDER_MAX)}</cardHolderName>` +
    `<cvc>${xmlText(securityCode)}</cvc>` +
    `${address === '' ? '' : `<cardAddress>${address}</cardAddress>`}</CARD-SSL>`
  )
}

/** `state` is never sent: outside the US, Canada and China it makes 3-D Secure refuse the order. */
function addressOf({ payer }: GatewayOperation): string {
  const address = payer?.billingAddress
  if (address === undefined || !/^[A-Z]{2}$/.test(address.countryCode)) return ''
  const second = address.line2 ?? ''
  return (
    `<address><address1>${typed(address.line1, ADDRESS_LINE_MAX)}</address1>` +
    (second === '' ? '' : `<address2>${typed(second, ADDRESS_LINE_MAX)}</address2>`) +
    `<postalCode>${typed(address.postalCode, POSTAL_CODE_MAX)}</postalCode>` +
    `<city>${typed(address.city, ADDRESS_LINE_MAX)}</city>` +
    `<countryCode>${address.countryCode}</countryCode></address>`
  )
}

/** Its id must be the same on both legs of 3-D Secure, so that it is the reference. */
function sessionOf({ payerIp, reference }: GatewayOperation, authenticates: boolean): string {
  if (payerIp === undefined) return authenticates ? `<session id=${xmlAttribute(reference)}/>` : ''
  return `<session shopperIPAddress=${xmlAttribute(xmlHoldable(payerIp))} id=${xmlAttribute(reference)}/>`
}

function shopperOf({ payer }: GatewayOperation, browser: PayerBrowser | undefined): string {
  const email = payer?.email ?? ''
  const content =
    (email === '' ? '' : `<shopperEmailAddress>${typed(email, EMAIL_MAX)}</shopperEmailAddress>`) +
    (browser === undefined
      ? ''
      : `<browser><acceptHeader>${typed(browser.accept, BROWSER_HEADER_MAX)}</acceptHeader>` +
        `<userAgentHeader>${typed(browser.userAgent, BROWSER_HEADER_MAX)}</userAgentHeader></browser>`)
  return content === '' ? '' : `<shopper>${content}</shopper>`
}

/** The DTD demands `dfReferenceId`; it is empty where device data collection came to no end. */
function authenticationOf(
  { mustAuthenticate }: GatewayOperation,
  browser: PayerBrowser | undefined,
  windowSize: WindowSize | undefined,
): string {
  if (browser === undefined || windowSize === undefined) return ''
  // It comes out of the payer's browser: anything can stand in it.
  const session = /^[\w.:-]{1,128}$/.exec(browser.deviceSession ?? '')?.[0] ?? ''
  const preference = mustAuthenticate ? 'challengeMandated' : 'noPreference'
  return (
    `<additional3DSData dfReferenceId=${xmlAttribute(session)} challengeWindowSize="${windowSize}"` +
    ` challengePreference="${preference}" javaScriptEnabled="${browser.javaScript}"/>`
  )
}

/** What people typed: shortened by whole characters, and without what XML cannot hold. */
function typed(text: string, lengthMax: number): string {
  const holdable = xmlHoldable(text)
  return xmlText(holdable.length <= lengthMax ? holdable : xmlHoldable(holdable.slice(0, lengthMax)))
}
