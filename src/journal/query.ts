/** No query answers with more rows than this; whoever needs more asks for the next page. */
export const QUERY_LIMIT_MAX = 1000

/** @throws RangeError outside 1 to QUERY_LIMIT_MAX: a fault of the caller. */
export function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > QUERY_LIMIT_MAX) {
    throw new RangeError(`limit must be a whole number from 1 to ${QUERY_LIMIT_MAX}, not ${limit}`)
  }
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
