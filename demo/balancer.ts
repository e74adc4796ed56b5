import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from './waiting.ts'

const HOST = '127.0.0.1'
/** How often each node is asked whether it takes payments. */
const PROBE_EVERY_MS = 100
/** Who does not answer within this is skipped, such as a process that is stopped. */
const PROBE_WITHIN_MS = 500
const READY_WITHIN_MS = 20_000
/** The longest forms and notifications have less than a tenth of this. */
const BODY_BYTES_MAX = 256 * 1024
/** Between two parts of an answer; event streams say more often that they are still there. */
const SILENCE_MS_MAX = 60_000
/** Of one connection only, and not to be passed on (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** In a request: the number of the node that is tried first, as by a balancer that has not noticed how that one is. */
export const WANTED_NODE = 'x-demo-node'
/** In an answer: the number of the node that gave it. */
export const SERVED_BY = 'x-demo-served-by'
/** In an answer: how many nodes nobody listened at before that one. */
export const REFUSED = 'x-demo-refused'

export interface BalancerOptions {
  /** Where the nodes listen on this machine. */
  readonly ports: readonly number[]
  /** The path that answers with 200 while a node takes payments. */
  readonly readyPath: string
}

interface Node {
  readonly index: number
  readonly port: number
  isReady: boolean
  isBeingAsked: boolean
  /** It was asked to stop: whoever it turns away from now on is turned away because of that. */
  isLeaving: boolean
}

/** What came of handing a request to a node. */
type Passed =
  | 'answered'
  /** Nobody listened: nothing was sent. */
  | 'refused'
  /** The connection ended before the answer began: what was sent may have been done. */
  | 'broken'

/**
 * The one address of several nodes. Each request goes to the next node that is ready; it goes on to another one only
 * when nobody listened at the first, or when it changes nothing. A form is never sent twice.
 */
export class Balancer {
  readonly #nodes: readonly Node[]
  readonly #readyPath: string
  readonly #server: Server
  #next = 0
  #probing: NodeJS.Timeout | undefined
  /** Payers whom a node that was asked to stop has turned away, or left without an answer. */
  refusedByDrain = 0

  constructor({ ports, readyPath }: BalancerOptions) {
    this.#nodes = ports.map((port, index) => ({
      index,
      port,
      isReady: false,
      isBeingAsked: false,
      isLeaving: false,
    }))
    this.#readyPath = readyPath
    this.#server = createServer((asked, answer) => {
      // Whoever asked sees that there is no answer, as when a node breaks off.
      this.#take(asked, answer).catch(() => answer.destroy())
    })
  }

  /** Port 0 takes any free one; answers which it is. */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, HOST, resolve)
    })
    this.#probing = setInterval(() => this.#probeAll(), PROBE_EVERY_MS)
    this.#probing.unref()
    return (this.#server.address() as AddressInfo).port
  }

  isReady(index: number): boolean {
    return this.#node(index).isReady
  }

  async whenReady(index: number): Promise<void> {
    const look = (): true | undefined => (this.isReady(index) ? true : undefined)
    await eventually(`the balancer finds node ${index}`, READY_WITHIN_MS, look)
  }

  /** From now on its errors count, until it is there again. */
  leaves(index: number): void {
    this.#node(index).isLeaving = true
  }

  isBack(index: number): void {
    this.#node(index).isLeaving = false
  }

  async close(): Promise<void> {
    clearInterval(this.#probing)
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  #node(index: number): Node {
    const node = this.#nodes[index]
    if (node === undefined) throw new Error(`there is no node ${index}`)
    return node
  }

  #probeAll(): void {
    for (const node of this.#nodes) if (!node.isBeingAsked) this.#probe(node)
  }

  #probe(node: Node): void {
    node.isBeingAsked = true
    const told = (isReady: boolean): void => {
      node.isReady = isReady
      node.isBeingAsked = false
    }
    const probe = request(
      { host: HOST, port: node.port, path: this.#readyPath, agent: false, timeout: PROBE_WITHIN_MS },
      (answer) => {
        answer.resume()
        told(answer.statusCode === 200)
      },
    )
    probe.once('timeout', () => probe.destroy(new Error('no answer in time')))
    probe.on('error', () => told(false))
    probe.end()
  }

  async #take(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(asked)
    if (body === undefined) return void answer.writeHead(413, { connection: 'close' }).end()
    let refused = 0
    for (const node of this.#inTurn(asked)) {
      const passed = await this.#pass(node, asked, body, answer, refused)
      if (passed === 'answered' || answer.destroyed) return
      if (passed === 'refused') refused++
      // What may have been done is not done again by us: that is for the payer to say.
      else if (asked.method !== 'GET' && asked.method !== 'HEAD') {
        this.#count(node, asked)
        return void answer.destroy()
      }
    }
    answer.writeHead(503, { 'retry-after': '1', [REFUSED]: refused }).end('No node is there.\n')
  }

  /** Who is wanted first, then who is ready, beginning with the next; where nobody is ready, all of them. */
  #inTurn({ headers }: IncomingMessage): readonly Node[] {
    const wanted = this.#nodes[Number(headers[WANTED_NODE] ?? Number.NaN)]
    const first = this.#next++ % this.#nodes.length
    const turned = [...this.#nodes.slice(first), ...this.#nodes.slice(0, first)]
    const ready = turned.filter(({ isReady }) => isReady)
    const others = ready.length > 0 ? ready : turned
    return wanted === undefined ? others : [wanted, ...others.filter((node) => node !== wanted)]
  }

  #pass(
    node: Node,
    asked: IncomingMessage,
    body: Buffer,
    answer: ServerResponse,
    refused: number,
  ): Promise<Passed> {
    return new Promise((resolve) => {
      const passedOn = request({
        host: HOST,
        port: node.port,
        path: asked.url,
        method: asked.method,
        agent: false,
        timeout: SILENCE_MS_MAX,
        headers: this.#headersFor(asked, body),
      })
      // Whoever has closed the window waits for nothing.
      const leave = (): void => void passedOn.destroy()
      answer.once('close', leave)
      passedOn.once('timeout', leave)
      passedOn.on('error', (error: NodeJS.ErrnoException) => {
        answer.off('close', leave)
        if (answer.headersSent) answer.destroy()
        resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'broken')
      })
      passedOn.once('response', (given) => {
        const status = given.statusCode ?? 502
        if (status >= 500) this.#count(node, asked)
        answer.writeHead(status, {
          ...headersIn(given),
          [SERVED_BY]: node.index,
          [REFUSED]: refused,
        })
        given.once('error', () => answer.destroy())
        given.once('aborted', () => answer.destroy())
        given.pipe(answer)
        resolve('answered')
      })
      passedOn.end(body)
    })
  }

  #headersFor(asked: IncomingMessage, body: Buffer): Record<string, string | string[]> {
    const { [WANTED_NODE]: _, ...headers } = headersIn(asked)
    const seen = asked.socket.remoteAddress ?? HOST
    const before = headers['x-forwarded-for']
    return {
      ...headers,
      'x-forwarded-for': before === undefined ? seen : `${String(before)}, ${seen}`,
      ...(body.length > 0 && { 'content-length': String(body.length) }),
    }
  }

  /** The provider calls again until it is heard: only payers are turned away. */
  #count({ isLeaving }: Node, { url = '' }: IncomingMessage): void {
    if (isLeaving && !url.includes('/notifications/')) this.refusedByDrain++
  }
}

function headersIn({ headers }: IncomingMessage): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value]],
    ),
  )
}

/** Undefined when it is too long. */
async function bodyOf(asked: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of asked as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
