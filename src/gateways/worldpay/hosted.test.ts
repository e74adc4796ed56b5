import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CounterfoilError } from '../../errors.ts'
import type { GatewayOperation, Handover, Outcome, PayerPage, Visit } from '../../gateway/gateway.ts'
import { secret } from '../../gateway/secret.ts'
import type { HostedOptions } from './hosted-options.ts'
import { worldpay } from './gateway.ts'

const options = { environment: 'test', merchantCode: 'SHOPECOM', password: secret('p4ss') } as const
const { hosted } = worldpay(options)

const charge: GatewayOperation = {
  reference: 'ord-1002-h1',
  kind: 'sale',
  leg: 1,
  amountMinor: 1400n,
  currency: 'GBP',
  orderId: '1002',
  description: 'Order 1002',
  payer: undefined,
  payerIp: undefined,
  browser: undefined,
  target: undefined,
  handover: undefined,
  mustAuthenticate: false,
}

const PAGE =
  'https://payments-test.worldpay.com/app/hpp/integration/wpg/corporate?OrderKey=SHOPECOM%5Eord-1002-h1&Ticket=00123456789'
const SAMPLE_15 =
  '<paymentService version="1.4" merchantCode="SHOPECOM"><reply><orderStatus orderCode="ord-1002-h1"><reference id="3000000001">https://payments-test.worldpay.com/app/hpp/integration/wpg/corporate?OrderKey=SHOPECOM%5Eord-1002-h1&amp;Ticket=00123456789</reference></orderStatus></reply></paymentService>'

function read(body: string, gateway = hosted): Outcome {
  const received = { status: 200, headers: {}, body: Buffer.from(body) }
  const outcome = gateway.operations.sale?.read(received, charge)
  assert.ok(outcome)
  return outcome
}

void describe('registrations', () => {
  void it('sample 15 waits for the payer, who goes to the address as it came', () => {
    const outcome = read(SAMPLE_15)
    assert.ok(outcome.kind === 'awaiting-payer')
    assert.deepEqual(outcome.handover, { kind: 'hosted', url: PAGE })
    assert.equal(outcome.pspReference, '3000000001')
    assert.deepEqual(outcome.echo, { reference: 'ord-1002-h1' })
    const dated = SAMPLE_15.replace('</reference>', '</reference><date month="1" year="2027"/>')
    assert.equal(read(dated).kind, 'awaiting-payer')
  })

  void it('of a duplicate say so, and those that are refused were never processed', () => {
    const error = (code: string, text: string): string =>
      SAMPLE_15.replace(/<reference.*<\/reference>/, `<error code="${code}">${text}</error>`)
    assert.equal(read(error('5', 'Duplicate Order')).kind, 'duplicate')
    assert.equal(read(error('2', 'Invalid payment method')).kind, 'invalid')
    assert.equal(read(error('5', 'Something new')).kind, 'unclear')
  })

  void it('of which the page cannot be believed are unclear', () => {
    const address = PAGE.replace('&', '&amp;')
    for (const broken of [
      SAMPLE_15.replace('ord-1002-h1', 'ord-1002-h2'),
      SAMPLE_15.replace('SHOPECOM"', 'OTHER"'),
      SAMPLE_15.replace(address, ''),
      SAMPLE_15.replace(address, 'http://payments.example/'),
      SAMPLE_15.replace(address, 'javascript:alert(1)'),
      SAMPLE_15.replace(address, '/app/hpp'),
      SAMPLE_15.replace(address, 'https://user:password@payments.example/'),
      SAMPLE_15.replace(address, 'https://payments.example/#fragment'),
      SAMPLE_15.replace(address, `https://payments.example/${'x'.repeat(2_048)}`),
      SAMPLE_15.replace('</reference>', '</reference><reference>https://payments.example/</reference>'),
      SAMPLE_15.replace('</reference>', '</reference><payment/>'),
      SAMPLE_15.replaceAll('reference', 'requestInfo'),
    ]) {
      assert.equal(read(broken).kind, 'unclear', broken)
    }
    const here = SAMPLE_15.replace(address, 'http://127.0.0.1:4010/worldpay/hosted')
    assert.equal(read(here).kind, 'awaiting-payer', 'a simulator on this machine')
  })
})

