import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CounterfoilError } from '../errors.ts'
import { type HttpOptions, settingsFrom } from './options.ts'

const secret = 'thirty-two bytes, or some more of it'

function refusal(publicUrl: string, options: unknown): string {
  try {
    settingsFrom(publicUrl, options as HttpOptions)
  } catch (error) {
    assert.ok(error instanceof CounterfoilError && error.code === 'CF_CONFIG')
    return error.message
  }
  return 'taken'
}

describe('the options of the server', () => {
  const url = 'https://shop.example/pay'

  it('name the one that cannot be, and what is allowed, without the secret', () => {
    assert.match(refusal(url, {}), /secret must have at least 32 bytes/)
    assert.match(refusal(url, { secret: 'short' }), /secret/)
    assert.doesNotMatch(refusal(url, { secret: 'short' }), /short\b/)
    assert.match(refusal(url, { secret, brand: ' ' }), /brand/)
    assert.match(refusal(url, { secret, shopUrl: 'javascript:alert(1)' }), /shopUrl/)
    assert.match(refusal(url, { secret, trustProxy: true }), /trustProxy/)
    assert.match(refusal(url, { secret, trustProxy: [] }), /trustProxy/)
    assert.match(refusal(url, { secret, trustProxy: ['*'] }), /trustProxy/)
    assert.match(refusal(url, { secret, limits: { bodyBytesMax: 0 } }), /limits\.bodyBytesMax/)
    assert.match(refusal(url, { secret, limits: { bodySize: 1 } }), /limits\.bodySize .*bodyBytesMax/)
    assert.match(refusal('shop.example/pay', { secret }), /publicUrl/)
    assert.match(refusal('https://shop.example/pay?x=1', { secret }), /publicUrl/)
    assert.match(refusal("https://shop.example/pay;script-src 'none'", { secret }), /publicUrl/)
    assert.equal(refusal(url, { secret, trustProxy: ['10.0.0.0/8', '::1'] }), 'taken')
    assert.equal(refusal(url, { secret: { reveal: () => secret } }), 'taken')
  })

  it('refuse plain HTTP beyond this machine', () => {
    for (const host of ['shop.example', '10.0.0.1', 'localhost.example', '127.example.com']) {
      assert.match(refusal(`http://${host}/pay`, { secret }), /https/)
    }
    for (const host of ['localhost:8080', '127.0.0.1', '127.8.8.8:1', '[::1]:3', 'shop.localhost']) {
      assert.equal(refusal(`http://${host}/pay`, { secret }), 'taken', host)
      assert.equal(settingsFrom(`http://${host}/pay`, { secret }).secureCookie, true)
    }
    const insecure = settingsFrom('http://shop.example', { secret, allowInsecure: true })
    assert.equal(insecure.secureCookie, false)
    assert.equal(settingsFrom(url, { secret, allowInsecure: true }).secureCookie, true)
  })

  it('know origin and base path of the public address', () => {
    const { origin, base } = settingsFrom('https://shop.example:8443/a/pay/', { secret })
    assert.deepEqual({ origin, base }, { origin: 'https://shop.example:8443', base: '/a/pay' })
    assert.equal(settingsFrom('https://shop.example', { secret }).base, '')
  })
})
