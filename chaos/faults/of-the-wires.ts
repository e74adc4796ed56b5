import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import type { NodeProcess } from '../node-process.ts'
import type { Weather, Wire } from '../wire.ts'

const LASTS_MS = [1_500, 3_500] as const
const SILENT_MS = [1_000, 5_000] as const
/** Exchanges that are let through before the next is cut: a commit has to get through now and then, and an answer. */
const PASSES = { database: 6, provider: 1 } as const
/** The same all the time, beside whatever else happens. */
const PASSES_AT_ALL_TIMES = { database: 300, provider: 6 } as const

type End = keyof typeof PASSES

/** Every connection of every node to the provider or to the database is cut, each time at the next byte. */
function cut(name: string, end: End): Fault {
  return {
    name,
    lane: 'base',
    begin: ({ positions }) => void (positions[end].passes = PASSES_AT_ALL_TIMES[end]),
    play: async ({ nodes, positions }, random) => {
      const wires = nodes.map((node) => node[end])
      const before = sum(wires, 'cuts')
      positions[end].passes = PASSES[end]
      await sleep(random.between(...LASTS_MS))
      positions[end].passes = PASSES_AT_ALL_TIMES[end]
      return sum(wires, 'cuts') - before
    },
    end: ({ positions }) => void (positions[end].passes = Infinity),
  }
}

function weather(name: string, end: End, is: Weather, all: boolean): Fault {
  return {
    name,
    lane: 'base',
    play: async ({ nodes }, random) => {
      const struck: readonly NodeProcess[] = all ? nodes : [random.pick(nodes)]
      const wires = struck.map((node) => node[end])
      const before = sum(wires, 'weathered')
      for (const wire of wires) wire.weather = is
      await sleep(random.between(...SILENT_MS))
      for (const wire of wires) wire.weather = 'fair'
      return sum(wires, 'weathered') - before
    },
  }
}

export const commitAnswerLost: Fault = {
  name: "commit's answer lost",
  lane: 'base',
  play: async ({ nodes }, random) => {
    const wires = nodes.map((node) => node.database)
    const before = sum(wires, 'answersLost')
    for (const wire of wires) wire.losesCommits = true
    // Each loses some, and then gets through: a journal that never does can only refuse.
    await sleep(random.between(200, 800))
    for (const wire of wires) wire.losesCommits = false
    return sum(wires, 'answersLost') - before
  },
}

function sum(wires: readonly Wire[], of: 'cuts' | 'weathered' | 'answersLost'): number {
  return wires.reduce((total, wire) => total + wire[of], 0)
}

export const providerCut = cut('connection to the provider cut at any byte', 'provider')
export const databaseCut = cut('connection to the database cut at any byte', 'database')

export const ofTheWires: readonly Fault[] = [
  providerCut,
  databaseCut,
  commitAnswerLost,
  weather('node cut off from the database', 'database', 'silent', false),
  weather('all nodes cut off from the database', 'database', 'silent', true),
  weather('provider cannot be reached', 'provider', 'refusing', true),
  weather('provider silent', 'provider', 'silent', false),
]
