import type { Counterfoil, Limits } from '../../src/engine/api.ts'
import { createCounterfoil } from '../../src/engine/counterfoil.ts'
import type { PaymentModule } from '../../src/pipeline/module.ts'
import type { WorldpayState } from '../../src/simulators/worldpay/index.ts'
import type { Books } from './books.ts'
import { CANARY } from './canary.ts'
import { Violation } from './invariant.ts'
import type { Mischief } from './mischief.ts'
import type { Postman } from './postman.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { simulatedJournal } from './simulated-journal.ts'
import { simulatedNetwork } from './simulated-network.ts'
import { Life } from './simulated-node.ts'
import { type ShopBooks, simulatedShop } from './simulated-shop.ts'

/** Doubt becomes a case sooner than in production, for the same reason. */
export const DOUBT_CASE_AFTER_MS = 3 * 3_600_000

/** Timers further apart than in production: the virtual days of a run would be all heartbeats else. */
const LIMITS: Partial<Limits> = {
  dueEveryMs: 55_000,
  heartbeatEveryMs: 55_000,
  nodeDeadAfterMs: 225_000,
  doubtCaseAfterMs: DOUBT_CASE_AFTER_MS,
}

export interface ClusterParts {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly mischief: Mischief
  readonly books: Books
  readonly shop: ShopBooks
  readonly psp: WorldpayState
  readonly modules: readonly PaymentModule[]
  readonly postman: Postman
  readonly fail: (error: unknown) => void
}

interface Slot {
  life: Life
  engine: Counterfoil
}

/** Several processes on one journal; each that crashes is started again after a while. */
export class Cluster {
  readonly #parts: ClusterParts
  readonly #size: number
  #slots: Slot[]
  #lives = 0
  #asleep = false

  constructor(parts: ClusterParts, size: number) {
    this.#parts = parts
    this.#size = size
    this.#slots = Array.from({ length: size }, () => this.#begin())
    parts.mischief.onCrash = (life) => this.#startAgain(life)
    parts.postman.engine = () => this.engine()
  }

  /** An engine that is up, if there is one. */
  engine(): Counterfoil | undefined {
    const up = this.#slots.filter(({ life, engine }) => life.alive && engine.running)
    return up.length === 0 ? undefined : this.#parts.random.pick(up).engine
  }

  /** Something is under way in one of them. */
  get isAtWork(): boolean {
    return this.#slots.some(({ life, engine }) => life.alive && engine.inFlight > 0)
  }

  pauseOne(pauseMs: number): void {
    if (this.#slots.length > 0) this.#parts.random.pick(this.#slots).life.pause(pauseMs)
  }

  /** All processes end while there is nothing to do, so that days can pass. */
  sleep(): void {
    this.#asleep = true
    for (const { life } of this.#slots) life.alive = false
    this.#slots = []
  }

  /** Others begin, mostly one. */
  wake(): void {
    this.#asleep = false
    const size = this.#parts.random.chance(0.3) ? this.#size : 1
    this.#slots = Array.from({ length: size }, () => this.#begin())
  }

  #startAgain(dead: Life): void {
    const slot = this.#slots.find(({ life }) => life === dead)
    if (slot === undefined) return
    this.#parts.scheduler.after(this.#parts.random.between(500, 120_000), () => {
      if (!this.#asleep && this.#slots.includes(slot)) Object.assign(slot, this.#begin())
    })
  }

  #begin(): Slot {
    const { scheduler, random, mischief, books, shop, modules, fail } = this.#parts
    const life = new Life(scheduler, random.fork(), `node-${++this.#lives}`)
    const engine = createCounterfoil({
      world: life.world,
      journal: simulatedJournal(life, books, mischief),
      transport: simulatedNetwork(life, this.#parts),
      shop: simulatedShop(life, shop, mischief),
      publicUrl: 'https://shop.example/pay',
      limits: LIMITS,
      log: (line) => checkLine(line.message, fail),
      modules,
    })
    const start = async (): Promise<void> => {
      for (;;) {
        try {
          return await engine.start()
        } catch {
          // The journal is away: a supervisor would start the process again.
          await life.sleep(5_000)
        }
      }
    }
    start().catch(fail)
    return { life, engine }
  }
}

function checkLine(message: string, fail: (error: unknown) => void): void {
  for (const canary of CANARY) {
    if (message.includes(canary)) fail(new Violation('S8', 'a log line holds card data'))
  }
}
