import { writeSync } from 'node:fs'
import type { Journal } from '../journal.ts'
import { SqliteReader } from './reader.ts'
import { fileReserve, RESERVE_BYTES } from './reserve.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { startWriterThread } from './writer-thread.ts'

export interface SqliteJournalOptions {
  /** Kept free on the disk for answers to what was sent; 32 MiB unless told otherwise. */
  readonly reserveBytes?: number
  /**
   * Called when the disk failed and nobody knows what is on it (F10). It has to end the process, as the default
   * does, after a line on standard error, with EXIT_CODE_DISK_FAILED.
   */
  readonly onFatal?: (text: string) => void
}

/** The exit code after a failed write or flush, so that a supervisor can tell it from an ordinary end. */
export const EXIT_CODE_DISK_FAILED = 70

/**
 * A journal in one file, for one node. Beside the file are its log (`-wal`, `-shm`), the lock of its owner
 * (`-owner.db`) and the room that is kept for answers (`-reserve`); a backup needs the file alone, made with
 * SQLite's own means.
 *
 * @throws by `open`: CF_JOURNAL_OWNED, CF_JOURNAL_NEWER, CF_JOURNAL_CORRUPT, CF_JOURNAL_READ_ONLY, CF_JOURNAL_FULL
 * @example
 * const journal = sqliteJournal('data/payments.db')
 * await journal.open({ nodeId: world.nodeId })
 */
export function sqliteJournal(path: string, options: SqliteJournalOptions = {}): Journal {
  const { reserveBytes = RESERVE_BYTES, onFatal = endProcess } = options
  return new SqliteJournal({
    path,
    startWriter: () => startWriterThread({ path, reserveBytes, onFatal }),
    makeRoom: () => fileReserve(path, reserveBytes).release(),
  })
}

/** What can be asked of a journal that another process owns, or none. */
export type JournalReader = Pick<
  Journal,
  | 'name'
  | 'read'
  | 'order'
  | 'findByKey'
  | 'findByReference'
  | 'history'
  | 'list'
  | 'due'
  | 'inDoubt'
  | 'inbox'
  | 'close'
>

/**
 * Opens a journal for reading only, whether its owner is running or not. It changes nothing, also not the schema.
 *
 * @throws CF_JOURNAL_UNAVAILABLE when there is no journal, CF_JOURNAL_NEWER, CF_JOURNAL_CORRUPT
 * @example
 * const reader = await sqliteJournalReader('data/payments.db')
 * const newest = await reader.list({ limit: 20 })
 */
export async function sqliteJournalReader(path: string): Promise<JournalReader> {
  const reader = new SqliteReader(path)
  return {
    name: `sqlite ${path} (read only)`,
    read: async (paymentId) => reader.read(paymentId),
    order: async (orderId) => reader.order(orderId),
    findByKey: async (key) => reader.findByKey(key),
    findByReference: async (reference) => reader.findByReference(reference),
    history: async (paymentId) => reader.history(paymentId),
    list: async (query) => reader.list(query),
    due: async (query) => reader.due(query),
    inDoubt: async () => reader.inDoubt(),
    inbox: async (limit) => reader.inbox(limit),
    close: async () => reader.close(),
  }
}

/** Nothing may be written, and nobody answered, after this: so not one more turn of the event loop. */
function endProcess(text: string): void {
  writeSync(2, `counterfoil: ${text}\n`)
  process.exit(EXIT_CODE_DISK_FAILED)
}
