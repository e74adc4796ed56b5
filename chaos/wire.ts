import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Positions } from './positions.ts'
import { LOOPBACK } from './settings.ts'

/**
 * `refusing`: nobody answers there. `silent`: nothing gets through in either direction, and all of it does once it is over,
 * also what its sender has given up since.
 */
export type Weather = 'fair' | 'refusing' | 'silent'

/** The name of the statement in the messages of the journal's driver. */
const COMMIT = Buffer.from('commit\0')

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Bytes of both directions since the request began that is under way. */
  bytes: number
  isAnswering: boolean
  /** Where this exchange is to be cut. */
  cutAt: number | undefined
  /** A commit was sent, and its answer is to be lost. */
  losesAnswer: boolean
}

/** A TCP connection's way from one node to the database or to the provider, on which everything can happen to it. */
export class Wire implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #target: number
  #weather: Weather = 'fair'
  #positions: Positions | undefined
  #losesCommits = false
  /** Connections that were cut in the midst of an exchange. */
  cuts = 0
  /** Commits that reached the database, and whose answer was lost. */
  answersLost = 0
  /** Connections that met bad weather. */
  weathered = 0

  private constructor(server: Server, target: number) {
    this.#server = server
    this.#target = target
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#join(client))
  }

  static async to(target: number): Promise<Wire> {
    const server = createServer()
    await once(server.listen(0, LOOPBACK), 'listening')
    return new Wire(server, target)
  }

  /** Leads elsewhere from now on, as an address that moves to another machine does. Who was connected is cut off. */
  redirect(target: number): void {
    this.#target = target
    this.cutAll()
  }

  cutAll(): void {
    for (const pair of this.#pairs) reset(pair)
  }

  set weather(weather: Weather) {
    this.#weather = weather
    for (const pair of this.#pairs) {
      if (weather !== 'fair') this.weathered++
      if (weather === 'refusing') reset(pair)
      for (const socket of [pair.client, pair.server]) {
        if (weather === 'silent') socket.pause()
        else socket.resume()
      }
    }
  }

  /** Cuts exchanges at these positions, one after the other; undefined cuts none. */
  set cutting(positions: Positions | undefined) {
    this.#positions = positions
  }

  set losesCommits(loses: boolean) {
    this.#losesCommits = loses
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#weather = 'refusing'
    this.cutAll()
    await once(this.#server.close(), 'close')
  }

  #join(client: Socket): void {
    if (this.#weather !== 'fair') this.weathered++
    if (this.#weather === 'refusing') return void client.resetAndDestroy()
    const server = connect(this.#target, LOOPBACK)
    const pair = { client, server, bytes: 0, isAnswering: true, cutAt: undefined, losesAnswer: false }
    this.#pairs.add(pair)
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      if (this.#weather === 'silent') socket.pause()
    }
    client.on('data', (chunk: Buffer) => this.#asked(pair, chunk))
    server.on('data', (chunk: Buffer) => this.#answered(pair, chunk))
    client.on('end', () => server.end())
    server.on('end', () => client.end())
    client.on('close', () => {
      server.destroy()
      this.#pairs.delete(pair)
    })
    server.on('close', () => client.destroy())
  }

  #asked(pair: Pair, chunk: Buffer): void {
    if (pair.isAnswering) {
      this.#positions?.learn(pair.bytes)
      pair.isAnswering = false
      pair.bytes = 0
      pair.cutAt = this.#positions?.next()
    }
    if (this.#losesCommits && chunk.includes(COMMIT)) pair.losesAnswer = true
    this.#pass(pair, chunk, pair.server)
  }

  #answered(pair: Pair, chunk: Buffer): void {
    pair.isAnswering = true
    if (pair.losesAnswer) {
      this.answersLost++
      return reset(pair)
    }
    this.#pass(pair, chunk, pair.client)
  }

  #pass(pair: Pair, chunk: Buffer, to: Socket): void {
    const { cutAt, bytes } = pair
    pair.bytes += chunk.length
    if (cutAt === undefined || cutAt >= pair.bytes || cutAt < bytes) {
      if (to.write(chunk)) return
      // Whoever does not read keeps the other one from sending.
      const from = to === pair.client ? pair.server : pair.client
      from.pause()
      to.once('drain', () => {
        if (this.#weather !== 'silent') from.resume()
      })
      return
    }
    this.cuts++
    this.#positions?.struck(cutAt)
    pair.cutAt = undefined
    // What stands before the cut arrives; an end in order and a reset are two things to whoever waits for the rest.
    const isReset = cutAt % 2 === 0
    to.write(chunk.subarray(0, cutAt - bytes), () => (isReset ? reset(pair) : end(pair)))
  }
}

function reset({ client, server }: Pair): void {
  for (const socket of [client, server]) socket.resetAndDestroy()
}

function end({ client, server }: Pair): void {
  for (const socket of [client, server]) socket.destroySoon()
}
