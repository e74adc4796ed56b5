import type { Journal } from '../journal/journal.ts'

/** A journal under test, open and empty. */
export interface JournalFixture {
  readonly journal: Journal
  /** Closes the journal and opens its content again. `journal` is not used after that. */
  reopen(): Promise<Journal>
  /**
   * Puts another text in the place of a payment's snapshot, as a damaged disk or a hand would. Left out where nothing
   * outside the journal can.
   */
  readonly damagePayment?: (paymentId: string, snapshot: string) => Promise<void>
  /** Makes the row of a notification such that it cannot be read. */
  readonly damageNotification?: (id: string) => Promise<void>
  /** Closes and removes whatever is open. */
  dispose(): Promise<void>
}

/** What JSON leaves of a value: for comparing with what was stored, where undefined fields are no longer there. */
export function stored<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => stored(item)) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(fields.map(([name, field]) => [name, stored(field)])) as T
}
