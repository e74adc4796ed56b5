import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender, Start } from './contender.ts'
import type { Provider } from './provider.ts'
import type { Store } from './store.ts'

export interface RoundOptions {
  /** An existing folder; each round has one of its own in it. */
  readonly folder: string
  readonly store: Store
  readonly provider: Provider
  readonly inFlight: number
  /** For so long sales are begun; each of them is brought to its end. */
  readonly durationMs: number
}

export interface Round {
  readonly salesPerSecond: number
  /** Of each sale, from its call to its answer. */
  readonly latenciesMs: readonly number[]
}

/** Sales per sender before the clock runs: connections are open then, and the file has its first pages. */
const LEAD_IN_SALES = 2

/**
 * One round of one contender on a fresh journal. The clock stops when nothing is under way any more, so that nobody
 * gains by leaving work for later.
 *
 * @throws Error when a sale does not end as it must, or when journal and ledger differ
 */
export async function playRound(start: Start, options: RoundOptions): Promise<Round> {
  const { provider, inFlight, durationMs } = options
  await provider.reset()
  const folder = await mkdtemp(join(options.folder, 'round-'))
  try {
    const contender = await start(options.store.place(folder), provider.paymentService, salesMaxOf(options))
    let round: Round
    let leadIn: readonly number[]
    try {
      leadIn = await send(contender, inFlight, (sent) => sent < LEAD_IN_SALES)
      await contender.settle()
      const startedMs = performance.now()
      const latenciesMs = await send(contender, inFlight, () => performance.now() - startedMs < durationMs)
      await contender.settle()
      const seconds = (performance.now() - startedMs) / 1000
      round = { salesPerSecond: latenciesMs.length / seconds, latenciesMs }
    } finally {
      await contender.stop()
    }
    await compare(contender, provider, leadIn.length + round.latenciesMs.length)
    return round
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** No machine makes more in that time; what is prepared ahead is prepared for so many. */
function salesMaxOf({ inFlight, durationMs }: RoundOptions): number {
  return inFlight * (LEAD_IN_SALES + 1) + Math.ceil((Math.min(inFlight, 8) * 2_500 * durationMs) / 1_000)
}

/** So many senders, each with one sale at a time, until `more` says no. The first failure ends them all. */
async function send(
  contender: Contender,
  inFlight: number,
  more: (sentByThisOne: number) => boolean,
): Promise<readonly number[]> {
  const latenciesMs: number[] = []
  const failures: unknown[] = []
  const sender = async (): Promise<void> => {
    for (let sent = 0; failures.length === 0 && more(sent); sent++) {
      const beganMs = performance.now()
      try {
        await contender.sale()
      } catch (error) {
        failures.push(error)
        return
      }
      latenciesMs.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, sender))
  if (failures.length > 0) throw failures[0]
  return latenciesMs
}

async function compare(contender: Contender, provider: Provider, sold: number): Promise<void> {
  const books = await contender.books()
  const ledger = await provider.ledger()
  if (books.sales !== sold) throw new Error(`${sold} sales were made, and the journal has ${books.sales}`)
  if (ledger.orders !== sold || ledger.executions !== sold) {
    throw new Error(
      `the journal has ${sold} sales, and the provider's ledger ${ledger.orders} in ${ledger.executions} executions`,
    )
  }
  if (books.authorisedMinor !== ledger.authorisedMinor) {
    throw new Error(
      `${books.authorisedMinor} minor units are authorized by the journal, ${ledger.authorisedMinor} by the ledger`,
    )
  }
}
