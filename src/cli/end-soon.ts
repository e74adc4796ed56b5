/** For what is still to be written, and no longer. */
const GRACE_MS = 1_000

/**
 * Ends the process when it does not end by itself: a connection that the configuration's own shop or checks keep open
 * must not hold it.
 */
export function endSoon(code: number): void {
  setTimeout(() => process.exit(code), GRACE_MS).unref()
}
