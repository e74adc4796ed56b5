import type { World } from '../world.ts'

/**
 * The engine's wall clock: the time that the journal answers to each heartbeat, carried on by the monotonic clock in
 * between. So the clocks of all nodes on one journal agree whatever their machines say, and a machine whose clock is
 * set ends no doubt early (F14). A journal of one process echoes this clock, which then runs from its start on
 * without looking at the machine's again.
 */
export class Clock {
  /** The world that was handed in, with this clock. */
  readonly world: World
  readonly #given: World
  #anchor: { readonly ruledMs: number; readonly monotonicMs: number } | undefined

  constructor(given: World) {
    this.#given = given
    this.world = {
      nodeId: given.nodeId,
      nowMs: () => this.nowMs(),
      monotonicMs: () => given.monotonicMs(),
      sleep: (delayMs, signal) => given.sleep(delayMs, signal),
      timer: (delayMs, run) => given.timer(delayMs, run),
      randomBytes: (count) => given.randomBytes(count),
    }
  }

  nowMs(): number {
    if (this.#anchor === undefined) return this.#given.nowMs()
    const { ruledMs, monotonicMs } = this.#anchor
    return Math.floor(ruledMs + this.#given.monotonicMs() - monotonicMs)
  }

  /** What the machine says. A machine that was suspended sees it here, and nowhere else. */
  machineMs(): number {
    return this.#given.nowMs()
  }

  /** Takes the time that a heartbeat was answered with. It was told `toldMs`, `toldAtMs` by the monotonic clock. */
  follow(answeredMs: number, toldMs: number, toldAtMs: number): void {
    // An echo is as old as the question; a time of the journal's own is at most as old as the question, and newer
    // than it would be if its way here had taken all of that while.
    const monotonicMs = answeredMs === toldMs ? toldAtMs : this.#given.monotonicMs()
    this.#anchor = { ruledMs: answeredMs, monotonicMs }
  }
}
