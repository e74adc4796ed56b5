import {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type RequestOptions,
} from 'node:http'
import { REFUSED, SERVED_BY, WANTED_NODE } from './balancer.ts'
import { type Form, Page } from './page.ts'

/** The shop's own answers come within 2 s: longer only when it is asked while it was killed or hangs. */
const ANSWER_WITHIN_MS = 30_000
const REDIRECTS_MAX = 10
const BODY_BYTES_MAX = 1_000_000
const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64) Counterfoil-Demo/1.0'

/** There was no answer: what a browser shows as "this site cannot be reached". */
export class NoAnswer extends Error {
  /** `refused`: nobody listened, and nothing was sent. `broken`: the connection ended before the answer did. */
  readonly how: 'refused' | 'broken'

  constructor(how: 'refused' | 'broken', cause: unknown) {
    super(`no answer: the connection was ${how}`, { cause })
    this.how = how
  }
}

export interface Asking {
  /** Aborted, it is the window that is closed: the connection goes at once. */
  readonly signal?: AbortSignal
  /** Called when the request has left. */
  readonly onSent?: () => void
  /** A redirect to such an address is not followed: the window is closed on the way. */
  readonly closesBefore?: RegExp
}

/** A person's browser without scripts: it keeps cookies, follows redirects, says where a form was sent from. */
export class Visitor {
  readonly #address: string | undefined
  readonly #port: number | undefined
  readonly #cookies = new Map<string, Map<string, string>>()
  /** The addresses of the latest request, its redirects included. */
  trail: readonly string[] = []
  /** Which node of several is asked first; undefined leaves it to the balancer. */
  node: number | undefined
  /** Which node gave the latest answer; undefined where there is no balancer. */
  servedBy: number | undefined
  /** Nobody listened at the node that was asked first for the latest answer. */
  wasMovedOn = false

  /**
   * `address` is what the proxy in front of the shop says that it saw; `port` is one node's own, where a balancer is at
   * the shop's address.
   */
  constructor(address?: string, port?: number) {
    this.#address = address
    this.#port = port
  }

  get(url: string, asking: Asking = {}): Promise<Page> {
    return this.#ask(url, undefined, undefined, asking)
  }

  /** Sends a form of a page, with what was typed into it. */
  send(
    page: Pick<Page, 'url'>,
    form: Form,
    typed: Readonly<Record<string, string>> = {},
    asking: Asking = {},
  ): Promise<Page> {
    const body = new URLSearchParams({ ...form.fields, ...typed }).toString()
    return this.#ask(form.action, body, new URL(page.url).origin, asking)
  }

  /**
   * Follows a stream of events until `isEnough` of all that has come. False when it ended before.
   *
   * @throws NoAnswer when there was none, or nothing more within the time of an answer.
   */
  listen(url: string, isEnough: (text: string) => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const asked = this.#request(new URL(url), undefined, { accept: 'text/event-stream' }, {})
      const fail = (error: unknown): void => reject(new NoAnswer('broken', error))
      asked.once('error', fail)
      asked.once('response', (response) => {
        this.#noteNode(response)
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          if (isEnough(text)) {
            resolve(true)
            asked.destroy()
          } else if (text.length > BODY_BYTES_MAX) asked.destroy(new Error('a stream has no end'))
        })
        response.once('end', () => resolve(isEnough(text)))
        response.once('error', fail)
      })
      asked.end()
    })
  }

  async #ask(
    address: string,
    form: string | undefined,
    origin: string | undefined,
    asking: Asking,
  ): Promise<Page> {
    let [url, body] = [address, form]
    const trail = [address]
    this.trail = trail
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const answer = await this.#once(new URL(url), body, origin, asking)
      if (answer.location === undefined) return new Page(url, answer.status, answer.body)
      url = new URL(answer.location, url).href
      trail.push(url)
      if (asking.closesBefore?.test(url) === true) return new Page(url, answer.status, '')
      body = undefined
    }
    throw new Error(`${address} redirects more than ${REDIRECTS_MAX} times`)
  }

  #once(
    url: URL,
    body: string | undefined,
    origin: string | undefined,
    { signal, onSent }: Asking,
  ): Promise<{ readonly status: number; readonly location: string | undefined; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const headers = {
        accept: 'text/html',
        'sec-fetch-dest': 'document',
        ...(body !== undefined && {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
          origin,
        }),
      }
      const asked = this.#request(url, body, headers, signal === undefined ? {} : { signal })
      const fail = (error: NodeJS.ErrnoException): void =>
        reject(new NoAnswer(error.code === 'ECONNREFUSED' ? 'refused' : 'broken', error))
      asked.once('error', fail)
      asked.once('response', (response) => {
        this.#keepCookies(url, response)
        this.#noteNode(response)
        read(response).then(
          (text) =>
            resolve({
              status: response.statusCode ?? 0,
              location: response.headers.location,
              body: text,
            }),
          fail,
        )
      })
      asked.end(body, onSent)
    })
  }

  #request(
    url: URL,
    body: string | undefined,
    headers: OutgoingHttpHeaders,
    options: Pick<RequestOptions, 'signal'>,
  ): ClientRequest {
    const asked = request({
      // The shop has one name and one address, and need not be looked up.
      host: '127.0.0.1',
      port: this.#port ?? url.port,
      path: url.pathname + url.search,
      method: body === undefined ? 'GET' : 'POST',
      // A connection of its own each time: a kept one would be broken by a kill that this request never met.
      agent: false,
      timeout: ANSWER_WITHIN_MS,
      ...options,
      headers: {
        host: url.host,
        'user-agent': USER_AGENT,
        ...(this.#address !== undefined && { 'x-forwarded-for': this.#address }),
        ...(this.node !== undefined && { [WANTED_NODE]: String(this.node) }),
        ...this.#cookieHeader(url),
        ...headers,
      },
    })
    asked.once('timeout', () => asked.destroy(new Error(`nothing for ${ANSWER_WITHIN_MS} ms`)))
    return asked
  }

  #noteNode({ headers }: IncomingMessage): void {
    const served = headers[SERVED_BY]
    this.servedBy = typeof served === 'string' ? Number(served) : undefined
    this.wasMovedOn = Number(headers[REFUSED] ?? 0) > 0
  }

  #cookieHeader(url: URL): { readonly cookie?: string } {
    const kept = [...(this.#cookies.get(url.host) ?? [])].map(([name, value]) => `${name}=${value}`)
    return kept.length === 0 ? {} : { cookie: kept.join('; ') }
  }

  #keepCookies(url: URL, { headers }: IncomingMessage): void {
    const kept = this.#cookies.get(url.host) ?? new Map<string, string>()
    for (const text of headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      kept.set(name, value)
    }
    this.#cookies.set(url.host, kept)
  }
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new Error(`a page has more than ${BODY_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
