import type { Finding } from '../payment/finding.ts'

/**
 * What came of one send, kept until the journal has it: all that it takes to write the same fenced commit later, also
 * by another process. Its evidence is scrubbed of card data already, as every finding's is.
 */
export interface SpoolRecord {
  /** Names the record in the spool, and nothing else. */
  readonly id: string
  readonly paymentId: string
  readonly reference: string
  /** The leg of the operation that was sent. */
  readonly leg: number
  /** The fence that it was sent under: once it has moved on, this is late evidence. */
  readonly fence: number
  readonly finding: Finding
  /** When it was put here, by the node's clock. */
  readonly atMs: number
}

/** What was found when a spool was opened. */
export interface SpoolOpened {
  /** Records that a crash had cut off while they were written: nobody was told that they are kept. */
  readonly torn: boolean
  /** Records that were kept and cannot be read any more: their payments are resolved by inquiry. */
  readonly damaged: number
}

/**
 * The node's own place for answers that the journal cannot take at the moment (design 5.5). It shortens doubt; safety
 * never depends on it, and losing it costs an inquiry or a case. It never takes an intent.
 */
export interface Spool {
  /** For people: 'spool /path/answers.spool'. */
  readonly name: string
  /**
   * Takes ownership, and reads what an earlier process has left.
   *
   * @throws CF_SPOOL_OWNED, CF_SPOOL_UNAVAILABLE
   */
  open(owner: { readonly nodeId: string }): Promise<SpoolOpened>
  /**
   * Keeps a record: it is durable when this resolves.
   *
   * @throws CF_SPOOL_FULL, CF_SPOOL_UNAVAILABLE: then it is not known to be kept.
   */
  add(record: SpoolRecord): Promise<void>
  /** What is kept, the oldest first. */
  entries(): readonly SpoolRecord[]
  /** Forgets a record; an unknown id is no error. A crash may bring it back. */
  remove(id: string): Promise<void>
  close(): Promise<void>
  /** How many records are kept. */
  readonly size: number
  /** The room that they take, and the most that they can take; in bytes. */
  readonly bytes: number
  readonly bytesMax: number
  /** So much is kept that no new payment may begin: what is left of the room is for answers to what was sent. */
  readonly isPastHighWater: boolean
}
