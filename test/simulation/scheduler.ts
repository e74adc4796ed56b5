import { setFlagsFromString } from 'node:v8'
import { before, type Timer, TimerHeap } from './timer-heap.ts'

/** What is passed over ends so long before the next event: time enough for every process to beat once. */
const LEAD_MS = 1_500
/** A shorter time than this is not worth passing over. */
const PASSED_MS_MIN = 60_000

/**
 * Lets every promise go on that can. The engine of JavaScript has a name for it that only its own tests may use; a turn
 * of the event loop, or a tick, would do the same and take a tenth of a whole run.
 */
const letPromisesGoOn = nativeFunction('%PerformMicrotaskCheckpoint()')

function nativeFunction(body: string): () => void {
  setFlagsFromString('--allow-natives-syntax')
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- Its text stands in this file.
    return new Function(body) as () => void
  } finally {
    setFlagsFromString('--no-allow-natives-syntax')
  }
}

/** Virtual time: timers run in the order of their time, and of their making where the time is the same. */
export class Scheduler {
  nowMs = Date.UTC(2027, 0, 4, 9)
  readonly startMs = this.nowMs
  /** Until when nobody has anything to look at, as far as is known now: beats find nothing until then. */
  restsUntilMs: () => number = () => this.nowMs
  #order = 0
  readonly #events = new TimerHeap()
  /** Heartbeats and rounds of processes: where nothing else happens, time jumps over them. */
  readonly #beats = new TimerHeap()

  after(delayMs: number, run: () => void, life?: { readonly alive: boolean }): () => void {
    const timer = this.#timer(delayMs, run, life)
    this.#events.push(timer)
    return () => {
      timer.cancelled = true
    }
  }

  /** The next beat of a process: it looks whether there is something to do, and mostly there is not. */
  beat(delayMs: number, run: () => void, life: { readonly alive: boolean }): void {
    this.#beats.push(this.#timer(delayMs, run, life))
  }

  /** Runs timers until `over` says so, none is left, or virtual time reaches `untilMs`. Answers how many ran. */
  run(untilMs: number, over: () => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      // Within a promise's turn no other promise goes on, however it is asked.
      process.nextTick(() => {
        let count = 0
        try {
          while (!over()) {
            const timer = this.#next(untilMs)
            if (timer === undefined) break
            this.nowMs = Math.max(this.nowMs, timer.atMs)
            timer.run()
            count++
            letPromisesGoOn()
          }
          resolve(count)
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** When something outside the processes happens next; undefined when nothing does. */
  nextOutsideMs(): number | undefined {
    return this.#events.nextOutsideMs()
  }

  #timer(delayMs: number, run: () => void, life: Timer['life']): Timer {
    const atMs = this.nowMs + Math.max(0, Math.round(delayMs))
    return { atMs, order: this.#order++, run, life, cancelled: false }
  }

  #next(untilMs: number): Timer | undefined {
    const event = this.#events.peek()
    const beat = this.#beats.peek()
    if (beat === undefined || (event !== undefined && before(event, beat))) {
      if (event === undefined || event.atMs > untilMs) return undefined
      this.#events.pop()
      return event
    }
    if (beat.atMs > untilMs) return undefined
    this.#passOver(beat.atMs, Math.min(untilMs, event?.atMs ?? untilMs))
    this.#beats.pop()
    return beat
  }

  /** Where nothing happens until `untilMs`, and nobody has anything to look at, time jumps: each process beats once more. */
  #passOver(fromMs: number, untilMs: number): void {
    if (untilMs - fromMs < PASSED_MS_MIN) return
    const toMs = Math.min(untilMs, this.restsUntilMs()) - LEAD_MS
    if (toMs - fromMs >= PASSED_MS_MIN) this.nowMs = Math.max(this.nowMs, toMs)
  }
}
