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
  }
})

void test('the password stands in nothing that can be printed', () => {
  const wp = worldpay({ ...good, password: secret('hunter2-canary') })
  const printed = inspect(wp, { depth: 9, showHidden: true }) + JSON.stringify(wp)
  assert.doesNotMatch(printed, /hunter2-canary/)
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
