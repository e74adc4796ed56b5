import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bed, type Reply, type Site } from './bed.ts'

const PAYMENTS = 5
/** The PSP answers so late that all payments are in flight when the process is asked to end. */
const ANSWER_AFTER_MS = 800

describe('the one process that owns a journal', () => {
  let bed: Bed
  before(async () => {
    bed = await Bed.open()
  })
  after(() => bed.close())

  function newSite(orders: number): Site {
    const site = bed.site()
    site.shop.addOrders(
      Array.from({ length: orders }, (_, index) => ({ id: `order-${index + 1}`, amountMinor: 1_999n })),
    )
    return site
  }

  const pay = (site: Site, order: number): Promise<Reply> =>
    site.pay({ orderId: `order-${order}`, key: `key-of-order-${order}`, holder: 'Jane Doe' })

  it('is named to a second one, which is refused and disturbs nothing', { timeout: 30_000 }, async () => {
    const site = newSite(2)
    const first = site.start()
    await first.whenReady()
    const second = site.startBeside()
    assert.deepEqual(await second.whenGone(), { code: 3, signal: null })
    assert.match(second.printed, new RegExp(`CF_JOURNAL_OWNED: .*process ${first.pid} on `))
    const reply = await pay(site, 1)
    assert.equal(reply?.kind === 'payment' ? reply.status : reply, 'paid')

    await first.kill()
    const third = site.start()
    await third.whenReady()
    const after = await pay(site, 2)
    assert.equal(after?.kind === 'payment' ? after.status : after, 'paid')
    await third.kill()
  })

  it('ends what is in flight before it ends itself at SIGTERM', { timeout: 30_000 }, async () => {
    const site = newSite(PAYMENTS + 1)
    const node = site.start()
    await node.whenReady()
    await bed.setFault({ kind: 'late', on: 'charge', delayMs: ANSWER_AFTER_MS, times: PAYMENTS })
    const paying = Array.from({ length: PAYMENTS }, (_, index) => pay(site, index + 1))
    while ((await bed.faults()).length > 0) await sleep(10)
    node.signal('SIGTERM')
    // The signal is handled in its own time; from then on new payments are turned away and nothing is sent for them.
    const late = await refusedOrGone(site)
    assert.deepEqual(await node.whenGone(), { code: 0, signal: null }, node.printed)
    for (const reply of await Promise.all(paying))
      assert.equal(reply?.kind === 'payment' ? reply.status : reply, 'paid')
    assert.deepEqual(late, { kind: 'refused', code: 'CF_NOT_STARTED' })

    // No process has looked at the journal since: all of it was done before the end.
    const payments = await site.assertAgreement()
    assert.deepEqual(
      payments.map(({ status, work }) => ({
        status,
        due: work.filter(({ state }) => state === 'due').length,
      })),
      Array.from({ length: PAYMENTS }, () => ({ status: 'paid', due: 0 })),
    )
    assert.equal(site.shop.told().length, PAYMENTS * 3)
  })

  it('leaves the card nowhere (S8)', () => bed.assertNoCard())

  /** Asks for an order that does not exist, until the answer is that no payment is taken any more. */
  async function refusedOrGone(site: Site): Promise<Reply> {
    for (;;) {
      const reply = await site.pay({ orderId: 'no-such-order', key: 'key-of-no-order', holder: 'Jane Doe' })
      if (reply?.kind !== 'refused' || reply.code !== 'CF_ORDER_UNKNOWN') return reply
    }
  }
})
