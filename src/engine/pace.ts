import type { World } from '../world.ts'

/** Gives out turns, no more of them per second than it was made for. */
export class Pace {
  readonly #world: Pick<World, 'monotonicMs' | 'sleep'>
  readonly #stepMs: number
  #nextMs = Number.NEGATIVE_INFINITY

  constructor(world: Pick<World, 'monotonicMs' | 'sleep'>, perSecondMax: number) {
    this.#world = world
    this.#stepMs = 1_000 / perSecondMax
  }

  /** Resolves when it is the caller's turn: each has a time of its own, in the order in which they asked. */
  async turn(): Promise<void> {
    const nowMs = this.#world.monotonicMs()
    const atMs = Math.max(nowMs, this.#nextMs)
    this.#nextMs = atMs + this.#stepMs
    if (atMs > nowMs) await this.#world.sleep(atMs - nowMs)
  }
}
