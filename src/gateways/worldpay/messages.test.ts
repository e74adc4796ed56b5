import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CounterfoilError } from '../../errors.ts'
import { cardFrom } from '../../gateway/card.ts'
import type { GatewayOperation } from '../../gateway/gateway.ts'
import { secret } from '../../gateway/secret.ts'
import { parseXml } from '../../gateway/xml.ts'
import { worldpay } from './gateway.ts'

const PROLOG =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" "http://dtd.worldpay.com/paymentService_v1.dtd">\n'

const options = {
  environment: 'test',
  merchantCode: 'SHOPECOM',
  password: secret('s3cret-password'),
} as const
const { direct, hosted } = worldpay(options)
const secure = worldpay({
  ...options,
  threeDSecure: { issuer: 'jwt-user', orgUnitId: '5c5c', secret: secret('jwt-key') },
}).direct

const card = cardFrom(
  {
    number: '4444 3333 2222 1111',
    expiryMonth: '12',
    expiryYear: '2030',
    securityCode: '555',
    holder: 'Jane Doe',
  },
  Date.UTC(2027, 0, 1),
)

const charge: GatewayOperation = {
  reference: 'ord-1001-a1',
  kind: 'authorize',
  leg: 1,
  amountMinor: 1999n,
  currency: 'GBP',
  orderId: '1001',
  description: 'Order 1001',
  payer: {
    email: 'jane@example.com',
    billingAddress: { line1: '1 High Street', city: 'Leeds', postalCode: 'LS1 1AA', countryCode: 'GB' },
  },
  payerIp: '192.0.2.10',
  browser: { accept: 'text/html', userAgent: 'Mozilla/5.0', javaScript: true, deviceSession: '0_3f2c' },
  target: undefined,
  handover: undefined,
  mustAuthenticate: false,
}

const target = { reference: 'ord-1001-a1', kind: 'authorize', amountMinor: 1999n, currency: 'GBP' } as const

function modification(
  kind: GatewayOperation['kind'],
  reference: string,
  amountMinor = 1999n,
): GatewayOperation {
  return { ...charge, kind, reference, amountMinor, payer: undefined, payerIp: undefined, target }
}

function bodyOf(operation: GatewayOperation, gateway = direct): string {
  const handler = gateway.operations[operation.kind]
  assert.ok(handler)
  const { body } = handler.build(operation, { card: operation.target === undefined ? card : undefined })
  assert.ok(parseXml(body, { publicIds: ['-//WorldPay//'] }).ok)
  return body
}

const SAMPLE_01 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><submit><order orderCode="ord-1001-a1" captureDelay="OFF"><description>Order 1001</description><amount value="1999" currencyCode="GBP" exponent="2"/><paymentDetails><CARD-SSL><cardNumber>4444333322221111</cardNumber><expiryDate><date month="12" year="2030"/></expiryDate><cardHolderName>Jane Doe</cardHolderName><cvc>555</cvc><cardAddress><address><address1>1 High Street</address1><postalCode>LS1 1AA</postalCode><city>Leeds</city><countryCode>GB</countryCode></address></cardAddress></CARD-SSL><session shopperIPAddress="192.0.2.10" id="ord-1001-a1"/></paymentDetails><shopper><shopperEmailAddress>jane@example.com</shopperEmailAddress></shopper><dynamicInteractionType type="ECOMMERCE"/></order></submit></paymentService>'

void test('an authorization is sample 01 without its 3-D Secure parts, with the capture delay spelt out', () => {
  assert.equal(bodyOf(charge), PROLOG + SAMPLE_01)
})

void test('with 3-D Secure it is the whole of sample 01', () => {
  const browser =
    '<browser><acceptHeader>text/html</acceptHeader><userAgentHeader>Mozilla/5.0</userAgentHeader></browser></shopper>'
  const asked =
    '<additional3DSData dfReferenceId="0_3f2c" challengeWindowSize="390x400" challengePreference="noPreference" javaScriptEnabled="true"/></order>'
  const expected = SAMPLE_01.replace('</shopper>', browser).replace('</order>', asked)
  assert.equal(bodyOf(charge, secure), PROLOG + expected)
  assert.match(
    bodyOf({ ...charge, mustAuthenticate: true }, secure),
    / challengePreference="challengeMandated" /,
  )
})

