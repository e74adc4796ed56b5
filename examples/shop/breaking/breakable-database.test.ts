import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shop } from 'counterfoil'
import { basketOf } from '../baskets.ts'
import { emptyShop, orderOf, telling } from '../sample-shop.test-data.ts'
import { shopPort } from '../shop-port.ts'
import { toldAbout } from '../told.ts'
import { breakableDatabase, DatabaseAway } from './breakable-database.ts'

const noMail = { send: async () => undefined, close: () => undefined }

test('while it is away every read, write and call of Counterfoil fails; brought back, everything is as it was', async () => {
  const database = breakableDatabase(emptyShop())
  const { orderId } = orderOf(database, { ledger: 1 })
  const shop = shopPort(database, noMail) as Required<Shop>
  database.isAway = true
  assert.throws(() => basketOf(database, 'somebody'), DatabaseAway)
  assert.throws(() => database.transaction(() => undefined), DatabaseAway)
  await assert.rejects(shop.loadOrder(orderId, AbortSignal.timeout(1_000)), DatabaseAway)
  await assert.rejects(shop.markOrderPaid(telling(orderId, 'a')), DatabaseAway)
  database.isAway = false
  assert.equal((await shop.loadOrder(orderId, AbortSignal.timeout(1_000)))?.amountMinor, 2_400n)
  assert.deepEqual(toldAbout(database, orderId), [])
})