function pageOf(
  handover: Handover,
  gatewayOptions: HostedOptions = {},
  door = 'https://shop.example',
): PayerPage {
  const at = (name: string): string => `${door}/return/${name}?a=1&b=%2F`
  const visit: Visit = {
    reference: charge.reference,
    fresh: { nowMs: 0, nonce: 'n' },
    returnUrls: {
      success: at('success'),
      failure: at('failure'),
      pending: at('pending'),
      cancel: at('cancel'),
      error: at('error'),
      challenge: at('challenge'),
    },
  }
  const page = worldpay({ ...options, hosted: gatewayOptions }).hosted.payerPage?.(handover, visit)
  assert.ok(page)
  return page
}

void describe('the page', () => {
  void it('is a link with the five ways back, country and language', () => {
    const page = pageOf({ kind: 'hosted', url: PAGE }, { country: 'GB', language: 'en' })
    assert.ok(
      page.url.startsWith(
        `${PAGE}&successURL=https%3A%2F%2Fshop.example%2Freturn%2Fsuccess%3Fa%3D1%26b%3D%252F&`,
      ),
    )
    assert.deepEqual(Object.fromEntries(new URL(page.url).searchParams), {
      OrderKey: 'SHOPECOM^ord-1002-h1',
      Ticket: '00123456789',
      successURL: 'https://shop.example/return/success?a=1&b=%2F',
      failureURL: 'https://shop.example/return/failure?a=1&b=%2F',
      pendingURL: 'https://shop.example/return/pending?a=1&b=%2F',
      cancelURL: 'https://shop.example/return/cancel?a=1&b=%2F',
      errorURL: 'https://shop.example/return/error?a=1&b=%2F',
      country: 'GB',
      language: 'en',
    })
    assert.deepEqual({ ...page, url: '' }, { method: 'GET', url: '', fields: {}, framed: false })
    assert.match(
      pageOf({ kind: 'hosted', url: 'https://x.example/p' }).url,
      /^https:\/\/x\.example\/p\?success/,
    )
  })

  void it('is refused for what is no registration, and for ways back that Worldpay would not take', () => {
    const refused = (code: string) => (error: unknown) =>
      error instanceof CounterfoilError && error.code === code
    assert.throws(() => pageOf({ kind: 'challenge', url: PAGE }), refused('CF_PAYMENT_STATE'))
    assert.throws(() => pageOf({ kind: 'hosted' }), refused('CF_PAYMENT_STATE'))
    const long = `https://shop.example/${'x'.repeat(1_024)}`
    assert.throws(() => pageOf({ kind: 'hosted', url: PAGE }, {}, long), refused('CF_CONFIG'))
  })

  void it('takes payments for as long as is sent with each registration', () => {
    assert.equal(hosted.hosted?.validMs, 60 * 60_000)
    const short = worldpay({ ...options, hosted: { payWithinMinutes: 5 } }).hosted
    assert.equal(short.hosted?.validMs, 5 * 60_000)
    assert.match(short.operations.sale?.build(charge, { card: undefined }).body ?? '', /timeToLiveInMin="5"/)
  })
})

const MAC2 = '856ff737b2987f21513b91992818d983ce9fed97847b15756c56493a23090415'
const RETURNED = {
  orderKey: 'MYADMINCODE^MYMERCHANT^T0211010',
  paymentStatus: 'AUTHORISED',
  paymentAmount: '1400',
  paymentCurrency: 'GBP',
  mac2: MAC2,
}
const CANCELLED = {
  orderKey: 'MYADMINCODE^MYMERCHANT^T0211010',
  orderAmount: '1400',
  orderCurrency: 'GBP',
  // Of MYADMINCODE^MYMERCHANT^T0211010:1400:GBP, with the same secret.
  mac2: '0be2ab0975179f4b81acf839a529ab46be3087e9e92db5c763600b784a7d287a',
}

