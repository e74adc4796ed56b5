import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeProcess } from '../pipeline/defaults.ts'
import { cardModule, onBed, RARELY } from './bed.test-data.ts'

const DAY_MS = 86_400_000

describe('an authorization that nobody captures', () => {
  it(
    'is a case a day before it ends, once',
    onBed(async (bed) => {
      const modules = [cardModule({ pipelines: { process: authorizeProcess } })]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { id } = await cf.pay(bed.request())
      await bed.advance(6 * DAY_MS - 3_600_000)
      assert.deepEqual(bed.payment(id).cases, [])
      await bed.advance(2 * DAY_MS)
      assert.deepEqual(
        bed.payment(id).cases.map(({ reason }) => reason),
        ['authorization-expiring'],
      )
    }),
  )

  it(
    'is no case when it was captured, or when the shop says that it has longer',
    onBed(async (bed) => {
      bed.order('order-2', 500n)
      const process = authorizeProcess
      const modules = [
        cardModule({ pipelines: { process } }),
        cardModule({ pipelines: { process }, authorizationValidDays: 30 }, 'patient'),
      ]
      const cf = await bed.engine({ modules, limits: RARELY })
      const captured = await cf.pay(bed.request())
      await cf.capture({ paymentId: captured.id, key: 'capture-00001' })
      const later = { orderId: 'order-2', key: 'key-00000002', module: 'patient' }
      const patient = await cf.pay(bed.request(later))
      await bed.advance(9 * DAY_MS)
      for (const { id } of [captured, patient]) assert.deepEqual(bed.payment(id).cases, [])
    }),
  )
})
