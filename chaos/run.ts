import type { Difference } from '../demo/audit.ts'
import { fillShelves, readShop } from '../demo/books.ts'
import { Random } from '../test/simulation/random.ts'
import { keepBooks, readHistories, untilAtRest, withJournal } from './books.ts'
import { cardLeaks } from './card-leaks.ts'
import { Crowd } from './crowd.ts'
import type { Fault } from './fault.ts'
import { mendNodes } from './faults/of-the-nodes.ts'
import type { ChaosProgress } from './progress.ts'
import { type ChaosResult, resultOf } from './result.ts'
import { playFaults } from './schedule.ts'
import { Stage } from './stage.ts'
import { toldTwice } from './told-once.ts'
import { providersMoods } from './moods.ts'

/** Every payment is at its end or a case within this, once nothing is broken any more. */
export const AT_REST_WITHIN_MS = 60_000
/** Nothing runs out on the shelves. */
const STOCK = 1_000_000
/** Doubt becomes a case in time for the end of the run: see AT_REST_WITHIN_MS. */
const DOUBT_CASE_AFTER_MS = { short: 8_000, long: 30_000 } as const
const LONG_SECONDS = 60

export interface RunOptions {
  readonly seconds: number
  readonly seed: number
  readonly faults: readonly Fault[]
  readonly keep: boolean
  readonly progress: ChaosProgress
  /** Aborted, it ends all that it has started. */
  readonly signal: AbortSignal
}

export interface Run extends ChaosResult {
  readonly kills: number
  readonly failovers: number
  /** Different byte positions of an exchange at which connections were cut. */
  readonly positionsCut: Readonly<Record<'provider' | 'database', number>>
  readonly payments: number
  /** Kept for a person; '' when it is gone. */
  readonly folder: string
}

/** Opens all of it, lets people buy and everything break, mends it, waits until all is at rest, and audits. */
export async function run(options: RunOptions): Promise<Run> {
  const { seed, keep, seconds, signal } = options
  const random = new Random(seed)
  const doubtCaseAfterMs = seconds < LONG_SECONDS ? DOUBT_CASE_AFTER_MS.short : DOUBT_CASE_AFTER_MS.long
  await using stage = await Stage.open({ keep, doubtCaseAfterMs, random: random.fork() })
  const ended = new Promise<never>((_resolve, reject) => {
    const end = (): void => reject(new Error('it was ended'))
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
  const playing = play(stage, random, options)
  // Whoever ends it does not wait for what it still does.
  playing.catch(() => undefined)
  // Awaited here, before the stage is closed.
  return await Promise.race([playing, ended])
}

async function play(stage: Stage, random: Random, options: RunOptions): Promise<Run> {
  const { seconds, seed, faults, keep, progress } = options
  const filled = fillShelves(stage, STOCK)
  for (const mood of providersMoods(seed)) await stage.set(mood)
  const { balancerUrl, shopUrl } = stage
  const crowd = new Crowd({ balancerUrl, shopUrl }, random.fork())
  progress.follows(crowd, stage)
  for (const fault of faults) fault.begin?.(stage)
  const playing = playFaults({
    stage,
    faults,
    random: random.fork(),
    untilMs: performance.now() + seconds * 1_000,
    onFault: (name) => progress.plays(name),
  })
  const struck = await Promise.race([playing, crowd.failed])
  progress.plays('nothing is broken any more')
  for (const fault of faults) fault.end?.(stage)
  await stage.clearFaults()
  await mendNodes(stage)
  progress.plays('everybody is told how it ended')
  await crowd.goHome()
  progress.plays('waiting until every payment is at its end')
  await untilAtRest(stage, AT_REST_WITHIN_MS)
  // The ledger first: whatever is in it by now was written down before.
  const ledger = await stage.ledger()
  await stage.closeShop()
  progress.plays('comparing the books')
  const histories = await withJournal(stage, readHistories)
  if (keep) keepBooks(stage.folder, { histories, ledger, people: crowd.people, struck })
  const beside: readonly Difference[] = [
    ...stage.nodes.flatMap(({ strangeEnds }) => strangeEnds.map(asDifference)),
    ...toldTwice(stage.dataFolder),
    ...(await cardLeaks(stage)),
  ]
  const { people } = crowd
  const books = { histories, ledger, people, ...readShop(stage, filled) }
  const { cluster, positions, nodes, folder } = stage
  return {
    ...resultOf({ ...books, faults, struck, beside, trueMs: (atMs) => cluster.trueMs(atMs) }),
    payments: histories.length,
    kills: nodes.reduce((sum, { kills }) => sum + kills, 0),
    failovers: cluster.failovers,
    positionsCut: { provider: positions.provider.count, database: positions.database.count },
    folder: keep ? folder : '',
  }
}

function asDifference(found: string): Difference {
  return { orderId: '', what: 'a process', expected: 'ends when it is told to', found }
}
