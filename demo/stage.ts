import type { FaultRequest } from '../src/simulators/worldpay/index.ts'
import { Page } from './page.ts'
import type { Payer } from './payer.ts'
import type { Progress } from './progress.ts'
import type { Random } from './random.ts'
import type { Exit } from './node-process.ts'
import type { Premises } from './premises.ts'
import { NoAnswer, Visitor } from './visitor.ts'
import { eventually } from './waiting.ts'

/** A fault strikes so soon after the form was sent. */
const STRIKES_WITHIN_MS = 60_000
const LOOKS_EVERY_MS = 10
/** The engine has 64 connections to its provider: the others need some too. */
const HELD_MAX = 40
/** An order is free again when the provider's page has closed, or the waiting rule is through. */
const FREE_WITHIN_MS = 60_000
const COMES_BACK_EVERY_MS = 300

interface SetFault {
  readonly id: number
  readonly struck: number
}

/** A fault that was set at the provider, and counts whom it strikes. */
export interface Weather {
  struck(): Promise<number>
  untilStruck(times: number): Promise<void>
  clear(): Promise<void>
}

/** Where the play is played: the shop's processes, its provider, and the payers who are not through yet. */
export class Stage {
  readonly shop: Premises
  readonly random: Random
  readonly progress: Progress
  /** When the process was killed, in milliseconds of the wall clock. */
  readonly kills: number[] = []
  /** One at each process. */
  readonly #operators: readonly Visitor[]
  readonly #aimed = new Set<Payer>()
  readonly #waiting: Promise<void>[] = []
  #held: number[] = []
  readonly #fair = Promise.withResolvers<void>()

  constructor(shop: Premises, random: Random, progress: Progress) {
    this.shop = shop
    this.#operators = shop.ports.map((port) => new Visitor(undefined, port))
    this.random = random
    this.progress = progress
  }

  /** Starts the shop. Its provider would execute a second request with the same reference, so that it would show. */
  async open(): Promise<void> {
    await this.shop.start()
    await this.shop.control('options', { dedup: false })
  }

  /** SIGKILL, and starts it again on the same data. `whileDown` happens between. */
  async kill(whileDown?: () => Promise<void>): Promise<void> {
    await this.#after(await this.shop.kill(), whileDown)
  }

  /** Waits until the process has killed itself, as it was armed to do, and starts it again. */
  async killsItself(): Promise<void> {
    await this.#after(await this.shop.whenGone())
  }

  async #after({ signal }: Exit, whileDown?: () => Promise<void>): Promise<void> {
    if (signal !== 'SIGKILL') throw new Error(`the shop did not end by the kill, but by ${signal}`)
    this.kills.push(Date.now())
    await whileDown?.()
    this.letGo()
    await this.open()
    this.progress.killed(this.kills.length)
  }

  /** From now on these are served by the process that is killed next, until it is gone, or they are let go. */
  aimAt(payers: readonly Payer[], node: number = this.shop.aim): void {
    if (this.shop.ports.length === 1) return
    for (const payer of payers) {
      payer.visitor.node = node
      this.#aimed.add(payer)
    }
  }

  /** These, or all, are served by whichever process has its turn. */
  letGo(payers: Iterable<Payer> = [...this.#aimed]): void {
    for (const payer of payers) {
      payer.visitor.node = undefined
      this.#aimed.delete(payer)
    }
  }

  /**
   * Breaks or mends something of the shop's own machines, by the form on its page for that: what all processes share at
   * each of them, what is one's own at the one that is killed next. Answers the page that came of it last.
   */
  async change(
    what: 'database' | 'mail' | 'clock' | 'kill',
    typed: Readonly<Record<string, string>>,
  ): Promise<Page> {
    const isShared = what === 'database' || what === 'mail'
    const operators = this.#operators.filter((_, index) => isShared || index === this.shop.aim)
    let page = new Page(this.shop.shopUrl, 0, '')
    for (const operator of operators) {
      const before = await operator.get(`${this.shop.shopUrl}/break`)
      page = await operator.send(before, before.formWith('what', what), { ...typed, what })
    }
    return page
  }

  /** The next request to the provider is its last: it may come before this answer is there. */
  async armKill(): Promise<void> {
    try {
      await this.change('kill', { do: 'break', when: 'sent' })
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
    }
  }

  /** Sets a fault at the provider; without `times` it strikes until it is taken back. */
  async set(fault: FaultRequest): Promise<Weather> {
    const { id } = (await this.shop.control('faults', { times: 'always', ...fault })) as SetFault
    const struck = async (): Promise<number> => {
      const { faults } = (await this.shop.control('faults')) as { readonly faults: readonly SetFault[] }
      const found = faults.find((each) => each.id === id)
      if (found !== undefined) return found.struck
      // It leaves the plan when it has struck its last time.
      if (typeof fault.times === 'number') return fault.times
      throw new Error(`the provider has forgotten the fault '${fault.kind}'`)
    }
    return {
      struck,
      untilStruck: async (times) => {
        const look = async (): Promise<true | undefined> => ((await struck()) >= times ? true : undefined)
        await eventually(`'${fault.kind}' strikes ${times} times`, STRIKES_WITHIN_MS, look, LOOKS_EVERY_MS)
      },
      clear: async () => {
        if (typeof fault.times === 'number' && (await struck()) >= fault.times) return
        await this.shop.control(`faults/${id}`, undefined, 'DELETE')
      },
    }
  }

  /** Waits until so many more requests can be left without an answer, which each keeps a connection for so long. */
  async hold(count: number, forMs: number): Promise<void> {
    const held = (): number => {
      const nowMs = performance.now()
      this.#held = this.#held.filter((untilMs) => untilMs > nowMs)
      return this.#held.length
    }
    await eventually('a connection is free', 2 * forMs, () => (held() + count <= HELD_MAX ? true : undefined))
    for (let each = 0; each < count; each++) this.#held.push(performance.now() + forMs)
  }

  /** Waits until the provider has nothing to book and nobody to call. */
  async quietProvider(): Promise<void> {
    await eventually('the provider has nothing to do', STRIKES_WITHIN_MS, async () => {
      const { notifications } = (await this.shop.control('notifications')) as {
        readonly notifications: readonly unknown[]
      }
      const ledger = await this.shop.ledger()
      return notifications.length === 0 && ledger.every(({ pending }) => pending === 0) ? true : undefined
    })
  }

  /** From now on the provider does what it should: who is unpaid may come back and pay. */
  fairWeather(): void {
    this.#fair.resolve()
  }

  /** Goes on beside the play; what fails in it fails the play in the end. */
  beside(work: Promise<void>): void {
    this.#waiting.push(work)
    // Looked at in `everybodyIsThrough`; until then it must not count as unhandled.
    work.catch(() => undefined)
  }

  async everybodyIsThrough(): Promise<void> {
    await Promise.all(this.#waiting)
  }

  /** A payer waits for the end of her payment. If it is unpaid she may come back when all is well, and pays. */
  async toTheEnd(payer: Payer): Promise<void> {
    const shown = await payer.waitForTheEnd()
    if (shown === 'unpaid' && payer.comesBack) await this.payAgain(payer)
  }

  /** She comes back for her order as often as it takes until it is free, and pays by card. */
  async payAgain(payer: Payer): Promise<void> {
    await this.#fair.promise
    await eventually(
      `the order of payer ${payer.number} is free`,
      FREE_WITHIN_MS,
      async () => ((await payer.tryAgain()) ? true : undefined),
      COMES_BACK_EVERY_MS,
    )
    await payer.waitForTheEnd()
  }
}
