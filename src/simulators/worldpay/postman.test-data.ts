import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A notification as it arrived at the merchant. */
export interface Arrived {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly atMs: number
}

/** A merchant's server: notes what arrives, and answers as it is told. */
export class Merchant {
  readonly #server = createServer((request, response) => void this.#take(request, response))
  readonly arrived: Arrived[] = []
  answer: (response: ServerResponse, index: number) => void = (response) => void response.end('[OK]')

  static async open(): Promise<Merchant> {
    const merchant = new Merchant()
    await once(merchant.#server.listen(0, '127.0.0.1'), 'listening')
    return merchant
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/confirm`
  }

  /** The last events that arrived, such as `o1 AUTHORISED`. */
  get events(): string[] {
    return this.arrived.map(({ body }) => {
      const orderCode = /orderCode="([^"]+)"/.exec(body)?.[1] ?? ''
      return `${orderCode} ${/<lastEvent>(\w+)</.exec(body)?.[1] ?? ''}`
    })
  }

  /** Until so many have arrived, or for 5 s. */
  async has(count: number): Promise<void> {
    await until(() => this.arrived.length >= count)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const index = this.arrived.push({ headers: request.headers, body, atMs: performance.now() }) - 1
    this.answer(response, index)
  }
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('it did not come true within 5 s')
}
