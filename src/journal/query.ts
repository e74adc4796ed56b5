import type { PaymentPage, StoredPayment } from './journal.ts'

/** No query answers with more rows than this; whoever needs more asks for the next page. */
export const QUERY_LIMIT_MAX = 1000

/** @throws RangeError outside 1 to QUERY_LIMIT_MAX: a fault of the caller. */
export function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > QUERY_LIMIT_MAX) {
    throw new RangeError(`limit must be a whole number from 1 to ${QUERY_LIMIT_MAX}, not ${limit}`)
  }
}

/** A page of the rows that were found, newest first, each of them by itself: what throws for one hides no other (F22). */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  idOf: (row: Row) => string,
  read: (row: Row) => StoredPayment,
): PaymentPage {
  const { readable: payments, unreadable } = eachReadable(rows, idOf, read)
  const last = rows.at(-1)
  return { payments, unreadable, next: last === undefined || rows.length < limit ? undefined : idOf(last) }
}

/** What the rows say, and the ids of those that say nothing. */
export function eachReadable<Row, Read>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
  read: (row: Row) => Read,
): { readonly readable: readonly Read[]; readonly unreadable: readonly string[] } {
  const readable: Read[] = []
  const unreadable: string[] = []
  for (const row of rows) {
    try {
      readable.push(read(row))
    } catch {
      // Whoever reads it by its id is told why.
      unreadable.push(idOf(row))
    }
  }
  return { readable, unreadable }
}

/** Since when a payment is due, by one of the reasons for which it can be. */
export interface DueSince {
  readonly paymentId: string
  readonly sinceMs: number
}

/** A page of what was found to be due, each payment once and by its oldest reason: the longest due first. */
export function longestDueFirst(found: Iterable<DueSince>, skip: number, limit: number): string[] {
  const sinceMsById = new Map<string, number>()
  for (const { paymentId, sinceMs } of found) {
    sinceMsById.set(paymentId, Math.min(sinceMs, sinceMsById.get(paymentId) ?? Infinity))
  }
  return [...sinceMsById]
    .sort(([idA, sinceA], [idB, sinceB]) => sinceA - sinceB || (idA < idB ? -1 : 1))
    .slice(skip, skip + limit)
    .map(([paymentId]) => paymentId)
}
