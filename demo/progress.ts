import type { Payer } from './payer.ts'

const BAR_WIDTH = 24
const REDRAW_EVERY_MS = 120
/** Where nobody sees a line being redrawn, such as in a log. */
const LINE_EVERY_MS = 5_000
const COLUMNS_DEFAULT = 80

type Out = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>

/** Shows on stderr how far it is: on a terminal one line that is redrawn, elsewhere a line every few seconds. */
export class Progress {
  readonly #orders: number
  readonly #out: Out
  readonly #startedMs = performance.now()
  readonly #through = new Set<Payer>()
  readonly #timer: NodeJS.Timeout
  #ordered = 0
  #kills = 0
  #now = 'opening the shop'

  constructor(orders: number, out: Out) {
    this.#orders = orders
    this.#out = out
    this.#timer = setInterval(() => this.#draw(), out.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS)
  }

  ordered(): void {
    this.#ordered++
  }

  through(payer: Payer): void {
    this.#through.add(payer)
  }

  killed(kills: number): void {
    this.#kills = kills
  }

  /** What happens now, in a few words. */
  plays(what: string): void {
    this.#now = what
  }

  end(): void {
    clearInterval(this.#timer)
    if (this.#out.isTTY) this.#out.write('\r\u001b[K')
    else this.#draw()
  }

  #draw(): void {
    const line = this.#line()
    if (this.#out.isTTY)
      this.#out.write(`\r\u001b[K${line.slice(0, (this.#out.columns ?? COLUMNS_DEFAULT) - 1)}`)
    else this.#out.write(`${line}\n`)
  }

  #line(): string {
    const done = (this.#ordered + this.#through.size) / (2 * this.#orders)
    const full = Math.round(done * BAR_WIDTH)
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)
    const seconds = Math.round((performance.now() - this.#startedMs) / 1_000)
    const kills = `${this.#kills} ${this.#kills === 1 ? 'kill' : 'kills'}`
    return `${bar} ${this.#ordered} ordered, ${this.#through.size} of ${this.#orders} through, ${kills}, ${seconds} s: ${this.#now}`
  }
}
