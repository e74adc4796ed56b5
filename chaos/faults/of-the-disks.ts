import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../test/simulation/random.ts'
import { contentOf, type DiskTrouble, powerCut } from '../disk.ts'
import type { Fault } from '../fault.ts'
import type { NodeProcess } from '../node-process.ts'
import type { Stage } from '../stage.ts'

const LASTS_MS = [800, 2_500] as const
const STRIKES_WITHIN_MS = 4_000
const LOOK_EVERY_MS = 20
/** So late are the answers that then find no journal: some are on their way at any moment. */
const LATE_MS = 1_200
const LATE_MAX = 12
const UNDER_WAY_MS = 700
/** How long the journal is away. */
const AWAY_MS = [2_000, 3_500] as const
/** What a node says at its start when its spool has something for the journal. */
const KEPT_ASIDE = /answers wait to be written down/g

/** Nothing is believed after a flush that failed: the server ends all that it does, and recovers (F10). */
export const primaryDiskFails: Fault = {
  name: 'disk of the primary fails',
  lane: 'base',
  play: async ({ cluster }) => {
    const { disk } = cluster.machine
    const before = disk.struck
    disk.begin('fsync-fails')
    await until(() => disk.struck > before)
    disk.end('fsync-fails')
    await cluster.recover()
    return disk.struck - before
  },
}

/** Power is cut under a disk that lied. What it has is worth nothing; the standby has it all (F9). */
export const primaryDiskLies: Fault = {
  name: 'disk of the primary loses what it called flushed',
  lane: 'base',
  play: async ({ cluster }, random) => {
    const { disk } = cluster.machine
    const before = disk.struck
    disk.begin('fsync-lost')
    await sleep(random.between(...LASTS_MS))
    const times = disk.struck - before
    await cluster.failOver()
    return times
  },
}

export const primaryDiskFull: Fault = {
  name: 'disk of the primary full',
  lane: 'base',
  play: async ({ cluster }, random) => {
    const { disk } = cluster.machine
    const before = disk.struck
    disk.begin('full')
    await until(() => disk.struck > before)
    await sleep(random.between(...LASTS_MS))
    disk.end('full')
    await cluster.recover()
    return disk.struck - before
  },
}

/** The database is away after something was sent: answers go to the spools. Then `during` happens. */
async function keepingAside(stage: Stage, random: Random, during: () => Promise<void>): Promise<void> {
  await stage.set({ kind: 'late', on: 'charge', delayMs: LATE_MS, times: LATE_MAX })
  await sleep(UNDER_WAY_MS)
  const wires = stage.nodes.map(({ database }) => database)
  for (const wire of wires) wire.weather = 'refusing'
  try {
    await sleep(random.between(...AWAY_MS))
    await during()
  } finally {
    for (const wire of wires) wire.weather = 'fair'
  }
}

const keptAside = ({ nodes }: Stage): number =>
  nodes.reduce((sum, { printed }) => sum + [...printed.matchAll(KEPT_ASIDE)].length, 0)

async function killAll(
  nodes: readonly NodeProcess[],
  meanwhile: () => void = () => undefined,
): Promise<void> {
  await Promise.all(nodes.map((node) => node.kill()))
  meanwhile()
  for (const node of nodes) node.start()
}

/** What a process had put aside is written down by the next one (F7). */
export const answersKeptAside: Fault = {
  name: 'answers kept aside, and nodes killed',
  lane: 'nodes',
  play: async (stage, random) => {
    const before = keptAside(stage)
    await keepingAside(stage, random, () => killAll(stage.nodes))
    await Promise.all(stage.nodes.map((node) => node.untilServing()))
    return keptAside(stage) - before
  },
}

export const spoolDiskFails: Fault = {
  name: 'disk of a node fails',
  lane: 'nodes',
  play: async (stage, random) => {
    const { nodes } = stage
    const failures = (): number => nodes.reduce((sum, { diskFailures }) => sum + diskFailures, 0)
    const before = failures()
    on(nodes, 'fsync-fails')
    try {
      await keepingAside(stage, random, async () => off(nodes, 'fsync-fails'))
    } finally {
      off(nodes, 'fsync-fails')
    }
    await Promise.all(nodes.map((node) => node.untilServing()))
    return failures() - before
  },
}

/** The spool shortens doubt, and safety never depends on it: also not on what a power cut has left of it. */
export const spoolDiskLies: Fault = {
  name: 'disk of a node loses what it called flushed',
  lane: 'nodes',
  play: async (stage, random) => {
    const { nodes } = stage
    const struck = (): number => nodes.reduce((sum, { disk }) => sum + disk.struck, 0)
    const before = struck()
    const files = nodes.map(({ spoolPath }) => contentOf(spoolPath))
    on(nodes, 'fsync-lost')
    try {
      await keepingAside(stage, random, () =>
        killAll(nodes, () => {
          off(nodes, 'fsync-lost')
          for (const [index, { spoolPath }] of nodes.entries()) {
            const file = files[index]
            if (file !== undefined) powerCut(spoolPath, file, random)
          }
        }),
      )
    } finally {
      off(nodes, 'fsync-lost')
    }
    await Promise.all(nodes.map((node) => node.untilServing()))
    return struck() - before
  },
}

function on(nodes: readonly NodeProcess[], trouble: DiskTrouble): void {
  for (const { disk } of nodes) disk.begin(trouble)
}

function off(nodes: readonly NodeProcess[], trouble: DiskTrouble): void {
  for (const { disk } of nodes) disk.end(trouble)
}

async function until(isSo: () => boolean): Promise<void> {
  const untilMs = performance.now() + STRIKES_WITHIN_MS
  while (!isSo() && performance.now() < untilMs) await sleep(LOOK_EVERY_MS)
}

export const ofTheDisks: readonly Fault[] = [
  primaryDiskFails,
  primaryDiskLies,
  primaryDiskFull,
  answersKeptAside,
  spoolDiskFails,
  spoolDiskLies,
]
