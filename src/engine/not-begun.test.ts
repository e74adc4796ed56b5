import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { done } from '../shop/shop.ts'
import { saleProcess } from '../pipeline/defaults.ts'
import { reserveStock } from '../pipeline/steps/index.ts'
import { cardModule, NUMBER, onBed, settle } from './bed.test-data.ts'
const MIN = 60_000
describe('what must not begin, and what must not be written', () => {
  it(
    'a card number as the code of an error reply is not journaled (S8)',
    onBed(async (bed) => {
      const cf = await bed.engine()
      bed.network.on('charge', {
        kind: 'altered',
        alter: () =>
          `<?xml version="1.0"?><paymentService version="1.4" merchantCode="COUNTERFOIL"><reply><error code="${NUMBER}">x</error></reply></paymentService>`,
      })
      await cf.pay(bed.request())
    }),
  )
  it(
    'a payment that had not begun when the engine was told to stop is not begun',
    onBed(async (bed) => {
      let load: () => void = () => undefined
      const shop = {
        loadOrder: (id: string) =>
          new Promise<never>((resolve) => {
            load = () => resolve(bed.orders.get(id) as never)
          }),
      }
      const cf = await bed.engine({ shop })
      const paying = cf.pay(bed.request()).then(
        () => 'paid',
        (e) => e.code,
      )
      await settle()
      bed.network.on('charge', { kind: 'held' })
      const first = await bed.engine()
      void first
      const stopping = cf.stop({ deadlineMs: 2_000 })
      load()
      await settle()
      assert.equal(bed.network.times('charge'), 0, 'a charge was sent after stop()')
      await bed.advance(3_000)
      await stopping
      assert.equal(await paying, 'CF_NOT_STARTED')
    }),
  )
  it(
    'an order that was closed before commit A is not charged',
    onBed(async (bed) => {
      let go: () => void = () => undefined
      const shop = {
        reserveStock: () =>
          new Promise<never>((resolve) => {
            go = () => resolve(done() as never)
          }),
      }
      const cf = await bed.engine({
        shop,
        modules: [cardModule({ pipelines: { process: saleProcess.insertBefore('charge', reserveStock) } })],
      })
      const paying = cf.pay(bed.request())
      await settle()
      await cf.closeOrder({ orderId: 'order-1' })
      go()
      await paying
      assert.equal(
        bed.network.times('charge'),
        0,
        `charges sent for a closed order; payment ${bed.only().status}`,
      )
      await bed.advance(5 * MIN)
      assert.ok(bed.words().includes('release'))
      assert.equal(bed.only().status, 'cancelled')
    }),
  )
})
