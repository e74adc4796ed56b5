import { failure } from '../../errors.ts'
import type { Committer } from './committer.ts'
import { type Fault, faultOf, isDiskFull, isOfOneChange, isRefusal } from './faults.ts'
import type { WriteOperation, WriteResult } from './operation.ts'
import type { Settings } from './settings.ts'

/** Of the time for a commit: so long a batch waits for rows that others hold. */
const LOCK_SHARE = 0.4
/** The same for one change alone, after its batch has waited in vain. */
const LOCK_TIMEOUT_ALONE_MS = 100

/**
 * Writes batches, and keeps the fault of one change from the others (F22). Where the server refuses a batch because of
 * what is in it, its halves are tried, and their halves: the one that is refused among hundreds is alone after a few
 * commits. Where somebody holds a row of it, each is tried alone, because each try waits.
 *
 * On a full disk new payments are refused, and the rest is tried once more: it may still fit where rows were before.
 */
export class BatchWriter {
  readonly #committer: Committer
  readonly #settings: Settings

  constructor(committer: Committer, settings: Settings) {
    this.#committer = committer
    this.#settings = settings
  }

  async write(operations: readonly WriteOperation[]): Promise<readonly WriteResult[]> {
    try {
      return await this.#committer.commit(operations, Math.round(this.#settings.commitTimeoutMs * LOCK_SHARE))
    } catch (error) {
      const fault = faultBehind(error)
      if (isDiskFull(fault)) return this.#withoutNewPayments(operations, error)
      if (operations.length === 1 || !isOfOneChange(fault)) throw error
      return this.#inParts(operations, fault, this.#untilMs())
    }
  }

  #untilMs(): number {
    return performance.now() + this.#settings.commitTimeoutMs
  }

  async #inParts(
    operations: readonly WriteOperation[],
    fault: Fault,
    untilMs: number,
  ): Promise<readonly WriteResult[]> {
    const length = isRefusal(fault) ? Math.ceil(operations.length / 2) : 1
    const results: WriteResult[] = []
    for (let from = 0; from < operations.length; from += length) {
      results.push(...(await this.#part(operations.slice(from, from + length), untilMs)))
    }
    return results
  }

  async #part(operations: readonly WriteOperation[], untilMs: number): Promise<readonly WriteResult[]> {
    if (performance.now() > untilMs) {
      const error = failure('CF_JOURNAL_UNAVAILABLE', 'the database was too slow for it')
      return operations.map(() => ({ kind: 'failed', error }))
    }
    try {
      return await this.#committer.commit(operations, LOCK_TIMEOUT_ALONE_MS)
    } catch (error) {
      const fault = faultBehind(error)
      if (operations.length > 1 && isOfOneChange(fault)) return this.#inParts(operations, fault, untilMs)
      return operations.map(() => ({ kind: 'failed', error }))
    }
  }

  async #withoutNewPayments(
    operations: readonly WriteOperation[],
    error: unknown,
  ): Promise<readonly WriteResult[]> {
    const kept = operations.filter((operation) => !opensPayment(operation))
    if (kept.length === 0 || kept.length === operations.length) throw error
    const results = [...(await this.#part(kept, this.#untilMs()))]
    return operations.map((operation) => {
      const result = opensPayment(operation) ? undefined : results.shift()
      return result ?? { kind: 'failed', error }
    })
  }
}

/** What the server said behind an error of the journal. */
function faultBehind(error: unknown): Fault {
  return faultOf(error instanceof Error ? error.cause : error)
}

function opensPayment(operation: WriteOperation): boolean {
  return operation.kind === 'change' && operation.change.payment?.expectedVersion === 0
}
