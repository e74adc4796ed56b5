import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { CounterfoilError } from '../../errors.ts'
import { secret } from '../../gateway/secret.ts'
import type { WorldpayOptions } from './config.ts'
import { worldpay } from './gateway.ts'

const good = { environment: 'test', merchantCode: 'SHOPECOM', password: secret('p4ss') } as const
const local = {
  url: 'http://127.0.0.1:9000/pay',
  merchantCode: 'SHOPECOM',
  password: secret('p4ss'),
} as const

function refused(options: unknown, text: RegExp): void {
  assert.throws(
    () => worldpay(options as WorldpayOptions),
    (error: unknown) =>
      error instanceof CounterfoilError && error.code === 'CF_CONFIG' && text.test(error.message),
    `expected ${text}`,
  )
}

void test('each wrong option is refused by its name', () => {
  refused({ ...good, environment: undefined }, /environment/)
  refused({ ...good, url: 'https://example.com/' }, /environment/)
  refused({ ...good, environment: 'production' }, /environment/)
  refused({ ...good, merchantCode: 'A B' }, /merchantCode/)
  refused({ ...good, merchantCode: undefined }, /merchantCode/)
  refused({ ...good, username: 'a:b' }, /username/)
  refused({ ...good, password: 'plain' }, /password/)
  refused({ ...good, password: secret('caf\u00e9') }, /password/)
  refused({ ...local, url: 'not an address' }, /url/)
  refused({ ...local, url: 'http://example.com/' }, /url/)
  refused({ ...local, url: 'ftp://127.0.0.1/' }, /url/)
  refused({ ...local, url: 'http://user:pass@127.0.0.1/' }, /url/)
})

const jwt = { issuer: 'jwt-user', orgUnitId: '5c5c', secret: secret('jwt-key') } as const

void test('each wrong option of 3-D Secure, hosted pages and notifications is refused by its name', () => {
  const secure = (wrong: object): object => ({ ...good, threeDSecure: { ...jwt, ...wrong } })
  refused({ ...good, threeDSecure: null }, /threeDSecure must be an object/)
  refused(secure({ issuer: '' }), /threeDSecure\.issuer/)
  refused(secure({ orgUnitId: 5 }), /threeDSecure\.orgUnitId/)
  refused(secure({ secret: 'plain' }), /threeDSecure\.secret must be sealed/)
  refused(secure({ ddcUrl: 'http://example.com/' }), /threeDSecure\.ddcUrl must begin with https/)
  refused(secure({ challengeUrl: 5 }), /threeDSecure\.challengeUrl/)
  refused(secure({ windowSize: '1x1' }), /threeDSecure\.windowSize must be one of 250x400/)
  const hosted = (wrong: object): object => ({ ...good, hosted: wrong })
  for (const minutes of [4, 1_441, 5.5, '60', Number.NaN]) {
    refused(hosted({ payWithinMinutes: minutes }), /hosted\.payWithinMinutes must be .* 5 to 1440/)
  }
  refused(hosted({ installationId: 'a b' }), /hosted\.installationId/)
  refused(hosted({ country: 'gb' }), /hosted\.country/)
  refused(hosted({ language: 'English' }), /hosted\.language/)
  refused(hosted({ macSecret: 'plain' }), /hosted\.macSecret must be sealed/)
  refused(hosted({ adminCode: 'a^b' }), /hosted\.adminCode/)
  for (const methods of ['VISA-SSL', [], ['ALL'], ['visa'], ['VISA-SSL', 'VISA-SSL'], [5]]) {
    refused(hosted({ methods }), /hosted\.methods must be 1 to 50/)
  }
  const called = (wrong: object): object => ({ ...good, notifications: wrong })
  refused(called({ username: 'a:b', password: secret('x') }), /notifications\.username/)
  refused(called({ username: 'a', password: 'x' }), /notifications\.password/)
})

