import type { Random } from '../test/simulation/random.ts'
import type { Stage } from './stage.ts'

/** One thing that goes wrong while people pay; docs/reference/chaos.md has a line for each, under the same name. */
export interface Fault {
  readonly name: string
  /** `nodes`: to one of the nodes. `base`: to the database, or to the way to it or to the provider. One of each at a time. */
  readonly lane: 'nodes' | 'base'
  /** What of it is there all the time, from the first order to the time when nothing is broken any more. */
  begin?(stage: Stage): void
  end?(stage: Stage): void
  /** Lets it happen and mends it again. Answers how often it has really struck, by what is seen of it. */
  play(stage: Stage, random: Random): Promise<number>
}

/** When a fault was there, and how often it struck. */
export interface Struck {
  readonly fault: Fault
  readonly fromMs: number
  readonly untilMs: number
  readonly times: number
}
