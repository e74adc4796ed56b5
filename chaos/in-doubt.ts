import type { StoredAppend } from '../src/journal/journal.ts'

/**
 * How long the longest doubt of a payment lasted, in milliseconds: from the moment at which an operation was written down
 * that came to be in doubt to the append that says how it ended, or that makes it a case. 0 when nothing ever was.
 * `trueMs` tells what a time of the journal was by a clock that is right.
 */
export function longestInDoubtMs(
  history: readonly StoredAppend[],
  trueMs: (atMs: number) => number = (atMs) => atMs,
): number {
  const intendedAtMs = new Map<string, number>()
  const doubted = new Set<string>()
  let longestMs = 0
  for (const { atMs: writtenAtMs, events } of history) {
    const atMs = trueMs(writtenAtMs)
    for (const event of events) {
      switch (event.type) {
        case 'operation-intended':
          intendedAtMs.set(event.operation.reference, atMs)
          break
        case 'operation-retried':
          // What is sent again is as much in doubt as before.
          if (!doubted.has(event.reference)) intendedAtMs.set(event.reference, atMs)
          break
        case 'operation-doubted':
          doubted.add(event.reference)
          break
        case 'operation-moved':
        case 'case-opened': {
          const { reference = '' } = event
          if (!doubted.delete(reference)) break
          longestMs = Math.max(longestMs, atMs - (intendedAtMs.get(reference) ?? atMs))
          break
        }
        default:
          // Nothing else begins or ends a doubt.
          break
      }
    }
  }
  return longestMs
}
