import { handle, type Handled, PAYMENT_SERVICE_PATH } from './core.ts'
import { dueNotifications, notificationDelivered } from './notifications.ts'
import { newWorldpayState, type WorldpayOptions, type WorldpayState } from './state.ts'

/** Messages of a merchant's own making, for tests of the simulator. */
export const MERCHANT = 'SHOPECOM'
export const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">\n'

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

export function document(content: string, merchantCode: string = MERCHANT): string {
  return `${PROLOG}<paymentService version="1.4" merchantCode="${merchantCode}">${content}</paymentService>`
}

export const samples = {
  authorise: document(
    '<submit><order orderCode="ord-1001-a1"><description>Order 1001</description><amount value="1999" currencyCode="GBP" exponent="2"/><paymentDetails><CARD-SSL><cardNumber>4444333322221111</cardNumber><expiryDate><date month="12" year="2030"/></expiryDate><cardHolderName>Jane Doe</cardHolderName><cvc>555</cvc><cardAddress><address><address1>1 High Street</address1><postalCode>LS1 1AA</postalCode><city>Leeds</city><countryCode>GB</countryCode></address></cardAddress></CARD-SSL><session shopperIPAddress="192.0.2.10" id="sess-ord-1001-a1"/></paymentDetails><shopper><shopperEmailAddress>jane@example.com</shopperEmailAddress><browser><acceptHeader>text/html</acceptHeader><userAgentHeader>Mozilla/5.0</userAgentHeader></browser></shopper><dynamicInteractionType type="ECOMMERCE"/><additional3DSData dfReferenceId="0_3f2c" challengeWindowSize="390x400" challengePreference="noPreference"/></order></submit>',
  ),
  capture: document(
    '<modify><orderModification orderCode="ord-1001-a1"><capture reference="cap-1"><date dayOfMonth="1" month="2" year="2027"/><amount value="1999" currencyCode="GBP" exponent="2"/></capture></orderModification></modify>',
  ),
  cancel: document(
    '<modify><orderModification orderCode="ord-1001-a1"><cancel/></orderModification></modify>',
  ),
  refund: document(
    '<modify><orderModification orderCode="ord-1001-a1"><refund reference="ref-1"><amount value="500" currencyCode="GBP" exponent="2"/></refund></orderModification></modify>',
  ),
  hosted: document(
    '<submit><order orderCode="ord-1002-h1" installationId="1234567"><description>Order 1002</description><amount value="1400" currencyCode="GBP" exponent="2"/><paymentMethodMask><include code="ALL"/></paymentMethodMask><shopper><shopperEmailAddress>jane@example.com</shopperEmailAddress></shopper><billingAddress><address><address1>1 High Street</address1><postalCode>LS1 1AA</postalCode><city>Leeds</city><countryCode>GB</countryCode></address></billingAddress></order></submit>',
  ),
  inquiry: document('<inquiry><orderInquiry orderCode="ord-1001-a1"/></inquiry>'),
} as const

export interface OrderWords {
  readonly orderCode?: string
  readonly value?: string
  readonly currency?: string
  readonly exponent?: string
  readonly captureDelay?: string
  readonly card?: string
  readonly number?: string
  readonly month?: string
  readonly year?: string
  readonly holder?: string
  /** Null leaves the element out. */
  readonly cvc?: string | null
  readonly after?: string
}

export function order(words: OrderWords = {}): string {
  const delay = words.captureDelay === undefined ? '' : ` captureDelay="${words.captureDelay}"`
  const card = words.card ?? 'CARD-SSL'
  const cvc = words.cvc === null ? '' : `<cvc>${words.cvc ?? '555'}</cvc>`
  return document(
    `<submit><order orderCode="${words.orderCode ?? 'o1'}"${delay}><description>An order</description><amount value="${words.value ?? '1999'}" currencyCode="${words.currency ?? 'GBP'}" exponent="${words.exponent ?? '2'}"/><paymentDetails><${card}><cardNumber>${words.number ?? '4444333322221111'}</cardNumber><expiryDate><date month="${words.month ?? '12'}" year="${words.year ?? '2030'}"/></expiryDate><cardHolderName>${words.holder ?? 'Jane Doe'}</cardHolderName>${cvc}</${card}></paymentDetails>${words.after ?? ''}</order></submit>`,
  )
}

