import type { World } from '../world.ts'

export interface BreakerLimits {
  /** Charges in a row that got no usable answer, after which no payment begins for a while. */
  readonly breakerFailures: number
  /** How long that while is at first; it doubles up to `REST_MS_MAX`. */
  readonly breakerRestMs: number
}

const REST_MS_MAX = 60_000

/**
 * Keeps payers away from a PSP that does not answer: each charge that is sent into silence is a doubt. After the
 * rest one payment may try; its answer opens the door again. Inquiries and reversals pass by it (F23).
 */
export class Breaker {
  readonly #world: Pick<World, 'monotonicMs'>
  readonly #limits: BreakerLimits
  #failures = 0
  #restMs: number
  #closedUntilMs = 0

  constructor(world: Pick<World, 'monotonicMs'>, limits: BreakerLimits) {
    this.#world = world
    this.#limits = limits
    this.#restMs = limits.breakerRestMs
  }

  /** Whether a payment may begin now. After a rest the first who asks may, and the others wait for what comes of it. */
  mayBegin(): boolean {
    if (this.#failures < this.#limits.breakerFailures) return true
    if (this.#world.monotonicMs() < this.#closedUntilMs) return false
    this.#rest()
    return true
  }

  /** Who might begin sent no charge after all: the next one may try in its place. */
  giveBack(): void {
    if (this.#failures >= this.#limits.breakerFailures) this.#closedUntilMs = this.#world.monotonicMs()
  }

  /** What came of a charge that was sent. */
  heard(answered: boolean): void {
    if (answered) {
      this.#failures = 0
      this.#restMs = this.#limits.breakerRestMs
      return
    }
    this.#failures++
    if (this.#failures === this.#limits.breakerFailures) this.#rest()
  }

  #rest(): void {
    this.#closedUntilMs = this.#world.monotonicMs() + this.#restMs
    this.#restMs = Math.min(this.#restMs * 2, REST_MS_MAX)
  }
}

/** One breaker per account at a PSP: what one account suffers from says nothing about another. */
export class Breakers {
  readonly #make: () => Breaker
  readonly #byAccount = new Map<string, Breaker>()

  constructor(make: () => Breaker) {
    this.#make = make
  }

  /** There are no more of them than the configuration has accounts. */
  of({ name, account }: { readonly name: string; readonly account: string }): Breaker {
    const key = `${name} ${account}`
    const known = this.#byAccount.get(key) ?? this.#make()
    this.#byAccount.set(key, known)
    return known
  }
}