void test('nothing that a browser says of itself breaks the message, and without a browser nobody is asked', () => {
  const browser = {
    accept: 'a"<b>\u0000',
    userAgent: 'x'.repeat(5_000),
    javaScript: false,
    deviceSession: '"/><evil a="',
  }
  const body = bodyOf({ ...charge, browser, payerIp: undefined, payer: undefined }, secure)
  assert.match(body, /<acceptHeader>a&quot;&lt;b&gt;<\/acceptHeader><userAgentHeader>x{2048}</)
  assert.match(body, /<additional3DSData dfReferenceId="" [^>]+ javaScriptEnabled="false"\/>/)
  assert.match(body, /<\/CARD-SSL><session id="ord-1001-a1"\/><\/paymentDetails>/)
  assert.equal(bodyOf({ ...charge, browser: undefined }, secure), PROLOG + SAMPLE_01)
})

void test('an order for the page is sample 14, with its capture delay, the cards that can wait, and its end', () => {
  const gateway = worldpay({ ...options, hosted: { installationId: '1234567', payWithinMinutes: 15 } }).hosted
  const head =
    '<paymentService version="1.4" merchantCode="SHOPECOM"><submit><order orderCode="ord-1001-a1" installationId="1234567" captureDelay="0"><description>Order 1001</description><amount value="1999" currencyCode="GBP" exponent="2"/><paymentMethodMask>'
  const tail =
    '</paymentMethodMask><shopper><shopperEmailAddress>jane@example.com</shopperEmailAddress></shopper><billingAddress><address><address1>1 High Street</address1><postalCode>LS1 1AA</postalCode><city>Leeds</city><countryCode>GB</countryCode></address></billingAddress><hostPaymentOrderAttribute timeToLiveInMin="15"/></order></submit></paymentService>'
  const included = (body: string): string =>
    [...body.matchAll(/<include code="([^"]+)"\/>/g)].map(([, code]) => code).join(' ')
  const sale = bodyOf({ ...charge, kind: 'sale' }, gateway)
  assert.equal(sale, `${PROLOG}${head}<include code="ALL"/>${tail}`)
  assert.equal(
    included(bodyOf(charge, gateway)),
    'VISA-SSL ECMC-SSL MAESTRO-SSL AMEX-SSL DINERS-SSL DISCOVER-SSL JCB-SSL',
  )
  const some = worldpay({ ...options, hosted: { methods: ['IDEAL-SSL', 'CB-SSL', 'VISA-SSL'] } }).hosted
  assert.equal(included(bodyOf({ ...charge, kind: 'sale' }, some)), 'IDEAL-SSL CB-SSL VISA-SSL')
  assert.equal(included(bodyOf(charge, some)), 'CB-SSL VISA-SSL')
  const ideal = worldpay({ ...options, hosted: { methods: ['IDEAL-SSL'] } }).hosted
  assert.equal(ideal.operations.authorize, undefined, 'a bank transfer cannot be captured later')
  assert.equal(ideal.capabilities.delayedCapture, false)
  assert.equal(included(bodyOf({ ...charge, kind: 'sale' }, ideal)), 'IDEAL-SSL')
  assert.match(bodyOf({ ...charge, payer: undefined }, hosted), /<\/paymentMethodMask><hostPaymentOrder/)
})

void test('a sale differs from an authorization by its capture delay alone', () => {
  assert.equal(
    bodyOf({ ...charge, kind: 'sale' }),
    PROLOG + SAMPLE_01.replace('captureDelay="OFF"', 'captureDelay="0"'),
  )
})

void test('nothing is said about a payer of whom nothing is known', () => {
  const body = bodyOf({ ...charge, payer: undefined, payerIp: undefined })
  assert.doesNotMatch(body, /<session|<shopper|<cardAddress/)
  assert.match(body, /<\/CARD-SSL><\/paymentDetails><dynamicInteractionType/)
})

