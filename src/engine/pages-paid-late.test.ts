import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CALLED, hostedModule, onBed, RARELY, settle } from './bed.test-data.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe('a page', () => {
  for (const cancels of [false, true]) {
    it(
      `that was ${cancels ? 'cancelled, ' : ''}closed by waiting and is found paid is undone, and a case`,
      onBed(async (bed) => {
        const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
        const { id } = await cf.pay(bed.pageRequest())
        await bed.advance(MINUTE_MS)
        const { reference } = bed.charge(id)
        if (cancels) await cf.cancel({ paymentId: id, key: 'cancel-00001' })
        await bed.advance(50 * MINUTE_MS)
        // The payer pays at the last moment, and for hours the PSP's inquiries show nothing of it.
        const lagging = { kind: 'lagging-inquiry', lagMs: 6 * HOUR_MS } as const
        bed.network.on('inquiry', { kind: 'answer', fault: lagging }, 9_999)
        assert.equal(bed.payThere(reference), 'authorised')
        await bed.advance(3 * HOUR_MS)
        assert.equal(bed.charge(id).state, 'abandoned')
        assert.equal((await cf.order('order-1')).state, 'open')
        bed.network.clear()
        await bed.calls(cf)
        await bed.advance(24 * HOUR_MS)
        assert.equal(bed.network.ledger(reference)?.liveMinor, 0n)
        assert.deepEqual(bed.reasons(id), ['contradiction'])
        assert.equal(bed.payment(id).status, 'cancelled')
        assert.equal(bed.words().includes('paid'), false)
      }, CALLED),
    )
  }

  it(
    'that is paid when its order has become another is undone, and a case',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
      const { id } = await cf.pay(bed.pageRequest())
      await settle()
      bed.order('order-1', 9999n)
      const { reference } = bed.charge(id)
      assert.equal(bed.payThere(reference), 'authorised')
      await bed.calls(cf)
      await bed.advance(HOUR_MS)
      assert.equal(bed.payment(id).status, 'cancelled')
      assert.deepEqual(bed.reasons(id), ['late-approval'])
      assert.equal(bed.network.ledger(reference)?.liveMinor, 0n)
      assert.equal(bed.words().includes('paid'), false)
    }, CALLED),
  )
})
