/** One count that a try stands in: of an order, a card, a session, an address. */
export interface Count {
  /** A keyed hash (see names.ts): it says nothing to whoever reads the store. */
  readonly name: string
  /** Tries that it takes within its window. */
  readonly max: number
  readonly withinMs: number
}

/** A form that is about to be sent to the provider. */
export interface NewTry {
  /** Of the form's idempotency key: the same form sent again is the same try. */
  readonly id: string
  readonly counts: readonly Count[]
  readonly nowMs: number
}

export type Taken =
  /** It is new, and stands in each of its counts now. */
  | { readonly kind: 'taken' }
  /** The same form was sent before. It was added to what it did not stand in yet, such as the count of another card. */
  | { readonly kind: 'again' }
  /** It was added to none. These counts have no room, and it did not stand in them before. */
  | { readonly kind: 'full'; readonly names: readonly string[] }

/** A try that is counted and whose payment has not been seen to end. */
export interface OpenTry {
  readonly id: string
  readonly paymentId: string
}

/**
 * Where tries are counted: in memory, in SQLite, or wherever else. Each try is an entry in each of its counts until the
 * count's window is over, so that windows slide, and a try can be taken out again. Every implementation passes the
 * suite in try-store-conformance.test-data.ts.
 *
 * `take` is atomic: of a hundred tries at once no more are taken than there is room for, and one that is refused leaves
 * nothing behind. What a method throws is a failure of the store; the limits then go on in memory.
 */
export interface TryStore {
  /** For people: 'sqlite data/tries.db'. */
  readonly name: string
  take(tried: NewTry): Promise<Taken>
  /** Which of the counts have no room now. Changes nothing. */
  full(counts: readonly Count[], nowMs: number): Promise<readonly string[]>
  /** The try has begun this payment, whose end decides whether it goes on counting. */
  began(id: string, paymentId: string): Promise<void>
  /** Tries in these counts whose payment is not known to have ended; the oldest first, each once, at most `limit`. */
  open(names: readonly string[], nowMs: number, limit: number): Promise<readonly OpenTry[]>
  /** Its payment has ended, and it goes on counting: nobody need ask again. */
  keep(id: string): Promise<void>
  /** It counts no more, anywhere. */
  giveBack(id: string): Promise<void>
  close(): Promise<void>
}

export interface TryStoreOptions {
  /**
   * Entries that the store holds; each try has one in each of its counts. Beyond it those that would end first are
   * forgotten, so that limits look back less far. See docs/how-to/stop-card-testing.md for why nobody is refused then.
   */
  readonly entriesMax?: number
}
