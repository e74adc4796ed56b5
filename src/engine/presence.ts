import type { Card } from '../gateway/card.ts'
import type { PayerBrowser } from '../gateway/gateway.ts'
import type { Payer } from '../payment/order.ts'
import type { World } from '../world.ts'

/** What is known of the payer while they are there: in memory only, gone with the process. */
export interface Presence {
  readonly card: Card | undefined
  readonly payer: Payer | undefined
  readonly payerIp: string | undefined
  readonly browser: PayerBrowser | undefined
}

/** Nobody is there: recovery has no card and never sends a card request. */
export const NOBODY: Presence = {
  card: undefined,
  payer: undefined,
  payerIp: undefined,
  browser: undefined,
}

/**
 * Payers who are away at their bank: what they gave is held in memory, for the leg that follows, and forgotten after
 * `validMs`. Another node goes on without it, as far as the PSP lets it (design 5.10).
 */
export class Presences {
  readonly #world: World
  readonly #validMs: number
  readonly #most: number
  readonly #held = new Map<string, { readonly presence: Presence; readonly forget: () => void }>()

  constructor(world: World, validMs: number, most: number) {
    this.#world = world
    this.#validMs = validMs
    this.#most = most
  }

  hold(paymentId: string, presence: Presence): void {
    this.take(paymentId)
    if (presence === NOBODY || this.#held.size >= this.#most) return
    const forget = this.#world.timer(this.#validMs, () => this.#held.delete(paymentId))
    this.#held.set(paymentId, { presence, forget })
  }

  /** What is held of this payer, once. */
  take(paymentId: string): Presence {
    const held = this.#held.get(paymentId)
    if (held === undefined) return NOBODY
    held.forget()
    this.#held.delete(paymentId)
    return held.presence
  }

  clear(): void {
    for (const paymentId of this.#held.keys()) this.take(paymentId)
  }
}
