import assert from 'node:assert/strict'
import { it } from 'node:test'
import { encodeChange } from '../encoded-change.ts'
import type { Change } from '../journal.ts'
import { following, opening, orderChange } from '../../testkit/journal-samples.ts'
import { writingOrder } from './batch-order.ts'

const order = (...changes: Change[]) => writingOrder(changes.map((change) => encodeChange(change)))

it('writes changes that have nothing in common by the ids of their orders', () => {
  assert.deepEqual(
    order(
      opening('p1', { orderId: 'o3' }),
      { order: orderChange('o2', 0) },
      opening('p2', { orderId: 'o1' }),
    ),
    [2, 1, 0],
  )
})

it('leaves changes of one payment, order, key or reference as they came', () => {
  assert.deepEqual(order(opening('p9'), following('p9', 1), { order: orderChange('a', 0) }), [2, 0, 1])
  assert.deepEqual(order({ order: orderChange('b', 1) }, opening('p1', { orderId: 'b' })), [0, 1])
  const [z, y, x] = ['z', 'y', 'x'].map((orderId) => ({ orderId, key: 'one' }))
  assert.deepEqual(order(opening('p1', z), opening('p2', y), opening('p3', x)), [0, 1, 2])
  const one = { references: ['r1'] }
  const both = { references: ['r1', 'r2'] }
  assert.deepEqual(
    order(
      opening('p1', { orderId: 'z' }, one),
      opening('p0', { orderId: 'm' }),
      opening('p2', { orderId: 'y' }, both),
      opening('p3', { orderId: 'x' }, { references: ['r2'] }),
    ),
    // The three are joined by way of the second, and come where the least of their orders belongs.
    [1, 0, 2, 3],
  )
})

it('does not take the key of a payment that is there already for one that is new', () => {
  const same = { key: 'one' }
  assert.deepEqual(
    order(following('p1', 1, { ...same, orderId: 'z' }), opening('p2', { ...same, orderId: 'a' })),
    [1, 0],
  )
})
