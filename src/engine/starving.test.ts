import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Change } from '../journal/journal.ts'
import type { PaymentEvent } from '../payment/events.ts'
import { fold } from '../payment/evolve.ts'
import { cardModule, onBed, RARELY } from './bed.test-data.ts'
import { START_MS } from './virtual-world.test-data.ts'

function begun(paymentId: string, dueAtMs: number): Change {
  const opened: PaymentEvent = {
    type: 'payment-opened',
    paymentId,
    token: 'a token',
    orderId: `order of ${paymentId}`,
    orderVersion: 'a version',
    module: 'gone',
    amountMinor: 100n,
    currency: 'GBP',
    key: `key of ${paymentId}`,
    fingerprint: 'a fingerprint',
    paidWhen: 'captured',
    owner: 'node-0',
    steps: [],
    atMs: START_MS,
  }
  const unchanged = { expectedVersion: 0, expectedFence: 0, references: [], attended: false }
  const snapshot = fold(undefined, [opened])
  return { payment: { ...unchanged, paymentId, events: [opened], snapshot, dueAtMs, atMs: START_MS } }
}

describe('payments of a module that is gone', () => {
  it(
    'keep nobody else from theirs, though they are more than one look at the journal shows (L3), and fill no log',
    onBed(async (bed) => {
      for (let index = 0; index < 1_100; index++) {
        bed.store.apply([begun(`gone-${index}`, START_MS - 1_000 + index)])
      }
      const cf = await bed.engine({ limits: { ...RARELY, dueEveryMs: 5_000 } })
      await bed.advance(120_000)
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const { id } = await cf.pay(bed.request())
      await bed.advance(120_000)
      assert.equal(bed.payment(id).status, 'paid')
      const said = bed.logs.filter(({ message }) => message.includes("unknown module 'gone'")).length
      assert.ok(said >= 1 && said <= 10, `${said}`)
    }),
  )

  it(
    'are cases once they have waited for as long as doubt may, each once',
    onBed(async (bed) => {
      const limits = { ...RARELY, doubtCaseAfterMs: 3_600_000 }
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const before = await bed.engine({ modules: [cardModule({}, 'gone')], limits })
      const { id } = await before.pay({ ...bed.request(), module: 'gone' })
      void before.stop({ deadlineMs: 1 })
      await bed.advance(10)
      await bed.engine({ limits })
      await bed.advance(1_800_000)
      assert.deepEqual(bed.payment(id).cases, [])
      await bed.advance(3 * 3_600_000)
      assert.deepEqual(
        bed.payment(id).cases.map(({ reason }) => reason),
        ['recovery-failed'],
      )
    }),
  )
})
