import { Socket } from 'node:net'
import { failure, reasonOf } from '../errors.ts'
import { booleanIn, numberIn, type Row, textIn } from './column.ts'
import type { Driver, DriverClient, Notification, Statement } from './driver.ts'
import type { Server } from './settings.ts'
import { tlsAdvice } from './tls.ts'

/** The oldest server that this is tried with. */
const VERSION_MIN = 150_000
/** So long a server is asked for an orderly end of a connection. */
const END_WITHIN_MS = 1_000

export interface ConnectionOptions {
  readonly driver: Driver
  readonly server: Server
  readonly schema: string
  readonly timeoutMs: number
  /** On the server's side: a statement, and its wait for a lock, end after this. 0 for never. */
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
}

/** What a query answered, with every word that the server said beside it. */
export interface Answer {
  readonly rows: readonly Row[]
  readonly warnings: readonly string[]
}

/**
 * Each setting that safety rests on is set here, whatever the server, the database and the user have of their own. A
 * lower `client_min_messages` would hide that a commit's wait for its standby was cancelled (F8).
 */
const SETUP = `
SELECT
  pg_is_in_recovery() AS in_recovery,
  current_setting('transaction_read_only')::boolean AS read_only,
  current_setting('server_version_num')::int AS version,
  current_setting('server_version') AS version_text,
  current_setting('server_encoding') AS encoding,
  current_setting('fsync')::boolean AS fsync,
  set_config('search_path', $1, false),
  set_config('statement_timeout', $2, false),
  set_config('lock_timeout', $3, false),
  set_config('client_min_messages', 'warning', false),
  set_config('default_transaction_isolation', 'read committed', false),
  set_config('idle_in_transaction_session_timeout', '10000', false),
  set_config('synchronous_commit', CASE current_setting('synchronous_commit')
    WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)`

/** One connection to a primary. Whatever happens to it, each query settles within its time. */
export class Connection {
  readonly server: Server
  readonly #client: DriverClient
  readonly #socket: Socket
  #warnings: string[] = []
  #isOpen = true
  #fsync = true

  private constructor(server: Server, client: DriverClient, socket: Socket) {
    this.server = server
    this.#client = client
    this.#socket = socket
    // Told to whoever asks next, and to `onEnd`; a query in flight is rejected by the driver.
    client.on('error', () => this.destroy())
    client.on('end', () => (this.#isOpen = false))
    client.on('notice', ({ message = 'a notice without words' }) => this.#warnings.push(message))
  }

  /** @throws CF_JOURNAL_UNAVAILABLE when the server is not the primary, CF_CONFIG, or what the driver throws */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { driver, server, schema, timeoutMs, statementTimeoutMs, lockTimeoutMs } = options
    const socket = new Socket()
    const client = new driver.Client({
      ...server.driverOptions,
      application_name: `counterfoil ${schema}`,
      keepAlive: true,
      stream: () => socket,
    })
    const connection = new Connection(server, client, socket)
    try {
      await connection.#within(timeoutMs, client.connect())
      const values = [`${schema}, pg_temp`, statementTimeoutMs, lockTimeoutMs]
      const { rows } = await connection.query({ text: SETUP, values }, timeoutMs)
      connection.#check(rows[0])
      return connection
    } catch (error) {
      connection.destroy()
      const advice = tlsAdvice(error)
      if (advice === undefined) throw error
      const text = `${server.label}: ${reasonOf(error)}; ${advice}`
      throw failure('CF_JOURNAL_UNAVAILABLE', text, {}, error)
    }
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** False where the server was told not to wait for its disk. */
  get isDurable(): boolean {
    return this.#fsync
  }

  onEnd(listener: () => void): void {
    this.#client.on('end', listener)
  }

  onNotification(listener: (notification: Notification) => void): void {
    this.#client.on('notification', listener)
  }

  /** One at a time, so that each warning is that of its query. After a timeout the connection is gone. */
  async query(statement: Statement, timeoutMs: number): Promise<Answer> {
    this.#warnings = []
    this.#client.ref()
    try {
      const { rows } = await this.#within(timeoutMs, this.#client.query(statement))
      return { rows, warnings: this.#warnings }
    } catch (error) {
      // Its last word: the end of the connection itself may come a moment later.
      if (endsConnection(error)) this.destroy()
      throw error
    } finally {
      this.#client.unref()
    }
  }

  /** At once and without a word: the server may be anything by now. */
  destroy(): void {
    this.#isOpen = false
    this.#socket.destroy()
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    try {
      await this.#within(END_WITHIN_MS, this.#client.end())
    } finally {
      this.destroy()
    }
  }

  async #within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(failure('CF_JOURNAL_UNAVAILABLE', `${this.server.label} gave no answer for ${timeoutMs} ms`))
        this.destroy()
      }, timeoutMs)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #check(row: Row | undefined): void {
    const { label } = this.server
    if (booleanIn(row, 'in_recovery')) throw failure('CF_JOURNAL_UNAVAILABLE', `${label} is a standby`)
    if (booleanIn(row, 'read_only')) throw failure('CF_JOURNAL_UNAVAILABLE', `${label} takes no writes`)
    if (numberIn(row, 'version') < VERSION_MIN) {
      throw failure(
        'CF_CONFIG',
        `${label} is PostgreSQL ${textIn(row, 'version_text')}; 15 or newer is needed`,
      )
    }
    if (textIn(row, 'encoding') !== 'UTF8') {
      throw failure('CF_CONFIG', `${label} keeps texts in ${textIn(row, 'encoding')}; a journal needs UTF8`)
    }
    this.#fsync = booleanIn(row, 'fsync')
  }
}

function endsConnection(error: unknown): boolean {
  const { severity } = (error ?? {}) as { readonly severity?: unknown }
  return severity === 'FATAL' || severity === 'PANIC'
}
