import type { Answer, Found, GatewayOperation, Outcome } from '../../gateway/gateway.ts'
import { chargeOutcome } from './charge-replies.ts'
import { inquiryFound } from './found.ts'
import { modificationOutcome } from './modification-replies.ts'

export const merchant = { merchantCode: 'SHOPECOM' }
export const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">'

export const SAMPLE_02 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a1"><payment><paymentMethod>VISA_CREDIT-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/><lastEvent>AUTHORISED</lastEvent><AuthorisationId id="622206"/><CVCResultCode description="A"/><AVSResultCode description="A"/><cardHolderName><![CDATA[Jane Doe]]></cardHolderName><issuerCountryCode>GB</issuerCountryCode><balance accountType="IN_PROCESS_AUTHORISED"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></balance><cardNumber>4444********1111</cardNumber><riskScore value="0"/></payment></orderStatus></reply></paymentService>'
export const SAMPLE_03 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a2"><payment><paymentMethod>VISA_CREDIT-SSL</paymentMethod><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/><lastEvent>REFUSED</lastEvent><ISO8583ReturnCode code="51" description="LIMIT EXCEEDED"/><riskScore value="0"/></payment></orderStatus></reply></paymentService>'
export const SAMPLE_04 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1001-a1"><challengeRequired><threeDSChallengeDetails><threeDSVersion>2.2.0</threeDSVersion><transactionId3DS>rUT8fzKDaiVxuW5UCwq0</transactionId3DS><acsURL><![CDATA[http://127.0.0.1:9000/acs]]></acsURL><payload>eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ</payload></threeDSChallengeDetails></challengeRequired></orderStatus></reply></paymentService>'
export const SAMPLE_07 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><ok><captureReceived orderCode="ord-1001-a1"><amount value="1999" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></captureReceived></ok></reply></paymentService>'
export const SAMPLE_10 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><ok><refundReceived orderCode="ord-1001-a1"><amount value="500" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/></refundReceived></ok></reply></paymentService>'
export const SAMPLE_12 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-9999"><error code="5"><![CDATA[Could not find payment for order]]></error></orderStatus></reply></paymentService>'
export const SAMPLE_13 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><error code="5"><![CDATA[Duplicate Order]]></error></reply></paymentService>'

export function answer(text: string, status = 200): Answer {
  return { status, headers: {}, body: Buffer.from(text) }
}

export function charge(reference = 'ord-1001-a1'): GatewayOperation {
  return {
    reference,
    kind: 'authorize',
    leg: 1,
    amountMinor: 1999n,
    currency: 'GBP',
    orderId: '1001',
    description: 'Order 1001',
    payer: undefined,
    payerIp: undefined,
    browser: undefined,
    target: undefined,
    handover: undefined,
    mustAuthenticate: false,
  }
}

export function modification(kind: GatewayOperation['kind'], amountMinor = 1999n): GatewayOperation {
  const target = { reference: 'ord-1001-a1', kind: 'authorize', amountMinor: 1999n, currency: 'GBP' } as const
  return { ...charge('mod-1'), kind, amountMinor, target }
}

export function charged(text: string, operation = charge()): Outcome {
  return chargeOutcome(answer(PROLOG + text), operation, merchant)
}

export function modified(text: string, kind: GatewayOperation['kind'] = 'capture'): Outcome {
  return modificationOutcome(answer(PROLOG + text), modification(kind), merchant)
}

export function found(text: string, operation = charge()): Found {
  return inquiryFound(answer(PROLOG + text), operation, merchant)
}

export function reply(content: string): string {
  return `<paymentService version="1.4" merchantCode="SHOPECOM"><reply>${content}</reply></paymentService>`
}

export function amount(value: number | bigint, extra = ''): string {
  return `<amount value="${value}" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"${extra}/>`
}

export function status(event: string, ...balances: readonly (readonly [string, number])[]): string {
  const shown = balances.map(
    ([account, value]) => `<balance accountType="${account}">${amount(value)}</balance>`,
  )
  return reply(
    `<orderStatus orderCode="ord-1001-a1"><payment><paymentMethod>VISA-SSL</paymentMethod>${amount(1999)}<lastEvent>${event}</lastEvent>${shown.join('')}</payment></orderStatus>`,
  )
}

export function error(code: string, text: string): string {
  return reply(
    `<orderStatus orderCode="ord-1001-a1"><error code="${code}"><![CDATA[ ${text} ]]></error></orderStatus>`,
  )
}

export const ECHO = { reference: 'ord-1001-a1', amountMinor: 1999n, currency: 'GBP', exponent: 2 }
