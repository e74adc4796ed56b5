import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '../src/errors.ts'
import type { Random } from '../test/simulation/random.ts'
import type { Fault, Struck } from './fault.ts'
import type { Stage } from './stage.ts'

/** Between two faults of a lane, so that things recover; in some pauses not all of them do. */
const PAUSE_MS = [800, 3_500] as const

export interface ScheduleOptions {
  readonly stage: Stage
  readonly faults: readonly Fault[]
  readonly random: Random
  readonly untilMs: number
  readonly onFault: (name: string) => void
}

/**
 * Two lanes beside each other, one of the nodes and one of what they rest on: so faults of one meet faults of the other.
 * In each lane every fault comes once, in an order that the seed decides, before any comes again; one that has not struck
 * anything yet comes first.
 */
export async function playFaults(options: ScheduleOptions): Promise<readonly Struck[]> {
  const struck: Struck[] = []
  const lanes = (['nodes', 'base'] as const).map((name) => {
    const faults = options.faults.filter(({ lane }) => lane === name)
    return playLane({ ...options, faults, random: options.random.fork() }, struck)
  })
  await Promise.all(lanes)
  return struck
}

async function playLane(
  { stage, faults, random, untilMs, onFault }: ScheduleOptions,
  struck: Struck[],
): Promise<void> {
  const turns = new Map(faults.map((fault) => [fault, 0]))
  const met = new Set<Fault>()
  while (faults.length > 0) {
    await sleep(random.between(...PAUSE_MS))
    if (performance.now() > untilMs) return
    const fault = nextOf(turns, met, random)
    turns.set(fault, (turns.get(fault) ?? 0) + 1)
    onFault(fault.name)
    const fromMs = Date.now()
    let times: number
    try {
      times = await fault.play(stage, random)
    } catch (error) {
      throw new Error(`${fault.name}: ${reasonOf(error)}`, { cause: error })
    }
    if (times > 0) met.add(fault)
    struck.push({ fault, fromMs, untilMs: Date.now(), times })
  }
}

/** Of those that came least often; one that came and struck nothing counts as half. */
function nextOf(turns: ReadonlyMap<Fault, number>, met: ReadonlySet<Fault>, random: Random): Fault {
  const weight = (fault: Fault): number => (turns.get(fault) ?? 0) * (met.has(fault) ? 1 : 0.5)
  const least = Math.min(...[...turns.keys()].map(weight))
  return random.pick([...turns.keys()].filter((fault) => weight(fault) === least))
}
