import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secret } from '../gateway/secret.ts'
import { worldpay } from '../gateways/worldpay/index.ts'
import { defaultWorldpayOptions } from '../simulators/worldpay/index.ts'
import { cardModule, onBed, RARELY } from './bed.test-data.ts'

const DAY_MS = 86_400_000

const moved = worldpay({
  url: 'http://127.0.0.1:4010/worldpay/jsp/merchant/xml/paymentService.jsp',
  merchantCode: 'OTHERSHOP',
  username: defaultWorldpayOptions.username,
  password: secret(defaultWorldpayOptions.password),
})

describe('a module that was given another account', () => {
  for (const executed of [true, false]) {
    it(
      `asks that account nothing about a charge of the one before (${executed ? 'executed' : 'never arrived'}): it is a case`,
      onBed(async (bed) => {
        bed.network.on('charge', { kind: 'unknown', executed, socketReset: true })
        const before = await bed.engine({ limits: RARELY })
        const { id } = await before.pay(bed.request())
        void before.stop({ deadlineMs: 1 })
        await bed.advance(10)
        await bed.engine({ modules: [cardModule({ gateway: moved.direct })], limits: RARELY })
        await bed.advance(2 * DAY_MS)
        assert.equal(bed.network.times('inquiry'), 0)
        assert.equal(bed.charge(id).state, 'intended')
        assert.deepEqual(
          bed.payment(id).cases.map(({ reason }) => reason),
          ['doubt-unresolved'],
        )
        assert.match(bed.charge(id).evidence?.text ?? '', /./)
        await bed.engine({ limits: RARELY })
      }),
    )
  }

  it(
    'captures nothing there that the one before has authorized',
    onBed(async (bed) => {
      const before = await bed.engine({ limits: RARELY })
      const { id } = await before.pay(bed.request())
      void before.stop({ deadlineMs: 1 })
      await bed.advance(10)
      const after = await bed.engine({ modules: [cardModule({ gateway: moved.direct })], limits: RARELY })
      const refunded = await after.refund({ paymentId: id, key: 'refund-00000001' })
      assert.equal(refunded.operation.state, 'not-sent')
      assert.equal(bed.network.times('refund'), 0)
    }),
  )
})
