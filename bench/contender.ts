import type { Place } from './store.ts'

/** What was written down, to be compared with the provider's ledger. */
export interface Books {
  readonly sales: number
  readonly authorisedMinor: bigint
}

/** One of the two that are compared: set up on a fresh journal for each round. */
export interface Contender {
  /** One sale from beginning to end. Rejects when it does not end as it must. */
  sale(): Promise<void>
  /** Resolves when nothing of what was begun is under way any more. */
  settle(): Promise<void>
  /** Closes everything. */
  stop(): Promise<void>
  /** Reads the journal of the round again, from where it is kept. */
  books(): Promise<Books>
}

/** Sets up a contender at a fresh place, for at most `salesMax` sales. */
export type Start = (place: Place, paymentService: string, salesMax: number) => Promise<Contender>
