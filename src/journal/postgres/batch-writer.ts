import { failure } from '../../errors.ts'
import type { Committer } from './committer.ts'
import { faultOf, isDiskFull, isOfOneChange } from './faults.ts'
import type { WriteOperation, WriteResult } from './operation.ts'
import type { Settings } from './settings.ts'

/** Of the time for a commit: so long a batch waits for rows that others hold. */
const LOCK_SHARE = 0.4
/** The same for one change alone, after its batch has waited in vain. */
const LOCK_TIMEOUT_ALONE_MS = 100

/**
 * Writes batches, and keeps the fault of one change from the others (F22): where the server refuses a batch because of
 * what is in it, or because somebody holds a row of it, each is tried alone.
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
      const fault = faultOf(error instanceof Error ? error.cause : error)
      if (isDiskFull(fault)) return this.#withoutNewPayments(operations, error)
      if (operations.length === 1 || !isOfOneChange(fault)) throw error
      return this.#oneByOne(operations)
    }
  }

  async #oneByOne(operations: readonly WriteOperation[]): Promise<readonly WriteResult[]> {
    const untilMs = performance.now() + this.#settings.commitTimeoutMs
    const results: WriteResult[] = []
    for (const operation of operations) {
      if (performance.now() > untilMs) {
        results.push({
          kind: 'failed',
          error: failure('CF_JOURNAL_UNAVAILABLE', 'the database was too slow for it'),
        })
      } else results.push(...(await this.#alone([operation])))
    }
    return results
  }

  async #alone(operations: readonly WriteOperation[]): Promise<readonly WriteResult[]> {
    try {
      return await this.#committer.commit(operations, LOCK_TIMEOUT_ALONE_MS)
    } catch (error) {
      return operations.map(() => ({ kind: 'failed', error }))
    }
  }

  async #withoutNewPayments(
    operations: readonly WriteOperation[],
    error: unknown,
  ): Promise<readonly WriteResult[]> {
    const kept = operations.filter((operation) => !opensPayment(operation))
    if (kept.length === 0 || kept.length === operations.length) throw error
    const results = [...(await this.#alone(kept))]
    return operations.map((operation) => {
      const result = opensPayment(operation) ? undefined : results.shift()
      return result ?? { kind: 'failed', error }
    })
  }
}

function opensPayment(operation: WriteOperation): boolean {
  return operation.kind === 'change' && operation.change.payment?.expectedVersion === 0
}
