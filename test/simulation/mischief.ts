import { type FaultCounts, type FaultName, faultNames, noFaults, ways } from './faults.ts'
import type { ModuleName } from './modules.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Life } from './simulated-node.ts'

/** Faults that are dangerous together, and who meets them. */
interface Theme {
  readonly faults: readonly FaultName[]
  /** What payers choose from; undefined is everything. */
  readonly modules?: readonly ModuleName[]
  /** The shop lets payers switch. */
  readonly switching?: boolean
}

const PAGE: readonly ModuleName[] = ['hosted', 'hosted-asked']
const BANK: readonly ModuleName[] = ['secure']

/** Two in five seeds play one of these sets and nothing else. */
const THEMES: readonly Theme[] = [
  { faults: ['request-late', 'inquiry-lagging', 'crash-in-flight'] },
  { faults: ['request-late', 'answer-lost', 'inquiry-lagging'] },
  { faults: ['request-late', 'request-twice', 'two-tabs'] },
  { faults: ['pause', 'request-late', 'double-click'] },
  { faults: ['pause', 'journal-lost-after', 'crash-after-write'] },
  { faults: ['answer-late', 'order-closed', 'cancel-in-flight'] },
  { faults: ['answer-wrong-amount', 'answer-wrong-reference', 'order-changed'] },
  { faults: ['modification-fails-later', 'answer-lost', 'crash-in-flight'] },
  { faults: ['notification-forged', 'payer-never-pays', 'challenge-abandoned'] },
  { faults: ['payer-refused-there', 'payer-pays-late', 'door-lies'], modules: PAGE },
  { faults: ['payer-pays-late', 'notification-lost', 'inquiry-lagging'], modules: PAGE },
  { faults: ['change-of-mind', 'switch-both-paid'], switching: true },
  { faults: ['change-of-mind', 'switch-both-paid', 'pending-method', 'two-tabs'], switching: true },
  { faults: ['change-of-mind', 'switch-both-paid', 'answer-lost', 'notification-late'], switching: true },
  { faults: ['challenge-twice', 'challenge-late-return', 'crash-in-flight', 'request-late'], modules: BANK },
  { faults: ['challenge-twice', 'request-twice', 'soft-decline', 'pause'], modules: BANK },
  {
    faults: ['challenge-failed', 'challenge-abandoned', 'challenge-forged', 'order-changed-during-challenge'],
    modules: BANK,
  },
  { faults: ['payer-two-tabs-there', 'pending-method', 'door-lies', 'payer-refused-there'], modules: PAGE },
  { faults: ['journal-away', 'acknowledgement-lost', 'crash-before-write', 'journal-lost-before'] },
  { faults: ['notification-first', 'notification-twice', 'notification-shuffled', 'answer-lost'] },
  { faults: ['charged-back', 'refunded-elsewhere', 'inquiry-lagging', 'notification-shuffled'] },
  { faults: ['cancelled-elsewhere', 'expired-elsewhere', 'capture-failed-late', 'notification-twice'] },
]

/** Draws what goes wrong: which faults this seed can meet at all, how likely each is, and until when. */
export class Mischief {
  readonly random: Random
  readonly struck: FaultCounts = noFaults()
  readonly theme: Theme | undefined
  readonly #likely = new Map<FaultName, number>()
  readonly #scheduler: Scheduler
  #untilMs: number
  #lag = { untilMs: 0, lagMs: 0 }
  /** Told of each crash, so that the process is started again. */
  onCrash: (life: Life) => void = () => undefined

  constructor(random: Random, scheduler: Scheduler, untilMs: number) {
    this.random = random
    this.#scheduler = scheduler
    this.#untilMs = untilMs
    if (random.chance(0.4)) {
      this.theme = random.pick(THEMES)
      for (const name of this.theme.faults) this.#likely.set(name, random.pick([0.3, 0.6]))
      return
    }
    // Swarm: some seeds meet few faults and some meet many, so that they can meet in many ways.
    const share = random.pick([0, 0.15, 0.35, 0.6])
    const waysShare = random.pick([0.1, 0.3, 0.6])
    for (const name of faultNames) {
      const isWay = ways.includes(name)
      if (!random.chance(isWay ? waysShare : share)) continue
      this.#likely.set(name, random.pick(isWay ? [0.1, 0.25, 0.5] : [0.02, 0.06, 0.2, 0.5]))
    }
  }

  get faultsAreOver(): boolean {
    return this.#scheduler.nowMs >= this.#untilMs
  }

  /** Another while of the same faults, days later. */
  goOnUntil(untilMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, untilMs)
  }

  /** True when the fault strikes here and now; counted. */
  strikes(name: FaultName): boolean {
    const likely = this.#likely.get(name)
    if (likely === undefined || this.faultsAreOver || !this.random.chance(likely)) return false
    this.struck[name]++
    return true
  }

  /** Something that follows from other faults has happened. */
  met(name: FaultName): void {
    this.struck[name]++
  }

  mayCrash(life: Life, name: 'crash-before-write' | 'crash-after-write' | 'crash-in-flight'): boolean {
    // Every call asks: more crashes than these would leave nothing to crash.
    if (!life.alive || !this.random.chance(0.1) || !this.strikes(name)) return false
    this.crash(life)
    return true
  }

  crash(life: Life): void {
    life.alive = false
    this.onCrash(life)
  }

  /** Up to `longestMs`, and often close to it: the bounds are where rules break. */
  uptoMs(leastMs: number, longestMs: number): number {
    if (longestMs <= leastMs) return Math.max(0, longestMs)
    return this.random.chance(0.5)
      ? this.random.between(Math.max(leastMs, Math.round(longestMs * 0.85)), longestMs)
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
