import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bed, type Site } from './bed.ts'
import type { Child } from './child.ts'
import { LIMITS } from './settings.ts'

const PAUSE_MS = 700
const SETTLE_WITHIN_MS = 38_000
const ORDER = 'order-1'

describe('a server that is stopped between its commit and the first byte, and wakes too late (F13)', () => {
  let bed: Bed
  before(async () => {
    bed = await Bed.open()
    // It strikes nobody, and counts all requests that arrive.
    await bed.setFault({ kind: 'hang', on: 'charge', probability: 0 })
  })
  after(() => bed.close())

  /** A server with this send deadline begins a payment and is stopped right behind its first commit. */
  async function paused(sendWithinMs: number): Promise<{ site: Site; node: Child }> {
    const site = bed.site()
    site.shop.addOrders([{ id: ORDER, amountMinor: 1_999n }])
    const node = site.start({
      seam: { signal: 'SIGSTOP', at: 'after append' },
      // No other reason than the deadline may keep the charge back: it is heard of all the time.
      limits: { ...LIMITS, sendWithinMs, nodeDeadAfterMs: 60_000 },
    })
    await node.whenReady()
    const paying = site.pay({ orderId: ORDER, key: 'the-key-1', holder: 'Jane Doe' })
    await node.whenPrinted(/^crossing \d+: .*$/m)
    await sleep(PAUSE_MS)
    node.signal('SIGCONT')
    await paying
    return { site, node }
  }

  const chargesSeen = async (): Promise<number> =>
    (await bed.faults()).find(({ kind }) => kind === 'hang')?.seen ?? Number.NaN

  it('sends nothing after the send deadline, and the payment ends', { timeout: 30_000 }, async () => {
    const { site, node } = await paused(PAUSE_MS / 2)
    const [payment] = await site.settle(SETTLE_WITHIN_MS)
    assert.deepEqual(
      payment?.operations.map(({ state, evidence }) => ({ state, text: evidence?.text })),
      [{ state: 'not-sent', text: 'not sent: the send deadline has passed' }],
    )
    assert.equal(payment.status, 'cancelled')
    assert.equal(await chargesSeen(), 0)
    await site.assertAgreement()
    // The order is free again at once: not one byte has left.
    const again = await site.pay({ orderId: ORDER, key: 'the-key-2', holder: 'Jane Doe' })
    assert.equal(again?.kind === 'payment' ? again.status : again?.code, 'paid')
    assert.equal(await chargesSeen(), 1)
    await node.kill()
  })

  it('sends after a pause that was short enough', { timeout: 30_000 }, async () => {
    const seenBefore = await chargesSeen()
    const { site } = await paused(PAUSE_MS * 10)
    const [payment] = await site.settle(SETTLE_WITHIN_MS)
    assert.equal(payment?.status, 'paid')
    assert.equal(await chargesSeen(), seenBefore + 1)
    await site.assertAgreement()
  })

  it('leaves the card nowhere (S8)', () => bed.assertNoCard())
})
