import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cardNumber } from '../../demo/card-number.ts'
import { castOf } from '../../demo/cast.ts'
import { faults, most } from '../../demo/catalogue.ts'
import type { Cast } from '../../demo/fault.ts'
import { Random } from '../../demo/random.ts'
import { containsCardNumber } from '../../src/gateway/card.ts'

const cast = (orders: number, seed: number): Cast =>
  castOf({ orders, faults, most, shopUrl: 'http://localhost:1' }, new Random(seed))

const inWords = (of: Cast): readonly string[] =>
  [...of].flatMap(([{ name }, payers]) =>
    payers.map(({ number, way, goods, comesBack }) => JSON.stringify([name, number, way, goods, comesBack])),
  )

describe('the cast of the demo', () => {
  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(inWords(cast(200, 7)), inWords(cast(200, 7)))
    assert.notDeepEqual(inWords(cast(200, 7)), inWords(cast(200, 8)))
  })

  it('has so many orders as are asked for, at least one for each fault, in a way that can meet it', () => {
    for (const orders of [faults.length, faults.length + 1, 200, 2_000]) {
      const all = cast(orders, 1)
      assert.equal([...all.values()].flat().length, orders)
      for (const [fault, payers] of all) {
        assert.ok(payers.length >= 1, fault.name)
        assert.ok(payers.every(({ way }) => fault.ways.includes(way)))
      }
    }
  })

  it('pays in every way', () => {
    assert.equal(new Set([...cast(200, 1).values()].flat().map(({ way }) => way)).size, 4)
  })

  it('gives everybody a card of their own, that passes for one', () => {
    const cards = Array.from({ length: 2_000 }, (_, index) => cardNumber(index + 1))
    assert.equal(new Set(cards).size, cards.length)
    assert.ok(cards.every((card) => /^4\d{15}$/.test(card) && containsCardNumber(card)))
  })
})
