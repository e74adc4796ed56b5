import { failure } from '../../errors.ts'
import type { Card } from '../../gateway/card.ts'
import type { GatewayOperation, GatewayTarget } from '../../gateway/gateway.ts'
import { xmlAttribute, xmlHoldable, xmlText } from '../../gateway/xml.ts'
import { toWire } from './amounts.ts'
import type { WorldpayConfig } from './config.ts'

/*
 * The wire messages that go out (psp-protocols 1.2 to 1.5). Elements stand in the order that the DTD demands.
 */

const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">\n'

type Merchant = Pick<WorldpayConfig, 'merchantCode'>

/** When the money of a charge is taken: at once, or only when we ask. Always sent, never left to the account. */
export type CaptureDelay = '0' | 'OFF'

/** `submit/order` with card details: a sale or an authorization. */
export function orderMessage(
  operation: GatewayOperation,
  card: Card | undefined,
  captureDelay: CaptureDelay,
  merchant: Merchant,
): string {
  if (card === undefined) {
    throw failure('CF_CARD_INVALID', 'the card details are no longer in memory; ask the payer for them again')
  }
  const { reference } = operation
  return service(
    merchant,
    `<submit><order orderCode=${xmlAttribute(reference)} captureDelay="${captureDelay}">` +
      `<description>${typed(operation.description, DESCRIPTION_MAX)}</description>` +
      amountOf(operation) +
      `<paymentDetails>${cardOf(card, operation)}${sessionOf(operation)}</paymentDetails>` +
      shopperOf(operation) +
      '<dynamicInteractionType type="ECOMMERCE"/></order></submit>',
  )
}

/** `capture` of all or a part. No date: it is optional, and the gateway has no clock. */
export function captureMessage(operation: GatewayOperation, merchant: Merchant): string {
  return modification(
    operation,
    merchant,
    `<capture reference=${xmlAttribute(operation.reference)}>${amountOf(operation)}</capture>`,
  )
}

/** `refund` of all or a part. Worldpay knows no duplicate here, so our own reference is all there is to find it by. */
export function refundMessage(operation: GatewayOperation, merchant: Merchant): string {
  return modification(
    operation,
    merchant,
    `<refund reference=${xmlAttribute(operation.reference)}>${amountOf(operation)}</refund>`,
  )
}

/** `cancel` of an authorization. */
export function cancelMessage(operation: GatewayOperation, merchant: Merchant): string {
  return modification(operation, merchant, '<cancel/>')
}

/** `cancelOrRefund`: Worldpay picks what undoes the order, whatever has become of it. */
export function reversalMessage(operation: GatewayOperation, merchant: Merchant): string {
  return modification(operation, merchant, '<cancelOrRefund/>')
}

/**
 * `orderInquiry`: what became of a charge, and of what was done to it? There is `refundableAmountInquiry` as well, but
 * its amount moves when a refund is received, so that it is no evidence that one was done.
 */
export function inquiryMessage(operation: GatewayOperation, merchant: Merchant): string {
  return service(
    merchant,
    `<inquiry><orderInquiry orderCode=${xmlAttribute(chargeReferenceOf(operation))}/></inquiry>`,
  )
}

/** The order code that a question about an operation names: Worldpay keeps modifications under their charge's. */
export function chargeReferenceOf(operation: GatewayOperation): string {
  return operation.target?.reference ?? operation.reference
}

/** The charge that a modification is about. */
export function targetOf(operation: GatewayOperation): GatewayTarget {
  if (operation.target !== undefined) return operation.target
  throw new TypeError(`a ${operation.kind} has no target`)
}

const DESCRIPTION_MAX = 50
const HOLDER_MAX = 100
const ADDRESS_LINE_MAX = 80
const POSTAL_CODE_MAX = 20
const EMAIL_MAX = 254

function service({ merchantCode }: Merchant, content: string): string {
  return `${PROLOG}<paymentService version="1.4" merchantCode=${xmlAttribute(merchantCode)}>${content}</paymentService>`
}

function modification(operation: GatewayOperation, merchant: Merchant, content: string): string {
  const { reference } = targetOf(operation)
  return service(
    merchant,
    `<modify><orderModification orderCode=${xmlAttribute(reference)}>${content}</orderModification></modify>`,
  )
}

function amountOf({ amountMinor, currency }: GatewayOperation): string {
  const wire = toWire(amountMinor, currency)
  // The engine asked `unrepresentable` before it wrote the operation down.
  if (typeof wire === 'string') throw failure('CF_MONEY_UNREPRESENTABLE', wire)
  return `<amount value="${wire.value}" currencyCode="${wire.currency}" exponent="${wire.exponent}"/>`
}

function cardOf(card: Card, operation: GatewayOperation): string {
  const { number, expiryMonth, expiryYear, holder, securityCode } = card.reveal()
  const month = xmlAttribute(expiryMonth.padStart(2, '0'))
  return (
    `<CARD-SSL><cardNumber>${xmlText(number)}</cardNumber>` +
    `<expiryDate><date month=${month} year=${xmlAttribute(expiryYear)}/></expiryDate>` +
    `<cardHolderName>${typed(holder, HOLDER_MAX)}</cardHolderName>` +
    `<cvc>${xmlText(securityCode)}</cvc>${addressOf(operation)}</CARD-SSL>`
  )
}

/** `state` is never sent: outside the US, Canada and China it makes 3-D Secure refuse the order. */
function addressOf({ payer }: GatewayOperation): string {
  const address = payer?.billingAddress
  if (address === undefined || !/^[A-Z]{2}$/.test(address.countryCode)) return ''
  const second = address.line2 ?? ''
  return (
    `<cardAddress><address><address1>${typed(address.line1, ADDRESS_LINE_MAX)}</address1>` +
    (second === '' ? '' : `<address2>${typed(second, ADDRESS_LINE_MAX)}</address2>`) +
    `<postalCode>${typed(address.postalCode, POSTAL_CODE_MAX)}</postalCode>` +
    `<city>${typed(address.city, ADDRESS_LINE_MAX)}</city>` +
    `<countryCode>${address.countryCode}</countryCode></address></cardAddress>`
  )
}

function sessionOf({ payerIp, reference }: GatewayOperation): string {
  if (payerIp === undefined) return ''
  return `<session shopperIPAddress=${xmlAttribute(xmlHoldable(payerIp))} id=${xmlAttribute(reference)}/>`
}

function shopperOf({ payer }: GatewayOperation): string {
  if (payer?.email === undefined || payer.email === '') return ''
  return `<shopper><shopperEmailAddress>${typed(payer.email, EMAIL_MAX)}</shopperEmailAddress></shopper>`
}

/** What people typed: shortened by whole characters, and without what XML cannot hold. */
function typed(text: string, lengthMax: number): string {
  const holdable = xmlHoldable(text)
  return xmlText(holdable.length <= lengthMax ? holdable : xmlHoldable(holdable.slice(0, lengthMax)))
}
