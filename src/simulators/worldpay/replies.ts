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
  return wholeDocument(merchantCode, `<reply>${content}</reply>`)
}

/** Prolog, DOCTYPE and root around the one message. */
export function wholeDocument(merchantCode: string, message: string): string {
  return `${PROLOG}<paymentService version="1.4" merchantCode="${escapeXml(merchantCode)}">${message}</paymentService>`
}

export function errorElement(code: ErrorCode, text: string): string {
  return `<error code="${code}">${cdata(text)}</error>`
}

/** An error about one order. */
export function orderError(orderCode: string, code: ErrorCode, text: string): string {
  return `<orderStatus orderCode="${escapeXml(orderCode)}">${errorElement(code, text)}</orderStatus>`
}

export function amountElement(
  amountMinor: bigint | string,
  currency: string,
  exponent: number,
  indicator: 'debit' | 'credit' = 'credit',
): string {
  return `<amount value="${amountMinor}" currencyCode="${currency}" exponent="${exponent}" debitCreditIndicator="${indicator}"/>`
}

/** The payment as the gateway reports it; `extra` follows it inside the order's status. */
export function orderStatus(orderCode: string, charge: Charge, standing: Standing, extra = ''): string {
  const payment = paymentElement(charge, standing, standing.lastEvent)
  return `<orderStatus orderCode="${escapeXml(orderCode)}">${payment}${exemptionElement(charge)}${extra}</orderStatus>`
}

/** Element order of the DTD: method, amount, event, ids, result codes, holder, balances, card number, score. */
export function paymentElement(charge: Charge, standing: Standing, event: string): string {
  const amount = amountElement(charge.amountMinor, charge.currency, charge.exponent)
  const head = `<paymentMethod>${charge.paymentMethod}</paymentMethod>${amount}<lastEvent>${event}</lastEvent>`
  const secure = secureElement(charge)
  const tail = '<riskScore value="0"/></payment>'
  if (standing.lastEvent === 'SENT_FOR_AUTHORISATION') return `<payment>${head}${tail}`
  if (charge.outcome !== 'AUTHORISED') return `<payment>${head}${returnCode(charge)}${secure}${tail}`
  const id = `<AuthorisationId id="${charge.authorisationId ?? ''}"/>`
  // Methods without a card have neither its results nor its number.
  if (charge.maskedCard === '') return `<payment>${head}${id}${balances(charge, standing)}${tail}`
  return (
    `<payment>${head}${id}` +
    `<CVCResultCode description="${charge.cvcResult}"/><AVSResultCode description="${charge.avsResult}"/>${secure}` +
    `<cardHolderName>${cdata(charge.cardHolderName)}</cardHolderName>` +
    `<issuerCountryCode>${charge.issuerCountry}</issuerCountryCode>${balances(charge, standing)}` +
    `<cardNumber>${charge.maskedCard}</cardNumber>${tail}`
  )
}

function returnCode({ returnCode: code }: Charge): string {
  return code === undefined
    ? ''
    : `<ISO8583ReturnCode code="${code.code}" description="${escapeXml(code.description)}"/>`
}

function secureElement({ threeDSecure: result }: Charge): string {
  if (result === undefined) return ''
  const eci = result.eci === undefined ? '' : `<eci>${result.eci}</eci>`
  const cavv = result.cavv === undefined ? '' : `<cavv>${result.cavv}</cavv>`
  return `<ThreeDSecureResult description="${escapeXml(result.description)}">${eci}${cavv}</ThreeDSecureResult>`
}

/** The exemption that the issuer did not grant. */
function exemptionElement({ rejectedExemption: exemption }: Charge): string {
  if (exemption === undefined) return ''
  return `<exemptionResponse result="REJECTED" reason="HIGH_RISK"><exemption type="${exemption.type}" placement="${exemption.placement}"/></exemptionResponse>`
}

/** What is still only authorized, and what is captured less what was refunded. */
function balances(charge: Charge, standing: Standing): string {
  let text = ''
  if (standing.authorisedMinor > 0n)
    text += balance('IN_PROCESS_AUTHORISED', standing.authorisedMinor, charge)
  if (standing.capturedMinor > 0n) {
    const keptMinor = standing.capturedMinor - standing.refundedMinor - standing.chargedBackMinor
    text += balance('IN_PROCESS_CAPTURED', keptMinor, charge)
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
