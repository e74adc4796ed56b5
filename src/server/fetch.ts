import { createServer, type IncomingMessage, request as ask, type RequestListener } from 'node:http'
import { isIP } from 'node:net'
import { type Duplex, duplexPair, pipeline, Readable } from 'node:stream'
import { failure } from '../errors.ts'

/** What only the host can know: a `Request` does not say who sent it. */
export interface FetchCaller {
  /**
   * The address at the other end of the host's connection: the payer's, or that of the proxy in front, whose
   * X-Forwarded-For is then believed if `trustProxy` names it. Default: nobody's, and nobody's word is believed.
   */
  readonly address?: string | undefined
}

/** Answers requests of the web's standards. */
export type Fetch = (request: Request, caller?: FetchCaller) => Promise<Response>

/** Between two neighbours, and nobody else's business. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** Said anew for the connection in memory: a length that is not that of the body would be waited for. */
const SAID_ANEW = new Set(['content-length', 'expect', 'host'])
/** As web servers write it down: the client has closed the connection. */
const GONE_STATUS = 499
const WITHOUT_BODY = new Set([204, 205, 304])

/**
 * Hands requests of the web's standards to a listener of `node:http`: each has a connection in memory, and HTTP is
 * spoken on it. So a body that is too long, a reader who is too slow and one who has gone are what they are on a socket.
 */
export function fetchBy(listener: RequestListener): Fetch {
  const alreadyRead = new WeakSet<object>()
  // It never listens; connections are given to it.
  const server = createServer((incoming, response) => {
    if (!alreadyRead.has(incoming.socket)) return listener(incoming, response)
    // What the host has read is not here any more: read to its end, it looks as such a body does in `node`.
    incoming.once('end', () => listener(incoming, response)).resume()
  })

  const connect = (address: string | undefined, isRead: boolean): Duplex => {
    const [near, far] = duplexPair()
    Object.assign(far, { remoteAddress: address })
    if (isRead) alreadyRead.add(far)
    // Whichever end is cut, the other one hears of it; the pair itself tells it in the later versions of Node only.
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    server.emit('connection', far)
    return near
  }

  return async (request, { address } = {}) => {
    if (address !== undefined && isIP(address) === 0) {
      throw failure(
        'CF_CONFIG',
        'fetch(request, { address }): address must be one IP address, without a port',
      )
    }
    if (request.signal.aborted) return goneResponse()
    const isRead = request.bodyUsed || request.body?.locked === true
    return exchange(request, connect(address, isRead), isRead ? null : request.body)
  }
}

/** One request and its answer on a connection of its own, which ends with the answer's body. */
function exchange(request: Request, connection: Duplex, body: Request['body']): Promise<Response> {
  const { signal, method, url } = request
  const { pathname, search, host } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const outgoing = ask({
    method,
    path: pathname + search,
    headers: {
      ...endToEnd(request.headers),
      host: request.headers.get('host') ?? host,
      // Node does this by itself for some methods only; without it a body would be loose bytes behind the request.
      ...(body !== null && { 'transfer-encoding': 'chunked' }),
    },
    createConnection: () => connection,
  })
  let answer: IncomingMessage | undefined
  const abort = (): void => {
    const reason: Error = signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
    answer?.destroy(reason)
    outgoing.destroy(reason)
    resolve(goneResponse())
  }
  signal.addEventListener('abort', abort, { once: true })
  connection.once('close', () => signal.removeEventListener('abort', abort))
  // Once there is an answer, what becomes of the connection is told by the answer's body.
  outgoing.on('error', reject)
  outgoing.once('response', (incoming) => {
    answer = incoming
    resolve(responseOf(incoming, method))
  })
  if (body === null) outgoing.end()
  else {
    // The time limit of a request begins with its first line, and a body may keep it waiting.
    outgoing.flushHeaders()
    const source = Readable.fromWeb(body).once('error', () => resolve(goneResponse()))
    // What fails halfway cuts the connection, and is told above.
    pipeline(source, outgoing, () => undefined)
  }
  return promise
}

/** A payer who closes the window is no error of anybody's: nobody reads this, and no host writes it down as a failure. */
function goneResponse(): Response {
  return new Response(null, { status: GONE_STATUS })
}

function responseOf(incoming: IncomingMessage, method: string): Response {
  const { statusCode: status = 500, rawHeaders } = incoming
  const headers = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!OF_THE_CONNECTION.has(name.toLowerCase())) headers.append(name, rawHeaders[index + 1] ?? '')
  }
  const isEmpty = WITHOUT_BODY.has(status) || method === 'HEAD'
  if (isEmpty) incoming.resume()
  return new Response(isEmpty ? null : (Readable.toWeb(incoming) as ReadableStream), { status, headers })
}

function endToEnd(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => !OF_THE_CONNECTION.has(name) && !SAID_ANEW.has(name)),
  )
}
