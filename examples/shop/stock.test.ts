import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { productBySku } from './products.ts'
import { emptyShop, orderOf, stockOf, telling } from './sample-shop.test-data.ts'
import { deduct, release, reserve, restock } from './stock.ts'

const PEN = 'fountain-pen' // Three in stock.

test('what is reserved is free for nobody else, and the same key reserves once', () => {
  const shop = emptyShop()
  const { orderId } = orderOf(shop, { [PEN]: 2 })
  assert.deepEqual(reserve(shop, telling(orderId, 'a')), { kind: 'done' })
  assert.deepEqual(reserve(shop, telling(orderId, 'a')), { kind: 'done' })
  assert.equal(productBySku(shop, PEN)?.free, 1)
  assert.equal(productBySku(shop, PEN)?.reserved, 2)
  assert.equal(stockOf(shop, PEN), 3)
})

test('the last ones are promised to one payer; the other is told how many are left', () => {
  const shop = emptyShop()
  const [first, second] = [orderOf(shop, { [PEN]: 2 }), orderOf(shop, { [PEN]: 2 })]
  reserve(shop, telling(first.orderId, 'a', 'p1'))
  const answer = reserve(shop, telling(second.orderId, 'b', 'p2'))
  assert.deepEqual(answer, {
    kind: 'refused',
    reason: 'Only 1 of Brass fountain pen is left. Nothing was charged.',
  })
  // A refusal is an answer as well: the same key hears it again, also when there is more by then.
  release(shop, telling(first.orderId, 'a', 'p1'))
  assert.equal(reserve(shop, telling(second.orderId, 'b', 'p2')).kind, 'refused')
  assert.equal(reserve(shop, telling(second.orderId, 'c', 'p3')).kind, 'done')
})

test('a refusal of one line reserves nothing of the others', () => {
  const shop = emptyShop()
  const [all, both] = [orderOf(shop, { [PEN]: 3 }), orderOf(shop, { ledger: 1, [PEN]: 1 })]
  reserve(shop, telling(all.orderId, 'a', 'p1'))
  assert.equal(reserve(shop, telling(both.orderId, 'b', 'p2')).kind, 'refused')
  assert.equal(productBySku(shop, 'ledger')?.reserved, 0)
})

test('a release before its reservation makes the reservation do nothing', () => {
  const shop = emptyShop()
  const { orderId } = orderOf(shop, { [PEN]: 3 })
  release(shop, telling(orderId, 'a'))
  assert.equal(reserve(shop, telling(orderId, 'a')).kind, 'refused')
  assert.equal(productBySku(shop, PEN)?.free, 3)
})

test('a paid order takes its own reservation out of the stock, once, and its restock brings it back, once', () => {
  const shop = emptyShop()
  const { orderId } = orderOf(shop, { [PEN]: 2 })
  reserve(shop, telling(orderId, 'a'))
  deduct(shop, telling(orderId, 'b'))
  deduct(shop, telling(orderId, 'b'))
  assert.deepEqual([stockOf(shop, PEN), productBySku(shop, PEN)?.reserved], [1, 0])
  release(shop, telling(orderId, 'a'))
  assert.equal(stockOf(shop, PEN), 1)
  restock(shop, telling(orderId, 'b'))
  restock(shop, telling(orderId, 'b'))
  assert.deepEqual([stockOf(shop, PEN), productBySku(shop, PEN)?.free], [3, 3])
})

test('an order that is paid without a reservation takes what is free and notes what is missing', () => {
  const shop = emptyShop()
  const [reserved, late] = [orderOf(shop, { [PEN]: 2 }), orderOf(shop, { [PEN]: 3 })]
  reserve(shop, telling(reserved.orderId, 'a', 'p1'))
  deduct(shop, telling(late.orderId, 'b', 'p2'))
  assert.equal(stockOf(shop, PEN), 2)
  assert.equal(productBySku(shop, PEN)?.free, 0)
  const row = shop.sql.get`SELECT quantity, missing FROM deduction_line WHERE key = 'b'`
  assert.deepEqual({ ...row }, { quantity: 1, missing: 2 })
  restock(shop, telling(late.orderId, 'b', 'p2'))
  assert.equal(stockOf(shop, PEN), 3)
})

test('a key that was used for something else is an error', () => {
  const shop = emptyShop()
  const { orderId } = orderOf(shop, { [PEN]: 1 })
  reserve(shop, telling(orderId, 'a'))
  assert.throws(() => deduct(shop, telling(orderId, 'a')), /the key a was used for reserveStock/)
})

test('in any order, repeated as often as you like, stock and what is free never go below nothing', () => {
  const steps = { reserve, release, deduct, restock }
  const step = fc.record({
    what: fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[])),
    order: fc.integer({ min: 0, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (sequence) => {
      const shop = emptyShop()
      const orders = [1, 2, 3, 3].map((quantity) => orderOf(shop, { [PEN]: quantity }).orderId)
      for (const { what, order } of sequence) {
        const orderId = orders[order] ?? ''
        // Reservation and release share a key, deduction and restocking another one, as Counterfoil has it.
        const key = `${what === 'reserve' || what === 'release' ? 'reserve' : 'deduct'}-${order}`
        steps[what](shop, telling(orderId, key, `p${order}`))
        const product = productBySku(shop, PEN)
        assert.ok((product?.free ?? -1) >= 0 && (product?.reserved ?? -1) >= 0)
      }
      for (const [order, orderId] of orders.entries()) {
        restock(shop, telling(orderId, `deduct-${order}`, `p${order}`))
        release(shop, telling(orderId, `reserve-${order}`, `p${order}`))
      }
      assert.deepEqual([stockOf(shop, PEN), productBySku(shop, PEN)?.free], [3, 3])
      shop.close()
    }),
    { numRuns: 60 },
  )
})
