import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeAndCapturePreprocess, authorizeProcess } from '../pipeline/defaults.ts'
import { account, CALLED, card, cardModule, hostedModule, onBed, RARELY, settle } from './bed.test-data.ts'

const MINUTE_MS = 60_000

describe('the shop hears', () => {
  it(
    'that a paid payment is void, also when another one was tried in between',
    onBed(async (bed) => {
      const preprocess = authorizeAndCapturePreprocess.remove('capture')
      const modules = [
        hostedModule({ onChangeOfMind: 'switch', pipelines: { preprocess } }),
        cardModule({ gateway: account.direct, believe: 'source', pipelines: { process: authorizeProcess } }),
      ]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { id } = await cf.pay(bed.pageRequest())
      await settle()
      const between = await cf.pay(bed.request({ key: 'key-00000002', card: card('REFUSED') }))
      assert.equal(between.status, 'declined')
      await bed.advance(MINUTE_MS)
      bed.payThere(bed.charge(id).reference)
      await bed.calls(cf)
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
      await cf.void({ paymentId: id, key: 'void-000001' })
      await bed.advance(30 * MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(30 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'cancelled')
      const cancelled = bed.told.filter(({ what, key }) => what === 'cancelled' && key.startsWith(id))
      assert.equal(cancelled.length, 1)
    }, CALLED),
  )

  it(
    'that a sale is refunded whose money was taken when it was cancelled',
    onBed(async (bed) => {
      const modules = [cardModule({ gateway: account.direct, believe: 'source' })]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { id } = await cf.pay(bed.request())
      await bed.advance(10 * MINUTE_MS)
      await bed.calls(cf)
      assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
      await cf.cancel({ paymentId: id, key: 'cancel-00001' })
      for (let time = 0; time < 4; time++) {
        await bed.advance(30 * MINUTE_MS)
        await bed.calls(cf)
      }
      assert.equal(bed.payment(id).status, 'refunded')
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail', 'changed'])
    }, CALLED),
  )
})
