import { type FaultCounts, type FaultName, faultNames, noFaults } from './faults.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Life } from './simulated-node.ts'

/** Faults that are dangerous together; a quarter of the seeds plays one of these sets and nothing else. */
const THEMES: readonly (readonly FaultName[])[] = [
  ['request-late', 'inquiry-lagging', 'crash-in-flight'],
  ['request-late', 'answer-lost', 'inquiry-lagging'],
  ['request-late', 'request-twice', 'two-tabs'],
  ['pause', 'request-late', 'double-click'],
  ['pause', 'journal-lost-after', 'crash-after-write'],
  ['answer-late', 'order-closed', 'cancel-in-flight'],
  ['answer-wrong-amount', 'answer-wrong-reference', 'order-changed'],
  ['modification-fails-later', 'answer-lost', 'crash-in-flight'],
]

/** Draws what goes wrong: which faults this seed can meet at all, how likely each is, and until when. */
export class Mischief {
  readonly random: Random
  readonly struck: FaultCounts = noFaults()
  readonly #likely = new Map<FaultName, number>()
  readonly #scheduler: Scheduler
  readonly #untilMs: number
  #lag = { untilMs: 0, lagMs: 0 }
  /** Told of each crash, so that the process is started again. */
  onCrash: (life: Life) => void = () => undefined

  constructor(random: Random, scheduler: Scheduler, untilMs: number) {
    this.random = random
    this.#scheduler = scheduler
    this.#untilMs = untilMs
    if (random.chance(0.25)) {
      for (const name of random.pick(THEMES)) this.#likely.set(name, random.pick([0.3, 0.6]))
      return
    }
    // Swarm: some seeds meet few faults and some meet many, so that they can meet in many ways.
    const share = random.pick([0, 0.15, 0.35, 0.6])
    for (const name of faultNames) {
      if (random.chance(share)) this.#likely.set(name, random.pick([0.02, 0.06, 0.2, 0.5]))
    }
  }

  get faultsAreOver(): boolean {
    return this.#scheduler.nowMs >= this.#untilMs
  }

  /** True when the fault strikes here and now; counted. */
  strikes(name: FaultName): boolean {
    const likely = this.#likely.get(name)
    if (likely === undefined || this.faultsAreOver || !this.random.chance(likely)) return false
    this.struck[name]++
    return true
  }

  mayCrash(life: Life, name: 'crash-before-write' | 'crash-after-write' | 'crash-in-flight'): boolean {
    // A crash at every second call would leave nothing to crash.
    if (!life.alive || !this.random.chance(0.3) || !this.strikes(name)) return false
    this.crash(life)
    return true
  }

  crash(life: Life): void {
    life.alive = false
    this.onCrash(life)
  }

  /** Up to `longestMs`, and often close to it: the bounds are where rules break. */
  uptoMs(leastMs: number, longestMs: number): number {
    return this.random.chance(0.5)
      ? this.random.between(Math.round(longestMs * 0.85), longestMs)
      : this.random.between(leastMs, longestMs)
  }

  /** How far the PSP's inquiries lag behind now: a replica that lags does so for a while, for everybody. */
  replicaLagMs(longestMs: number): number {
    const nowMs = this.#scheduler.nowMs
    if (nowMs >= this.#lag.untilMs && this.strikes('inquiry-lagging')) {
      this.#lag = {
        untilMs: nowMs + this.uptoMs(60_000, 30 * 60_000),
        lagMs: this.uptoMs(1_000, longestMs - 1_000),
      }
    }
    return nowMs < this.#lag.untilMs ? this.#lag.lagMs : 0
  }

  /** Mostly about `usualMs`, sometimes ten times that. */
  latencyMs(usualMs: number): number {
    return this.random.chance(0.05) ? usualMs * this.random.between(5, 20) : this.random.between(1, usualMs)
  }
}
