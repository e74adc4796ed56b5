import type { Crowd } from './crowd.ts'
import type { Stage } from './stage.ts'

const LINE_EVERY_MS = 5_000
const REDRAW_EVERY_MS = 200
const COLUMNS_DEFAULT = 80

type Out = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>

/** Shows on stderr what goes wrong now: on a terminal one line that is redrawn, elsewhere a line every few seconds. */
export class ChaosProgress {
  readonly #out: Out
  readonly #startedMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #crowd: Crowd | undefined
  #stage: Stage | undefined
  readonly #now: string[] = ['opening']

  constructor(out: Out) {
    this.#out = out
    this.#timer = setInterval(() => this.#draw(), out.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS)
  }

  follows(crowd: Crowd, stage: Stage): void {
    this.#crowd = crowd
    this.#stage = stage
  }

  /** What happens now, in a few words; two faults can be there at once. */
  plays(what: string): void {
    this.#now.push(what)
    if (this.#now.length > 2) this.#now.shift()
    if (!this.#out.isTTY) this.#out.write(`${this.#seconds} s: ${what}\n`)
  }

  end(): void {
    clearInterval(this.#timer)
    if (this.#out.isTTY) this.#out.write('\r\u001b[K')
  }

  get #seconds(): string {
    return ((performance.now() - this.#startedMs) / 1_000).toFixed(1)
  }

  #draw(): void {
    const people = this.#crowd?.people ?? []
    const paid = people.filter(({ shown }) => shown === 'paid').length
    const kills = this.#stage?.nodes.reduce((sum, node) => sum + node.kills, 0) ?? 0
    const failovers = this.#stage?.cluster.failovers ?? 0
    const ready = this.#stage?.balancer.ready ?? 0
    const counts = `${people.length} orders, ${paid} told paid, ${ready} nodes ready, ${kills} kills, ${failovers} failovers`
    const line = `${this.#seconds} s: ${counts}: ${this.#now.join(' / ')}`
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[K${line.slice(0, (this.#out.columns ?? COLUMNS_DEFAULT) - 1)}`)
    } else this.#out.write(`${line}\n`)
  }
}
