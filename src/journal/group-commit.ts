import { failure } from '../errors.ts'

/** So many may wait for the next batch. More means that the disk cannot follow, and waiting longer helps nobody. */
export const QUEUE_LENGTH_MAX = 10_000
/** The most that one transaction takes: at 5 KB each, a batch writes some 2.5 MB between two flushes to disk. */
export const BATCH_LENGTH_MAX = 500
/** The same for the texts of a batch: a few changes that are thousands of times as long as usual go alone. */
export const BATCH_CHARACTERS_MAX = 16 * 1024 * 1024

export interface GroupCommitOptions<Item, Result> {
  /**
   * Writes a batch as one transaction and answers for each item, in order. A rejection means that nobody knows
   * what became of the batch. One is called at a time.
   */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>
  /** How many characters an item has to be written. Default: none. */
  readonly charactersOf?: (item: Item) => number
  readonly queueLengthMax?: number
  readonly batchLengthMax?: number
}

export interface GroupCommit<Item, Result> {
  /**
   * Resolves with the item's own result once its batch is durable.
   *
   * @throws CF_OVERLOADED when too many wait already: nothing was written. Else what `flush` threw.
   */
  add(item: Item): Promise<Result>
  /** Resolves when all that was added before is settled. */
  idle(): Promise<void>
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers what comes while the previous batch is in flight, and writes it as one: the flush to disk, which costs the
 * same for one as for hundreds, is shared.
 *
 * The first item of an idle journal waits for the end of the current turn of the event loop, so that the changes
 * which one round of input brought go together.
 *
 * @example
 * const commits = groupCommit({ flush: (changes) => writeInOneTransaction(changes) })
 * const verdict = await commits.add(change)
 */
export function groupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): GroupCommit<Item, Result> {
  const {
    flush,
    charactersOf,
    queueLengthMax = QUEUE_LENGTH_MAX,
    batchLengthMax = BATCH_LENGTH_MAX,
  } = options
  let queue: Waiting<Item, Result>[] = []
  let running: Promise<void> | undefined

  const flushAll = async (): Promise<void> => {
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      const length = fitting(queue, batchLengthMax, charactersOf)
      const batch = queue.length <= length ? queue : queue.slice(0, length)
      queue = queue.length <= length ? [] : queue.slice(length)
      await settle(batch, flush)
    }
    running = undefined
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        if (queue.length >= queueLengthMax) {
          reject(failure('CF_OVERLOADED', `${queue.length} changes wait for the journal already`))
          return
        }
        queue.push({ item, resolve, reject })
        running ??= flushAll()
      }),
    idle: () => running ?? Promise.resolve(),
  }
}

/** How many of those that wait go into the next batch: at least one, however long it is. */
function fitting<Item>(
  queue: readonly { readonly item: Item }[],
  lengthMax: number,
  charactersOf: ((item: Item) => number) | undefined,
): number {
  if (charactersOf === undefined) return lengthMax
  let characters = 0
  for (const [index, { item }] of queue.entries()) {
    if (index === lengthMax) break
    characters += charactersOf(item)
    if (characters > BATCH_CHARACTERS_MAX) return Math.max(1, index)
  }
  return lengthMax
}

/** Flushes one batch and passes each result on. Never rejects: a failure is the answer to each of the batch. */
async function settle<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  flush: GroupCommitOptions<Item, Result>['flush'],
): Promise<void> {
  try {
    const results = await flush(batch.map(({ item }) => item))
    if (results.length !== batch.length) {
      throw failure(
        'CF_JOURNAL_UNAVAILABLE',
        `a batch of ${batch.length} changes was answered with ${results.length} results`,
      )
    }
    for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}
