import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../simulation/random.ts'
import type { Reply, Site } from './bed.ts'

/** A payer looks so often before they go away, and tries so many cards. */
const LOOKS_MAX = 8
const LOOK_EVERY_MS = 150
const CARDS_MAX = 3

/** People who pay while the server is killed under them: they click twice, reload, cancel, come back, give up. */
export class Payers {
  /** The final statuses that they were shown. */
  readonly shown = new Map<string, string>()
  readonly #site: Site
  readonly #orders: string[]
  readonly #leave = new AbortController()
  readonly #walks: Promise<void>[]

  constructor(site: Site, random: Random, orders: readonly string[], atOnce: number) {
    this.#site = site
    this.#orders = [...orders]
    this.#walks = Array.from({ length: atOnce }, () => this.#walk(random.fork()))
  }

  /** No new order is begun; resolves when everybody has gone. */
  async goHome(): Promise<void> {
    this.#leave.abort()
    await Promise.all(this.#walks)
  }

  async #walk(random: Random): Promise<void> {
    while (!this.#leave.signal.aborted) {
      const orderId = this.#orders.shift()
      if (orderId === undefined) return
      await this.#buy(orderId, random)
    }
  }

  async #buy(orderId: string, random: Random): Promise<void> {
    for (let card = 1; card <= CARDS_MAX; card++) {
      const body = {
        orderId,
        key: `key-${orderId}-${card}`,
        holder: random.chance(0.15) ? 'REFUSED' : 'Jane Doe',
      }
      const clicks = random.chance(0.1) ? 2 : 1
      // Another tab has a form with a key of its own; the order's lock decides which of the two pays.
      const tab = random.chance(0.1) ? [this.#site.pay({ ...body, key: `${body.key}-tab` })] : []
      const replies = await Promise.all([
        ...Array.from({ length: clicks }, () => this.#site.pay(body)),
        ...tab,
      ])
      for (const reply of replies) this.#note(reply)
      const status = await this.#look(body, random)
      if (status === 'paid' || status === undefined) return
    }
  }

  /** Reloads the page, which sends the form again with its key, until there is an end or patience is over. */
  async #look(body: Parameters<Site['pay']>[0], random: Random): Promise<string | undefined> {
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const reply = await this.#site.pay(body)
      this.#note(reply)
      if (reply?.kind === 'payment' && reply.settled) return reply.status
      if (reply?.kind === 'payment' && random.chance(0.1))
        this.#note(await this.#site.cancel(reply.paymentId, `cancel-${reply.paymentId}`))
      await sleep(LOOK_EVERY_MS)
    }
    return undefined
  }

  #note(reply: Reply): void {
    if (reply?.kind !== 'payment' || !reply.settled) return
    const { paymentId, status } = reply
    this.shown.set(paymentId, status)
  }
}
