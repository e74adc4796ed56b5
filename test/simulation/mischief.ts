import {
  atBank,
  type FaultCounts,
  type FaultName,
  faultNames,
  needed,
  noFaults,
  ofClerks,
  onPage,
  switching,
  ways,
} from './faults.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Life } from './simulated-node.ts'
import { BANK, PAGE, type Theme, THEMES } from './themes.ts'

/** What a replay leaves out: single strikes such as `pause#2`, orders such as `order-2`, and faults by their names. */
export interface LeftOut {
  readonly without: ReadonlySet<string>
  /** Everything but these is left out. */
  readonly only: ReadonlySet<string> | undefined
}

/** Who does what, for a person. */
export type Note = (who: string, line: string) => void

/** So many seeds play a theme, and so many more two faults that meet. */
const THEMES_SHARE = 0.35
const PAIRS_SHARE = 0.3

/** So often a fault strikes at most in one seed: the tenth time shows what the third has shown. */
const STRIKES = [1, 2, 2, 3, 6] as const

/** In what way people look after a case, where they look after any. */
const CLERKS_CHANCE = 0.5

/** Draws what goes wrong: which faults this seed can meet at all, how likely each is, and until when. */
export class Mischief {
  readonly random: Random
  readonly struck: FaultCounts = noFaults()
  readonly theme: Theme | undefined
  /** How likely each fault is that this seed can meet; each draws for itself, so that leaving one out moves no other. */
  readonly #likely = new Map<
    FaultName,
    { readonly chance: number; readonly most: number; readonly random: Random }
  >()
  readonly #scheduler: Scheduler
  readonly #leftOut: LeftOut
  #untilMs: number
  #lag = { untilMs: 0, lagMs: 0 }
  /** How often each fault would have struck: a strike that is left out keeps its number. */
  readonly #strikes = new Map<FaultName, number>()
  /** Told of each crash, so that the process is started again. */
  onCrash: (life: Life) => void = () => undefined
  /** Every strike, and every order, in the order in which they came. */
  readonly happened: string[] = []
  /** Told of what happens, where somebody reads it. */
  note: Note | undefined

  constructor(random: Random, scheduler: Scheduler, untilMs: number, leftOut: LeftOut) {
    this.random = random
    this.#scheduler = scheduler
    this.#untilMs = untilMs
    this.#leftOut = leftOut
    const kind = random.next()
    if (kind < THEMES_SHARE) {
      this.theme = random.pick(THEMES)
      const { faults, chance } = this.theme
      // Where it is known how likely they have to be, it is not known how often.
      const most = chance === undefined ? undefined : Number.POSITIVE_INFINITY
      for (const name of faults) this.#turnOn(name, chance ?? random.pick([0.3, 0.6]), most)
    } else if (kind < THEMES_SHARE + PAIRS_SHARE) {
      this.theme = this.#pair()
    } else {
      this.#swarm()
    }
    if (!this.isOn('case-resolved')) return
    for (const name of ofClerks) if (!this.isOn(name)) this.#turnOn(name, CLERKS_CHANCE)
  }

  /** Two faults that are sure to have their chance to meet, and what they need. */
  #pair(): Theme {
    const pair = [this.random.pick(faultNames), this.random.pick(faultNames)]
    const faults = new Set(pair.flatMap((name) => [name, needed[name] ?? name]))
    for (const name of faults) this.#turnOn(name, this.random.pick([0.35, 0.7]))
    const isSwitching = pair.some((name) => switching.has(name))
    const isOnPage = isSwitching || pair.some((name) => onPage.has(name))
    const isAtBank = pair.some((name) => atBank.has(name))
    const modules = isOnPage && isAtBank ? [...PAGE, ...BANK] : isOnPage ? PAGE : isAtBank ? BANK : undefined
    return {
      faults: [...faults],
      ...(modules === undefined ? {} : { modules }),
      ...(isSwitching ? { switching: true } : {}),
    }
  }

  /** Some seeds meet few faults and some meet many, so that they can meet in many ways. */
  #swarm(): void {
    const { random } = this
    const share = random.pick([0, 0.15, 0.35, 0.6])
    const waysShare = random.pick([0.1, 0.3, 0.6])
    for (const name of faultNames) {
      const isWay = ways.has(name)
      if (!random.chance(isWay ? waysShare : share)) continue
      this.#turnOn(name, random.pick(isWay ? [0.1, 0.25, 0.5] : [0.02, 0.06, 0.2, 0.5]))
    }
  }

  #turnOn(name: FaultName, chance: number, most: number = this.random.pick(STRIKES)): void {
    this.#likely.set(name, { chance, most, random: this.random.fork() })
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
    return this.#likely.has(name) && !this.faultsAreOver && this.happens(name)
  }

  /** The same for what people do on any day: it is no fault, and goes on when those are over. */
  happens(name: FaultName): boolean {
    const likely = this.#likely.get(name)
    if (likely === undefined || !likely.random.chance(likely.chance)) return false
    const number = (this.#strikes.get(name) ?? 0) + 1
    if (number > likely.most) return false
    this.#strikes.set(name, number)
    const strike = `${name}#${number}`
    if (!this.lets(strike, name)) return false
    this.struck[name]++
    this.note?.('fault', strike)
    return true
  }

  /** This seed can meet it. */
  isOn(name: FaultName): boolean {
    return this.#likely.has(name)
  }

  /** True unless this strike, or its fault, is left out. */
  lets(strike: string, name: string): boolean {
    const { without, only } = this.#leftOut
    if (without.has(name) || without.has(strike) || only?.has(strike) === false) return false
    this.happened.push(strike)
    return true
  }

  /** Something that follows from other faults has happened. */
  met(name: FaultName): void {
    this.struck[name]++
  }

  mayCrash(life: Life, name: 'crash-before-write' | 'crash-after-write' | 'crash-in-flight'): boolean {
    // Every call asks: more crashes than these would leave nothing to crash.
    if (!life.alive || !this.#likely.has(name) || !this.random.chance(0.1) || !this.strikes(name))
      return false
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
