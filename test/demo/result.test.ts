import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Fault } from '../../demo/fault.ts'
import { Payer } from '../../demo/payer.ts'
import { isGood, type Result, resultOf, type Written } from '../../demo/result.ts'
import type { LedgerOrder } from '../../demo/shop-process.ts'
import { table } from '../../demo/table.ts'
import { booked, goodBooks, ORDER_ID } from './books.test-data.ts'

/** A play of one order and one fault, whose evidence is what its payer saw. */
function written(saw: string, more: Partial<Written> = {}): Written {
  const { payments, shown: _, ...books } = goodBooks()
  const fault: Fault = { name: 'a fault', ways: ['card'], evidence: ({ payer }) => payer.met.has('it') }
  const payer = new Payer({
    number: 1,
    shopUrl: 'http://localhost:1',
    way: 'card',
    goods: { sku: 'teapot', quantity: 2 },
    holder: 'Jane Doe',
    comesBack: true,
  })
  payer.orderId = ORDER_ID
  payer.shown = 'paid'
  payer.met.add(saw)
  return {
    ...books,
    payments: payments.map((payment) => ({ payment, events: [] })),
    cast: new Map([[fault, [payer]]]),
    ...more,
  }
}

describe('the result of the demo', () => {
  it('is good when all books agree and every fault was met', () => {
    const result = resultOf(written('it'))
    assert.ok(isGood(result))
    assert.deepEqual(result.rows, [
      {
        fault: 'a fault',
        orders: 1,
        paid: 1,
        declined: 0,
        reversed: 0,
        cases: 0,
        doubleCharges: 0,
        differences: 0,
        met: 1,
      },
    ])
  })

  it('is not good when a fault was only asked for', () => {
    assert.ok(!isGood(resultOf(written('something else'))))
  })

  it('is not good when somebody has charged the order once more behind our back', () => {
    const [payment] = goodBooks().payments
    assert.ok(payment !== undefined)
    const sabotage = (ledger: readonly LedgerOrder[]): Result => resultOf(written('it', { ledger }))
    const twice = booked(payment, { executions: 2, liveExecutions: 2 })
    assert.equal(sabotage([twice]).total.doubleCharges, 1)
    assert.ok(!isGood(sabotage([twice])))
    const stranger = { ...booked(payment), orderCode: 'posted-by-somebody-else' }
    assert.equal(sabotage([booked(payment), stranger]).total.differences, 1)
    assert.ok(!isGood(sabotage([booked(payment), stranger])))
  })

  it('counts by the ledger what was taken and given back', () => {
    const [payment] = goodBooks().payments
    assert.ok(payment !== undefined)
    const [back] = resultOf(
      written('it', { ledger: [booked(payment, { liveMinor: '0', liveExecutions: 0 })] }),
    ).rows
    assert.deepEqual([back?.paid, back?.declined, back?.reversed], [0, 0, 1])
    const [none] = resultOf(written('it', { ledger: [] })).rows
    assert.deepEqual([none?.paid, none?.declined, none?.reversed], [0, 1, 0])
  })
})

describe('the table of the demo', () => {
  const result = resultOf(written('it'))

  it('is aligned, and plain where nobody sees colours', () => {
    const lines = table(result, false).trimEnd().split('\n')
    assert.equal(stripVTControlCharacters(lines.join('\n')), lines.join('\n'))
    assert.equal(new Set(lines.map(({ length }) => length)).size, 1, lines.join('\n'))
    assert.match(lines.at(-1) ?? '', /^all +1 +1 +· +· +· +0 +0 +1\/1$/)
  })

  it('is the same with colours', () => {
    const painted = table(result, true)
    assert.notEqual(painted, table(result, false))
    assert.equal(stripVTControlCharacters(painted), table(result, false))
  })

  it('says what is wrong, and where', () => {
    const bad = table(resultOf(written('nothing', { ledger: [] })), false)
    assert.match(bad, /a fault .* NOT MET/)
    assert.match(bad, /order o1: money that stands, journal and ledger: expected 1999, found 0/)
  })
})
