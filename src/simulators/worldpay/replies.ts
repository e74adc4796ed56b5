import type { Standing } from './standing.ts'
import type { Charge } from './state.ts'
import { cdata, escapeXml } from './xml.ts'

const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">\n'

/** The codes of the gateway's errors that this simulator gives. */
export type ErrorCode = 1 | 2 | 3 | 4 | 5 | 7 | 8 | 13

/** A whole reply document. */
export function replyDocument(merchantCode: string, content: string): string {
  return `${PROLOG}<paymentService version="1.4" merchantCode="${escapeXml(merchantCode)}"><reply>${content}</reply></paymentService>`
}

export function errorElement(code: ErrorCode, text: string): string {
  return `<error code="${code}">${cdata(text)}</error>`
}

/** An error about one order. */
export function orderError(orderCode: string, code: ErrorCode, text: string): string {
  return `<orderStatus orderCode="${escapeXml(orderCode)}">${errorElement(code, text)}</orderStatus>`
}

export function amountElement(amountMinor: bigint | string, currency: string, exponent: number): string {
  return `<amount value="${amountMinor}" currencyCode="${currency}" exponent="${exponent}" debitCreditIndicator="credit"/>`
}

/** The payment as the gateway reports it; `extra` follows it inside the order's status. */
export function orderStatus(orderCode: string, charge: Charge, standing: Standing, extra = ''): string {
  return `<orderStatus orderCode="${escapeXml(orderCode)}">${paymentElement(charge, standing)}${extra}</orderStatus>`
}

/** Element order of the DTD: method, amount, event, ids, result codes, holder, balances, card number, score. */
function paymentElement(charge: Charge, standing: Standing): string {
  const amount = amountElement(charge.amountMinor, charge.currency, charge.exponent)
  const head = `<paymentMethod>${charge.paymentMethod}</paymentMethod>${amount}<lastEvent>${standing.lastEvent}</lastEvent>`
  const code = charge.returnCode
  if (charge.outcome !== 'AUTHORISED') {
    const iso =
      code === undefined
        ? ''
        : `<ISO8583ReturnCode code="${code.code}" description="${escapeXml(code.description)}"/>`
    return `<payment>${head}${iso}<riskScore value="0"/></payment>`
  }
  return (
    `<payment>${head}<AuthorisationId id="${charge.authorisationId ?? ''}"/>` +
    `<CVCResultCode description="${charge.cvcResult}"/><AVSResultCode description="${charge.avsResult}"/>` +
    `<cardHolderName>${cdata(charge.cardHolderName)}</cardHolderName>` +
    `<issuerCountryCode>${charge.issuerCountry}</issuerCountryCode>${balances(charge, standing)}` +
    `<cardNumber>${charge.maskedCard}</cardNumber><riskScore value="0"/></payment>`
  )
}

/** What is still only authorized, and what is captured less what was refunded. */
function balances(charge: Charge, standing: Standing): string {
  let text = ''
  if (standing.authorisedMinor > 0n)
    text += balance('IN_PROCESS_AUTHORISED', standing.authorisedMinor, charge)
  if (standing.capturedMinor > 0n) {
    text += balance('IN_PROCESS_CAPTURED', standing.capturedMinor - standing.refundedMinor, charge)
  }
  return text
}

function balance(accountType: string, amountMinor: bigint, charge: Charge): string {
  return `<balance accountType="${accountType}">${amountElement(amountMinor, charge.currency, charge.exponent)}</balance>`
}

/** A moment in UTC, unpadded as the gateway writes it. */
export function dateElement(atMs: number): string {
  const date = new Date(atMs)
  return `<date dayOfMonth="${date.getUTCDate()}" month="${date.getUTCMonth() + 1}" year="${date.getUTCFullYear()}" hour="${date.getUTCHours()}" minute="${date.getUTCMinutes()}" second="${date.getUTCSeconds()}"/>`
}

/** Received for processing: not done. */
export function received(kind: string, orderCode: string, amount = ''): string {
  const head = `${kind}Received orderCode="${escapeXml(orderCode)}"`
  return amount === '' ? `<ok><${head}/></ok>` : `<ok><${head}>${amount}</${kind}Received></ok>`
}
