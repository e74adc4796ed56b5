import type { Counterfoil, Limits } from '../../src/engine/api.ts'
import { createCounterfoil } from '../../src/engine/counterfoil.ts'
import type { PaymentModule } from '../../src/pipeline/module.ts'
import type { WorldpayState } from '../../src/simulators/worldpay/index.ts'
import { type Books, NODE_DEAD_AFTER_MS } from './books.ts'
import { CANARY } from './canary.ts'
import { Violation } from './invariant.ts'
import type { Mischief } from './mischief.ts'
import type { Postman } from './postman.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { simulatedJournal } from './simulated-journal.ts'
import { type Outside, simulatedNetwork } from './simulated-network.ts'
import { DUE_EVERY_MS, HEARTBEAT_EVERY_MS, Life } from './simulated-node.ts'
import { type ShopBooks, simulatedShop } from './simulated-shop.ts'
import { Disk, simulatedSpool } from './simulated-spool.ts'

const HOUR_MS = 3_600_000
/** What stands in a spool for longer waits for nothing. */
const SPOOLED_MS = HOUR_MS

/** Doubt becomes a case sooner than in production, for the same reason. */
export const DOUBT_CASE_AFTER_MS = 3 * HOUR_MS

/** Timers further apart than in production: the virtual days of a run would be all heartbeats else. */
const LIMITS: Partial<Limits> = {
  dueEveryMs: DUE_EVERY_MS,
  heartbeatEveryMs: HEARTBEAT_EVERY_MS,
  nodeDeadAfterMs: NODE_DEAD_AFTER_MS,
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
  readonly outside: Outside
  readonly fail: (error: unknown) => void
}

/** A machine: its disk stays when its process ends. */
interface Slot {
  readonly disk: Disk
  life: Life
  engine: Counterfoil
  /** It runs a version that does not know all modules. */
  isOlder: boolean
}

/** Several processes on one journal; each that crashes is started again after a while. */
export class Cluster {
  readonly #parts: ClusterParts
  readonly #slots: readonly Slot[]
  #lives = 0
  #asleep = false

  constructor(parts: ClusterParts, size: number) {
    this.#parts = parts
    this.#slots = Array.from({ length: size }, () => {
      const disk = new Disk()
      return { disk, ...this.#begin(disk) }
    })
    parts.mischief.onCrash = (life) => this.#crashed(life)
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

  /** By how much the clock of a process is ahead of the true time, of the one that is furthest. */
  get clockAheadMs(): number {
    let aheadMs = 0
    for (const { life } of this.#slots) if (life.alive) aheadMs = Math.max(aheadMs, life.clockAheadMs)
    return aheadMs
  }

  /** An answer waits in a spool, not for long yet: each round tries to write it down. */
  get keepsAnswers(): boolean {
    const oldestMs = this.#parts.scheduler.nowMs - SPOOLED_MS
    return this.#slots.some(({ disk }) => disk.records.some(({ atMs }) => atMs > oldestMs))
  }

  /** One of the processes that are there. */
  pick(): Life | undefined {
    const alive = this.#slots.filter(({ life }) => life.alive)
    return alive.length === 0 ? undefined : this.#parts.random.pick(alive).life
  }

  /** SIGKILL for all processes at once. */
  crashAll(): void {
    for (const { life } of this.#slots) if (life.alive) this.#parts.mischief.crash(life)
  }

  /** One process stops in an orderly way, and another begins in its place. */
  restartOne(): void {
    const up = this.#slots.filter(({ life, engine }) => life.alive && engine.running)
    if (up.length > 0) this.#restart(this.#parts.random.pick(up))
  }

  /** Versions that do not know all modules are gone once the faults are over. */
  upgrade(): void {
    for (const slot of this.#slots) if (slot.isOlder && slot.life.alive) this.#restart(slot)
  }

  #restart(slot: Slot): void {
    const { life, engine } = slot
    this.#parts.mischief.note?.(life.world.nodeId, 'is told to stop')
    slot.isOlder = false
    const stop = async (): Promise<void> => {
      const stopped = engine.stop()
      life.wakeAll()
      await stopped
      if (!life.alive) return
      life.alive = false
      this.#beginAgain(slot, 5_000)
    }
    stop().catch(this.#parts.fail)
  }

  /** All processes end while there is nothing to do, so that days can pass. */
  sleep(): void {
    this.#asleep = true
    for (const { life } of this.#slots) life.alive = false
  }

  /** Others begin, mostly one. */
  wake(): void {
    this.#asleep = false
    const all = this.#parts.random.chance(0.3)
    for (const [index, slot] of this.#slots.entries()) {
      if (all || index === 0) Object.assign(slot, this.#begin(slot.disk))
    }
  }

  #crashed(life: Life): void {
    this.#parts.mischief.note?.(life.world.nodeId, 'is killed')
    const slot = this.#slots.find((other) => other.life === life)
    if (slot !== undefined) this.#beginAgain(slot, this.#parts.random.between(500, 120_000))
  }

  #beginAgain(slot: Slot, afterMs: number): void {
    const { life } = slot
    this.#parts.scheduler.after(afterMs, () => {
      if (!this.#asleep && slot.life === life) Object.assign(slot, this.#begin(slot.disk))
    })
  }

  #begin(disk: Disk): Omit<Slot, 'disk'> {
    const { scheduler, random, mischief, books, shop, fail } = this.#parts
    const life = new Life(scheduler, random.fork(), `node-${++this.#lives}`)
    if (mischief.strikes('clock-skewed')) life.clockAheadMs = random.between(-HOUR_MS, HOUR_MS)
    const { nodeId } = life.world
    life.hasWork = () => disk.records.length > 0 || books.hasWorkFor(nodeId, life.clockAheadMs)
    const isOlder = mischief.strikes('older-version')
    mischief.note?.(nodeId, isOlder ? 'begins, of an older version' : 'begins')
    const engine = createCounterfoil({
      world: life.world,
      journal: simulatedJournal(life, books, mischief),
      spool: simulatedSpool(life, disk, mischief),
      transport: simulatedNetwork(life, this.#parts),
      shop: simulatedShop(life, shop, mischief),
      publicUrl: 'https://shop.example/pay',
      limits: LIMITS,
      log: (line) => {
        checkLine(line.message, fail)
        mischief.note?.(life.world.nodeId, `says: ${line.message}`)
      },
      modules: isOlder ? this.#olderModules() : this.#parts.modules,
    })
    this.#start(life, engine).catch(fail)
    return { life, engine, isOlder }
  }

  /** One of them is not known yet; the hosted ones stay, so that the PSP's calls have an address. */
  #olderModules(): readonly PaymentModule[] {
    const { modules, random } = this.#parts
    const fresh = random.pick(modules.filter(({ kind }) => kind === 'internal'))
    return modules.filter((module) => module !== fresh)
  }

  async #start(life: Life, engine: Counterfoil): Promise<void> {
    for (;;) {
      try {
        return await engine.start()
      } catch {
        // The journal is away: a supervisor would start the process again.
        await life.sleep(5_000)
      }
    }
  }
}

function checkLine(message: string, fail: (error: unknown) => void): void {
  for (const canary of CANARY) {
    if (message.includes(canary)) fail(new Violation('S8', 'a log line holds card data'))
  }
}
