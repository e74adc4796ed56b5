import { failure } from '../../errors.ts'
import type { Count, NewTry, OpenTry, Taken, TryStore, TryStoreOptions } from './try-store.ts'

/** About 40 MB when full: of twenty thousand tries that were not paid. */
export const MEMORY_ENTRIES_MAX = 100_000

/** A try in one of its counts. Two maps and a queue hold the same entries, so that each way to them is short. */
interface Entry {
  readonly name: string
  readonly id: string
  readonly untilMs: number
}

/**
 * Counts tries in this process. They are forgotten when it ends, and other nodes do not see them; `sqliteTries` keeps
 * them over restarts.
 *
 * @throws CF_CONFIG
 * @example
 * http(cf, { secret, tries: { store: memoryTries({ entriesMax: 50_000 }) } })
 */
export function memoryTries({ entriesMax = MEMORY_ENTRIES_MAX }: TryStoreOptions = {}): TryStore {
  if (!Number.isSafeInteger(entriesMax) || entriesMax < 1) {
    throw failure('CF_CONFIG', 'memoryTries({ entriesMax }): entriesMax must be a whole number from 1')
  }
  return new MemoryTries(entriesMax)
}

class MemoryTries implements TryStore {
  readonly name = 'memory'
  readonly #entriesMax: number
  readonly #byName = new Map<string, Map<string, Entry>>()
  readonly #byTry = new Map<string, Entry[]>()
  readonly #payments = new Map<string, string>()
  /** In the order in which they came, those of each length of window apart: so the first of each is the first to end. */
  readonly #queues = new Map<number, Set<Entry>>()
  #size = 0

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  async take({ id, counts, nowMs }: NewTry): Promise<Taken> {
    this.#dropEnded(nowMs)
    const isNew = !this.#byTry.has(id)
    const missing = counts.filter(({ name }) => this.#byName.get(name)?.has(id) !== true)
    const names = this.#fullOf(missing, nowMs)
    if (names.length > 0) return { kind: 'full', names }
    for (const { name, withinMs } of missing) this.#add({ name, id, untilMs: nowMs + withinMs }, withinMs)
    while (this.#size > this.#entriesMax) this.#dropFirst()
    return { kind: isNew ? 'taken' : 'again' }
  }

  async full(counts: readonly Count[], nowMs: number): Promise<readonly string[]> {
    return this.#fullOf(counts, nowMs)
  }

  async began(id: string, paymentId: string): Promise<void> {
    if (this.#byTry.has(id)) this.#payments.set(id, paymentId)
  }

  async open(names: readonly string[], nowMs: number, limit: number): Promise<readonly OpenTry[]> {
    const found = new Map<string, OpenTry>()
    const entries = names.flatMap((name) => [...(this.#byName.get(name)?.values() ?? [])])
    for (const { id, untilMs } of entries.toSorted((one, other) => one.untilMs - other.untilMs)) {
      if (found.size >= limit) break
      const paymentId = this.#payments.get(id)
      if (paymentId !== undefined && untilMs > nowMs) found.set(id, { id, paymentId })
    }
    return [...found.values()]
  }

  async keep(id: string): Promise<void> {
    this.#payments.delete(id)
  }

  async giveBack(id: string): Promise<void> {
    for (const entry of this.#byTry.get(id)?.slice() ?? []) this.#drop(entry)
  }

  async close(): Promise<void> {
    // Nothing is held that has to be let go of.
  }

  #fullOf(counts: readonly Count[], nowMs: number): readonly string[] {
    return counts.filter(({ name, max }) => this.#count(name, nowMs) >= max).map(({ name }) => name)
  }

  /** All entries of a name have the same window, so that those that have ended stand in front. */
  #count(name: string, nowMs: number): number {
    const named = this.#byName.get(name)
    let ended = 0
    for (const { untilMs } of named?.values() ?? []) {
      if (untilMs > nowMs) break
      ended++
    }
    return (named?.size ?? 0) - ended
  }

  #add(entry: Entry, withinMs: number): void {
    const { name, id } = entry
    const named = this.#byName.get(name) ?? new Map<string, Entry>()
    this.#byName.set(name, named.set(id, entry))
    const tried = this.#byTry.get(id) ?? []
    tried.push(entry)
    this.#byTry.set(id, tried)
    const queue = this.#queues.get(withinMs) ?? new Set<Entry>()
    this.#queues.set(withinMs, queue.add(entry))
    this.#size++
  }

  #dropEnded(nowMs: number): void {
    for (let first = this.#first(); first !== undefined && first.untilMs <= nowMs; first = this.#first()) {
      this.#drop(first)
    }
  }

  #dropFirst(): void {
    const first = this.#first()
    if (first !== undefined) this.#drop(first)
  }

  /** The entry that ends first. There are as many queues as there are lengths of windows: a handful. */
  #first(): Entry | undefined {
    let first: Entry | undefined
    for (const queue of this.#queues.values()) {
      const { value } = queue.values().next()
      if (value !== undefined && (first === undefined || value.untilMs < first.untilMs)) first = value
    }
    return first
  }

  #drop(entry: Entry): void {
    const { name, id } = entry
    const named = this.#byName.get(name)
    named?.delete(id)
    if (named?.size === 0) this.#byName.delete(name)
    const rest = (this.#byTry.get(id) ?? []).filter((other) => other !== entry)
    if (rest.length > 0) this.#byTry.set(id, rest)
    else {
      this.#byTry.delete(id)
      this.#payments.delete(id)
    }
    for (const queue of this.#queues.values()) if (queue.delete(entry)) break
    this.#size--
  }
}
