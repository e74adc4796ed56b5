import { failure } from '../../errors.ts'
import type { GatewayOperation, GatewayTarget } from '../../gateway/gateway.ts'
import { xmlAttribute } from '../../gateway/xml.ts'
import { toWire } from './amounts.ts'
import type { WorldpayConfig } from './config.ts'

/*
 * The wire messages that go out about an order that is there already (psp-protocols 1.4 and 1.5), and what they share
 * with the orders themselves.
 */

const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">\n'

export type Merchant = Pick<WorldpayConfig, 'merchantCode'>

/** `capture` of all or a part. No date: it is optional, and the gateway has no clock. */
export function captureMessage(operation: GatewayOperation, merchant: Merchant): string {
  return modification(
    operation,
    merchant,
    `<capture reference=${xmlAttribute(operation.reference)}>${amountElement(operation)}</capture>`,
  )
}

/** `refund` of all or a part. Worldpay knows no duplicate here, so our own reference is all there is to find it by. */
export function refundMessage(operation: GatewayOperation, merchant: Merchant): string {
  return modification(
    operation,
    merchant,
    `<refund reference=${xmlAttribute(operation.reference)}>${amountElement(operation)}</refund>`,
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

/** A whole document around its one message. */
export function service({ merchantCode }: Merchant, content: string): string {
  return `${PROLOG}<paymentService version="1.4" merchantCode=${xmlAttribute(merchantCode)}>${content}</paymentService>`
}

export function amountElement({ amountMinor, currency }: GatewayOperation): string {
  const wire = toWire(amountMinor, currency)
  // The engine asked `unrepresentable` before it wrote the operation down.
  if (typeof wire === 'string') throw failure('CF_MONEY_UNREPRESENTABLE', wire)
  return `<amount value="${wire.value}" currencyCode="${wire.currency}" exponent="${wire.exponent}"/>`
}

function modification(operation: GatewayOperation, merchant: Merchant, content: string): string {
  const { reference } = targetOf(operation)
  return service(
    merchant,
    `<modify><orderModification orderCode=${xmlAttribute(reference)}>${content}</orderModification></modify>`,
  )
}
