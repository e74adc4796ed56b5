import { failure, reasonOf } from '../../errors.ts'
import { type Batch, encodeBatch } from './batch.ts'
import { faultOf, isNotThePrimary, isWorthRepeating, journalFailure, SUPERSEDED } from './faults.ts'
import type { WriteOperation, WriteResult } from './operation.ts'
import type { Settings } from './settings.ts'
import { answerIn, type WriterRow, type WritersPlace } from './writers-place.ts'

/** A batch is judged again so often because somebody else was faster; each time somebody has got on. */
const JUDGED_AGAIN_MAX = 10
/** Parameters of the function that commits: who is writing, and the columns of a batch. */
const PARAMETERS = 36
const COMMIT = `SELECT * FROM commit_batch_1(${Array.from({ length: PARAMETERS }, (_, n) => `$${n + 1}`).join(', ')})`

/** What came of one try to commit a batch. */
type Tried =
  | { readonly kind: 'answered'; readonly results: readonly WriteResult[] }
  | { readonly kind: 'again' }
  /** The answer was lost, or the server said more than its answer: the batch may be written, or half-way safe. */
  | { readonly kind: 'unknown'; readonly why: string }

/**
 * Commits batches, one after the other, on the writer's one connection.
 *
 * A result that is not known is never given as one (F8). The next connection writes to the row of this writer and
 * reads what the last batch was, in one statement: what it reads is as safe as its own commit, which waits for the
 * standby like any other. Either the batch is there, with its verdicts, or it never will be, and is committed again.
 */
export class Committer {
  readonly #place: WritersPlace
  readonly #settings: Settings
  readonly #name: string
  #lastBatch = 0

  constructor({ place, settings, name }: { place: WritersPlace; settings: Settings; name: string }) {
    this.#place = place
    this.#settings = settings
    this.#name = name
  }

  /**
   * @throws CF_JOURNAL_UNAVAILABLE when it could not be found out in time what became of it, or what the server said
   *   when it rolled it back
   */
  async commit(
    operations: readonly WriteOperation[],
    lockTimeoutMs: number,
  ): Promise<readonly WriteResult[]> {
    const batch = encodeBatch(operations)
    let row = await this.#place.take()
    for (let tries = 0; tries < JUDGED_AGAIN_MAX; tries++) {
      const number = ++this.#lastBatch
      const tried = await this.#try(row, number, batch, lockTimeoutMs)
      if (tried.kind === 'answered') return tried.results
      if (tried.kind === 'unknown') {
        row.connection.destroy()
        row = await this.#readBack(tried.why)
        if (row.batch === number) return batch.results(row.answer)
      } else if (!row.connection.isOpen) row = await this.#place.take()
    }
    throw failure('CF_JOURNAL_UNAVAILABLE', `${this.#name}: a batch was overtaken ${JUDGED_AGAIN_MAX} times`)
  }

  async #try(row: WriterRow, number: number, batch: Batch, lockTimeoutMs: number): Promise<Tried> {
    const { session, epoch, connection } = row
    const values = [session, epoch, number, `${lockTimeoutMs}`, ...batch.values]
    try {
      const statement = { name: 'commit', text: COMMIT, values }
      const { rows, warnings } = await connection.query(statement, this.#settings.commitTimeoutMs)
      if (warnings.length > 0) return { kind: 'unknown', why: warnings.join('; ') }
      return { kind: 'answered', results: batch.results(answerIn(rows[0], 'out_verdicts', 'out_now_ms')) }
    } catch (error) {
      const fault = faultOf(error)
      if (!fault.isRolledBack) return { kind: 'unknown', why: reasonOf(error) }
      if (fault.state === SUPERSEDED || isNotThePrimary(fault)) connection.destroy()
      if (fault.state === SUPERSEDED || isWorthRepeating(fault)) return { kind: 'again' }
      throw journalFailure(error, this.#name)
    }
  }

  async #readBack(why: string): Promise<WriterRow> {
    try {
      return await this.#place.takeWithin(this.#settings.confirmTimeoutMs)
    } catch (error) {
      const text = `${this.#name}: nobody knows whether it was written: ${why}; then ${reasonOf(error)}`
      throw failure('CF_JOURNAL_UNAVAILABLE', text, {}, error)
    }
  }
}
