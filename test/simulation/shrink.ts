import type { RunOptions, RunResult } from './run.ts'

/** So many replays may be spent on one failure. */
const REPLAYS_MAX = 800

export interface Shrunk {
  /** The fewest strikes and orders that still break the same promise: what `--only` takes. */
  readonly only: readonly string[]
  readonly text: string
  readonly replays: number
}

/**
 * Plays a failing seed again and again with less: first without whole faults, then without single strikes and orders,
 * as long as the same promise breaks.
 */
export async function shrink(
  runSeed: (seed: number, options: RunOptions) => Promise<RunResult>,
  failing: RunResult,
  options: RunOptions,
): Promise<Shrunk> {
  let best = failing
  let replays = 0
  const without = new Set<string>()

  /** Leaves these out as well, if it fails the same way all the same. */
  const tryWithout = async (names: readonly string[]): Promise<boolean> => {
    if (names.length === 0 || replays >= REPLAYS_MAX) return false
    replays++
    const less = new Set([...without, ...names])
    const result = await runSeed(failing.seed, { ...options, leftOut: { without: less, only: undefined } })
    if (result.violation?.invariant !== failing.violation?.invariant) return false
    for (const name of names) without.add(name)
    best = result
    return true
  }

  /** Halves first, then smaller parts, then one by one. */
  const reduce = async (list: () => readonly string[]): Promise<void> => {
    for (let size = Math.ceil(list().length / 2); size >= 1; size = Math.floor(size / 2)) {
      const names = list()
      for (let at = 0; at < names.length; at += size) await tryWithout(names.slice(at, at + size))
    }
  }

  await reduce(() => [...new Set(best.happened.map((strike) => strike.split('#', 1)[0] ?? strike))])
  for (let before = Number.POSITIVE_INFINITY; best.happened.length < before; ) {
    before = best.happened.length
    await reduce(() => best.happened)
  }
  return { only: best.happened, text: best.violation?.text ?? '', replays }
}
