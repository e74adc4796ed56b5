/** No query answers with more rows than this; whoever needs more asks for the next page. */
export const QUERY_LIMIT_MAX = 1000

/** @throws RangeError outside 1 to QUERY_LIMIT_MAX: a fault of the caller. */
export function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > QUERY_LIMIT_MAX) {
    throw new RangeError(`limit must be a whole number from 1 to ${QUERY_LIMIT_MAX}, not ${limit}`)
  }
}
