import type { World } from '../../src/world.ts'
import type { Scheduler } from './scheduler.ts'
import type { Random } from './random.ts'

/** How far apart a process's heartbeats and its rounds are: by these times a sleep is known for one between them. */
export const HEARTBEAT_EVERY_MS = 54_983
export const DUE_EVERY_MS = 54_979
/** A busy machine wakes a process so many times later than it asked for: the hours of a run would be all beats else. */
const ROUNDS_LATER = 2
const BEATS_LATER = 3

/**
 * One life of a server process. A crash is that none of its ports ever settles again; a pause is that they settle
 * late, while its clocks go on.
 */
export class Life {
  readonly world: World
  readonly scheduler: Scheduler
  alive = true
  /** Until then nothing that the process waits for comes through. */
  pausedUntilMs = 0
  /** Until then it does not reach the journal. */
  cutOffUntilMs = 0
  /** By how much the clock of its machine is ahead of the true time: it rules nothing (F14). */
  clockAheadMs = 0
  /** A round of its would find something. */
  hasWork: () => boolean = () => true
  /** Beats that it sleeps until. */
  readonly #asleep = new Set<() => void>()
  /** Those of them that wait for the next round: all rounds of a process come at the same time. */
  readonly #untilRound = new Set<() => void>()

  constructor(scheduler: Scheduler, random: Random, nodeId: string) {
    this.scheduler = scheduler
    this.world = {
      nodeId,
      nowMs: () => scheduler.nowMs + this.clockAheadMs,
      monotonicMs: () => scheduler.nowMs - scheduler.startMs,
      randomBytes: (count) => random.bytes(count),
      timer: (delayMs, run) => this.after(delayMs, run),
      sleep: (delayMs, signal) => this.sleep(delayMs, signal),
    }
  }

  /** Stops the process in its tracks, as SIGSTOP does; it then goes on as if nothing had been. */
  pause(pauseMs: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, this.scheduler.nowMs + pauseMs)
  }

  /** Runs later, if the process still lives then; a paused process runs it when it wakes. */
  after(delayMs: number, run: () => void): () => void {
    return this.scheduler.after(delayMs, () => this.#whenAwake(run), this)
  }

  #whenAwake(run: () => void): void {
    if (!this.alive) return
    const restMs = this.pausedUntilMs - this.scheduler.nowMs
    if (restMs > 0) this.scheduler.after(restMs, () => this.#whenAwake(run), this)
    else run()
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (delayMs === DUE_EVERY_MS || delayMs === HEARTBEAT_EVERY_MS) {
        const finish = (): void => {
          this.#asleep.delete(finish)
          resolve()
        }
        this.#asleep.add(finish)
        if (delayMs === DUE_EVERY_MS) this.#sleepsUntilRound(finish)
        else this.scheduler.beat(delayMs * BEATS_LATER, () => this.#whenAwake(finish), this)
        return
      }
      if (signal?.aborted === true) {
        this.after(0, resolve)
        return
      }
      const cancel = this.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      const onAbort = (): void => {
        cancel()
        this.after(0, resolve)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** A call that has its answer at once. A process that sleeps has it when it wakes, as from any other call. */
  ask<T>(effect: () => T): Promise<T> {
    if (this.pausedUntilMs > this.scheduler.nowMs || !this.alive) return this.call(0, 0, effect)
    try {
      return Promise.resolve(effect())
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Ends the sleep between all beats, as a signal does: who is stopped in an orderly way does not wait for them. */
  wakeAll(): void {
    for (const finish of this.#asleep) finish()
  }

  #sleepsUntilRound(finish: () => void): void {
    this.#untilRound.add(finish)
    if (this.#untilRound.size === 1) this.#nextRound()
  }

  /** The next round that can find something: one that finds nothing would only take time. */
  #nextRound(): void {
    const { scheduler } = this
    const round = (): void => {
      if (scheduler.restsUntilMs() > scheduler.nowMs || !this.hasWork()) {
        this.#nextRound()
        return
      }
      const sleepers = [...this.#untilRound]
      this.#untilRound.clear()
      for (const finish of sleepers) finish()
    }
    scheduler.beat(DUE_EVERY_MS * ROUNDS_LATER, () => this.#whenAwake(round), this)
  }

  /**
   * One call of a port: `effect` happens `thereMs` from now even if the process is gone by then (unless it says
   * otherwise), its result comes back `backMs` later if the process still lives.
   */
  call<T>(thereMs: number, backMs: number, effect: () => T, needsLife = false): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.alive) return
      this.scheduler.after(thereMs, () => {
        if (needsLife && !this.alive) return
        let settle: () => void
        try {
          const value = effect()
          settle = () => resolve(value)
        } catch (error) {
          settle = () => reject(error)
        }
        if (backMs === 0) this.#whenAwake(settle)
        else this.after(backMs, settle)
      })
    })
  }
}
