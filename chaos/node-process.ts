import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../demo/waiting.ts'
import { EXIT_CODE_DISK_FAILED } from '../src/journal/spool/index.ts'
import { Child, type Exit } from '../test/crash/child.ts'
import type { Backend } from './balancer.ts'
import { EXIT_CODE_NOT_OPENED, type NodeSettings, type Version } from './settings.ts'
import type { Disk } from './disk.ts'
import type { Wire } from './wire.ts'

/** A supervisor lets a process that ended by itself rest so long. */
const REST_MS = 300
/** Also while its database is away for a few seconds, again and again. */
const SERVES_WITHIN_MS = 60_000
const SCRIPT = new URL('./processes/node.ts', import.meta.url).href

export interface NodeProcessOptions {
  readonly name: string
  readonly folder: string
  readonly database: Wire
  readonly provider: Wire
  /** Where its spool is. */
  readonly disk: Disk
  readonly settings: Omit<NodeSettings, 'version' | 'databaseUrl' | 'spoolPath'>
  /** Of its process. */
  readonly environment: NodeJS.ProcessEnv
}

/** How a node is run: the release, and what is wrong with its machine. */
export interface Machine {
  readonly version: Version
  /** Added to the environment of its process. */
  readonly environment: NodeJS.ProcessEnv
}

/**
 * One node with its supervisor: a process that ends by itself, because its journal cannot be opened or its disk has failed,
 * is started again. Any other end that nobody asked for is remembered as one.
 */
export class NodeProcess implements Backend {
  readonly name: string
  readonly database: Wire
  readonly provider: Wire
  readonly disk: Disk
  readonly spoolPath: string
  port: number | undefined
  machine: Machine = { version: 1, environment: {} }
  /** Releases that it has run. */
  readonly versions = new Set<Version>()
  /** Ends that nothing explains. */
  readonly strangeEnds: string[] = []
  kills = 0
  /** It stopped itself because its disk had failed. */
  diskFailures = 0
  readonly #options: NodeProcessOptions
  readonly #logFile: string
  #child: Child | undefined
  #isWanted = false
  #running: Promise<void> = Promise.resolve()

  constructor(options: NodeProcessOptions) {
    const { name, folder, database, provider, disk } = options
    this.name = name
    this.database = database
    this.provider = provider
    this.disk = disk
    this.spoolPath = join(folder, `${name}.spool`)
    this.#logFile = join(folder, `${name}.log`)
    this.#options = options
  }

  /** Starts it; its supervisor starts it again until `end`, `kill` or `dispose`. */
  start(machine: Machine = this.machine): void {
    if (this.#isWanted) throw new Error(`${this.name} is started already`)
    this.machine = machine
    this.versions.add(machine.version)
    this.#isWanted = true
    this.#running = this.#supervise()
  }

  async untilServing(): Promise<void> {
    // A process that cannot open its journal is followed by another one.
    await eventually(`${this.name} serves`, SERVES_WITHIN_MS, () => {
      if (!this.#isWanted) throw new Error(`${this.name} is not started`)
      return this.port === undefined ? undefined : true
    })
  }

  /** SIGKILL. It stays away until it is started again. */
  async kill(): Promise<void> {
    this.kills++
    await this.#end('SIGKILL')
  }

  /** SIGTERM: it ends what it has begun. */
  async drain(): Promise<void> {
    const exit = await this.#end('SIGTERM')
    // One that was about to start has nothing to end.
    const isOrderly = exit === undefined || exit.code === 0 || exit.code === EXIT_CODE_NOT_OPENED
    if (!isOrderly && exit.signal !== 'SIGTERM') {
      this.strangeEnds.push(`${this.name}: SIGTERM ended it with ${exit.code ?? exit.signal}`)
    }
  }

  pause(): void {
    this.#child?.signal('SIGSTOP')
  }

  resume(): void {
    this.#child?.signal('SIGCONT')
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.signal(name)
  }

  async #end(signal: NodeJS.Signals): Promise<Exit | undefined> {
    this.#isWanted = false
    const child = this.#child
    child?.signal(signal)
    const exit = await child?.whenGone()
    await this.#running
    return exit
  }

  async #supervise(): Promise<void> {
    while (this.#isWanted) {
      const child = this.#spawn()
      this.#child = child
      const line = await child.ready
      if (line !== undefined) this.port = Number(line)
      const exit = await child.exited
      this.port = undefined
      if (!this.#isWanted) break
      if (exit.code === EXIT_CODE_DISK_FAILED) this.diskFailures++
      else if (exit.code !== EXIT_CODE_NOT_OPENED) {
        this.strangeEnds.push(`${this.name}: ended by itself with ${exit.code ?? exit.signal}`)
      }
      await sleep(REST_MS)
    }
    this.#child = undefined
  }

  /** All that its processes have printed so far. */
  get printed(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : ''
  }

  #spawn(): Child {
    const { settings, database, environment } = this.#options
    const full: NodeSettings = {
      ...settings,
      version: this.machine.version,
      databaseUrl: `postgres://postgres@127.0.0.1:${database.port}/postgres`,
      spoolPath: this.spoolPath,
    }
    return new Child(SCRIPT, full, this.#logFile, {
      ...environment,
      ...this.disk.environment,
      ...this.machine.environment,
    })
  }
}
