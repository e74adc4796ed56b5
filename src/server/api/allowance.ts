import { failure } from '../../errors.ts'

const MINUTE_MS = 60_000

/** How much each client may ask: so many requests a minute, of which all can come at once. */
export class Allowance {
  readonly #perMinuteMax: number
  readonly #monotonicMs: () => number
  /** One entry for each client that has a key: their number is bounded by the configuration. */
  readonly #left = new Map<string, { readonly requests: number; readonly atMs: number }>()

  constructor(perMinuteMax: number, monotonicMs: () => number = () => performance.now()) {
    this.#perMinuteMax = perMinuteMax
    this.#monotonicMs = monotonicMs
  }

  /** @throws CF_API_BUSY with the seconds after which there is room for one more. */
  take(client: string): void {
    const nowMs = this.#monotonicMs()
    const before = this.#left.get(client) ?? { requests: this.#perMinuteMax, atMs: nowMs }
    const grown = ((nowMs - before.atMs) / MINUTE_MS) * this.#perMinuteMax
    const requests = Math.min(this.#perMinuteMax, before.requests + grown)
    if (requests < 1) {
      const afterMs = ((1 - requests) / this.#perMinuteMax) * MINUTE_MS
      throw failure('CF_API_BUSY', `more than ${this.#perMinuteMax} requests came within a minute`, {
        retryAfterSeconds: String(Math.max(1, Math.ceil(afterMs / 1_000))),
      })
    }
    this.#left.set(client, { requests: requests - 1, atMs: nowMs })
  }
}
