import { CounterfoilError, failure, reasonOf } from '../errors.ts'
import { Connection } from './connection.ts'
import type { Driver } from './driver.ts'
import type { Server, Settings } from './settings.ts'

/** On the server's side each statement ends a little before we would give it up, so that its end is certain. */
const SERVER_SHARE = 0.8
const LOCK_SHARE = 0.4

/** How connections of one journal are made; all of them lead to the server that takes writes. */
export class Primary {
  readonly #driver: Driver
  readonly #settings: Settings
  readonly #name: string
  /** Where it was last: asked first. */
  #last: Server

  constructor(driver: Driver, settings: Settings, name: string) {
    this.#driver = driver
    this.#settings = settings
    this.#name = name
    this.#last = settings.servers[0]
  }

  /**
   * Connects to the first server that takes writes.
   *
   * @throws CF_JOURNAL_UNAVAILABLE with what each of them said, or another error of a single server
   */
  async connect(timeoutMs: number): Promise<Connection> {
    const servers = [this.#last, ...this.#settings.servers.filter((server) => server !== this.#last)]
    const untilMs = performance.now() + timeoutMs
    const reasons: string[] = []
    for (const [index, server] of servers.entries()) {
      // The last one alone may use up all that is left.
      const leftMs = Math.max(1, (untilMs - performance.now()) / (servers.length - index))
      try {
        const connection = await this.connectTo(server, leftMs, this.#settings.commitTimeoutMs)
        this.#last = server
        return connection
      } catch (error) {
        if (servers.length === 1 || isForPeople(error)) throw error
        reasons.push(`${server.label}: ${reasonOf(error)}`)
      }
    }
    throw failure('CF_JOURNAL_UNAVAILABLE', `${this.#name}: no primary: ${reasons.join('; ')}`)
  }

  /** A connection to one server, whatever the others are. `answerMs` is how long we would wait for one statement. */
  connectTo(server: Server, timeoutMs: number, answerMs: number): Promise<Connection> {
    const { schema, connectTimeoutMs } = this.#settings
    return Connection.open({
      driver: this.#driver,
      server,
      schema,
      timeoutMs: Math.ceil(Math.min(timeoutMs, connectTimeoutMs)),
      statementTimeoutMs: Math.round(answerMs * SERVER_SHARE),
      lockTimeoutMs: Math.round(answerMs * LOCK_SHARE),
    })
  }
}

function isForPeople(error: unknown): boolean {
  return error instanceof CounterfoilError && error.code === 'CF_CONFIG'
}
