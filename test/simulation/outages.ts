import type { FaultName } from './faults.ts'
import type { Surroundings } from './person.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const SLOT_MS = 5 * MINUTE_MS

type Outage = readonly [FaultName, (world: Surroundings, nowMs: number) => void]

/** What hits everybody at once, or one process for long. */
const OUTAGES: readonly Outage[] = [
  [
    'journal-away',
    ({ books, mischief }, nowMs) => {
      books.awayUntilMs = nowMs + mischief.uptoMs(SECOND_MS, mischief.random.pick([MINUTE_MS, 5 * MINUTE_MS]))
    },
  ],
  [
    'journal-slow',
    ({ books, mischief }, nowMs) => {
      books.slowUntilMs = nowMs + mischief.random.between(SECOND_MS, 10 * MINUTE_MS)
    },
  ],
  [
    'node-cut-off',
    ({ cluster, mischief }, nowMs) => {
      const life = cluster.pick()
      if (life !== undefined) life.cutOffUntilMs = nowMs + mischief.random.between(SECOND_MS, 20 * MINUTE_MS)
    },
  ],
  ['pause', ({ cluster, mischief }) => cluster.pick()?.pause(mischief.uptoMs(5_000, 40 * MINUTE_MS))],
  [
    'clock-jumps',
    ({ cluster, mischief }) => {
      const life = cluster.pick()
      if (life !== undefined) life.clockAheadMs += mischief.random.between(-HOUR_MS, HOUR_MS)
    },
  ],
  ['crash-of-all', ({ cluster }) => cluster.crashAll()],
  ['orderly-restart', ({ cluster }) => cluster.restartOne()],
  [
    'psp-away',
    ({ outside, mischief }, nowMs) => {
      outside.pspAwayUntilMs =
        nowMs + mischief.random.between(MINUTE_MS, rarely(mischief, 12 * HOUR_MS) ?? 2 * HOUR_MS)
    },
  ],
  [
    'shop-away',
    ({ shop, mischief }, nowMs) => {
      shop.awayUntilMs = nowMs + mischief.random.between(MINUTE_MS, rarely(mischief, 2 * DAY_MS) ?? HOUR_MS)
    },
  ],
  [
    'mail-away',
    ({ shop, mischief }, nowMs) => {
      shop.mailAwayUntilMs =
        nowMs + mischief.random.between(MINUTE_MS, rarely(mischief, 3 * DAY_MS) ?? HOUR_MS)
    },
  ],
]

/** What goes on for days takes as long to play as fifty other seeds, and shows little more than an hour of it. */
function rarely({ random }: Surroundings['mischief'], longMs: number): number | undefined {
  return random.chance(0.05) ? longMs : undefined
}

/** Every few minutes each of them has its chance. */
export function outages(world: Surroundings, whileMs: number): void {
  const { scheduler, mischief } = world
  for (const [fault, strike] of OUTAGES) {
    if (!mischief.isOn(fault)) continue
    for (let slotMs = 0; slotMs < whileMs; slotMs += SLOT_MS) {
      if (!mischief.random.chance(0.5)) continue
      scheduler.after(slotMs + mischief.random.between(0, SLOT_MS), () => {
        if (mischief.strikes(fault)) strike(world, scheduler.nowMs)
      })
    }
  }
}
