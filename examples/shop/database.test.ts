import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openShopDatabase } from './database.ts'
import { addToBasket, basketOf } from './baskets.ts'
import { placeOrder } from './orders.ts'
import { productBySku, products } from './products.ts'
import { isRandomId, randomId } from './random-id.ts'
import { orderOf, stockOf, telling } from './sample-shop.test-data.ts'
import { deduct, reserve } from './stock.ts'

function temporaryFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-shop-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'shop.db')
}

test('what was written is there after the file is opened again, and the shelves are not filled twice', (t) => {
  const path = temporaryFile(t)
  const first = openShopDatabase(path)
  const { orderId } = orderOf(first, { ledger: 2 })
  reserve(first, telling(orderId, 'a'))
  deduct(first, telling(orderId, 'b'))
  first.close()
  const second = openShopDatabase(path)
  t.after(() => second.close())
  assert.equal(stockOf(second, 'ledger'), 10)
  assert.equal(products(second).length, 8)
  reserve(second, telling(orderId, 'a'))
  deduct(second, telling(orderId, 'b'))
  assert.equal(stockOf(second, 'ledger'), 10)
})

test('a transaction that throws leaves nothing behind, and the next one works', (t) => {
  const database = openShopDatabase(temporaryFile(t))
  t.after(() => database.close())
  assert.throws(() =>
    database.transaction(() => {
      addToBasket(database, 'visitor', 'ledger', 1)
      throw new Error('the plug is pulled')
    }),
  )
  assert.deepEqual(basketOf(database, 'visitor'), [])
  assert.ok(addToBasket(database, 'visitor', 'ledger', 1))
})

test('two processes with one database do not promise the same thing twice', (t) => {
  const path = temporaryFile(t)
  const [one, two] = [openShopDatabase(path), openShopDatabase(path)]
  t.after(() => {
    one.close()
    two.close()
  })
  const orders = [orderOf(one, { 'fountain-pen': 2 }), orderOf(two, { 'fountain-pen': 2 })]
  const answers = [
    reserve(one, telling(orders[0]?.orderId ?? '', 'a', 'p1')).kind,
    reserve(two, telling(orders[1]?.orderId ?? '', 'b', 'p2')).kind,
  ]
  assert.deepEqual(answers, ['done', 'refused'])
  assert.equal(productBySku(two, 'fountain-pen')?.free, 1)
})

test('a file of a newer version is refused and left as it is', (t) => {
  const path = temporaryFile(t)
  const newer = new DatabaseSync(path)
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  assert.throws(() => openShopDatabase(path), /newer version of the shop \(schema 99/)
})

test('baskets that nobody touched for a month are swept away', (t) => {
  const path = temporaryFile(t)
  const month = 31 * 24 * 3_600_000
  const before = openShopDatabase(path, () => 1_000_000)
  addToBasket(before, 'gone', 'ledger', 1)
  before.close()
  const after = openShopDatabase(path, () => 1_000_000 + month)
  t.after(() => after.close())
  assert.deepEqual(basketOf(after, 'gone'), [])
})

test('a checkout form that is sent twice makes one order', (t) => {
  const database = openShopDatabase(temporaryFile(t))
  t.after(() => database.close())
  addToBasket(database, 'visitor', 'ledger', 1)
  const form = { formKey: randomId(), visitor: 'visitor', email: 'a@b.example', promotionCode: undefined }
  assert.deepEqual(placeOrder(database, form), placeOrder(database, form))
  assert.equal(placeOrder(database, { ...form, formKey: randomId(), visitor: 'other' }).kind, 'refused')
})

test('ids have 28 letters and no digit that could be part of a card number', () => {
  const ids = new Set(Array.from({ length: 200 }, () => randomId()))
  assert.equal(ids.size, 200)
  assert.ok([...ids].every((id) => isRandomId(id)))
})
