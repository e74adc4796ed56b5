import { CounterfoilError, reasonOf } from '../errors.ts'
import type { Spool, SpoolRecord } from '../journal/spool.ts'
import type { World } from '../world.ts'
import type { LogLine, SpoolState } from './api.ts'

const AGAIN_MS_MIN = 1_000
const AGAIN_MS_MAX = 30_000
/** The same for what was found not to fit: somebody may put that right. */
const PARKED_AGAIN_MS_MAX = 3_600_000
/** An answer that cannot be written so often does not keep recovery from its payment any longer (F22). */
const FAILURES_WAITED_FOR = 5

/** So many references are remembered of an answer that is tried again and again: what is forgotten is in doubt. */
const ASKED_MAX = 20

interface Waiting {
  readonly failures: number
  /** Monotonic. */
  readonly untilMs: number
  readonly isParked: boolean
}

/** What this process knows of its spool beside what is in it. Without a spool nothing is ever in it. */
export class Spooled {
  readonly spool: Spool
  readonly #isConfigured: boolean
  readonly #world: Pick<World, 'monotonicMs' | 'randomBytes'>
  /** Answers that somebody here is writing down at this moment. */
  readonly #attended = new Set<string>()
  readonly #waiting = new Map<string, Waiting>()
  /** By answer: what its commits have intended, whose own answers were lost (F8). */
  readonly #asked = new Map<string, Set<string>>()
  #isOpen = false

  constructor(spool: Spool | undefined, world: Pick<World, 'monotonicMs' | 'randomBytes'>) {
    this.spool = spool ?? NO_SPOOL
    this.#isConfigured = spool !== undefined
    this.#world = world
  }

  /**
   * Safety never depends on the spool: one that cannot be used is said, and done without.
   *
   * @throws CF_SPOOL_OWNED: two processes share a spool, which only a person can put right.
   */
  async open(nodeId: string, log: (line: LogLine) => void): Promise<void> {
    if (!this.#isConfigured || this.#isOpen) return
    try {
      const { torn, damaged } = await this.spool.open({ nodeId })
      this.#isOpen = true
      const { name, size } = this.spool
      if (size > 0) log({ level: 'info', message: `${name}: ${size} answers wait to be written down` })
      if (torn) log({ level: 'warn', message: `${name}: an answer was cut off by a crash, and was dropped` })
      if (damaged > 0) {
        const message = `${name}: ${damaged} records cannot be read; their payments are inquired about`
        log({ level: 'error', message })
      }
    } catch (error) {
      if (error instanceof CounterfoilError && error.code === 'CF_SPOOL_OWNED') throw error
      log({ level: 'error', message: `going on without a spool: ${reasonOf(error)}` })
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.spool.close()
  }

  get isUsable(): boolean {
    return this.#isOpen
  }

  get isPastHighWater(): boolean {
    return this.#isOpen && this.spool.isPastHighWater
  }

  get state(): SpoolState | undefined {
    if (!this.#isConfigured) return undefined
    const { size, bytes, bytesMax, isPastHighWater } = this.spool
    return { usable: this.#isOpen, entries: size, bytes, bytesMax, pastHighWater: isPastHighWater }
  }

  /** Whoever has it in hand writes it; the rounds leave it alone. */
  attend(id: string): void {
    this.#attended.add(id)
  }

  letGo(id: string): void {
    this.#attended.delete(id)
    if (this.has(id)) return
    this.#waiting.delete(id)
    this.#asked.delete(id)
  }

  /** The references that the commits of an answer have intended so far: one of them may be written, and is unsent. */
  asked(id: string): Set<string> {
    const asked = new Set([...(this.#asked.get(id) ?? [])].slice(-ASKED_MAX))
    this.#asked.set(id, asked)
    return asked
  }

  /** They are sent from here on: nobody may take them for unsent any more. */
  taken(id: string): void {
    this.#asked.delete(id)
  }

  has(id: string): boolean {
    return this.#attended.has(id) || this.spool.entries().some((record) => record.id === id)
  }

  /** What a round may take up now. */
  due(): readonly SpoolRecord[] {
    const nowMs = this.#world.monotonicMs()
    return this.spool
      .entries()
      .filter(({ id }) => !this.#attended.has(id) && (this.#waiting.get(id)?.untilMs ?? 0) <= nowMs)
  }

  /** Payments whose answer is about to be written down: nobody need ask for it. */
  awaited(): ReadonlySet<string> {
    if (this.spool.size === 0) return NONE
    const awaited = this.spool.entries().filter(({ id }) => {
      const waiting = this.#waiting.get(id)
      return waiting === undefined || (!waiting.isParked && waiting.failures < FAILURES_WAITED_FOR)
    })
    return new Set(awaited.map(({ paymentId }) => paymentId))
  }

  isParked(id: string): boolean {
    return this.#waiting.get(id)?.isParked === true
  }

  /** It is taken up again after a while, longer each time and never all at once. What is parked stays that. */
  later(id: string, parks: boolean): void {
    const failures = (this.#waiting.get(id)?.failures ?? 0) + 1
    const isParked = parks || this.isParked(id)
    const againMsMax = isParked ? PARKED_AGAIN_MS_MAX : AGAIN_MS_MAX
    const jitter = 0.5 + (this.#world.randomBytes(1)[0] ?? 0) / 510
    const waitMs = Math.min(AGAIN_MS_MIN * 2 ** Math.min(failures - 1, 20), againMsMax) * jitter
    this.#waiting.set(id, { failures, untilMs: this.#world.monotonicMs() + waitMs, isParked })
  }
}

const NONE: ReadonlySet<string> = new Set()

const NO_SPOOL: Spool = {
  name: 'no spool',
  open: async () => ({ torn: false, damaged: 0 }),
  add: async () => undefined,
  entries: () => [],
  remove: async () => undefined,
  close: async () => undefined,
  size: 0,
  bytes: 0,
  bytesMax: 0,
  isPastHighWater: false,
}
