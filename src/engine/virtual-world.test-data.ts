import type { World } from '../world.ts'

/** When every test begins: a time of no meaning, far from zero. */
export const START_MS = 1_760_000_000_000

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** A clock that only a test moves, and the timers on it. Several processes may live by it. */
export class VirtualClock {
  nowMs = START_MS
  readonly #timers = new Set<Timer>()
  #count = 0

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#count++, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Lets the clock go on, and all that waits for it happen in its order. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.nowMs + byMs
    await settle()
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#timers.delete(timer)
      this.nowMs = Math.max(this.nowMs, timer.atMs)
      timer.run()
      await settle()
    }
    this.nowMs = untilMs
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.atMs > untilMs) continue
      if (
        next === undefined ||
        timer.atMs < next.atMs ||
        (timer.atMs === next.atMs && timer.order < next.order)
      )
        next = timer
    }
    return next
  }
}

/** All that can happen without the clock has happened. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** The world of one process: the clock is shared, names and randomness are its own and the same in each run. */
export function virtualWorld(clock: VirtualClock, nodeId: string): World {
  let state = Buffer.from(nodeId).reduce((sum, byte) => (sum * 31 + byte) | 0, 7)
  const byte = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) & 0xff
  }
  return {
    nodeId,
    nowMs: () => clock.nowMs,
    monotonicMs: () => clock.nowMs - START_MS,
    randomBytes: (count) => Uint8Array.from({ length: count }, byte),
    timer: (delayMs, run) => clock.after(delayMs, run),
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const finish = (): void => {
          cancel()
          signal?.removeEventListener('abort', finish)
          resolve()
        }
        const cancel = clock.after(delayMs, finish)
        signal?.addEventListener('abort', finish, { once: true })
      }),
  }
}
