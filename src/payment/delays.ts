const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 20 * 60_000

/** When a `not-seen` end is asked about again (design 5.2). */
export const NOT_SEEN_AGAIN_MS: readonly number[] = [3_600_000, 86_400_000, 7 * 86_400_000]

/** Nobody is asked for ever: after 30 days the open case is all that is left. */
export const ASK_AT_MOST_MS = 30 * 86_400_000

/**
 * A growing delay with jitter, so that a restart does not send all inquiries at once (F23): doubles from one second
 * to twenty minutes, of which `jitter` (0 to 1) takes up to a half away.
 */
export function growingDelayMs(tries: number, jitter: number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** Math.min(tries, 20), LONGEST_DELAY_MS)
  return Math.round(full * (1 - jitter / 2))
}
