import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shop } from 'counterfoil'
import { addToBasket, basketOf } from './baskets.ts'
import type { ShopDatabase } from './database.ts'
import { orderById } from './orders.ts'
import { promotionByCode } from './promotions.ts'
import { emptyShop, orderOf, telling } from './sample-shop.test-data.ts'
import { shopPort } from './shop-port.ts'
import { toldAbout } from './told.ts'

const noMail = { send: async () => undefined, close: () => undefined }

/** A shop whose every method is there. */
function open(): { readonly database: ShopDatabase; readonly shop: Required<Shop> } {
  const database = emptyShop()
  return { database, shop: shopPort(database, noMail) as Required<Shop> }
}

test('the order that Counterfoil loads adds up, with the discount in its lines', async () => {
  const { database, shop } = open()
  const { orderId } = orderOf(database, { 'paper-clips': 3, ledger: 1 }, 'WELCOME10')
  const order = await shop.loadOrder(orderId, AbortSignal.timeout(1_000))
  assert.equal(order?.amountMinor, 2_160n + 972n)
  assert.equal(
    order?.lines.reduce((sum, line) => sum + line.amountMinor, 0n),
    order?.amountMinor,
  )
  assert.equal(order?.payer?.email, 'jane@example.com')
  assert.equal(await shop.loadOrder('nothing', AbortSignal.timeout(1_000)), undefined)
})

test('a decline that is told late does not undo what a later payment did', async () => {
  const { database, shop } = open()
  const { orderId } = orderOf(database, { ledger: 1 })
  const status = () => orderById(database, orderId)?.status
  await shop.markOrderInProgress(telling(orderId, 'a', 'p1'))
  assert.equal(status(), 'in progress')
  await shop.markOrderPaid(telling(orderId, 'b', 'p2'))
  await shop.markPaymentCancelled(telling(orderId, 'c', 'p1'))
  await shop.markOrderInProgress(telling(orderId, 'd', 'p1'))
  assert.equal(status(), 'paid')
})

test('a payment that ends unpaid leaves the order payable, and so does one that is given back', async () => {
  const { database, shop } = open()
  const { orderId } = orderOf(database, { ledger: 1 })
  const status = () => orderById(database, orderId)?.status
  await shop.markOrderInProgress(telling(orderId, 'a', 'p1'))
  await shop.markPaymentCancelled(telling(orderId, 'b', 'p1'))
  assert.equal(status(), 'open')
  await shop.markOrderPaid(telling(orderId, 'c', 'p2'))
  await shop.saveOrder(telling(orderId, 'd', 'p2'))
  assert.ok(orderById(database, orderId)?.savedAtMs)
  await shop.markPaymentCancelled(telling(orderId, 'e', 'p2'))
  assert.equal(status(), 'open')
})

test('a word under a lower number than the shop has heard is old news', async () => {
  const { database, shop } = open()
  const { orderId } = orderOf(database, { ledger: 1 })
  const status = () => orderById(database, orderId)?.status
  await shop.markOrderPaid(telling(orderId, 'a', 'p1', 5))
  await shop.markPaymentCancelled(telling(orderId, 'b', 'p1', 4))
  assert.equal(status(), 'paid')
  await shop.markPaymentCancelled(telling(orderId, 'c', 'p1', 6))
  assert.equal(status(), 'open')
  await shop.markOrderPaid(telling(orderId, 'd', 'p1', 5))
  await shop.markOrderInProgress(telling(orderId, 'e', 'p1', 5))
  assert.equal(status(), 'open')
})

test('an old telling that comes again, after a later one, does nothing', async () => {
  const { database, shop } = open()
  const { orderId } = orderOf(database, { ledger: 1 })
  await shop.markOrderPaid(telling(orderId, 'a', 'p1'))
  await shop.markPaymentCancelled(telling(orderId, 'b', 'p1'))
  await shop.markOrderPaid(telling(orderId, 'a', 'p1'))
  assert.equal(orderById(database, orderId)?.status, 'open')
  assert.deepEqual(
    toldAbout(database, orderId).map(({ key }) => key),
    ['a', 'b'],
  )
})

test('the basket loses what was ordered, once, and keeps what came later', async () => {
  const { database, shop } = open()
  const { orderId, visitor } = orderOf(database, { ledger: 2, stamps: 1 })
  addToBasket(database, visitor, 'ledger', 3)
  addToBasket(database, visitor, 'stamps', 1)
  await shop.deleteBasket(telling(orderId, 'a'))
  await shop.deleteBasket(telling(orderId, 'a'))
  assert.deepEqual(
    basketOf(database, visitor).map(({ sku, quantity }) => [sku, quantity]),
    [
      ['stamps', 1],
      ['ledger', 3],
    ],
  )
})

test('a promotion code counts each payment once, gives back once, and never counts past its end', async () => {
  const { database, shop } = open()
  const [first, second] = [
    orderOf(database, { ledger: 1 }, 'LASTONE'),
    orderOf(database, { ledger: 1 }, 'LASTONE'),
  ]
  const uses = () => promotionByCode(database, 'LASTONE')?.uses
  await shop.countPromotionCode(telling(first.orderId, 'a', 'p1'))
  await shop.countPromotionCode(telling(first.orderId, 'a', 'p1'))
  assert.equal(uses(), 1)
  assert.deepEqual(await shop.countPromotionCode(telling(second.orderId, 'b', 'p2')), {
    kind: 'refused',
    reason: 'The code LASTONE has been used up. Nothing was charged.',
  })
  // The undo of a refusal gives nothing back that was never counted.
  await shop.uncountPromotionCode(telling(second.orderId, 'b', 'p2'))
  assert.equal(uses(), 1)
  await shop.uncountPromotionCode(telling(first.orderId, 'a', 'p1'))
  await shop.uncountPromotionCode(telling(first.orderId, 'a', 'p1'))
  assert.equal(uses(), 0)
})

test('a code that is uncounted before it is counted is not counted', async () => {
  const { database, shop } = open()
  const { orderId } = orderOf(database, { ledger: 1 }, 'LASTONE')
  await shop.uncountPromotionCode(telling(orderId, 'a'))
  assert.equal((await shop.countPromotionCode(telling(orderId, 'a'))).kind, 'refused')
  assert.equal(promotionByCode(database, 'LASTONE')?.uses, 0)
  const plain = orderOf(database, { ledger: 1 })
  assert.equal((await shop.countPromotionCode(telling(plain.orderId, 'b'))).kind, 'done')
})
