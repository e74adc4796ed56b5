import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'

const STANDBY_AWAY_MS = [500, 3_000] as const
const CANCELLED_FOR_MS = [600, 1_500] as const

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

export const ofTheDatabase: readonly Fault[] = [failover, primaryCrashed, standbyAway, waitCancelled]