function said(query: Readonly<Record<string, string>>, more: HostedOptions = {}): string | undefined {
  const checked = { macSecret: secret('@p-p1epie'), adminCode: 'MYADMINCODE', ...more }
  const gateway = worldpay({ ...options, merchantCode: 'MYMERCHANT', hosted: checked }).hosted
  return gateway.hosted?.readReturn(query)
}

void describe('the address that the payer came back by', () => {
  void it('is put into words, with what mac2 is worth', () => {
    const { mac2: _, ...without } = RETURNED
    assert.equal(said(RETURNED), 'AUTHORISED, 14.00 GBP, mac2 holds')
    assert.equal(said({ ...RETURNED, paymentAmount: '1' }), 'AUTHORISED, 0.01 GBP, mac2 does not hold')
    assert.equal(said({ ...RETURNED, paymentStatus: 'REFUSED' }), 'REFUSED, 14.00 GBP, mac2 does not hold')
    assert.equal(said({ ...RETURNED, mac2: '' }), 'AUTHORISED, 14.00 GBP, mac2 does not hold')
    assert.equal(said({ ...RETURNED, mac2: MAC2.slice(1) }), 'AUTHORISED, 14.00 GBP, mac2 does not hold')
    assert.equal(said(without), 'AUTHORISED, 14.00 GBP, without mac2')
    assert.equal(
      hosted.hosted?.readReturn(without),
      'AUTHORISED, 14.00 GBP, an order of another account, without mac2',
    )
    assert.equal(
      worldpay({ ...options, merchantCode: 'MYMERCHANT' }).hosted.hosted?.readReturn(RETURNED),
      'AUTHORISED, 14.00 GBP, mac2 was not checked',
    )
    assert.equal(said(RETURNED, { macSecret: secret('other') }), 'AUTHORISED, 14.00 GBP, mac2 does not hold')
    assert.equal(
      said(RETURNED, { adminCode: 'OTHER' }),
      'AUTHORISED, 14.00 GBP, an order of another account, mac2 holds',
    )
  })

  void it('of a payer who cancelled has no status, and mac2 is made of the rest', () => {
    assert.equal(said(CANCELLED), 'cancelled, 14.00 GBP, mac2 holds')
    assert.equal(said({ ...CANCELLED, orderAmount: '1' }), 'cancelled, 0.01 GBP, mac2 does not hold')
  })

  void it('lends its mac2 to nothing that it does not sign', () => {
    assert.equal(said({ ...CANCELLED, status: 'AUTHORISED' }), 'AUTHORISED, 14.00 GBP, mac2 was not checked')
    assert.equal(said({ ...CANCELLED, paymentAmount: '9' }), 'cancelled, 14.00 GBP, mac2 holds')
    assert.equal(said({ ...CANCELLED, paymentStatus: 'AUTHORISED' }), 'AUTHORISED, mac2 was not checked')
  })

  void it('says what there is, in words that are safe to show, or nothing', () => {
    const orderKey = RETURNED.orderKey
    assert.equal(said({ orderKey, status: 'OPEN' }), 'OPEN, without mac2')
    assert.equal(said({ orderKey }), 'no status, without mac2')
    assert.equal(said({}), undefined)
    assert.equal(said({ mac2: MAC2 }), undefined)
    assert.equal(
      said({ orderKey: '<b>', paymentStatus: '<script>' }),
      'an unknown status, an order of another account, without mac2',
    )
    assert.equal(
      said({ ...RETURNED, paymentAmount: '1e9', paymentCurrency: '<b>' }),
      'AUTHORISED, an amount that is none, mac2 does not hold',
    )
    assert.equal(
      said({ paymentStatus: 'AUTHORISED', paymentAmount: '1200', paymentCurrency: 'HUF' }),
      'AUTHORISED, 1200.00 HUF, without mac2',
    )
  })
})
