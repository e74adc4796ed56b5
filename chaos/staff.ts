import { setTimeout as sleep } from 'node:timers/promises'

/** They ask again until they have an answer, or nobody can have one any more. */
const ASK_MAX = 20
const ASK_EVERY_MS = 400
const REQUEST_WITHIN_MS = 8_000

export interface StaffOptions {
  /** Where payers and staff reach the nodes. */
  readonly balancerUrl: string
  readonly shopUrl: string
}

/** What somebody puts into the basket and orders. */
export interface NewOrder {
  readonly formKey: string
  readonly email: string
  readonly sku: string
  readonly quantity: number
}

/** The shop's side of one order: taking it, and what its staff ask of any node, the same request under the same key. */
export class Staff {
  readonly #options: StaffOptions

  constructor(options: StaffOptions) {
    this.#options = options
  }

  /** Answers the order's number. */
  async take(order: NewOrder): Promise<string> {
    const made = (await ask(`${this.#options.shopUrl}/orders`, order)) as
      | { readonly orderId?: string }
      | undefined
    if (made?.orderId === undefined) throw new Error(`the shop took no order: ${JSON.stringify(made)}`)
    return made.orderId
  }

  /** The order's payment page; undefined while no node is there to tell. */
  async checkoutUrl(orderId: string): Promise<string | undefined> {
    const answer = await this.#ask(`/checkout/${encodeURIComponent(orderId)}`, {})
    return (answer as { readonly url?: string } | undefined)?.url
  }

  async capture(orderId: string): Promise<void> {
    await this.#ask('/staff', { what: 'capture', orderId, key: `capture-${orderId}` })
  }

  async refund(orderId: string): Promise<void> {
    await this.#ask('/staff', { what: 'refund', orderId, key: `refund-${orderId}` })
  }

  /** Takes the order back, if it is not paid yet. */
  async close(orderId: string): Promise<void> {
    const answer = await this.#ask('/staff', { what: 'close', orderId, key: `close-${orderId}` })
    if ((answer as { readonly state?: string } | undefined)?.state !== 'closed') return
    await ask(`${this.#options.shopUrl}/cancelled`, { orderId })
  }

  #ask(path: string, body: unknown): Promise<unknown> {
    return ask(this.#options.balancerUrl + path, body)
  }
}

/** The same request again and again until there is an answer; undefined when there never was one. */
async function ask(url: string, body: unknown): Promise<unknown> {
  for (let asked = 0; asked < ASK_MAX; asked++) {
    try {
      return await post(url, body)
    } catch {
      // Nobody is there, or the answer broke off.
      await sleep(ASK_EVERY_MS)
    }
  }
  return undefined
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
  })
  return response.json()
}
