import type { FaultRequest } from '../src/simulators/worldpay/index.ts'
import type { OrderBooks } from './evidence.ts'
import type { Payer, Way } from './payer.ts'
import type { Stage } from './stage.ts'

/** One thing that goes wrong; docs/reference/faults.md has a line for each, under the same name. */
export interface Fault {
  readonly name: string
  /** The ways to pay that can meet it. */
  readonly ways: readonly Way[]
  /** The name on the card, where it matters. Default: somebody whose bank says yes. */
  readonly holder?: string
  /** Faults of the provider that are set while the payers meet this one. */
  readonly weather?: readonly FaultRequest[]
  /** Set for one payer after the other, each once: for faults that must strike one message of many. */
  readonly oneByOne?: boolean
  /** How long the weather lasts after everybody has met it, in milliseconds. */
  readonly lastsMs?: number
  /** How long each of them keeps one of the engine's connections to the provider, in milliseconds. Default: not at all. */
  readonly holdsMs?: number
  /** Brings a payer to the place. Default: to the last page before something is sent to the provider. */
  readonly prepare?: (payer: Payer, stage: Stage) => Promise<void>
  /** She meets it. What comes back may come late: it is not waited for before the next fault begins. */
  readonly meet?: (payer: Payer, stage: Stage) => Promise<void>
  /** What she does once it is over. Default: she waits for the end. */
  readonly after?: (payer: Payer, stage: Stage) => Promise<void>
  /**
   * Whether this order has really met it: by the journal, by the provider's ledger, by what its payer saw. That the
   * provider was told to misbehave is not enough.
   */
  readonly evidence: (books: OrderBooks) => boolean
}

/** Faults that are played together. */
export interface Act {
  readonly name: string
  readonly faults: readonly Fault[]
  /** Faults of the provider that are set during the whole act. */
  readonly weather?: readonly FaultRequest[]
  readonly play: (act: Act, cast: Cast, stage: Stage) => Promise<void>
}

/** Who meets which fault. */
export type Cast = ReadonlyMap<Fault, readonly Payer[]>
