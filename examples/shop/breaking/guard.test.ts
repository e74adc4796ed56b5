import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Circumstances, isOfThisMachine, whyNotBreakable } from './guard.ts'

function at(paymentService: string): Circumstances['provider'] {
  return { worldpayUrls: { paymentService } }
}

const demo: Circumstances = {
  setting: 'on',
  host: '127.0.0.1',
  trustProxy: [],
  provider: at('http://127.0.0.1:4010/worldpay/jsp'),
  environment: {},
}

test('the demo on this machine may be broken, also with a proxy of this machine', () => {
  assert.equal(whyNotBreakable(demo), undefined)
  assert.equal(whyNotBreakable({ ...demo, trustProxy: ['127.0.0.1', '::1', '127.0.0.1/32'] }), undefined)
})

test('each sign of a real shop alone is enough to have nothing that breaks it', () => {
  const signs: readonly [Partial<Circumstances>, RegExp][] = [
    [{ setting: 'off' }, /SHOP_BREAKING is off/],
    [{ environment: { NODE_ENV: 'production' } }, /production/],
    [{ host: '0.0.0.0' }, /listens at 0\.0\.0\.0/],
    [{ host: 'shop.example' }, /listens at shop\.example/],
    [{ trustProxy: ['127.0.0.1', '10.0.0.0/8'] }, /proxy at 10\.0\.0\.0\/8/],
    [{ provider: at('https://secure-test.worldpay.com/jsp') }, /provider is at secure-test\.worldpay\.com/],
  ]
  for (const [sign, why] of signs) assert.match(whyNotBreakable({ ...demo, ...sign }) ?? '', why)
})

test('a request is of this machine only when it came over the loopback', () => {
  const from = (remoteAddress: string | undefined) =>
    isOfThisMachine({ socket: { remoteAddress }, headers: {} })
  assert.deepEqual(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map(from), [true, true, true])
  assert.deepEqual(['10.0.0.7', '::ffff:10.0.0.7', '127.example', undefined].map(from), [
    false,
    false,
    false,
    false,
  ])
  const socket = { remoteAddress: '127.0.0.1' }
  for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'])
    assert.equal(isOfThisMachine({ socket, headers: { [name]: '127.0.0.1' } }), false, name)
})
