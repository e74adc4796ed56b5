import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** What happens to the next commit that comes by, once. */
export type Mishap =
  /** It reaches the server; the answer is lost, and the connection with it. */
  | 'answer-lost'
  /** It reaches the server; the answer never comes, and the connection stays. */
  | 'answer-held'
  /** It does not reach the server; the connection is lost. */
  | 'request-lost'
  /** The connection is lost, and what was sent reaches the server only when `releaseRequest` is called. */
  | 'request-late'

/** The name of the statement in the driver's messages. */
const COMMIT = Buffer.from('commit\0')

/** Stands between a journal and its server, and loses what it is told to lose. */
export class Proxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #serverPort: number
  #next: Mishap | undefined
  #isDown = false
  #held: (() => void) | undefined
  /** Mishaps that have happened. */
  count = 0

  private constructor(server: Server, serverPort: number) {
    this.#server = server
    this.#serverPort = serverPort
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#join(client))
  }

  static async to(serverPort: number): Promise<Proxy> {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return new Proxy(server, serverPort)
  }

  onNextCommit(mishap: Mishap): void {
    this.#next = mishap
  }

  /** From now on nobody gets through; whoever was, is cut off. */
  down(): void {
    this.#isDown = true
    for (const socket of this.#sockets) socket.destroy()
  }

  up(): void {
    this.#isDown = false
  }

  /** Delivers the request of `request-late`. */
  releaseRequest(): void {
    this.#held?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.down()
    await once(this.#server.close(), 'close')
  }

  #join(client: Socket): void {
    if (this.#isDown) {
      client.resetAndDestroy()
      return
    }
    const server = connect(this.#serverPort, '127.0.0.1')
    let mishap: Mishap | undefined
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#sockets.delete(socket))
    }
    client.on('data', (chunk: Buffer) => {
      if (this.#next !== undefined && chunk.includes(COMMIT)) {
        mishap = this.#next
        this.#next = undefined
        this.count++
        if (mishap === 'request-late') this.#held = () => void server.write(chunk)
      }
      if (mishap === 'request-late' || mishap === 'request-lost') client.destroy()
      else server.write(chunk)
    })
    server.on('data', (chunk: Buffer) => {
      if (mishap === undefined) client.write(chunk)
      else if (mishap === 'answer-lost') client.destroy()
    })
    client.on('close', () => {
      if (mishap !== 'request-late') server.end()
    })
    server.on('close', () => client.destroy())
  }
}