void test('modifications and the inquiry are samples 06, 08, 09 and 11, without a date', () => {
  const modify = (content: string): string =>
    `${PROLOG}<paymentService version="1.4" merchantCode="SHOPECOM"><modify><orderModification orderCode="ord-1001-a1">${content}</orderModification></modify></paymentService>`
  assert.equal(
    bodyOf(modification('capture', 'cap-1')),
    modify('<capture reference="cap-1"><amount value="1999" currencyCode="GBP" exponent="2"/></capture>'),
  )
  assert.equal(bodyOf(modification('void', 'void-1')), modify('<cancel/>'))
  assert.equal(
    bodyOf(modification('refund', 'ref-1', 500n)),
    modify('<refund reference="ref-1"><amount value="500" currencyCode="GBP" exponent="2"/></refund>'),
  )
  assert.equal(bodyOf(modification('reversal', 'rev-1')), modify('<cancelOrRefund/>'))
  const inquiry = direct.inquire.build(charge)
  assert.equal(
    inquiry.body,
    `${PROLOG}<paymentService version="1.4" merchantCode="SHOPECOM"><inquiry><orderInquiry orderCode="ord-1001-a1"/></inquiry></paymentService>`,
  )
  assert.equal(inquiry.movesMoney, false)
})

void test('questions about a modification name the charge', () => {
  const refund = modification('refund', 'ref-1', 500n)
  assert.match(direct.inquire.build(refund).body, /<orderInquiry orderCode="ord-1001-a1"\/>/)
})

void test('what people typed is escaped, cut and freed of what XML cannot hold', () => {
  const body = bodyOf({
    ...charge,
    description: `<b>&"Tea\u0000"${'x'.repeat(60)}`,
    payer: { email: 'a"<b>@example.com' },
  })
  assert.match(body, /<description>&lt;b&gt;&amp;&quot;Tea&quot;x{41}<\/description>/)
  assert.match(body, /<shopperEmailAddress>a&quot;&lt;b&gt;@example.com</)
})

void test('a surrogate pair at the cut does not break the message', () => {
  const body = bodyOf({ ...charge, description: `${'x'.repeat(49)}\u{1f600}` })
  assert.match(body, /<description>x{49}\ufffd<\/description>/)
})

void test('amounts are sent in the decimal places that Worldpay counts in', () => {
  const amount = (amountMinor: bigint, currency: string): string =>
    /<amount [^>]+>/.exec(bodyOf({ ...charge, amountMinor, currency }))?.[0] ?? ''
  assert.equal(amount(500n, 'JPY'), '<amount value="500" currencyCode="JPY" exponent="0"/>')
  assert.equal(amount(5n, 'BHD'), '<amount value="5" currencyCode="BHD" exponent="3"/>')
  assert.equal(amount(120_000n, 'HUF'), '<amount value="1200" currencyCode="HUF" exponent="0"/>')
})

void test('an exchange carries the credentials, the media type and its bounds, and says that money moves', () => {
  const exchange = direct.operations.sale?.build({ ...charge, kind: 'sale' }, { card })
  assert.equal(exchange?.url, 'https://secure-test.worldpay.com/jsp/merchant/xml/paymentService.jsp')
  assert.equal(
    exchange.headers['authorization'],
    `Basic ${Buffer.from('SHOPECOM:s3cret-password').toString('base64')}`,
  )
  assert.equal(exchange.headers['content-type'], 'text/xml; charset=utf-8')
  assert.equal(exchange.method, 'POST')
  assert.equal(exchange.movesMoney, true)
  assert.ok(exchange.timeoutMs >= 20_000, 'Worldpay suggests 20 s')
  assert.equal(exchange.answerBytesMax, 262_144)
})

void test('a charge without a card in memory asks for the card and builds nothing', () => {
  assert.throws(
    () => direct.operations.sale?.build({ ...charge, kind: 'sale' }, { card: undefined }),
    (error: unknown) => error instanceof CounterfoilError && error.code === 'CF_CARD_INVALID',
  )
})
