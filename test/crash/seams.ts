import { writeSync } from 'node:fs'
import type { Transport } from '../../src/gateway/transport.ts'
import type { Journal } from '../../src/journal/journal.ts'
import type { Shop } from '../../src/shop/shop.ts'
import type { SeamSettings } from './settings.ts'

/**
 * Counts how often the engine goes through one of its ports, before and after each, and lets the process send itself
 * a signal at one of these crossings: SIGKILL for a crash exactly there, SIGSTOP for a pause. The ports themselves
 * stay as they are.
 */
export class Seams {
  readonly #settings: SeamSettings
  #crossings = 0
  #struck = false

  constructor(settings: SeamSettings) {
    this.#settings = settings
  }

  journal(journal: Journal): Journal {
    const append: Journal['append'] = (change) => this.#around('append', () => journal.append(change))
    return new Proxy(journal, {
      get: (target, name) => {
        if (name === 'append') return append
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  transport(transport: Transport): Transport {
    return {
      send: (exchange, mayStart) =>
        this.#around(exchange.movesMoney ? 'send' : 'inquire', () =>
          transport.send(exchange, () => {
            const refusal = mayStart()
            if (refusal === undefined) this.#cross('first byte')
            return refusal
          }),
        ),
      close: (deadlineMs) => transport.close(deadlineMs),
    }
  }

  shop(shop: Shop): Shop {
    const around = Object.entries(shop).map(([name, call]: [string, (...given: never[]) => unknown]) => [
      name,
      (...given: never[]) => this.#around(name, async () => call(...given)),
    ])
    return Object.fromEntries(around) as Shop
  }

  async #around<T>(name: string, call: () => Promise<T>): Promise<T> {
    this.#cross(`before ${name}`)
    const value = await call()
    this.#cross(`after ${name}`)
    return value
  }

  #cross(name: string): void {
    this.#crossings++
    const { at, signal } = this.#settings
    if (this.#struck || (at !== name && at !== this.#crossings)) return
    this.#struck = true
    // Nothing that waits in a buffer would be seen.
    writeSync(1, `crossing ${this.#crossings}: ${name}\n`)
    process.kill(process.pid, signal)
  }
}
