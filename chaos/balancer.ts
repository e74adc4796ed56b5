import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOOPBACK, MOUNT } from './settings.ts'

const LOOK_EVERY_MS = 150
const ANSWER_WITHIN_MS = 500

/** Somebody behind the balancer. */
export interface Backend {
  /** Undefined while there is no process. */
  readonly port: number | undefined
}

/**
 * Stands before the nodes, as in production: asks each whether it takes payments, and gives each connection to the next
 * one of those that do. One that dies under a connection is the payer's broken page.
 */
export class Balancer implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #backends: readonly Backend[]
  readonly #ready = new Set<Backend>()
  readonly #sockets = new Set<Socket>()
  readonly #closing = new AbortController()
  readonly #looking: Promise<unknown>
  #turn = 0

  private constructor(server: Server, backends: readonly Backend[]) {
    this.#server = server
    this.#backends = backends
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#join(client))
    this.#looking = Promise.all(backends.map((backend) => this.#look(backend)))
  }

  static async before(backends: readonly Backend[]): Promise<Balancer> {
    const server = createServer()
    await once(server.listen(0, LOOPBACK), 'listening')
    return new Balancer(server, backends)
  }

  get ready(): number {
    return this.#ready.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([once(this.#server.close(), 'close'), this.#looking])
  }

  async #look(backend: Backend): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      if (await isReady(backend.port)) this.#ready.add(backend)
      else this.#ready.delete(backend)
      // Woken by the end: nothing is waited for then.
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  #join(client: Socket): void {
    const ready = this.#backends.filter((backend) => this.#ready.has(backend))
    const port = ready[this.#turn++ % Math.max(1, ready.length)]?.port
    if (port === undefined) return void client.resetAndDestroy()
    const server = connect(port, LOOPBACK)
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#sockets.delete(socket))
    }
    client.pipe(server)
    server.pipe(client)
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  }
}

async function isReady(port: number | undefined): Promise<boolean> {
  if (port === undefined) return false
  try {
    const response = await fetch(`http://${LOOPBACK}:${port}${MOUNT}/readyz`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    // Nobody is there, or it hangs: nobody is sent there.
    return false
  }
}
