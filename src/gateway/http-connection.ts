import type { IncomingHttpHeaders } from 'node:http'
import { Client } from 'undici'
import type { Dispatcher } from 'undici'
import { reasonOf } from '../errors.ts'
import type { Exchange } from './gateway.ts'
import type { OpenSocket } from './http-socket.ts'
import type { Sent } from './transport.ts'

/** What became of one exchange on one connection. */
export type Ended =
  | Sent
  /** The connection was gone before the first byte; another connection may take the exchange. */
  | { readonly kind: 'lost'; readonly why: string }

/** Longest head of an answer. */
const HEAD_BYTES_MAX = 16 * 1024

/**
 * One open connection, one exchange at a time. The HTTP client is given the socket that we opened, and no other ever:
 * so it cannot connect again, and cannot send again what it has written (F3).
 */
export class HttpConnection {
  readonly #raw: OpenSocket['raw']
  readonly #stream: OpenSocket['stream']
  readonly #client: Client
  #current: Run | undefined

  constructor(origin: URL, { stream, raw }: OpenSocket, idleTimeoutMs: number, onGone: () => void) {
    this.#raw = raw
    this.#stream = stream
    let given = false
    this.#client = new Client(origin.origin, {
      connect: (_options, callback) => {
        const gone = given || stream.destroyed
        given = true
        // Not in the same call: the client is not ready for its answer there.
        queueMicrotask(() =>
          gone ? callback(new Error('the connection is gone'), null) : callback(null, stream),
        )
      },
      // The transport has one timer of its own, exact and from the first byte on.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleTimeoutMs,
      keepAliveMaxTimeout: idleTimeoutMs,
      maxHeaderSize: HEAD_BYTES_MAX,
      pipelining: 1,
    })
    stream.once('close', onGone)
  }

  /** False once nothing more can be sent over it. */
  get isOpen(): boolean {
    return !this.#stream.destroyed && !this.#raw.destroyed
  }

  /** Sends one exchange. Never rejects. */
  run(exchange: Exchange, target: string, mayStart: () => string | undefined): Promise<Ended> {
    return new Promise((resolve) => {
      const run = new Run(exchange, mayStart, () => this.reset(), resolve)
      this.#current = run
      this.#client.dispatch(
        {
          path: target,
          method: exchange.method,
          headers: { ...exchange.headers, 'accept-encoding': 'identity' },
          body: exchange.method === 'GET' ? null : exchange.body,
          idempotent: false,
        },
        run,
      )
    })
  }

  /** Ends the exchange that is under way, if one is, with a reset. */
  abort(why: string): void {
    this.#current?.cut(why)
  }

  /**
   * Resets the TCP socket, so that the kernel delivers nothing more of what was written. True only when that was
   * done on a socket that was still open; resolves when the socket is closed.
   */
  reset(): Promise<boolean> {
    const raw = this.#raw
    if (!this.isOpen) return Promise.resolve(false)
    return new Promise((resolve) => {
      let failed = false
      raw.once('error', () => {
        failed = true
      })
      raw.once('close', () => {
        this.#stream.destroy()
        resolve(!failed)
      })
      raw.resetAndDestroy()
    })
  }

  /** Closes a connection that nobody uses. */
  close(): void {
    this.#stream.destroy()
    this.#raw.destroy()
  }
}

const REFUSED = 'refused to start'

/** One exchange as the HTTP client reports it. Whatever comes after its end changes nothing. */
class Run implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange
  readonly #mayStart: () => string | undefined
  readonly #reset: () => Promise<boolean>
  readonly #resolve: (ended: Ended) => void
  #ended = false
  #started = false
  #refusal: string | undefined
  #timeout: NodeJS.Timeout | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(
    exchange: Exchange,
    mayStart: () => string | undefined,
    reset: () => Promise<boolean>,
    resolve: (ended: Ended) => void,
  ) {
    this.#exchange = exchange
    this.#mayStart = mayStart
    this.#reset = reset
    this.#resolve = resolve
  }

  /** Called in the same tick as the first byte is written, right before it; throwing here writes nothing. */
  onRequestStart(): void {
    if (this.#started || this.#ended) {
      throw new Error('an exchange is never sent twice')
    }
    this.#refusal = refusalOf(this.#mayStart)
    if (this.#refusal !== undefined) throw new Error(REFUSED)
    this.#started = true
    const { timeoutMs } = this.#exchange
    this.#timeout = setTimeout(() => this.cut(`no whole answer within ${timeoutMs} ms`), timeoutMs)
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#exchange.answerBytesMax) {
      this.#chunks = []
      this.cut(`an answer of more than ${this.#exchange.answerBytesMax} bytes`)
    } else if (!this.#ended) {
      this.#chunks.push(chunk)
    }
  }

  onResponseEnd(): void {
    const headers = this.#headers
    if (!isFramed(this.#status, headers)) return this.cut('an answer that does not say where it ends')
    const [first] = this.#chunks
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    this.#end({ kind: 'answered', answer: { status: this.#status, headers: flat(headers), body } })
  }

  onResponseError(_controller: unknown, error: Error): void {
    const why = reasonOf(error)
    if (this.#refusal !== undefined) this.#end({ kind: 'notSent', why: this.#refusal })
    else if (this.#started) this.#end({ kind: 'unknown', why, socketReset: false })
    else if (isUnsendable(error)) this.#end({ kind: 'notSent', why })
    else this.#end({ kind: 'lost', why })
  }

  /** Gives up: nothing more shall be delivered, and whether that is so is told. Before the first byte it is. */
  cut(why: string): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timeout)
    void this.#reset().then((socketReset) =>
      this.#resolve(this.#started ? { kind: 'unknown', why, socketReset } : { kind: 'notSent', why }),
    )
  }

  #end(ended: Ended): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timeout)
    this.#resolve(ended)
  }
}

/** An answer that ends only because its connection does looks the same when it was cut. */
function isFramed(status: number, headers: IncomingHttpHeaders): boolean {
  if (status === 204 || status === 304) return true
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/** A header or path that cannot be written: no other connection would help. */
function isUnsendable(error: Error): boolean {
  return 'code' in error && (error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED')
}

function refusalOf(mayStart: () => string | undefined): string | undefined {
  try {
    return mayStart()
  } catch (thrown) {
    return `mayStart failed: ${reasonOf(thrown)}`
  }
}

function flat(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const flattened: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flattened[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flattened
}
