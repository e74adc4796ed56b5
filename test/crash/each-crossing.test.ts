import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Payment } from '../../src/payment/state.ts'
import { Bed, type Reply, type Site } from './bed.ts'
import type { Child, Exit } from './child.ts'

const SETTLE_WITHIN_MS = 38_000
const EXECUTED_WITHIN_MS = 5_000
const POLL_MS = 50
/** A payment crosses its ports less often; more would mean that it never ends. */
const CROSSINGS_MAX = 60
/** Sites whose crashed payment is being resolved while the next one crashes. */
const SITES_AT_ONCE = 20
const ORDER = 'order-1'

/** Pays like a payer who reloads, and takes a new card when the first try has ended unpaid, until the order is paid. */
async function payUntilPaid(site: Site): Promise<void> {
  const untilMs = performance.now() + SETTLE_WITHIN_MS
  for (let card = 1; performance.now() < untilMs; ) {
    const reply: Reply = await site.pay({ orderId: ORDER, key: `the-key-${card}`, holder: 'Jane Doe' })
    if (reply?.kind === 'payment' && reply.status === 'paid') return
    if (reply?.kind === 'payment' && reply.settled) card++
    else await sleep(POLL_MS)
  }
  assert.fail(`${ORDER} could not be paid within ${SETTLE_WITHIN_MS} ms`)
}

const statesOf = (payments: readonly Payment[]): readonly string[] =>
  payments.flatMap(({ operations }) => operations.map(({ state }) => state)).sort()

describe('a server that is killed at one exact place', () => {
  let bed: Bed
  // A PSP that would execute an order twice if it were sent twice.
  before(async () => {
    bed = await Bed.open({ dedup: false })
  })
  after(() => bed.close())

  function newSite(): Site {
    const site = bed.site()
    site.shop.addOrders([{ id: ORDER, amountMinor: 1_999n }])
    return site
  }

  /** How the process ended that makes the first payment: by itself, or asked to once there is nothing left to do. */
  async function endOf(node: Child, site: Site): Promise<Exit> {
    while (node.running && !(await site.isAtRest(1))) await sleep(POLL_MS)
    node.signal('SIGTERM')
    return node.whenGone()
  }

  /** Starts again after the crash and comes to an end with exactly one payment taken. */
  async function recover(site: Site, name: string): Promise<readonly string[]> {
    const node = site.start()
    await node.whenReady()
    await payUntilPaid(site)
    await site.settle(SETTLE_WITHIN_MS)
    const payments = await site.assertAgreement()
    node.signal('SIGTERM')
    assert.deepEqual(await node.whenGone(), { code: 0, signal: null }, node.printed)
    assert.equal(payments.filter(({ status }) => status === 'paid').length, 1, `${name}: paid once`)
    assert.equal(payments.flatMap(({ cases }) => cases).length, 0, `${name}: nothing for a person to do`)
    return statesOf(payments)
  }

  it('takes the money once, wherever a port was being crossed (F9)', { timeout: 60_000 }, async () => {
    const endsByPlace = new Map<string, Promise<readonly string[]>>()
    const running = new Set<Promise<unknown>>()
    for (let at = 1; ; at++) {
      assert.ok(at <= CROSSINGS_MAX, `the payment ends within ${CROSSINGS_MAX} crossings`)
      if (running.size >= SITES_AT_ONCE) await Promise.race(running)
      const site = newSite()
      const node = site.start({ seam: { signal: 'SIGKILL', at } })
      await node.whenReady()
      const paid = site.pay({ orderId: ORDER, key: 'the-key-1', holder: 'Jane Doe' })
      const ended = await endOf(node, site)
      // It lived through its last crossing, so that there are no more.
      if (ended.code === 0) {
        assert.equal((await paid)?.kind, 'payment')
        break
      }
      assert.deepEqual(ended, { code: null, signal: 'SIGKILL' }, node.printed)
      const place = /^crossing \d+: (.*)$/m.exec(node.printed)?.[1] ?? ''
      const name = `${at} ${place}`
      const recovered = recover(site, name)
      endsByPlace.set(name, recovered)
      running.add(recovered)
      const gone = (): boolean => running.delete(recovered)
      recovered.then(gone, gone)
    }
    const ends = new Map<string, readonly string[]>()
    for (const [name, states] of endsByPlace) ends.set(name, await states)
    assert.deepEqual(
      [...ends.keys()].map((name) => name.replace(/^\d+ /, '')),
      PLACES,
    )
    // Nothing was sent before its commit, so that a payer may pay at once; after the commit nobody knows for a while.
    assert.deepEqual(ends.get('3 before append'), ['approved'])
    assert.deepEqual(ends.get('4 after append'), ['approved', 'not-seen'])
    assert.deepEqual(ends.get('5 before send'), ['approved', 'not-seen'])
    assert.deepEqual(ends.get('7 after send'), ['approved'])
  })

  it('asks what became of a charge that the PSP took and never answered', { timeout: 60_000 }, async () => {
    const site = newSite()
    const node = site.start()
    await node.whenReady()
    await bed.setFault({ kind: 'hang', on: 'charge' })
    const paid = site.pay({ orderId: ORDER, key: 'the-key-1', holder: 'Jane Doe' })
    await executed(site)
    await node.kill()
    assert.equal(await paid, undefined)
    assert.deepEqual(await recover(site, 'while the PSP hangs'), ['approved'])
  })

  it('leaves the card nowhere (S8)', () => bed.assertNoCard())

  /** Waits until the PSP has charged a payment of this site. */
  async function executed(site: Site): Promise<void> {
    const untilMs = performance.now() + EXECUTED_WITHIN_MS
    while (performance.now() < untilMs) {
      const ledger = new Set((await bed.ledger()).map(({ orderCode }) => orderCode))
      const payments = await site.payments()
      if (payments.some(({ operations }) => operations.some(({ reference }) => ledger.has(reference)))) return
      await sleep(POLL_MS)
    }
    assert.fail(`the PSP charged nothing within ${EXECUTED_WITHIN_MS} ms`)
  }
})

/** The way of one sale through the ports. */
const PLACES = [
  'before loadOrder',
  'after loadOrder',
  'before append',
  'after append',
  'before send',
  'first byte',
  'after send',
  'before append',
  'after append',
  'before loadOrder',
  'after loadOrder',
  'before markOrderPaid',
  'after markOrderPaid',
  'before deleteBasket',
  'after deleteBasket',
  'before sendOrderMail',
  'after sendOrderMail',
  'before append',
  'after append',
]
