import { createServer, type RequestListener, type Server } from 'node:http'
import { failure } from '../errors.ts'
import type { World } from '../world.ts'

/** Clients keep connections for reuse; closing them too early would look like a cut in the middle of a request. */
const KEEP_ALIVE_MS = 75_000
/** How often, and how many times, the port is asked for again when somebody else has taken it. */
const LISTEN_AGAIN_MS = 200
const LISTEN_AGAIN_MAX = 150

/** An HTTP server that can go away for a while: then connections are really refused (ECONNREFUSED). */
export class Listener {
  readonly #server: Server
  readonly #world: World
  readonly #host: string
  #port: number
  #away: (() => void) | undefined
  #closed = false

  constructor(world: World, host: string, port: number, onRequest: RequestListener) {
    this.#world = world
    this.#host = host
    this.#port = port
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      // Connections that are busy when an outage begins must not live on through it.
      response.once('finish', () => {
        if (this.#away !== undefined) request.socket.destroySoon()
      })
      onRequest(request, response)
    })
  }

  /** @throws CF_CONFIG when the port is taken or not allowed. */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const refuse = (error: Error): void => {
        const address = `${this.#host}:${this.#port}`
        reject(
          failure('CF_CONFIG', `the simulator cannot listen on ${address}; choose another port`, {}, error),
        )
      }
      this.#server.once('error', refuse)
      this.#server.listen(this.#port, this.#host, () => {
        this.#server.off('error', refuse)
        resolve()
      })
    })
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }

  /** The name or address that it was told to listen at. */
  get host(): string {
    return this.#host
  }

  get url(): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host
    return `http://${host}:${this.#port}`
  }

  /** True while connections are refused. */
  get away(): boolean {
    return this.#away !== undefined
  }

  /** Refuses connections for `durationMs` from now; answers under way are still sent. */
  leave(durationMs: number): void {
    this.#away?.()
    this.#away = this.#world.timer(durationMs, () => this.#return(LISTEN_AGAIN_MAX))
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeIdleConnections()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#away?.()
    this.#away = undefined
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #return(triesLeft: number): void {
    if (this.#closed) return
    const again = (error: Error): void => {
      if (triesLeft <= 0) throw error
      this.#away = this.#world.timer(LISTEN_AGAIN_MS, () => this.#return(triesLeft - 1))
    }
    this.#server.once('error', again)
    this.#server.listen(this.#port, this.#host, () => {
      this.#server.off('error', again)
      this.#away = undefined
    })
  }
}
