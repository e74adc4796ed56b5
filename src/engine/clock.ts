import type { World } from '../world.ts'

/** Two clocks that differ by more are not both right. What the waiting rule waits for is longer by far. */
const JUMP_MS = 5_000

/**
 * The engine's wall clock: the time that the journal answers to each heartbeat, carried on by the monotonic clock in
 * between. So the clocks of all nodes on one journal agree whatever their machines say, and a machine whose clock is
 * set ends no doubt early (F14). A journal of one process echoes this clock, which then runs from its start on
 * without looking at the machine's again.
 *
 * The journal's time is taken whatever it is: a node that believed less of it than the others would write down times
 * that they take for older than they are. But where it jumps ahead, what was waited for before counts for nothing, and
 * nobody is taken for dead for the jump alone.
 */
export class Clock {
  /** The world that was handed in, with this clock. */
  readonly world: World
  readonly #given: World
  #anchor: { readonly ruledMs: number; readonly monotonicMs: number } | undefined
  /** The most by which the journal's time can have been ahead of the monotonic clock, when it was that least. */
  #leadMs = Number.POSITIVE_INFINITY
  /** The last jump ahead of the journal's time, and when it was seen, by the monotonic clock. */
  #jump: { readonly byMs: number; readonly monotonicMs: number } | undefined

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

  /** What stood in the journal before this may be younger than its time says; what came since is as old as it says. */
  steadySinceMs(): number {
    if (this.#jump === undefined) return Number.NEGATIVE_INFINITY
    return this.nowMs() - Math.floor(this.#given.monotonicMs() - this.#jump.monotonicMs)
  }

  /** The journal's time so many milliseconds ago: before a jump ahead it was another one. */
  agoMs(ms: number): number {
    const jump = this.#jump
    const isSince = jump !== undefined && this.#given.monotonicMs() - jump.monotonicMs < ms
    return this.nowMs() - ms - (isSince ? jump.byMs : 0)
  }

  /**
   * Takes the time that a heartbeat was answered with. It was told `toldMs`, `toldAtMs` by the monotonic clock. Answers
   * by how much the journal's time has jumped ahead, 0 where it goes on as it did.
   */
  follow(answeredMs: number, toldMs: number, toldAtMs: number): number {
    const nowMs = this.#given.monotonicMs()
    // At its start a process can compare with its machine only, and who was seen since a jump it cannot know.
    const isFirst = this.#anchor === undefined
    const aheadMs = isFirst ? answeredMs - this.#given.nowMs() : answeredMs - nowMs - this.#leadMs
    const hasJumped = aheadMs > JUMP_MS
    if (hasJumped) this.#jump = { byMs: isFirst ? 0 : Math.ceil(aheadMs), monotonicMs: nowMs }
    const leadMs = answeredMs - toldAtMs
    this.#leadMs = hasJumped ? leadMs : Math.min(leadMs, this.#leadMs)
    // An echo is as old as the question; a time of the journal's own is at most as old as the question, and newer
    // than it would be if its way here had taken all of that while.
    this.#anchor = { ruledMs: answeredMs, monotonicMs: answeredMs === toldMs ? toldAtMs : nowMs }
    return hasJumped ? aheadMs : 0
  }
}
