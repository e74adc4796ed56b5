import { CounterfoilError } from '../../src/errors.ts'
import type { WorldpayState } from '../../src/simulators/worldpay/index.ts'
import { newId } from '../../src/world.ts'
import type { Books } from './books.ts'
import type { Cluster } from './cluster.ts'
import type { Mischief } from './mischief.ts'
import type { PAGE_MINUTES } from './modules.ts'
import type { Postman } from './postman.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Story } from './story.ts'
import type { Outside } from './simulated-network.ts'
import type { ShopBooks } from './simulated-shop.ts'

const PATIENCE_MS = 60_000

/** What the people of a run share. */
export interface Surroundings {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly mischief: Mischief
  readonly cluster: Cluster
  readonly shop: ShopBooks
  readonly books: Books
  readonly psp: WorldpayState
  readonly postman: Postman
  readonly outside: Outside
  readonly pageMinutes: (typeof PAGE_MINUTES)[number]
  readonly fail: (error: unknown) => void
  /** Told of what they do, for who reads a replay. */
  readonly note: (line: string) => void
  readonly story: Story | undefined
}

/** Somebody who waits, loses patience, and takes an error for what it is. */
export class Person {
  protected readonly at: Surroundings

  constructor(at: Surroundings) {
    this.at = at
  }

  /** The value, or undefined when it failed as it may or nobody answered in time. */
  protected settled<T>(promise: Promise<T> | undefined): Promise<T | undefined> {
    if (promise === undefined) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      const stop = this.at.scheduler.after(PATIENCE_MS, () => resolve(undefined))
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

  protected wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.at.scheduler.after(delayMs, resolve)
    })
  }

  protected key(): string {
    const { scheduler, random } = this.at
    return newId({ nowMs: () => scheduler.nowMs, randomBytes: (count) => random.bytes(count) })
  }

  protected changeOrder(orderId: string): void {
    const order = this.at.shop.orders.get(orderId)
    if (order === undefined) return
    const amountMinor = order.amountMinor + 100n
    const lines = [{ sku: 'A', name: 'A', quantity: 1, amountMinor }]
    this.at.shop.orders.set(orderId, { ...order, amountMinor, lines })
  }

  /** Goes on beside; what it throws ends the run. */
  protected beside(task: Promise<unknown>): void {
    task.catch(this.at.fail)
  }
}

/** How a payer comes away from the PSP's page or the bank. */
export type CameAway = 'left' | 'another-way'
