import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { reasonOf } from '../../errors.ts'
import { closeWithoutCheckpoint } from './database.ts'
import { faultOf } from '../../sqlite/fault.ts'
import { journalFailure } from './faults.ts'
import type { WriteOperation, WriteResult } from './operation.ts'
import type { Reserve } from './reserve.ts'
import { Transaction } from './transaction.ts'

/** So many operations go into the log before it is copied into the file: 5 to 25 MB. */
const CHECKPOINT_EVERY_OPERATIONS = 1_000
/** While the disk is full the log must stay short enough to be copied: 250 answers take some 6 MB of it. */
const CHECKPOINT_EVERY_OPERATIONS_WHEN_FULL = 250
/** Of the reserve: a longer log is not copied while the disk is full, because its copy takes as much room again. */
const RESERVE_SHARE_FOR_CHECKPOINT = 0.5
/** While the disk is full: how often to see whether there is room again. */
const ROOM_CHECK_INTERVAL_MS = 10_000

/** After this the journal must not be used by this process any more (F10). */
export class FatalJournalError extends Error {}

export interface BatchWriterOptions {
  /** For people, in messages. */
  readonly path: string
  readonly database: DatabaseSync
  readonly reserve: Reserve
  readonly nowMs: () => number
}

/**
 * Writes batches and knows what to do when the disk does not want to.
 *
 * - Full: SQLite has rolled back the whole batch. New payments are refused, the reserve is given back, and the rest
 *   is written into its room: what answers something that was sent must fit (F11).
 * - An input or output error: after a failed fsync the kernel may have dropped the pages, and a second fsync would
 *   call them safe. Nobody can know what is on the disk, so the process has to end and recover (F10).
 * - Anything else is the fault of one operation, which must not take the others with it (F22).
 */
export class BatchWriter {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #reserve: Reserve
  readonly #nowMs: () => number
  readonly #transaction: Transaction
  #isFull = false
  #roomCheckedAtMs = 0
  #operationsInLog = 0

  constructor({ path, database, reserve, nowMs }: BatchWriterOptions) {
    this.#path = path
    this.#database = database
    this.#reserve = reserve
    this.#nowMs = nowMs
    this.#transaction = new Transaction(database)
    this.#takeReserve()
  }

  /** @throws FatalJournalError */
  write(operations: readonly WriteOperation[]): WriteResult[] {
    this.#operationsInLog += operations.length
    if (this.#isFull) this.#lookForRoom()
    if (this.#isFull) return this.#writeWithoutNewPayments(operations)
    try {
      return this.#transaction.run(operations)
    } catch (error) {
      if (this.#kindOf(error) === 'disk-full') return this.#writeFromReserve(operations)
      return this.#writeOneByOne(operations, error)
    }
  }

  /**
   * Copies the log into the database file once it is long enough: between batches, so that no commit waits for it.
   *
   * @throws FatalJournalError
   */
  checkpointIfLong(): void {
    const every = this.#isFull ? CHECKPOINT_EVERY_OPERATIONS_WHEN_FULL : CHECKPOINT_EVERY_OPERATIONS
    if (this.#operationsInLog >= every) this.#checkpoint('PASSIVE')
  }

  /** @throws FatalJournalError */
  close(): void {
    this.#checkpoint('TRUNCATE')
    if (this.#isFull) closeWithoutCheckpoint(this.#database, this.#path)
    else this.#database.close()
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    this.#operationsInLog = 0
    if (this.#isFull && !this.#copyFits()) return
    try {
      this.#database.exec(`PRAGMA wal_checkpoint(${mode})`)
    } catch (error) {
      // The log keeps what could not be copied, and the next checkpoint copies it.
      if (this.#kindOf(error) === 'disk-full') this.#enterFull()
      else if (faultOf(error) !== 'busy') throw error
    }
  }

  #writeFromReserve(operations: readonly WriteOperation[]): WriteResult[] {
    this.#enterFull()
    return this.#writeWithoutNewPayments(operations)
  }

  #writeWithoutNewPayments(operations: readonly WriteOperation[]): WriteResult[] {
    const kept = operations.filter((operation) => !opensPayment(operation))
    const results = kept.length === 0 ? [] : this.#writeKept(kept)
    return operations.map((operation) => {
      if (opensPayment(operation)) return this.#refused()
      return results.shift() ?? this.#refused()
    })
  }

  #writeKept(operations: readonly WriteOperation[]): WriteResult[] {
    try {
      return this.#transaction.run(operations)
    } catch (error) {
      if (this.#kindOf(error) === 'disk-full') return operations.map(() => this.#refused())
      return this.#writeOneByOne(operations, error)
    }
  }

  #writeOneByOne(operations: readonly WriteOperation[], cause: unknown): WriteResult[] {
    const fault = faultOf(cause)
    const isOfOne = fault === 'refused' || fault === 'other'
    if (operations.length === 1 || !isOfOne) return operations.map(() => this.#failed(cause))
    return operations.flatMap((operation) => this.write([operation]))
  }

  /** A checkpoint makes the most of the room: the log begins anew, in the place that it has already. */
  #enterFull(): void {
    const wasFull = this.#isFull
    this.#isFull = true
    this.#roomCheckedAtMs = this.#nowMs()
    this.#reserve.release()
    if (!wasFull) this.#checkpoint('PASSIVE')
  }

  #copyFits(): boolean {
    const logBytes = statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0
    return logBytes <= this.#reserve.bytes * RESERVE_SHARE_FOR_CHECKPOINT
  }

  #lookForRoom(): void {
    const nowMs = this.#nowMs()
    // A clock that was set back must not postpone the next look (F14).
    const waitedMs = Math.abs(nowMs - this.#roomCheckedAtMs)
    if (waitedMs >= ROOM_CHECK_INTERVAL_MS) this.#takeReserve()
  }

  #takeReserve(): void {
    this.#roomCheckedAtMs = this.#nowMs()
    this.#isFull = !this.#reserve.ensure()
  }

  /** @throws FatalJournalError instead of giving an answer when the disk failed */
  #kindOf(error: unknown): 'disk-full' | 'other' {
    const fault = faultOf(error)
    if (fault === 'io') {
      const text = `${this.#path}: ${reasonOf(error)}: what is on the disk is not known, so this process ends`
      throw new FatalJournalError(text, { cause: error })
    }
    return fault === 'full' ? 'disk-full' : 'other'
  }

  #failed(error: unknown): WriteResult {
    const { code } = journalFailure(error, this.#path)
    return { kind: 'failed', code, text: `${this.#path}: ${reasonOf(error)}` }
  }

  #refused(): WriteResult {
    const text = `${this.#path}: the disk is full, so no new payment is begun; make room on it`
    return { kind: 'failed', code: 'CF_JOURNAL_FULL', text }
  }
}

function opensPayment(operation: WriteOperation): boolean {
  return operation.kind === 'change' && operation.change.payment?.expectedVersion === 0
}
