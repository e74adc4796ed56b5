import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { steps } from '../pipeline/build-steps.ts'
import { pipeline } from '../pipeline/pipeline.ts'
import { authorizeProcess } from '../pipeline/defaults.ts'
import { deductStock } from '../pipeline/steps/index.ts'
import type { Telling } from '../shop/shop.ts'
import { type Bed, card, cardModule, onBed, settle } from './bed.test-data.ts'

const HOUR_MS = 3_600_000
const SELDOM = { dueEveryMs: 30_000, heartbeatEveryMs: 60_000, nodeDeadAfterMs: 600_000 }

/** An effect of the shop's own that fails as long as a test says. */
function failingMark(bed: Bed, state: { failing: boolean; calls: string[] }) {
  return async (telling: Telling): Promise<void> => {
    state.calls.push(telling.key)
    if (state.failing) throw new Error('the shop is down')
    bed.hear('paid', telling)
  }
}

describe('the effects of a status', () => {
  it(
    'go in order, wait for the one that fails, and are repeated with the same key (F26)',
    onBed(async (bed) => {
      const state = { failing: true, calls: [] as string[] }
      const cf = await bed.engine({ shop: { markOrderPaid: failingMark(bed, state) } })
      const result = await cf.pay(bed.request())
      assert.equal(result.status, 'paid')
      await bed.advance(20_000)
      assert.deepEqual(bed.words(), [])
      assert.ok(state.calls.length >= 3 && state.calls.length < 10, `${state.calls.length} calls`)
      assert.deepEqual([...new Set(state.calls)], [`${result.id}:statusOk:mark-order-paid`])
      state.failing = false
      await bed.advance(60_000)
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      assert.deepEqual(bed.payment(result.id).cases, [])
    }),
  )

  it(
    'are not tried sooner because something else happens to the payment',
    onBed(async (bed) => {
      const state = { failing: true, calls: [] as string[] }
      const modules = [cardModule({ pipelines: { process: authorizeProcess } })]
      const cf = await bed.engine({ modules, shop: { markOrderPaid: failingMark(bed, state) } })
      const { id: paymentId } = await cf.pay(bed.request())
      await settle()
      await cf.capture({ paymentId, key: 'capture-00001', amountMinor: 100n })
      await settle()
      assert.equal(state.calls.length, 1)
    }),
  )

  it(
    'wait while the shop cannot be asked for its order',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine()
      const paying = cf.pay(bed.request())
      await settle()
      const order = bed.orders.get('order-1')
      bed.orders.delete('order-1')
      bed.network.release()
      assert.equal((await paying).status, 'paid')
      await settle()
      assert.deepEqual(bed.words(), [])
      if (order !== undefined) bed.orders.set('order-1', order)
      await bed.advance(60_000)
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
    }),
  )

  it(
    'are given up after parkAfterMs as a case, once, and the next ones go on',
    onBed(async (bed) => {
      const stubborn = steps().effect('tell-warehouse', {
        parkAfterMs: HOUR_MS,
        run: () => Promise.reject(new Error('nobody there')),
      })
      const modules = [
        cardModule({ pipelines: { statusOk: (p) => p.insertAfter('mark-order-paid', stubborn) } }),
      ]
      const cf = await bed.engine({ modules, limits: SELDOM })
      const { id } = await cf.pay(bed.request())
      await bed.advance(HOUR_MS - 60_000)
      assert.deepEqual(bed.words(), ['paid'])
      await bed.advance(HOUR_MS)
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      const [parked, ...more] = bed.payment(id).cases
      assert.equal(parked?.reason, 'effect-parked')
      assert.match(parked?.text ?? '', /tell-warehouse was given up: nobody there/)
      assert.equal(more.length, 0)
      assert.equal(bed.payment(id).status, 'paid')
    }),
  )

  it(
    'that hang are given up for this time at their deadline',
    onBed(async (bed) => {
      let calls = 0
      let signal: AbortSignal | undefined
      const hanging = steps().effect('hang-once', {
        deadlineMs: 4_000,
        run: (context) => {
          signal ??= context.signal
          return calls++ === 0 ? new Promise(() => undefined) : Promise.resolve()
        },
      })
      const modules = [cardModule({ pipelines: { statusOk: pipeline(hanging) } })]
      const cf = await bed.engine({ modules })
      await cf.pay(bed.request())
      await bed.advance(4_000)
      assert.equal(signal?.aborted, true)
      await bed.advance(5_000)
      assert.equal(calls, 2)
      assert.ok(bed.only().work.every(({ state }) => state === 'done'))
    }),
  )

  it(
    'of a decline are dropped, and say so, once a later payment of the order was opened',
    onBed(async (bed) => {
      const state = { down: true }
      const markPaymentCancelled = async (telling: Telling): Promise<void> => {
        if (state.down) throw new Error('the shop is down')
        bed.hear('cancelled', telling)
      }
      const cf = await bed.engine({ shop: { markPaymentCancelled } })
      const declined = await cf.pay(bed.request({ card: card('REFUSED') }))
      await settle()
      const paid = await cf.pay(bed.request({ key: 'key-00000002' }))
      assert.equal(paid.status, 'paid')
      state.down = false
      await bed.advance(60_000)
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      assert.deepEqual(
        bed.payment(declined.id).work.map(({ state }) => state),
        ['superseded'],
      )
    }),
  )

  it(
    'wait for those of the payment of the same order before it',
    onBed(async (bed) => {
      const state = { down: true }
      const firstEver = steps().effect('note-attempt', {
        run: async (context) => {
          if (state.down) throw new Error('not yet')
          bed.hear('attempt', context)
        },
      })
      const statusOk = pipeline(firstEver)
      const later = [cardModule({ pipelines: { statusOk } })]
      const cf = await bed.engine({ modules: later })
      const first = await cf.pay(bed.request())
      await bed.advance(10_000)
      await cf.cancel({ paymentId: first.id, key: 'modify-00000001' })
      await bed.advance(10 * 60_000)
      assert.equal((await cf.order('order-1')).state, 'open')
      const second = await cf.pay(bed.request({ key: 'key-00000002' }))
      await settle()
      assert.deepEqual(bed.words(), [])
      state.down = false
      await bed.advance(40 * 60_000)
      const attempts = bed.told.filter(({ what }) => what === 'attempt').map(({ key }) => key.split(':')[0])
      assert.deepEqual(attempts, [first.id, second.id])
    }),
  )

  it(
    'are undone when a paid payment is given back',
    onBed(async (bed) => {
      const modules = [cardModule({ pipelines: { statusOk: (p) => p.append(deductStock) } })]
      const cf = await bed.engine({ modules })
      const { id } = await cf.pay(bed.request())
      await bed.advance(1_000)
      await cf.cancel({ paymentId: id, key: 'modify-00000001' })
      await bed.advance(20 * 60_000)
      assert.equal(bed.payment(id).status, 'cancelled')
      const keys = (what: string): readonly string[] =>
        bed.told.filter((entry) => entry.what === what).map(({ key }) => key)
      assert.deepEqual(keys('restock'), keys('deduct'))
      assert.equal(keys('restock').length, 1)
    }),
  )

  it(
    'carry numbers that go up from word to word about an order',
    onBed(async (bed) => {
      const numbers: number[] = []
      const note = async ({ sequence }: Telling): Promise<void> => {
        numbers.push(sequence)
      }
      const shop = { markOrderPaid: note, markPaymentCancelled: note, markOrderInProgress: note }
      const cf = await bed.engine({ shop })
      await cf.pay(bed.request({ card: card('REFUSED') }))
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const { id } = await cf.pay(bed.request({ key: 'key-00000002' }))
      await bed.advance(60_000)
      await cf.cancel({ paymentId: id, key: 'modify-00000001' })
      await bed.advance(20 * 60_000)
      assert.equal(numbers.length, 4)
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((a, b) => a - b),
      )
    }),
  )
})
