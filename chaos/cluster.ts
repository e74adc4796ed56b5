import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../demo/waiting.ts'
import { PostgresServer } from '../test/postgres/server.ts'
import type { Disk } from './disk.ts'
import type { ServerClock } from './server-clock.ts'
import type { Wire } from './wire.ts'

/** What the primary waits for before it calls a commit one. Every standby has this name. */
const FOLLOWER = 'follower'
const SYNCHRONOUS_WITHIN_MS = 30_000
const IS_SYNCHRONOUS = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'"
const WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

/** What one server runs on. */
export interface ServerMachine {
  readonly disk: Disk
  readonly clock: ServerClock
}

/**
 * The database as it is run in production: a primary that calls nothing committed before its standby has it, and a standby
 * that takes its place. The nodes reach whoever is the primary by the same address, which moves.
 */
export class Cluster implements AsyncDisposable {
  primary: PostgresServer
  machine: ServerMachine
  readonly #newMachine: () => ServerMachine
  #standby: { readonly server: PostgresServer; readonly machine: ServerMachine } | undefined
  readonly #wires: Wire[] = []
  /** Since which of its own times the clock of the primary was so wrong. */
  readonly #wrong: { readonly fromMs: number; readonly aheadMs: number }[] = []
  failovers = 0
  /** Waits for the standby that were cancelled: commits of which only the primary knew. */
  cancelled = 0

  private constructor(primary: PostgresServer, machine: ServerMachine, newMachine: () => ServerMachine) {
    this.primary = primary
    this.machine = machine
    this.#newMachine = newMachine
  }

  static async open(newMachine: () => ServerMachine): Promise<Cluster> {
    const machine = newMachine()
    const settings = { synchronous_standby_names: FOLLOWER, max_connections: 60 }
    const primary = await PostgresServer.create(settings, environmentOf(machine))
    const cluster = new Cluster(primary, machine, newMachine)
    try {
      await cluster.follow()
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Moves with the primary from now on. */
  attach(wire: Wire): void {
    this.#wires.push(wire)
  }

  /** Gives the primary a standby: a copy, for which it stops for a moment. */
  async follow(): Promise<void> {
    const machine = this.#newMachine()
    this.#standby = { server: await this.primary.standby(FOLLOWER, environmentOf(machine)), machine }
    await this.untilSynchronous()
  }

  async untilSynchronous(): Promise<void> {
    await eventually('the standby follows', SYNCHRONOUS_WITHIN_MS, async () =>
      (await this.primary.query(IS_SYNCHRONOUS)).length === 1 ? true : undefined,
    )
  }

  get standby(): PostgresServer {
    return this.#following().server
  }

  #following(): { readonly server: PostgresServer; readonly machine: ServerMachine } {
    if (this.#standby === undefined) throw new Error('there is no standby')
    return this.#standby
  }

  /** Puts the clock of the primary ahead, or with less than 0 back. */
  setClock(byMs: number): void {
    const { clock } = this.machine
    clock.aheadMs += byMs
    this.#wrong.push({ fromMs: this.nowMs(), aheadMs: clock.aheadMs })
  }

  /** The time of the primary. */
  nowMs(): number {
    return Date.now() + this.machine.clock.aheadMs
  }

  /** What a time of the primary was by a clock that nobody sets: where it was set back, but for as much. */
  trueMs(atMs: number): number {
    return atMs - (this.#wrong.findLast(({ fromMs }) => fromMs <= atMs)?.aheadMs ?? 0)
  }

  /**
   * The primary is killed, and its standby takes its place; what the old one has is thrown away. The clock of the
   * standby is `behindMs` behind.
   */
  async failOver(behindMs = 0): Promise<void> {
    const [old, { server: next, machine }] = [this.primary, this.#following()]
    await old.stop('KILL')
    await next.start()
    await next.promote()
    // Else every failover after the primary was put ahead would be a jump back of an hour.
    machine.clock.aheadMs = this.machine.clock.aheadMs
    this.primary = next
    this.machine = machine
    this.#standby = undefined
    this.setClock(-behindMs)
    for (const wire of this.#wires) wire.redirect(next.port)
    this.failovers++
    await old[Symbol.asyncDispose]()
    await this.follow()
  }

  /** The primary is killed and comes back on its own data. */
  async crash(): Promise<void> {
    await this.primary.stop('KILL')
    await this.recover()
  }

  /** It may have ended by itself, or be about to start again. */
  async recover(): Promise<void> {
    await this.primary.start()
    await this.untilSynchronous()
  }

  /** The standby is away for so long; what commits meanwhile waits for it. */
  async withoutStandby(during: () => Promise<void>): Promise<void> {
    await this.standby.stop('INT')
    try {
      await during()
    } finally {
      await this.standby.start()
    }
  }

  /** Cancels for so long each wait for the standby, as an impatient person does: the primary has what nobody else has. */
  async cancelWaits(forMs: number): Promise<void> {
    const untilMs = performance.now() + forMs
    while (performance.now() < untilMs) {
      for (const { pid } of await this.primary.query(WAITING)) {
        const [row] = await this.primary.query('SELECT pg_cancel_backend($1) AS done', [pid])
        if (row?.['done'] === true) this.cancelled++
      }
      await sleep(20)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.primary, this.#standby?.server]) await server?.[Symbol.asyncDispose]()
  }
}

function environmentOf({ disk, clock }: ServerMachine): NodeJS.ProcessEnv {
  const libraries = [disk.environment, clock.environment].map(({ LD_PRELOAD }) => LD_PRELOAD)
  return { ...disk.environment, ...clock.environment, LD_PRELOAD: libraries.join(':') }
}
