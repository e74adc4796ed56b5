import { failure } from '../errors.ts'
import type { Journal } from '../journal/journal.ts'
import { FileSpool } from '../journal/spool/file-spool.ts'
import { MemoryDisk } from '../journal/spool/memory-disk.test-data.ts'
import type { Spool } from '../journal/spool.ts'
import type { World } from '../world.ts'
import type { Bed } from './bed.test-data.ts'

const AREA_BYTES = 64 * 1024

/** The journal as a test takes it away and gives it back. */
export class Outage {
  /** Nothing of the journal answers. */
  isAway = false
  /** The next append is written, and its answer is lost with the journal. */
  losesAnswer = false
  /** Set by a test: payments whose row cannot be read. */
  unreadable: (paymentId: string) => boolean = () => false
  /** Set by a test: payments that this journal does not have, as one that was restored. */
  lost: (paymentId: string) => boolean = () => false

  constructor(bed: Bed) {
    const before = bed.between
    bed.between = (ports) => {
      const given = before(ports)
      return { ...given, journal: this.#over(given.journal) }
    }
  }

  #over(journal: Journal): Journal {
    const gone = (): Error => failure('CF_JOURNAL_UNAVAILABLE', 'the test took it away')
    const over = Object.entries(journal).map(([name, call]: [string, unknown]) => {
      if (typeof call !== 'function' || name === 'watch' || name === 'close') return [name, call]
      return [
        name,
        async (...given: readonly unknown[]): Promise<unknown> => {
          if (name === 'read' && this.unreadable(given[0] as string)) {
            throw failure('CF_JOURNAL_CORRUPT', 'a record cannot be read')
          }
          if (name === 'read' && this.lost(given[0] as string)) return undefined
          if (!this.isAway) return call(...given)
          if (name === 'append' && this.losesAnswer) {
            this.losesAnswer = false
            await call(...given)
          }
          throw gone()
        },
      ]
    })
    return Object.fromEntries(over) as Journal
  }
}

/** The disk of one machine, which outlives its processes. */
export class Machine {
  disk = new MemoryDisk()

  spool(highWaterBytes = AREA_BYTES / 2): FileSpool {
    return new FileSpool({
      path: 'answers.spool',
      bytesMax: AREA_BYTES,
      highWaterBytes,
      own: () => undefined,
      letGo: () => undefined,
      openFile: async () => this.disk.open(),
      makeFile: async () => this.disk.make(AREA_BYTES),
      onFatal: (text) => {
        throw new Error(text)
      },
    })
  }

  /** What the power cut leaves of it. */
  powerCut(): void {
    this.disk = this.disk.afterPowerCut()
  }
}

/**
 * A process that ends at its n-th crossing of a port, before it or after it: from then on nothing that it waits for
 * ever comes, and nothing that it asks for arrives.
 */
export class Mortal {
  /** The crossings so far, by name. */
  readonly crossed: string[] = []
  #diesAt: number
  #isDead = false

  constructor(diesAt: number) {
    this.#diesAt = diesAt
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** It lives on. */
  spare(): void {
    this.#diesAt = 0
  }

  port<Port extends object>(port: Port, names: readonly string[]): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        const call = value.bind(target) as (...given: readonly unknown[]) => unknown
        if (typeof name !== 'string' || !names.includes(name)) return call
        return async (...given: readonly unknown[]) => {
          await this.#cross(`before ${name}`)
          const result = await call(...given)
          await this.#cross(`after ${name}`)
          return result
        }
      },
    })
  }

  world(world: World): World {
    return {
      ...world,
      timer: (delayMs, run) => world.timer(delayMs, () => this.#isDead || run()),
      sleep: async (delayMs, signal) => {
        await world.sleep(delayMs, signal)
        if (this.#isDead) await never()
      },
    }
  }

  async #cross(name: string): Promise<void> {
    if (!this.#isDead) this.crossed.push(name)
    if (this.crossed.length === this.#diesAt) this.#isDead = true
    if (this.#isDead) await never()
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

/** What of a spool is a crossing. */
export const SPOOL_CALLS: readonly (keyof Spool)[] = ['add', 'remove']