/** An order for the hosted page. */
export function hosted(
  words: { orderCode?: string; mask?: string; captureDelay?: string; after?: string; value?: string } = {},
): string {
  const delay = words.captureDelay === undefined ? '' : ` captureDelay="${words.captureDelay}"`
  return document(
    `<submit><order orderCode="${words.orderCode ?? 'h1'}"${delay} installationId="1234567"><description>A hosted order</description><amount value="${words.value ?? '1400'}" currencyCode="GBP" exponent="2"/><paymentMethodMask>${words.mask ?? '<include code="ALL"/>'}</paymentMethodMask><shopper><shopperEmailAddress>jane@example.com</shopperEmailAddress></shopper>${words.after ?? ''}</order></submit>`,
  )
}

/** A direct order that asks for 3-D Secure. */
export function secured(
  holder: string,
  words: { orderCode?: string; session?: string; preference?: string; captureDelay?: string } = {},
): string {
  const session = words.session ?? '<session shopperIPAddress="192.0.2.10" id="session-1"/>'
  const preference = words.preference ?? 'noPreference'
  return order({
    orderCode: words.orderCode ?? 'o1',
    holder,
    ...(words.captureDelay === undefined ? {} : { captureDelay: words.captureDelay }),
    after: `<additional3DSData dfReferenceId="0_3f2c" challengePreference="${preference}"/>`,
  }).replace('</paymentDetails>', `${session}</paymentDetails>`)
}

/** The second leg of such an order. */
export function secondLeg(orderCode = 'o1', sessionId = 'session-1'): string {
  return document(
    `<submit><order orderCode="${orderCode}"><info3DSecure><completedAuthentication/></info3DSecure><session id="${sessionId}"/></order></submit>`,
  )
}

export function modification(inner: string, orderCode = 'o1'): string {
  return document(`<modify><orderModification orderCode="${orderCode}">${inner}</orderModification></modify>`)
}

export function amount(value: string | number, currency = 'GBP', exponent = '2'): string {
  return `<amount value="${value}" currencyCode="${currency}" exponent="${exponent}"/>`
}

export function inquiry(orderCode = 'o1'): string {
  return document(`<inquiry><orderInquiry orderCode="${orderCode}"/></inquiry>`)
}

/** A PSP for one test: a virtual clock, and what comes back in short. */
export class Bench {
  readonly state: WorldpayState
  nowMs = Date.UTC(2027, 1, 1)

  constructor(options: Partial<WorldpayOptions> = {}) {
    this.state = newWorldpayState({ merchantCode: MERCHANT, ...options })
  }

  handle(body: string, cookie?: string): Handled {
    const { username, password } = this.state.options
    const authorization = basic(username, password)
    const headers = cookie === undefined ? { authorization } : { authorization, cookie }
    return handle({ method: 'POST', path: PAYMENT_SERVICE_PATH, headers, body }, this.state, this.nowMs)
  }

  send(body: string): string {
    return this.handle(body).response.body
  }

  /** `5 Duplicate Order`, or undefined when the answer is no error. */
  error(body: string): string | undefined {
    const found = /<error code="(\d+)"><!\[CDATA\[(.*?)\]\]>/s.exec(this.send(body))
    return found === null ? undefined : `${found[1]} ${found[2]}`
  }

  lastEvent(orderCode = 'o1'): string | undefined {
    return /<lastEvent>(\w+)</.exec(this.send(inquiry(orderCode)))?.[1]
  }

  /** Registers an order and gives the ticket of its page. */
  register(body: string = hosted()): string {
    return /Ticket=(\d+)</.exec(this.send(body))?.[1] ?? ''
  }

  /** What is due now, each acknowledged at once: `o1 AUTHORISED`. */
  told(): string[] {
    const told: string[] = []
    for (;;) {
      const [due] = dueNotifications(this.state, this.nowMs, 1)
      if (due === undefined) return told
      told.push(`${due.orderCode} ${/<lastEvent>(\w+)</.exec(due.document)?.[1]}`)
      notificationDelivered(this.state, due.id, true, this.nowMs)
    }
  }

  pass(ms: number): void {
    this.nowMs += ms
  }
}
