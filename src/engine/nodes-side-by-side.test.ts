import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeAndCapturePreprocess } from '../pipeline/defaults.ts'
import { account, CALLED, hostedModule, linkOf, onBed, RARELY, settle } from './bed.test-data.ts'
import { digestOf } from './inbox.ts'

const MINUTE_MS = 60_000

describe('of two nodes on one journal', () => {
  it(
    'the one that the PSP calls owns the payment whose capture it sends',
    onBed(async (bed) => {
      const modules = [hostedModule({ pipelines: { preprocess: authorizeAndCapturePreprocess } })]
      const paid = await bed.engine({ modules, limits: RARELY })
      const called = await bed.engine({ modules, limits: RARELY })
      const { id } = await paid.pay(bed.pageRequest())
      await settle()
      assert.equal(bed.payment(id).owner, 'node-1')
      bed.payThere(bed.charge(id).reference)
      await bed.calls(called)
      assert.equal(bed.network.times('capture'), 1)
      assert.equal(bed.payment(id).owner, 'node-2')
      assert.equal(bed.payment(id).fence, 2)
    }, CALLED),
  )

  it(
    'the one that the browser comes to takes no payment from the one that registers its page',
    onBed(async (bed) => {
      const modules = [hostedModule()]
      const registers = await bed.engine({ modules, limits: RARELY })
      const visited = await bed.engine({ modules, limits: RARELY })
      bed.network.on('charge', { kind: 'held' })
      const paying = registers.pay({ ...bed.pageRequest(), waitMs: 1 })
      await bed.advance(5)
      const result = await paying
      for (const door of ['success', 'cancel', 'failure'] as const) {
        const back = visited.payerReturned({ link: linkOf(result), door, waitMs: 1 })
        await bed.advance(5)
        await back
      }
      bed.network.release()
      await bed.advance(MINUTE_MS)
      assert.equal(bed.network.times('charge'), 1)
      assert.equal(bed.payment(result.id).owner, 'node-1')
      assert.equal(bed.charge(result.id).state, 'awaiting-payer')
    }),
  )

  it(
    'the one that has read a commit which a failover then loses keeps the notification, and writes it down itself',
    onBed(async (bed) => {
      /** What the other node has written down on the old primary alone. */
      let onOldPrimary: readonly string[] = []
      bed.between = ({ journal, transport }) => {
        const read: typeof journal.read = async (paymentId) => {
          const stored = await journal.read(paymentId)
          if (stored === undefined || onOldPrimary.length === 0) return stored
          const notices = [...stored.payment.notices, ...onOldPrimary]
          return { version: stored.version + 1, payment: { ...stored.payment, notices } }
        }
        return { transport, journal: { ...journal, read } }
      }
      const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
      const { id } = await cf.pay(bed.pageRequest())
      await settle()
      bed.payThere(bed.charge(id).reference)
      const call = bed.nextCall()
      const notice = digestOf(`worldpay\n${account.hosted.scrub(call)}`)
      // Nobody but the notification says that it was paid.
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 99)
      onOldPrimary = [notice]
      await bed.call(cf, call)
      onOldPrimary = []
      assert.deepEqual(bed.payment(id).notices, [])
      assert.deepEqual(
        bed.store.inbox(10).map((item) => item.id),
        [notice],
      )
      await bed.advance(2 * MINUTE_MS)
      assert.deepEqual(bed.payment(id).notices, [notice])
      assert.equal(bed.charge(id).evidence?.source, 'notification')
      assert.equal(bed.payment(id).status, 'paid')
      assert.deepEqual(bed.store.inbox(10), [])
    }, CALLED),
  )
})
