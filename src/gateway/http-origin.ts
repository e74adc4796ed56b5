import { reasonOf } from '../errors.ts'
import { HttpConnection } from './http-connection.ts'
import { openSocket } from './http-socket.ts'
import type { SocketOptions } from './http-socket.ts'

export interface OriginOptions extends SocketOptions {
  /** Connections to one host, in use and idle together. */
  readonly connectionsMax: number
  /** Exchanges that wait for a connection; more are not sent. */
  readonly waitersMax: number
  /** How long one waits. */
  readonly waitTimeoutMs: number
  /** How long an idle connection is kept. */
  readonly idleTimeoutMs: number
}

/** A connection to use, or why there is none. */
export type Acquired =
  | { readonly kind: 'connection'; readonly connection: HttpConnection; readonly reused: boolean }
  | { readonly kind: 'none'; readonly why: string }

interface Waiter {
  readonly give: (acquired: Acquired) => void
  readonly timeout: NodeJS.Timeout
}

/** The connections to one host: a bounded number, each used by one exchange at a time, the last used one first. */
export class HttpOrigin {
  readonly #url: URL
  readonly #options: OriginOptions
  readonly #idle: HttpConnection[] = []
  readonly #busy = new Set<HttpConnection>()
  /** In the order in which they came. */
  readonly #waiters = new Set<Waiter>()
  readonly #closing = new AbortController()
  #opening = 0
  #onQuiet: (() => void) | undefined

  constructor(url: URL, options: OriginOptions) {
    this.#url = url
    this.#options = options
  }

  /** Never rejects. What it gives must come back by `release`. */
  acquire(): Promise<Acquired> {
    if (this.#closing.signal.aborted) return Promise.resolve(none('the transport was closed'))
    const connection = this.#takeIdle()
    if (connection !== undefined) return Promise.resolve({ kind: 'connection', connection, reused: true })
    const { connectionsMax, waitersMax, waitTimeoutMs } = this.#options
    if (this.#busy.size + this.#opening < connectionsMax) return this.#open()
    if (this.#waiters.size >= waitersMax) {
      return Promise.resolve(none(`${this.#url.host}: ${waitersMax} others wait for a connection`))
    }
    return new Promise((resolve) => {
      const waiter: Waiter = {
        give: resolve,
        timeout: setTimeout(() => {
          this.#waiters.delete(waiter)
          resolve(none(`${this.#url.host}: no connection was free within ${waitTimeoutMs} ms`))
        }, waitTimeoutMs),
      }
      this.#waiters.add(waiter)
    })
  }

  release(connection: HttpConnection): void {
    this.#busy.delete(connection)
    if (this.#closing.signal.aborted) connection.close()
    else if (connection.isOpen) this.#idle.push(connection)
    this.#serve()
  }

  /** Closes what is idle, lets the rest end by itself, and resets what is left after `deadlineMs`. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing.abort()
    for (const waiter of this.#waiters) this.#call(waiter).give(none('the transport was closed'))
    for (const connection of this.#idle.splice(0)) connection.close()
    const quiet = new Promise<void>((resolve) => {
      this.#onQuiet = resolve
    })
    this.#serve()
    const timeout = setTimeout(() => {
      for (const connection of this.#busy) connection.abort('the transport was closed')
    }, deadlineMs)
    await quiet
    clearTimeout(timeout)
  }

  #takeIdle(): HttpConnection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (!connection.isOpen) continue
      this.#busy.add(connection)
      return connection
    }
    return undefined
  }

  async #open(): Promise<Acquired> {
    this.#opening++
    try {
      const socket = await openSocket(this.#url, this.#options, this.#closing.signal)
      const connection: HttpConnection = new HttpConnection(
        this.#url,
        socket,
        this.#options.idleTimeoutMs,
        () => this.#forget(connection),
      )
      this.#busy.add(connection)
      return { kind: 'connection', connection, reused: false }
    } catch (thrown) {
      return none(reasonOf(thrown))
    } finally {
      this.#opening--
      this.#serve()
    }
  }

  /** The waiter has its turn: whatever comes now is for it alone, and its time to wait is over. */
  #call(waiter: Waiter): Waiter {
    clearTimeout(waiter.timeout)
    this.#waiters.delete(waiter)
    return waiter
  }

  /** An idle connection that was closed leaves the list at once, so that nothing piles up. */
  #forget(connection: HttpConnection): void {
    const index = this.#idle.indexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
  }

  /** Gives what is free to those who wait. */
  #serve(): void {
    for (const waiter of this.#waiters) {
      const connection = this.#takeIdle()
      if (connection !== undefined) this.#call(waiter).give({ kind: 'connection', connection, reused: true })
      else if (this.#busy.size + this.#opening < this.#options.connectionsMax) {
        void this.#open().then(this.#call(waiter).give)
      } else break
    }
    if (this.#busy.size === 0 && this.#opening === 0) this.#onQuiet?.()
  }
}

function none(why: string): Acquired {
  return { kind: 'none', why }
}
