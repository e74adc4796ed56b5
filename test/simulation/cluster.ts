import type { Counterfoil, Limits } from '../../src/engine/api.ts'
import { createCounterfoil } from '../../src/engine/counterfoil.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import { internalModule } from '../../src/pipeline/module.ts'
import { authorizeProcess } from '../../src/pipeline/defaults.ts'
import { reserveStock } from '../../src/pipeline/steps/index.ts'
import { capture } from '../../src/pipeline/steps/capture.ts'
import type { WorldpayState } from '../../src/simulators/worldpay/index.ts'
import type { Books } from './books.ts'
import { CANARY } from './canary.ts'
import { Violation } from './invariant.ts'
import type { Mischief } from './mischief.ts'
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
  dueEveryMs: 45_000,
  heartbeatEveryMs: 45_000,
  nodeDeadAfterMs: 200_000,
  doubtCaseAfterMs: DOUBT_CASE_AFTER_MS,
}

export interface ClusterParts {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly mischief: Mischief
  readonly books: Books
  readonly shop: ShopBooks
  readonly psp: WorldpayState
  readonly gateway: Gateway
  readonly fail: (error: unknown) => void
}

interface Slot {
  life: Life
  engine: Counterfoil
}

/** Several processes on one journal; each that crashes is started again after a while. */
export class Cluster {
  readonly #parts: ClusterParts
  readonly #slots: Slot[]
  #lives = 0

  constructor(parts: ClusterParts, size: number) {
    this.#parts = parts
    this.#slots = Array.from({ length: size }, () => this.#begin())
    parts.mischief.onCrash = (life) => this.#startAgain(life)
  }

  /** An engine that is up, if there is one. */
  engine(): Counterfoil | undefined {
    const up = this.#slots.filter(({ life, engine }) => life.alive && engine.running)
    return up.length === 0 ? undefined : this.#parts.random.pick(up).engine
  }

  pauseOne(pauseMs: number): void {
    this.#parts.random.pick(this.#slots).life.pause(pauseMs)
  }

  #startAgain(dead: Life): void {
    const slot = this.#slots.find(({ life }) => life === dead)
    if (slot === undefined) return
    this.#parts.scheduler.after(this.#parts.random.between(500, 120_000), () =>
      Object.assign(slot, this.#begin()),
    )
  }

  #begin(): Slot {
    const { scheduler, random, mischief, books, shop, psp, gateway, fail } = this.#parts
    const life = new Life(scheduler, random.fork(), `node-${++this.#lives}`)
    const journal = simulatedJournal(life, books, mischief)
    const engine = createCounterfoil({
      world: life.world,
      journal,
      transport: simulatedNetwork(life, books, psp, mischief, fail),
      shop: simulatedShop(life, shop, mischief),
      publicUrl: 'https://shop.example/pay',
      limits: LIMITS,
      log: (line) => checkLine(line.message, fail),
      modules: [
        internalModule('sale', {
          gateway,
          pipelines: { process: (p) => p.insertBefore('charge', reserveStock) },
        }),
        internalModule('later', { gateway, pipelines: { process: authorizeProcess } }),
        internalModule('captured', {
          gateway,
          paidWhen: 'captured',
          pipelines: { process: authorizeProcess.insertAfter('authorize', capture) },
        }),
      ],
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
