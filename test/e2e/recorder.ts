import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The browser asks its maker what the fields of a form are; it does so for every page of the web. */
const OF_THE_BROWSER = /\.googleapis\.com:443$/

/** One request of the browser and its answer, byte for byte. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  /** A sent form; it holds the card. */
  readonly form: URLSearchParams
  readonly status: number
  /** Status line and headers as they came. */
  readonly headers: readonly (readonly [name: string, text: string])[]
  /** What has arrived so far: streams go on. */
  body(): string
}

/**
 * Stands between browser and shop (and lets the provider's pages through) and sees every byte: a browser throws away the bodies of redirects and of pages that
 * it has left. It changes nothing but the encoding, so that texts can be read.
 */
export class Recorder {
  readonly #server: Server
  /** Requests that have been sent on, in this order; those without an answer yet, or ever, are here too. */
  readonly sent: { readonly method: string; readonly url: URL; readonly form: URLSearchParams }[] = []
  readonly exchanges: Exchange[] = []
  /** Wherever a page wanted to go outside of this machine; nothing gets there. */
  readonly elsewhere: string[] = []

  private constructor() {
    this.#server = createServer((incoming, outgoing) => this.#take(incoming, outgoing))
    this.#server.on('connect', (incoming, socket) => {
      if (!OF_THE_BROWSER.test(incoming.url ?? '')) this.elsewhere.push(incoming.url ?? '')
      // A plain refusal: at a broken connection the browser would try again and again.
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n')
    })
  }

  static async open(): Promise<Recorder> {
    const recorder = new Recorder()
    await new Promise<void>((resolve) => recorder.#server.listen(0, '127.0.0.1', resolve))
    return recorder
  }

  /** For the browser's settings. */
  get proxyUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  #take(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const url = URL.parse(incoming.url ?? '')
    // The shop is at localhost, the provider at the same machine's number: its pages are none of ours.
    if (url === null || (url.hostname !== 'localhost' && url.hostname !== '127.0.0.1')) {
      this.elsewhere.push(incoming.url ?? '')
      outgoing.destroy()
      return
    }
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.once('end', () => this.#pass(incoming, url, Buffer.concat(chunks), outgoing))
  }

  #pass(incoming: IncomingMessage, url: URL, sentBody: Buffer, outgoing: ServerResponse): void {
    const sent = { method: incoming.method ?? '', url, form: new URLSearchParams(sentBody.toString()) }
    const isOurs = url.hostname === 'localhost'
    if (isOurs) this.sent.push(sent)
    const { 'proxy-connection': _, 'accept-encoding': __, ...headers } = incoming.headers
    const onward = request({
      host: '127.0.0.1',
      port: url.port,
      method: sent.method,
      path: url.pathname + url.search,
      headers,
      // One that is kept may be closed by the shop at the moment of its next use, which a browser would repeat.
      agent: false,
    })
    onward.once('response', (answer) => {
      const chunks: Buffer[] = []
      const exchange: Exchange = {
        ...sent,
        status: answer.statusCode ?? 0,
        headers: pairs(answer.rawHeaders),
        body: () => Buffer.concat(chunks).toString(),
      }
      if (isOurs) this.exchanges.push(exchange)
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('error', () => outgoing.destroy())
      answer.pipe(outgoing)
    })
    // The shop is not there, or was killed: the browser meets the same broken connection as without us.
    onward.once('error', () => outgoing.destroy())
    // The browser has gone: so has the request.
    outgoing.once('close', () => onward.destroy())
    onward.end(sentBody)
  }
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  return raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ''] as const] : [],
  )
}
