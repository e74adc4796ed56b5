import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { faultOf } from '../../sqlite/fault.ts'
import { journalFailure } from './faults.ts'
import { OWNER_FILE_SUFFIX } from './owner-lock.ts'

/** Shorter than what a server that starts at this moment waits for its lock. */
const BUSY_TIMEOUT_MS = 100

export interface JournalOwner {
  readonly pid: string
  readonly host: string
}

/**
 * The process that owns the journal at `path` now; undefined when none does. It writes nothing. Not to be called in the
 * owner's own process: closing the file would drop its lock (see `takeOwnership`).
 */
export function journalOwner(path: string): JournalOwner | undefined {
  const file = `${path}${OWNER_FILE_SUFFIX}`
  if (!existsSync(file)) return undefined
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    database.exec('BEGIN IMMEDIATE')
    database.exec('ROLLBACK')
    return undefined
  } catch (error) {
    if (faultOf(error) !== 'busy') throw journalFailure(error, file)
    const row = database.prepare('SELECT pid, host FROM owner').get()
    return { pid: String(row?.['pid']), host: String(row?.['host']) }
  } finally {
    database.close()
  }
}
