import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secret } from '../gateway/secret.ts'
import { worldpay } from '../gateways/worldpay/index.ts'
import { internalModule } from '../pipeline/module.ts'
import { checkedConfiguration } from './check-configuration.ts'
import { smtpGreeting } from './doctor/smtp-greeting.ts'
import type { ServerConfiguration } from './server-configuration.ts'

const gateway = worldpay({ environment: 'test', merchantCode: 'SHOP', password: secret('secret') }).direct
const least = {
  modules: [internalModule('card', { gateway })],
  publicUrl: 'https://shop.example/pay',
  secret: secret('x'.repeat(32)),
  shop: { loadOrder: async () => undefined },
} satisfies ServerConfiguration
const keys = [{ client: 'web-shop', secret: secret('k'.repeat(32)) }]
const { shop: _, ...withoutShop } = least

describe('a configuration', () => {
  it('gets its defaults, and a data folder beside its own file', () => {
    const checked = checkedConfiguration(least, '/etc/counterfoil')
    assert.deepEqual(checked.listen, { host: '127.0.0.1', port: 3080 })
    assert.equal(checked.dataFolder, '/etc/counterfoil/data')
    assert.deepEqual([checked.pages, checked.limits, checked.checks], [{}, {}, []])
    const moved = checkedConfiguration({ ...least, dataFolder: '/srv/pay', listen: { port: 0 } }, '/etc')
    assert.deepEqual([moved.dataFolder, moved.listen], ['/srv/pay', { host: '127.0.0.1', port: 0 }])
  })

  it('may have every field that there is', () => {
    const { apiKeys, ...all } = {
      ...withoutShop,
      apiKeys: keys,
      operators: [{ name: 'ann', secret: secret('a'.repeat(32)) }],
      listen: { host: '::1', port: 8080 },
      dataFolder: 'data',
      spool: true,
      webhook: {
        url: 'https://shop.example/hooks',
        secrets: [secret('whsec_1')],
        ca: 'PEM',
        allowLoopback: true,
      },
      pages: { brand: 'Tea & Co', shopUrl: 'https://shop.example/' },
      limits: {
        engine: { paymentsInFlightMax: 10 },
        server: { streamsMax: 10 },
        tries: { order: { max: 5, withinMs: 60_000 } },
      },
      trustProxy: ['127.0.0.1'],
      allowInsecure: false,
      simulator: { port: 4011 },
      checks: [smtpGreeting({ host: 'mail.example' })],
      started: () => undefined,
    } satisfies ServerConfiguration
    assert.equal(checkedConfiguration({ ...all, apiKeys }, '/').listen.port, 8080)
  })

  it('that is wrong is refused by the name of the field, with what is allowed', () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      ['text', /the configuration must be an object/],
      [{ ...least, modules: undefined }, /modules is missing: it must list payment modules/],
      [{ ...least, modules: [{}] }, /modules\[0\] is no payment module/],
      [{ ...least, publicUrl: undefined }, /publicUrl is missing: it must be an address/],
      [
        { ...least, secret: 'a text' },
        /secret must be a sealed secret: secretSetting\('COUNTERFOIL_SECRET'\)/,
      ],
      [{ ...least, publicURL: 'x' }, /publicURL is not known; there are modules, publicUrl, secret, listen,/],
      [{ ...least, spool: 'yes' }, /spool must be true or false/],
      [{ ...least, listen: { prot: 1 } }, /listen\.prot is not known; there are host, port/],
      [
        { ...least, listen: { port: 70_000 } },
        /listen\.port must be a whole number from 0 to 65535 \(default 3080\)/,
      ],
      [{ ...least, listen: { port: Number.NaN } }, /listen\.port must be/],
      [{ ...least, listen: { host: '' } }, /listen\.host must be a text/],
      [{ ...least, dataFolder: 7 }, /dataFolder must be a text \(default 'data'\)/],
      [withoutShop, /shop or apiKeys must be given, and not both/],
      [{ ...least, apiKeys: keys }, /shop or apiKeys must be given, and not both/],
      [{ ...least, shop: {} }, /shop must have at least loadOrder/],
      [{ ...least, started: 1 }, /started must be a function/],
      [{ ...least, webhook: {} }, /webhook goes with apiKeys/],
      [
        { ...withoutShop, apiKeys: keys, webhook: { uri: '' } },
        /webhook\.uri is not known; there are url, secrets,/,
      ],
      [{ ...least, pages: { colour: 'red' } }, /pages\.colour is not known; there are brand, shopUrl/],
      [{ ...least, limits: { pages: {} } }, /limits\.pages is not known; there are engine, server, tries/],
      [
        { ...least, limits: { engine: { dueMs: 1 } } },
        /limits\.engine\.dueMs is not known; there are sendWithinMs/,
      ],
      [{ ...least, limits: { server: { x: 1 } } }, /limits\.server\.x is not known/],
      [{ ...least, limits: { tries: { x: 1 } } }, /limits\.tries\.x is not known/],
      [{ ...least, checks: [{}] }, /checks\[0\] must be \{ name, run\(signal\) \}/],
      [{ ...least, checks: Array.from({ length: 21 }, () => 1) }, /checks must list at most 20 checks/],
    ]
    for (const [given, message] of wrong) {
      assert.throws(() => checkedConfiguration(given, '/'), { code: 'CF_CONFIG', message })
    }
  })
})
