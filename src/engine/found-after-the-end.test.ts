import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onBed, RARELY } from './bed.test-data.ts'
const MIN = 60_000
describe('what is found after the end', () => {
  it(
    'a charge cancelled in doubt, closed as not seen, then found, is reversed and a case (S3, F5)',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      bed.network.on('reversal', { kind: 'unknown', executed: false })
      bed.network.on(
        'inquiry',
        { kind: 'answer', fault: { kind: 'lagging-inquiry', lagMs: 45 * MIN } },
        9_999,
      )
      const cf = await bed.engine({ limits: RARELY })
      const { id, operations } = await cf.pay(bed.request())
      await cf.cancel({ paymentId: id, key: 'cancel-00001' })
      await bed.advance(36 * MIN)
      assert.equal(bed.payment(id).operations[0]?.state, 'not-seen')
      bed.network.clear()
      await bed.advance(9 * 24 * 60 * MIN)
      const view = await cf.payment(id)
      const live = bed.network.ledger(operations[0]?.reference ?? '')?.liveMinor
      assert.ok(
        live === 0n || view?.cases.length !== 0,
        `${view?.status}, ${view?.operations.map((o) => `${o.kind} ${o.state}`).join()}; PSP has ${live} live; cases ${view?.cases.length}; order ${(await cf.order('order-1')).state}`,
      )
    }),
  )
  it(
    'a mismatch that the PSP really has ends once it is reversed',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'answer', fault: { kind: 'wrong-amount' } })
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'wrong-amount' } }, 9_999)
      const first = await bed.engine()
      const { id, operations } = await first.pay(bed.request())
      await bed.advance(10 * MIN)
      await first.stop()
      const cf = await bed.engine({ limits: RARELY })
      await bed.advance(26 * 60 * MIN)
      const view = await cf.payment(id)
      const ledger = bed.network.ledger(operations[0]?.reference ?? '')
      assert.deepEqual(
        view?.operations.map((o) => `${o.kind} ${o.state}`),
        ['sale mismatch', 'reversal done'],
        `reversals sent ${bed.network.times('reversal')}, PSP live ${ledger?.liveMinor} ${ledger?.lastEvent}, order ${(await cf.order('order-1')).state}, cases ${view?.cases.map((c) => c.reason).join()}`,
      )
    }),
  )
  it(
    'a charge in doubt that was refused with another amount in the inquiry is declined, not reversed',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'wrong-amount' } }, 9_999)
      const cf = await bed.engine()
      const { card } = await import('./bed.test-data.ts')
      const { id } = await cf.pay(bed.request({ card: card('REFUSED') }))
      await bed.advance(10 * MIN)
      assert.deepEqual(
        (await cf.payment(id))?.operations.map((o) => `${o.kind} ${o.state}`),
        ['sale declined'],
      )
    }),
  )
})
