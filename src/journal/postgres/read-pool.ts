import { failure } from '../../errors.ts'
import type { Row } from '../../postgres/column.ts'
import type { Connection } from '../../postgres/connection.ts'
import type { Statement } from '../../postgres/driver.ts'
import { faultOf, journalFailure } from './faults.ts'
import type { Primary } from '../../postgres/primary.ts'
import type { Settings } from './settings.ts'
import type { WritersPlace } from './writers-place.ts'

/** So many reads may wait for a connection. More means that the database cannot follow. */
const WAITING_MAX = 10_000

export interface ReadPoolOptions {
  readonly primary: Primary
  readonly place: WritersPlace
  readonly settings: Settings
  readonly name: string
}

interface Waiting {
  readonly resolve: (connection: Connection | undefined) => void
  readonly reject: (error: Error) => void
}

/**
 * Connections for reads, opened when they are needed. All lead to the server on which this journal writes, and none
 * is used before the writer's place is taken: so what they show is no standby's old news (F24), and nothing of ours
 * that a failover could still lose (F8).
 */
export class ReadPool {
  readonly #options: ReadPoolOptions
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting: Waiting[] = []
  /** Connections that are being opened. */
  #opening = 0
  /** The writer's connection; with another one, all of ours are from before and may lead elsewhere. */
  #writer: Connection | undefined
  #isClosed = false

  constructor(options: ReadPoolOptions) {
    this.#options = options
  }

  /** @throws CF_JOURNAL_UNAVAILABLE, CF_OVERLOADED, or another error of the journal */
  async query(statement: Statement): Promise<readonly Row[]> {
    try {
      return await this.#queryOnce(statement)
    } catch (error) {
      // A connection may have ended since its last query without a word. To read twice does no harm.
      if (!isLostConnection(error) || this.#isClosed) throw journalFailure(error, this.#options.name)
    }
    try {
      return await this.#queryOnce(statement)
    } catch (error) {
      throw journalFailure(error, this.#options.name)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed())
    await Promise.all([...this.#all].map((connection) => connection.close()))
  }

  async #queryOnce(statement: Statement): Promise<readonly Row[]> {
    const { readTimeoutMs } = this.#options.settings
    const connection = await this.#take()
    try {
      return (await connection.query(statement, readTimeoutMs)).rows
    } finally {
      this.#giveBack(connection)
    }
  }

  async #take(): Promise<Connection> {
    const { place, settings } = this.#options
    const { connection: writer } = await place.take()
    if (this.#isClosed) throw this.#closed()
    if (writer !== this.#writer) this.#startOver(writer)
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#all.size + this.#opening < settings.readersMax) return this.#open(writer)
    if (this.#waiting.length >= WAITING_MAX) {
      throw failure('CF_OVERLOADED', `${WAITING_MAX} reads wait for ${this.#options.name} already`)
    }
    const given = await this.#turn(settings.readTimeoutMs)
    return given ?? this.#take()
  }

  async #open(writer: Connection): Promise<Connection> {
    const { primary, settings } = this.#options
    this.#opening++
    try {
      const connection = await primary.connectTo(
        writer.server,
        settings.connectTimeoutMs,
        settings.readTimeoutMs,
      )
      if (this.#isClosed || writer !== this.#writer) {
        connection.destroy()
        throw new Error('the writer has another connection by now')
      }
      this.#all.add(connection)
      connection.onEnd(() => this.#forget(connection))
      return connection
    } catch (error) {
      // Whoever waits may try for itself.
      this.#callNext(undefined)
      throw error
    } finally {
      this.#opening--
    }
  }

  #giveBack(connection: Connection): void {
    if (!connection.isOpen || !this.#all.has(connection)) return this.#forget(connection)
    if (!this.#callNext(connection)) this.#idle.push(connection)
  }

  #forget(connection: Connection): void {
    const isNews = this.#all.delete(connection)
    const place = this.#idle.indexOf(connection)
    if (place >= 0) this.#idle.splice(place, 1)
    connection.destroy()
    if (isNews) this.#callNext(undefined)
  }

  #startOver(writer: Connection): void {
    this.#writer = writer
    for (const connection of this.#all) this.#forget(connection)
  }

  /** A connection, or undefined when there may be room for a new one. */
  #turn(timeoutMs: number): Promise<Connection | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(
          failure('CF_JOURNAL_UNAVAILABLE', `${this.#options.name}: no reader was free for ${timeoutMs} ms`),
        )
      }, timeoutMs)
      const settle = <T>(settled: (value: T) => void) => {
        return (value: T): void => {
          clearTimeout(timer)
          settled(value)
        }
      }
      const waiting: Waiting = { resolve: settle(resolve), reject: settle(reject) }
      this.#waiting.push(waiting)
    })
  }

  #callNext(connection: Connection | undefined): boolean {
    const next = this.#waiting.shift()
    next?.resolve(connection)
    return next !== undefined
  }

  #closed(): Error {
    return failure('CF_JOURNAL_UNAVAILABLE', `${this.#options.name} is closed`)
  }
}

function isLostConnection(error: unknown): boolean {
  const { state, isRolledBack } = faultOf(error)
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return !isRolledBack && (state !== undefined || typeof code !== 'string' || !code.startsWith('CF_'))
}
