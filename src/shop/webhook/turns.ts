/** At most so many at a time; the others wait for their turn, as long as their signal allows. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(atOnceMax: number) {
    this.#free = atOnceMax
  }

  /** @throws the signal's reason when it aborts before the turn has come. */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(signal)
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return
    }
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1)
        reject(signal.reason instanceof Error ? signal.reason : new Error('its time is over'))
      }
      this.#waiting.push(begin)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }
}
