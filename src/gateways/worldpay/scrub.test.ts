import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secret } from '../../gateway/secret.ts'
import { worldpay } from './gateway.ts'

const { direct } = worldpay({
  environment: 'test',
  merchantCode: 'SHOPECOM',
  username: 'xmluser',
  password: secret('hunter2-canary'),
  threeDSecure: { issuer: 'jwt-user', orgUnitId: '5c5c', secret: secret('jwt-canary') },
  hosted: { macSecret: secret('mac-canary') },
  notifications: { username: 'worldpay', password: secret('notify-canary') },
})
const scrub = (text: string): string => direct.scrub(text)

const NUMBER = '4444333322221111'
const CARD = `<CARD-SSL><cardNumber>${NUMBER}</cardNumber><expiryDate><date month="12" year="2030"/></expiryDate><cardHolderName>Jane Doe</cardHolderName><cvc>555</cvc></CARD-SSL>`

void test('a request keeps its shape and loses number, expiry, holder and security code', () => {
  assert.equal(
    scrub(CARD),
    '<CARD-SSL><cardNumber>****1111</cardNumber><expiryDate><date month="***"/></expiryDate><cardHolderName>***</cardHolderName><cvc>***</cvc></CARD-SSL>',
  )
})

void test('card data is found in CDATA, escaped, spaced, as character references, and where the message was cut', () => {
  for (const text of [
    '<cvc><![CDATA[555]]></cvc>',
    '<cvc> 555 </cvc>',
    '&lt;cvc&gt;555&lt;/cvc&gt;',
    '<cvc>&#53;&#x35;5</cvc>',
    '<cvc>55',
    '<CVC >555</CVC>',
  ]) {
    assert.doesNotMatch(scrub(text), /55/, text)
  }
  for (const text of [
    `<cardNumber>${NUMBER}`,
    `Card number : ${NUMBER}`,
    'Card 4444 3333 2222 1111',
    '<cardNumber>4444-3333-2222-1111</cardNumber>',
    `<cardNumber><![CDATA[${NUMBER}]]></cardNumber>`,
    NUMBER.replaceAll('3', '&#51;'),
    '<cardNumber>1234567812345678</cardNumber>',
  ]) {
    const scrubbed = scrub(text).replaceAll(/[ -]/g, '')
    assert.doesNotMatch(scrubbed, /44443333|12345678123/, text)
  }
})

void test('credentials are taken out wherever they stand', () => {
  const basic = Buffer.from('xmluser:hunter2-canary').toString('base64')
  const scrubbed = scrub(`POST /\r\nAuthorization: Basic ${basic}\r\n\r\n<a>${basic}</a> hunter2-canary`)
  assert.equal(scrubbed, 'POST /\r\nAuthorization: Basic ***\r\n\r\n<a>***</a> ***')
})

void test('tokens, the cookie of a challenge and the other secrets are taken out, whole or cut', () => {
  const { fields } = direct.deviceData?.({ nowMs: 0, nonce: 'n' }) ?? {}
  const token = fields?.['JWT'] ?? ''
  const basic = Buffer.from('worldpay:notify-canary').toString('base64')
  assert.equal(scrub(`<a>${token}</a> ${token.slice(0, -60)}`), '<a>***</a> ***')
  assert.equal(
    scrub('cookie: machine=0ab20014; a=1, machine = "x"\nmachine=0ab'),
    'cookie: machine=***; a=1, machine = ***\nmachine=***',
  )
  assert.equal(scrub(`jwt-canary mac-canary ${basic} notify-canary`), '*** *** *** ***')
  const startedMs = performance.now()
  scrub('eyJ'.repeat(100_000) + 'eyJa.'.repeat(100_000) + 'machine='.repeat(100_000))
  assert.ok(performance.now() - startedMs < 4_000)
})

void test('a reply that is masked already stays as it is, with our references', () => {
  const text =
    '<orderStatus orderCode="0199b2c4-5b1e-7d3a-9c40-2f6b8e1a7d55"><cardNumber>4444********1111</cardNumber><lastEvent>AUTHORISED</lastEvent></orderStatus>'
  assert.equal(scrub(text), text)
})

void test('at most 65,536 characters are looked at, in bounded time, and a card number at the cut is masked first', () => {
  const hostile = '<cvc><cardNumber><cardHolderName '.repeat(200_000)
  const startedMs = performance.now()
  assert.ok(scrub(hostile).length <= 65_536)
  assert.ok(performance.now() - startedMs < 4_000)
  assert.doesNotMatch(scrub(`${'x'.repeat(65_526)}<cvc>${NUMBER}`), /4444/)
  assert.doesNotMatch(scrub(`${'x'.repeat(65_524)} ${NUMBER}`), /4444/)
})
