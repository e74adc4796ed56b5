import type { PaymentResult } from '../../src/engine/api.ts'
import { CounterfoilError } from '../../src/errors.ts'
import { newId } from '../../src/world.ts'
import { card } from './canary.ts'
import type { Cluster } from './cluster.ts'
import type { Mischief } from './mischief.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { ShopBooks } from './simulated-shop.ts'

const PATIENCE_MS = 60_000
const TRIES_MAX = 4

/** Payers and shop staff: they wait, lose patience, press twice, open two tabs, try another card, change their mind. */
export class People {
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #mischief: Mischief
  readonly #cluster: Cluster
  readonly #shop: ShopBooks

  constructor(parts: {
    scheduler: Scheduler
    random: Random
    mischief: Mischief
    cluster: Cluster
    shop: ShopBooks
  }) {
    this.#scheduler = parts.scheduler
    this.#random = parts.random
    this.#mischief = parts.mischief
    this.#cluster = parts.cluster
    this.#shop = parts.shop
  }

  /** Pays one order, as payers do. */
  async payer(orderId: string): Promise<void> {
    await this.#wait(this.#random.between(0, 60_000))
    const module = this.#random.pick(['sale', 'sale', 'later', 'captured'])
    let key = this.#key()
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (this.#mischief.strikes('order-changed')) this.#changeOrder(orderId)
      const twice = this.#mischief.strikes('double-click') ? this.#pay(orderId, module, key) : undefined
      const tab = this.#mischief.strikes('two-tabs') ? this.#pay(orderId, module, this.#key()) : undefined
      const result = await this.#pay(orderId, module, key)
      await Promise.all([twice, tab])
      if (result?.status === 'paid') return
      const unpaid = result !== undefined && result.settled
      if (unpaid && this.#random.chance(0.3)) return
      if (unpaid) key = this.#key()
      else if (this.#mischief.strikes('cancel-in-flight')) await this.#modify(result?.id, 'cancel', undefined)
      await this.#wait(this.#random.between(1_000, 20 * 60_000))
      // Most come back to the same page; some start over.
      if (this.#random.chance(0.5)) key = this.#key()
    }
  }

  /** What the shop's staff does later with what was paid. */
  async staff(orderId: string): Promise<void> {
    await this.#wait(this.#random.between(5_000, 60 * 60_000))
    if (this.#mischief.strikes('order-closed'))
      await this.#settled(this.#cluster.engine()?.closeOrder({ orderId }))
    for (let turn = 0; turn < 3; turn++) {
      await this.#wait(this.#random.between(1_000, 40 * 60_000))
      const payments = await this.#settled(this.#cluster.engine()?.list({ orderId, limit: 10 }))
      const paid = payments?.find((payment) => payment.status === 'paid' || payment.status === 'in-progress')
      if (paid === undefined) continue
      const kind = this.#random.pick(['capture', 'refund', 'refund', 'void', 'cancel'] as const)
      const amountMinor = this.#random.chance(0.5)
        ? undefined
        : BigInt(this.#random.between(1, Number(paid.amountMinor)))
      await this.#modify(paid.id, kind, amountMinor)
    }
  }

  async #modify(
    paymentId: string | undefined,
    kind: 'capture' | 'refund' | 'void' | 'cancel',
    amountMinor: bigint | undefined,
  ): Promise<void> {
    const engine = this.#cluster.engine()
    if (engine === undefined || paymentId === undefined) return
    const amount = amountMinor === undefined || kind === 'void' || kind === 'cancel' ? {} : { amountMinor }
    const request = { paymentId, key: this.#key(), ...amount }
    await this.#settled(engine[kind](request))
    // The same key once more must not move money once more.
    if (this.#random.chance(0.3)) await this.#settled(this.#cluster.engine()?.[kind](request))
  }

  async #pay(orderId: string, module: string, key: string): Promise<PaymentResult | undefined> {
    const engine = this.#cluster.engine()
    if (engine === undefined) return undefined
    const declined = this.#mischief.strikes('card-declined')
    const first = await this.#settled(engine.pay({ orderId, module, key, card: card(declined) }))
    if (first === undefined || first.settled) return first
    // The page waits, then the payer looks again by its link.
    await this.#wait(this.#random.between(5_000, 120_000))
    const view = await this.#settled(this.#cluster.engine()?.payment(first.id))
    return view === undefined ? first : { ...view, next: first.next }
  }

  #changeOrder(orderId: string): void {
    const order = this.#shop.orders.get(orderId)
    if (order === undefined) return
    const amountMinor = order.amountMinor + 100n
    const lines = [{ sku: 'A', name: 'A', quantity: 1, amountMinor }]
    this.#shop.orders.set(orderId, { ...order, amountMinor, lines })
  }

  /** The value, or undefined when it failed as it may or nobody answered in time. */
  #settled<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
    if (promise === undefined) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      const stop = this.#scheduler.after(PATIENCE_MS, () => resolve(undefined))
      promise.then(
        (value) => {
          stop()
          return resolve(value)
        },
        (error: unknown) => {
          stop()
          if (error instanceof CounterfoilError) resolve(undefined)
          else reject(error)
        },
      )
    })
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#scheduler.after(delayMs, resolve)
    })
  }

  #key(): string {
    return newId({ nowMs: () => this.#scheduler.nowMs, randomBytes: (count) => this.#random.bytes(count) })
  }
}
