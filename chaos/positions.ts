/** Prime, and near the golden ratio of the longest exchange: so few positions already are spread over all of it. */
const STRIDE = 4_073
const LENGTH_FIRST = 1_000
const LENGTH_MAX = 65_536
/** So many exchanges a position waits for one that is long enough; then it is left for the next round. */
const WAITS_MAX = 30

/**
 * Every position in an exchange, request and reply, in turn: each once before any comes again, in an order in which a short
 * run meets positions all over it.
 */
export class Positions {
  /** So many exchanges are let through before the next is cut; Infinity lets all of them through. */
  passes = Infinity
  readonly #struck = new Set<number>()
  #passed = 0
  #armed: number | undefined
  #waited = 0
  #turn: number
  #length = LENGTH_FIRST

  constructor(start: number) {
    this.#turn = start
  }

  /** Where the exchange that begins now is to be cut; undefined lets it through. */
  next(): number | undefined {
    if (this.#armed !== undefined && this.#waited++ < WAITS_MAX) return this.#armed
    this.#armed = undefined
    if (this.#passed++ < this.passes) return undefined
    this.#passed = 0
    this.#waited = 0
    this.#turn += STRIDE
    this.#armed = this.#turn % this.#length
    return this.#armed
  }

  /** An exchange had so many bytes. */
  learn(bytes: number): void {
    if (bytes > this.#length) this.#length = Math.min(bytes, LENGTH_MAX)
  }

  struck(position: number): void {
    this.#struck.add(position)
    if (this.#armed === position) this.#armed = undefined
  }

  /** Different positions at which something was cut. */
  get count(): number {
    return this.#struck.size
  }
}
