import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { secret } from '../gateway/secret.ts'
import { worldpay } from '../gateways/worldpay/index.ts'
import { internalModule } from '../pipeline/module.ts'
import { assemble } from './assemble.ts'
import { checkedConfiguration } from './check-configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-operators-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const KEY = 'the-key-of-ann-who-looks-after-cases'
const PUBLIC_URL = 'https://shop.example/pay'
const gateway = worldpay({ environment: 'test', merchantCode: 'SHOP', password: secret('secret') }).direct
const done = async (): Promise<void> => undefined

describe('a server whose shop is in its own process', () => {
  it('has the API for its operators, and takes no orders by it', async () => {
    const configuration = checkedConfiguration(
      {
        modules: [internalModule('card', { gateway })],
        publicUrl: PUBLIC_URL,
        secret: secret('x'.repeat(32)),
        shop: {
          loadOrder: async () => undefined,
          markOrderPaid: done,
          markPaymentCancelled: done,
          markOrderInProgress: done,
          deleteBasket: done,
          sendOrderMail: done,
          paymentChanged: done,
        },
        operators: [{ name: 'ann', secret: secret(KEY) }],
      },
      folder,
    )
    const { pages, counterfoil } = assemble(configuration, () => undefined)
    Object.assign(counterfoil, { cases: async () => [], unreadable: async () => [] })
    const ask = async (path: string, key: string, method = 'GET'): Promise<number> => {
      const headers = { authorization: `Bearer ${key}` }
      return (await pages.fetch(new Request(PUBLIC_URL + path, { method, headers }))).status
    }
    assert.deepEqual(
      [
        await ask('/v1/cases', KEY),
        await ask('/v1/cases', KEY.replace('ann', 'eve')),
        await ask('/v1/orders', KEY, 'POST'),
      ],
      [200, 401, 404],
    )
    await pages.close()
  })
})
