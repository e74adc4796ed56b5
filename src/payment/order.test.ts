import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { claimed, released } from './decision.ts'
import { closeOrderRecord, openPayment } from './open.ts'
import { type OrderRecord, openOrder, orderVersionOf } from './order.ts'

const held: OrderRecord = {
  orderId: 'o1',
  revision: 3,
  state: 'held',
  paymentId: 'p1',
  lastPaymentId: 'p1',
  orderVersion: 'v1',
}
const open = (order: OrderRecord) =>
  openPayment({
    paymentId: 'p2',
    token: 't',
    order,
    orderVersion: 'v2',
    description: 'A teapot',
    module: 'card',
    amountMinor: 1n,
    currency: 'GBP',
    key: 'key-00000001',
    fingerprint: 'f',
    paidWhen: 'authorized',
    owner: 'n',
    steps: [],
    nowMs: 1,
  })

describe('the record of an order', () => {
  it('is held by a payment that opens, and by one at a time', () => {
    const opened = open(openOrder('o1'))
    assert.ok(opened.kind === 'events')
    assert.deepEqual(opened.order, {
      ...held,
      revision: 1,
      paymentId: 'p2',
      lastPaymentId: 'p2',
      orderVersion: 'v2',
    })
    const refusals = (['held', 'claimed', 'closed'] as const).map((state) => {
      const refused = open({ ...held, state })
      return refused.kind === 'refused' ? [refused.code, refused.details?.['paymentId']] : undefined
    })
    assert.deepEqual(refusals, [
      ['CF_ORDER_HELD', 'p1'],
      ['CF_ORDER_PAID', 'p1'],
      ['CF_ORDER_CLOSED', 'p1'],
    ])
  })

  it('remembers the payment before, for those that have still something to tell', () => {
    const opened = open({ ...held, state: 'open', paymentId: undefined })
    assert.ok(opened.kind === 'events' && opened.events[0]?.type === 'payment-opened')
    assert.equal(opened.events[0].predecessor, 'p1')
  })

  it('is claimed only by its holder, in the version that it was opened for', () => {
    const payment = { paymentId: 'p1', orderVersion: 'v1' }
    assert.deepEqual(claimed(held, payment), { ...held, revision: 4, state: 'claimed' })
    for (const order of [
      { ...held, state: 'open' as const },
      { ...held, state: 'claimed' as const },
      { ...held, state: 'closed' as const },
      { ...held, paymentId: 'p2' },
      { ...held, orderVersion: 'v2' },
    ])
      assert.equal(claimed(order, payment), undefined, JSON.stringify(order))
  })

  it('is released only by the payment that has it, and a closed one stays closed', () => {
    const payment = { paymentId: 'p1' }
    assert.deepEqual(released(held, payment), { ...held, revision: 4, state: 'open', paymentId: undefined })
    assert.equal(released({ ...held, state: 'claimed' }, payment)?.state, 'open')
    assert.equal(released({ ...held, state: 'closed' }, payment), undefined)
    assert.equal(released({ ...held, paymentId: 'p2' }, payment), undefined)
    assert.equal(released({ ...held, state: 'open', paymentId: undefined }, payment), undefined)
  })

  it('can be closed unless it is paid, once', () => {
    const closed = closeOrderRecord(held)
    assert.ok(closed.kind === 'events')
    assert.deepEqual(closed.order, { ...held, revision: 4, state: 'closed' })
    assert.deepEqual(closeOrderRecord({ ...held, state: 'closed' }), { kind: 'events', events: [] })
    const refused = closeOrderRecord({ ...held, state: 'claimed' })
    assert.equal(refused.kind === 'refused' && refused.code, 'CF_ORDER_PAID')
  })
})

describe('the version of an order', () => {
  const line = { sku: 'A', name: 'Tea', quantity: 1, amountMinor: 100n }
  const order = { amountMinor: 100n, currency: 'GBP', lines: [line] }

  it('changes with what is paid for, and with nothing else', () => {
    const version = orderVersionOf(order)
    assert.equal(orderVersionOf({ ...order, lines: [{ ...line, name: 'Green tea' }] }), version)
    const others = [
      { ...order, amountMinor: 101n },
      { ...order, currency: 'EUR' },
      { ...order, lines: [] },
      { ...order, lines: [line, line] },
      { ...order, lines: [{ ...line, sku: 'B' }] },
      { ...order, lines: [{ ...line, quantity: 2 }] },
      { ...order, lines: [{ ...line, amountMinor: 99n }] },
    ].map(orderVersionOf)
    assert.equal(new Set([version, ...others]).size, 8)
    assert.match(version, /^[0-9a-f]{32}$/)
  })
})