void test('the pages of 3-D Secure are those of the environment, of a simulator here, or as they are given', () => {
  const form = (options: WorldpayOptions): string | undefined =>
    worldpay(options).direct.deviceData?.({ nowMs: 0, nonce: 'n' }).url
  const test = 'https://secure-test.worldpay.com/shopper/3ds/ddc.html'
  assert.equal(form({ ...good, threeDSecure: jwt }), test)
  const live = { ...good, environment: 'live', threeDSecure: jwt } as const
  assert.equal(form(live), 'https://secure.worldpay.com/shopper/3ds/ddc.html')
  const here = 'http://127.0.0.1:9000/worldpay/shopper/3ds/ddc.html'
  assert.equal(form({ ...local, threeDSecure: jwt }), here)
  const elsewhere = { ...local, url: 'https://proxy.example/pay' }
  refused({ ...elsewhere, threeDSecure: jwt }, /threeDSecure\.ddcUrl must be given.*proxy\.example/)
  const given = { ddcUrl: 'https://proxy.example/ddc', challengeUrl: 'https://proxy.example/challenge' }
  assert.equal(form({ ...elsewhere, threeDSecure: { ...jwt, ...given } }), 'https://proxy.example/ddc')
  assert.equal(worldpay(good).direct.deviceData, undefined)
  assert.equal(worldpay(good).direct.payerPage, undefined)
})

void test('a settlement report may take up to 60 days, and the time of a simulator is shorter', () => {
  for (const settlementDelayDays of [-1, 61, 1.5, '4', Number.NaN])
    refused({ ...good, settlementDelayDays }, /settlementDelayDays must be whole days from 0 to 60/)
  const delayMs = (more: object): number | undefined =>
    worldpay({ ...local, ...more }).hosted.settlement?.delayMs
  assert.equal(delayMs({}), 4 * 86_400_000)
  assert.equal(delayMs({ settlementDelayDays: 10, times: { scale: 0.1 } }), 86_400_000)
})

void test('times are scaled for a simulator on a loopback host only', () => {
  for (const scale of [0, -1, 1.5, Number.NaN, '1']) refused({ ...local, times: { scale } }, /times\.scale/)
  refused({ ...good, times: { scale: 0.5 } }, /times is for simulators/)
  for (const host of ['10.0.0.1', 'localhost.example.com', '127.0.0.1.example.com', 'worldpay.com']) {
    refused({ ...local, url: `https://${host}/`, times: { scale: 0.5 } }, /times is for simulators/)
  }
  const minute = 60_000
  const { capabilities: real } = worldpay(good).direct
  assert.equal(real.inquiryLagMs, 5 * minute)
  assert.equal(real.maxProcessingMs, 2 * minute)
  assert.equal(real.maxDeliveryMs, 16 * minute)
  for (const url of ['http://127.0.0.1:9000/', 'http://[::1]:9000/', 'http://localhost:9000/']) {
    const { capabilities } = worldpay({ ...local, url, times: { scale: 1 / 60 } }).direct
    assert.equal(capabilities.inquiryLagMs, 5_000)
    assert.equal(capabilities.maxProcessingMs, 2_000)
    assert.equal(capabilities.maxDeliveryMs, 16_000)
    const { hosted } = worldpay({ ...local, url, times: { scale: 1 / 60 } })
    assert.equal(hosted.capabilities.maxProcessingMs, 30_000)
    assert.equal(hosted.hosted?.validMs, 60_000)
  }
})

void test('no secret stands in anything that can be printed', () => {
  const canary = secret('hunter2-canary')
  const wp = worldpay({
    ...good,
    password: canary,
    threeDSecure: { ...jwt, secret: canary },
    hosted: { macSecret: canary },
    notifications: { username: 'worldpay', password: canary },
  })
  const printed = inspect(wp, { depth: 9, showHidden: true }) + JSON.stringify(wp)
  assert.doesNotMatch(printed, /hunter2-canary/)
  assert.ok(!printed.includes(Buffer.from('hunter2-canary').toString('base64').slice(2, -4)))
  assert.equal(wp.direct.account, 'SHOPECOM')
})

void test('amounts that Worldpay cannot express are refused with a reason, all others are not', () => {
  const unrepresentable = (amountMinor: bigint, currency: string): string | undefined =>
    worldpay(good).direct.unrepresentable(amountMinor, currency)
  assert.equal(unrepresentable(1999n, 'GBP'), undefined)
  assert.equal(unrepresentable(120_000n, 'HUF'), undefined)
  assert.match(unrepresentable(120_050n, 'HUF') ?? '', /HUF with 0 decimal places/)
  assert.match(unrepresentable(100n, 'ISK') ?? '', /ISK are not known/)
  assert.match(unrepresentable(1n, 'XXX') ?? '', /not a currency/)
  assert.match(unrepresentable(10_000_000_000n, 'GBP') ?? '', /at most/)
})
