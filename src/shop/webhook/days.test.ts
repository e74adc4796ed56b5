import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Bed, cardModule, onBed, RARELY } from '../../engine/bed.test-data.ts'
import { until } from '../../gateway/http-peers.test-data.ts'
import { webhookPipelines } from '../../pipeline/webhook-pipelines.ts'
import type { Telling } from '../shop.ts'
import { webhookShop } from './index.ts'
import { receiver, SECRET, sealed } from './receiver.test-data.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Days of the engine's time in which a real server is called, or nobody is at home. */
class Days {
  /** When each try was made. */
  readonly triesAtMs: number[] = []
  readonly keys = new Set<string>()
  #underWay = 0
  readonly #bed: Bed

  constructor(bed: Bed) {
    this.#bed = bed
  }

  /** The engine of a shop that is told by webhooks at this port. */
  async engine(port: number) {
    const bed = this.#bed
    const shop = webhookShop({
      orders: {
        find: async (id) => {
          const order = bed.orders.get(id)
          return order && { order, bookedAtMs: 0 }
        },
      },
      url: `http://127.0.0.1:${port}/`,
      secrets: [sealed(SECRET)],
      allowLoopback: true,
      nowMs: () => bed.clock.nowMs,
    })
    const markOrderPaid = async (telling: Telling): Promise<void> => {
      this.triesAtMs.push(bed.clock.nowMs)
      this.keys.add(telling.key)
      this.#underWay++
      try {
        // The clock of the engine stands still while the real one goes on; its deadline is not what is tried here.
        await shop.markOrderPaid?.({ ...telling, signal: AbortSignal.timeout(10_000) })
      } finally {
        this.#underWay--
      }
    }
    return bed.engine({
      shop: { ...shop, markOrderPaid },
      modules: [cardModule({ pipelines: webhookPipelines })],
      limits: RARELY,
    })
  }

  /** Lets time go on as long as nobody is called; then the call comes first. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#bed.clock.nowMs + ms
    while (this.#bed.clock.nowMs < endMs) {
      await this.#bed.advance(Math.min(MINUTE_MS, endMs - this.#bed.clock.nowMs))
      await until(() => this.#underWay === 0)
    }
  }
}

/** A port of this machine where nobody listens any more. */
async function deadPort(): Promise<number> {
  await using gone = await receiver()
  return gone.port
}

describe('a webhook that is not taken', { timeout: 120_000 }, () => {
  it(
    'is tried again for days with growing pauses, and delivered once the shop is back (F26)',
    onBed(async (bed) => {
      let isBack = false
      await using shop = await receiver((response) => void response.writeHead(isBack ? 204 : 503).end())
      const days = new Days(bed)
      const cf = await days.engine(shop.port)
      const paid = await cf.pay(bed.request())
      assert.equal(paid.status, 'paid')
      await days.pass(70 * HOUR_MS)
      const tries = days.triesAtMs
      const pausesMs = tries.slice(1).map((atMs, index) => atMs - (tries[index] ?? 0))
      assert.ok(tries.length > 3 * 70 && tries.length < 8 * 70, `${tries.length} tries`)
      assert.ok(Math.max(...pausesMs) <= 21 * MINUTE_MS, 'never longer than twenty minutes and a look')
      assert.ok(Math.min(...pausesMs.slice(-50)) >= 10 * MINUTE_MS, 'in the end never more often than that')
      assert.equal(bed.payment(paid.id).cases.length, 0)
      isBack = true
      await days.pass(HOUR_MS)
      const before = shop.heard.length
      assert.equal(before, tries.length)
      await days.pass(6 * HOUR_MS)
      assert.equal(shop.heard.length, before, 'told no more once it was taken')
      assert.deepEqual(new Set(shop.heard.map(({ headers }) => headers['webhook-id'])), days.keys)
      assert.equal(days.keys.size, 1)
      assert.equal(new Set(shop.heard.map(({ body }) => body)).size, 1)
      assert.equal(bed.payment(paid.id).cases.length, 0)
    }),
  )

  it(
    'is given up after three days as a case that says why, and is never lost before (L2)',
    onBed(async (bed) => {
      const port = await deadPort()
      const days = new Days(bed)
      const cf = await days.engine(port)
      const { id } = await cf.pay(bed.request())
      await days.pass(71 * HOUR_MS)
      assert.equal(bed.payment(id).cases.length, 0)
      await days.pass(2 * HOUR_MS)
      const [parked, ...more] = bed.payment(id).cases
      assert.equal(parked?.reason, 'effect-parked')
      assert.match(
        parked?.text ?? '',
        new RegExp(`mark-order-paid was given up: .*127\\.0\\.0\\.1:${port}: ECONNREFUSED`),
      )
      assert.equal(more.length, 0)
      assert.equal(bed.payment(id).status, 'paid')
    }),
  )
})

describe('a module for a shop that is told by webhooks', () => {
  it(
    'is refused at the start with the default pipelines, and taken with those for webhooks',
    onBed(async (bed) => {
      const shop = webhookShop({
        orders: { find: async () => undefined },
        url: 'https://shop.example/',
        secrets: [sealed(SECRET)],
      })
      const nothing = { deleteBasket: undefined, sendOrderMail: undefined } as never
      const unstarted = (modules = [cardModule()]) =>
        bed.unstarted({ shop: { ...shop, ...(nothing as object) }, modules })
      assert.throws(() => unstarted(), /step 'delete-basket': it calls the shop's deleteBasket\(\)/)
      unstarted([cardModule({ pipelines: webhookPipelines })])
    }),
  )
})
