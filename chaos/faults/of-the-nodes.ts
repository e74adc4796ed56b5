import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import type { Stage } from '../stage.ts'

/** A killed node is back at once, or after others have taken over what it had. */
const AWAY_MS = [0, 4_000] as const
/** Shorter and longer than the time after which the others take a node for dead. */
const PAUSED_MS = [300, 5_000] as const
const HOUR_MS = 3_600_000
const JUMPS = 4
const JUMP_EVERY_MS = [300, 1_000] as const

export const nodeKilled: Fault = {
  name: 'node killed',
  lane: 'nodes',
  play: async ({ nodes }, random) => {
    const node = random.pick(nodes)
    await node.kill()
    await sleep(random.between(...AWAY_MS))
    node.start()
    await node.untilServing()
    return 1
  },
}

export const allNodesKilled: Fault = {
  name: 'all nodes killed at once',
  lane: 'nodes',
  play: async ({ nodes }) => {
    await Promise.all(nodes.map((node) => node.kill()))
    for (const node of nodes) node.start()
    await Promise.all(nodes.map((node) => node.untilServing()))
    return nodes.length
  },
}

export const nodePaused: Fault = {
  name: 'node paused, and wakes',
  lane: 'nodes',
  play: async ({ nodes }, random) => {
    const node = random.pick(nodes)
    node.pause()
    try {
      await sleep(random.between(...PAUSED_MS))
    } finally {
      node.resume()
    }
    return 1
  },
}

export const otherRelease: Fault = {
  name: 'rolling restart of two releases',
  lane: 'nodes',
  play: async ({ nodes }, random) => {
    const version = nodes[0]?.machine.version === 1 ? 2 : 1
    for (const node of nodes) {
      await node.drain()
      node.start({ ...node.machine, version })
      await node.untilServing()
      // Both releases work on the same journal for a while.
      await sleep(random.between(200, 1_000))
    }
    return nodes.length
  },
}

/** Replaces the clock of a node's process; see there. */
const SHIFTED_CLOCK = new URL('../shifted-clock.ts', import.meta.url).href

export const clockShifted: Fault = {
  name: 'clock of a node wrong, and jumping',
  lane: 'nodes',
  play: async ({ nodes }, random) => {
    const node = random.pick(nodes)
    const { version } = node.machine
    const shiftMs = random.pick([HOUR_MS, -HOUR_MS])
    await node.drain()
    const environment = {
      NODE_OPTIONS: `--import=${SHIFTED_CLOCK}`,
      CHAOS_CLOCK_SHIFTS_MS: [shiftMs, 0, -shiftMs, shiftMs].join(','),
    }
    node.start({ version, environment })
    await node.untilServing()
    for (let jump = 0; jump < JUMPS; jump++) {
      await sleep(random.between(...JUMP_EVERY_MS))
      node.signal('SIGUSR2')
    }
    await node.drain()
    node.start({ version, environment: {} })
    await node.untilServing()
    return 1 + JUMPS
  },
}

/** The end of a run: every node is of the release that knows all that was begun, and nothing is wrong with it. */
export async function mendNodes({ nodes }: Stage): Promise<void> {
  const version = nodes.some(({ versions }) => versions.has(2)) ? 2 : 1
  for (const node of nodes) {
    node.resume()
    if (node.machine.version === version && node.port !== undefined) continue
    await node.drain()
    node.start({ version, environment: {} })
    await node.untilServing()
  }
}

export const ofTheNodes: readonly Fault[] = [
  nodeKilled,
  allNodesKilled,
  nodePaused,
  clockShifted,
  otherRelease,
]
