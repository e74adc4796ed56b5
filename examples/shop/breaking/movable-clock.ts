import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { realWorld, type World } from 'counterfoil'

/** More than any wait of the engine that somebody may want to see the end of. */
const AHEAD_MS_MAX = 90 * 24 * 60 * 60 * 1000

/** The clock of this machine, which can be put ahead. Timers and the monotonic clock run on as they do. */
export interface MovableClock {
  readonly world: World
  readonly aheadMs: number
  /** Puts it further ahead. False beyond the bound: then nothing has moved. */
  putAhead(byMs: number): boolean
  /** The time is right again. */
  putRight(): void
}

/**
 * A clock whose error outlives the process, as that of a machine does: a node that is killed while it is ahead must
 * not come back in the past of what it has written down.
 */
export function movableClock(path: string, real: World = realWorld()): MovableClock {
  let aheadMs = read(path)
  return {
    world: { ...real, nowMs: () => real.nowMs() + aheadMs },
    get aheadMs() {
      return aheadMs
    },
    putAhead: (byMs) => {
      if (aheadMs + byMs > AHEAD_MS_MAX) return false
      writeFileSync(`${path}.part`, `${aheadMs + byMs}\n`, { mode: 0o600, flush: true })
      renameSync(`${path}.part`, path)
      aheadMs += byMs
      return true
    },
    putRight: () => {
      rmSync(path, { force: true })
      aheadMs = 0
    },
  }
}

function read(path: string): number {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
  const aheadMs = Number(text)
  if (!/^\d{1,12}$/.test(text) || aheadMs > AHEAD_MS_MAX) {
    throw new Error(
      `${path} does not say how far the clock is ahead: delete it, and the clock is right again`,
    )
  }
  return aheadMs
}
