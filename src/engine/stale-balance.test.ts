import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeProcess } from '../pipeline/defaults.ts'
import { cardModule, onBed } from './bed.test-data.ts'
const MIN = 60_000
describe('a balance that is out of date', () => {
  it(
    'a capture after a capture and its refund is not done by an inquiry that lags as declared',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [cardModule({ pipelines: { process: authorizeProcess } })] })
      const { id, operations } = await cf.pay(bed.request())
      await cf.capture({ paymentId: id, key: 'capture-1', amountMinor: 500n })
      await bed.advance(20_000)
      await cf.refund({ paymentId: id, key: 'refund-11', amountMinor: 500n })
      for (let i = 0; i < 300 && bed.payment(id).operations[2]?.state !== 'done'; i++)
        await bed.advance(1_000)
      assert.equal(bed.payment(id).operations[2]?.state, 'done')
      const ago = bed.clock.nowMs - (bed.payment(id).operations[2]?.intendedAtMs ?? 0)
      assert.ok(ago < 4 * MIN, String(ago))
      bed.network.on('capture', { kind: 'unknown', executed: false })
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'lagging-inquiry', lagMs: ago + 4_000 } }, 1)
      await cf.capture({ paymentId: id, key: 'capture-2', amountMinor: 500n })
      await bed.advance(30_000)
      const view = await cf.payment(id)
      const ledger = bed.network.ledger(operations[0]?.reference ?? '')
      assert.ok(
        view?.balances.capturedMinor === ledger?.capturedMinor,
        `journal captured ${view?.balances.capturedMinor} (${view?.operations[3]?.state}), PSP ${ledger?.capturedMinor}; lag ${ago + 4000} ms`,
      )
    }),
  )
})
