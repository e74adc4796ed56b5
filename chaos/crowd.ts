import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../test/simulation/random.ts'
import { Person, type PersonOptions } from './person.ts'

/** So many people pay at once. */
export const PEOPLE = 16
/** Between two orders of one person. */
const PAUSE_MS = [100, 1_200] as const

/** Constant load: each of these people orders, pays, and comes back with another name. */
export class Crowd {
  readonly people: Person[] = []
  /** Never resolves; rejects when somebody met something that can be no page's answer. */
  readonly failed: Promise<never>
  readonly #options: Omit<PersonOptions, 'number' | 'random'>
  readonly #leave = new AbortController()
  readonly #walks: Promise<void>[]
  #number = 0

  constructor(options: Omit<PersonOptions, 'number' | 'random' | 'closing'>, random: Random) {
    this.#options = { ...options, closing: this.#leave.signal }
    this.#walks = Array.from({ length: PEOPLE }, () => this.#walk(random.fork()))
    // What fails in one of them fails the run at once, and not only when everybody goes home.
    this.failed = new Promise((_resolve, reject) => {
      for (const walk of this.#walks) walk.catch(reject)
    })
    this.failed.catch(() => undefined)
  }

  /** No new order is made; resolves when everybody was told how it ended, or has given up. */
  async goHome(): Promise<void> {
    this.#leave.abort()
    await Promise.all(this.#walks)
  }

  async #walk(random: Random): Promise<void> {
    const { signal } = this.#leave
    while (!signal.aborted) {
      const person = new Person({ ...this.#options, number: ++this.#number, random: random.fork() })
      this.people.push(person)
      await person.buy()
      await sleep(random.between(...PAUSE_MS), undefined, { signal }).catch(() => undefined)
    }
  }
}
