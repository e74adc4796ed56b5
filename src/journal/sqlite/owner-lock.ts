import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { failure } from '../../errors.ts'
import { type Row, textIn } from './column.ts'
import { faultOf } from '../../sqlite/fault.ts'
import { journalFailure } from './faults.ts'

/** A file of its own beside the journal: a lock on the journal itself would keep readers out too. */
export const OWNER_FILE_SUFFIX = '-owner.db'

/** How long to wait for a process that is writing its name at this moment. */
const BUSY_TIMEOUT_MS = 250
/** How often to write the name again when another process wrote its own in between. */
const TRIES_MAX = 5

export interface OwnerLock {
  release(): void
}

/**
 * Takes ownership of the journal at `path` until `release`, or until this process ends in whatever way: the lock is
 * one of the operating system. Nothing may open and close the owner file by other means in this process, reading
 * included: POSIX drops a process's locks on a file when any of its descriptors for it is closed.
 *
 * @throws CF_JOURNAL_OWNED with the owner's `pid` and `host` in its details
 */
export function takeOwnership(path: string, nodeId: string): OwnerLock {
  const file = `${path}${OWNER_FILE_SUFFIX}`
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (writeNameAndHold(database, nodeId)) return lockOn(database)
    }
    throw failure('CF_JOURNAL_OWNED', `other processes keep taking ${path}`)
  } catch (error) {
    const reason = moreExact(error, database, path)
    database?.close()
    throw journalFailure(reason, file)
  }
}

/**
 * The name has to be committed before it can be read by the process that is refused, and the lock is free for a
 * moment between that commit and the holding transaction: so look whose name stands there once it is held.
 */
function writeNameAndHold(database: DatabaseSync, nodeId: string): boolean {
  const name = [nodeId, process.pid, hostname()] as const
  database.exec(`
    PRAGMA journal_mode = DELETE;
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS owner (
      one INTEGER PRIMARY KEY CHECK (one = 1), node_id TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL
    ) STRICT;
  `)
  database.prepare('INSERT OR REPLACE INTO owner (one, node_id, pid, host) VALUES (1, ?, ?, ?)').run(...name)
  database.exec('COMMIT')
  database.exec('BEGIN IMMEDIATE')
  if (textIn(ownerRow(database), 'node_id') === nodeId) return true
  database.exec('ROLLBACK')
  return false
}

function lockOn(database: DatabaseSync): OwnerLock {
  return {
    release: () => {
      if (!database.isOpen) return
      database.exec('ROLLBACK')
      database.close()
    },
  }
}

function ownerRow(database: DatabaseSync): Row | undefined {
  return database.prepare('SELECT node_id, pid, host FROM owner').get()
}

/** SQLite says only "busy" and "unable to open"; who, and why, has to be found out. */
function moreExact(error: unknown, database: DatabaseSync | undefined, path: string): unknown {
  try {
    const fault = faultOf(error)
    if (fault === 'busy' && database !== undefined) return ownedFailure(database, path)
    if (fault === 'missing') assertFolderWritable(path)
    return error
  } catch (exact) {
    return exact
  }
}

/** Tries it with a file of another name: touching the owner file itself could drop a lock on it. */
function assertFolderWritable(path: string): void {
  const probe = `${path}-probe`
  closeSync(openSync(probe, 'w'))
  rmSync(probe)
}

function ownedFailure(database: DatabaseSync, path: string): Error {
  if (database.isTransaction) database.exec('ROLLBACK')
  const row = ownerRow(database)
  const owner = { pid: String(row?.['pid']), host: String(row?.['host']), nodeId: String(row?.['node_id']) }
  return failure('CF_JOURNAL_OWNED', `process ${owner.pid} on ${owner.host} owns ${path}`, owner)
}
