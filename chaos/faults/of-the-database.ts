import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster.ts'
import type { Fault } from '../fault.ts'

const STANDBY_AWAY_MS = [500, 3_000] as const
const CANCELLED_FOR_MS = [600, 1_500] as const
const HOUR_MS = 3_600_000
/** What was written down before falls due so much later: by an hour the run would have to wait for it. */
const BACK_MS = [1_000, 10_000] as const
const LASTS_MS = [500, 4_000] as const
/** Between the question and its answer. */
const CLOCK_TELLS_WITHIN_MS = 900

export const failover: Fault = {
  name: 'primary killed, standby promoted',
  lane: 'base',
  play: async ({ cluster }) => {
    await cluster.failOver()
    return 1
  },
}

export const primaryCrashed: Fault = {
  name: 'primary killed, and back',
  lane: 'base',
  play: async ({ cluster }) => {
    await cluster.crash()
    return 1
  },
}

export const standbyAway: Fault = {
  name: 'standby away',
  lane: 'base',
  play: async ({ cluster }, random) => {
    await cluster.withoutStandby(async () => sleep(random.between(...STANDBY_AWAY_MS)))
    await cluster.untilSynchronous()
    return 1
  },
}

/** What the primary then has and shows, the standby never gets: whoever believed it has lost it (F8). */
export const waitCancelled: Fault = {
  name: 'standby away, its wait cancelled, then promoted',
  lane: 'base',
  play: async ({ cluster }, random) => {
    const before = cluster.cancelled
    await cluster.standby.stop('INT')
    await cluster.cancelWaits(random.between(...CANCELLED_FOR_MS))
    await cluster.failOver()
    return cluster.cancelled - before
  },
}

/** Counts what the server itself then says to be the time. */
async function clocksSet(cluster: Cluster): Promise<number> {
  const [row] = await cluster.primary.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms')
  return Math.abs(Number(row?.['now_ms']) - cluster.nowMs()) < CLOCK_TELLS_WITHIN_MS ? 1 : 0
}

/** All nodes go by this clock: nothing that they wait for may end early by it (F14). */
export const clockAhead: Fault = {
  name: 'clock of the primary an hour ahead, and set back',
  lane: 'base',
  play: async ({ cluster }, random) => {
    cluster.setClock(HOUR_MS)
    const ahead = await clocksSet(cluster)
    await sleep(random.between(...LASTS_MS))
    cluster.setClock(-random.between(...BACK_MS))
    const back = await clocksSet(cluster)
    await sleep(random.between(...LASTS_MS))
    return ahead + back
  },
}

export const standbyBehind: Fault = {
  name: 'standby promoted whose clock is behind',
  lane: 'base',
  play: async ({ cluster }, random) => {
    await cluster.failOver(random.between(...BACK_MS))
    return clocksSet(cluster)
  },
}

export const ofTheDatabase: readonly Fault[] = [
  failover,
  primaryCrashed,
  standbyAway,
  waitCancelled,
  clockAhead,
  standbyBehind,
]
