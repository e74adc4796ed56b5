import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeProcess } from '../pipeline/defaults.ts'
import { backOffice } from '../simulators/worldpay/index.ts'
import { account, CALLED, cardModule, onBed, RARELY } from './bed.test-data.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** A refund takes two hours here: long enough for something else to happen meanwhile. */
const SLOW = { ...CALLED, modifyMs: 120 * MINUTE_MS }

describe('what is told while a refund of ours is under way', () => {
  const told = [
    ['charge-back', 'CHARGED_BACK', 'charged-back'],
    ['fail-capture', 'CAPTURE_FAILED', 'failed-late'],
  ] as const
  for (const [action, event, reason] of told) {
    it(
      `is not lost in it, and is a case: ${action}`,
      onBed(async (bed) => {
        const modules = [cardModule({ gateway: account.direct, believe: 'source' })]
        const cf = await bed.engine({ modules, limits: RARELY })
        const { id } = await cf.pay(bed.request())
        await bed.advance(180 * MINUTE_MS)
        await bed.calls(cf)
        await bed.advance(60 * MINUTE_MS)
        assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
        await cf.refund({ paymentId: id, key: 'refund-0001', amountMinor: 500n })
        await bed.advance(10 * MINUTE_MS)
        const { reference } = bed.charge(id)
        const done = backOffice(bed.network.psp, reference, action, 1000n, bed.clock.nowMs)
        assert.deepEqual(done, { ok: true })
        const heard: string[] = []
        for (let time = 0; time < 24; time++) {
          await bed.advance(10 * MINUTE_MS)
          heard.push(...(await bed.calls(cf)))
        }
        assert.ok(heard.includes(event), heard.join())
        await bed.advance(5 * DAY_MS)
        assert.deepEqual(bed.reasons(id), [reason])
        assert.equal(bed.payment(id).balances.refundedMinor, 500n, 'and the refund is done')
      }, SLOW),
    )
  }
})

describe('an authorization that ends under a capture of ours', () => {
  it(
    'is a case, although an inquiry tells nothing but that the capture has failed',
    onBed(async (bed) => {
      const pipelines = { process: authorizeProcess }
      const modules = [cardModule({ gateway: account.direct, believe: 'source', pipelines })]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { id } = await cf.pay(bed.request())
      await bed.advance(30 * MINUTE_MS)
      await bed.calls(cf)
      await cf.capture({ paymentId: id, key: 'capture-001' })
      await bed.advance(10 * MINUTE_MS)
      const { reference } = bed.charge(id)
      const done = backOffice(bed.network.psp, reference, 'expire', undefined, bed.clock.nowMs)
      assert.deepEqual(done, { ok: true })
      await bed.advance(180 * MINUTE_MS)
      assert.equal(bed.network.ledger(reference)?.lastEvent, 'CAPTURE_FAILED')
      assert.deepEqual(await bed.calls(cf), ['EXPIRED', 'CAPTURE_FAILED'])
      await bed.advance(DAY_MS)
      assert.deepEqual(bed.operations(id), ['authorize approved', 'capture failed'])
      assert.deepEqual(bed.reasons(id), ['failed-late'])
    }, SLOW),
  )
})
