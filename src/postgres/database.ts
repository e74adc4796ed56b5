import { CounterfoilError, reasonOf } from '../errors.ts'
import type { Row } from './column.ts'
import type { Connection } from './connection.ts'
import { loadDriver, type Statement } from './driver.ts'
import { migrate, type Migration } from './migrate.ts'
import { Primary } from './primary.ts'
import type { Settings } from './settings.ts'

/** So many may wait for a connection. More means that the database cannot follow. */
const WAITING_MAX = 1_000

export interface PostgresDatabaseOptions {
  readonly settings: Settings
  readonly migrations: readonly Migration[]
  /** The error that its users expect. */
  readonly fail: (text: string, cause: unknown) => Error
}

/**
 * Tables in a schema of their own, on the primary: opened and migrated when they are first needed, or by `open`. Only for
 * statements that do no harm when they are done twice: one whose connection turns out to be gone is repeated once.
 */
export class PostgresDatabase {
  readonly name: string
  readonly #options: PostgresDatabaseOptions
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting: (() => void)[] = []
  #opening: Promise<Primary> | undefined
  #taken = 0
  #isClosed = false

  constructor(options: PostgresDatabaseOptions) {
    const { servers, schema } = options.settings
    this.name = `postgres ${servers.map(({ label }) => label).join(', ')} (${schema})`
    this.#options = options
  }

  /** Connects and migrates. */
  async open(): Promise<void> {
    this.#isClosed = false
    await this.#guarded(() => this.#primary())
  }

  /** One statement, which is one transaction. */
  async query(statement: Statement): Promise<readonly Row[]> {
    return this.#guarded(async () => {
      const first = await this.#ask(statement)
      const answered = first === 'gone' ? await this.#ask(statement) : first
      if (answered === 'gone') throw new Error('the connection was lost twice')
      return answered
    })
  }

  /** `gone` when the connection had ended before it was asked, or while it was. */
  async #ask(statement: Statement): Promise<readonly Row[] | 'gone'> {
    const { settings } = this.#options
    const connection = await this.#take(await this.#primary())
    try {
      return (await connection.query(statement, settings.readTimeoutMs)).rows
    } catch (error) {
      if (connection.isOpen || error instanceof CounterfoilError) throw error
      return 'gone'
    } finally {
      this.#giveBack(connection)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#opening = undefined
    for (const wake of this.#waiting.splice(0)) wake()
    await Promise.all([...this.#all].map((connection) => connection.close()))
    this.#all.clear()
    this.#idle.length = 0
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof CounterfoilError && error.code === 'CF_CONFIG') throw error
      throw this.#options.fail(`${this.name}: ${reasonOf(error)}`, error)
    }
  }

  /** A failed opening is tried again by whoever comes next. */
  async #primary(): Promise<Primary> {
    if (this.#isClosed) throw new Error('it is closed')
    this.#opening ??= this.#prepare()
    try {
      return await this.#opening
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async #prepare(): Promise<Primary> {
    const { settings, migrations } = this.#options
    const primary = new Primary(await loadDriver(), settings, this.name)
    const connection = await primary.connect(settings.connectTimeoutMs)
    try {
      await migrate(connection, settings.schema, migrations)
    } finally {
      await connection.close()
    }
    return primary
  }

  async #take(primary: Primary): Promise<Connection> {
    const { settings } = this.#options
    const untilMs = performance.now() + settings.readTimeoutMs
    while (this.#taken >= settings.readersMax) {
      if (this.#waiting.length >= WAITING_MAX) throw new Error(`${WAITING_MAX} wait for it already`)
      await this.#turn(untilMs - performance.now())
      if (this.#isClosed) throw new Error('it is closed')
      if (performance.now() > untilMs)
        throw new Error(`no connection was free for ${settings.readTimeoutMs} ms`)
    }
    this.#taken++
    try {
      const idle = this.#idle.pop()
      if (idle?.isOpen === true) return idle
      const connection = await primary.connect(settings.connectTimeoutMs)
      this.#all.add(connection)
      connection.onEnd(() => this.#all.delete(connection))
      return connection
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  #giveBack(connection: Connection): void {
    if (connection.isOpen) this.#idle.push(connection)
    else this.#all.delete(connection)
    this.#leave()
  }

  #leave(): void {
    this.#taken--
    this.#waiting.shift()?.()
  }

  #turn(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(
        () => {
          this.#waiting.splice(this.#waiting.indexOf(wake), 1)
          resolve()
        },
        Math.max(1, withinMs),
      )
      this.#waiting.push(wake)
    })
  }
}
