import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { failure } from '../../errors.ts'
import { numberIn } from './column.ts'
import { faultOf } from '../../sqlite/fault.ts'
import { journalFailure } from './faults.ts'
import { APPLICATION_ID, migrations as released } from './migrations.ts'

/** How long a statement waits for a lock of another connection, which is never held for longer than a batch. */
const BUSY_TIMEOUT_MS = 5_000

/** The log's file is written over again after a checkpoint, which is faster than anew; beyond this it is cut. */
const LOG_BYTES_KEPT = 16 * 1024 * 1024

/**
 * Makes the file ready for its owner: creates it, refuses what is not a journal or newer than this version, and
 * migrates what is older. Opening it also recovers what a crash left in the write-ahead log.
 *
 * @throws CF_JOURNAL_NEWER, CF_JOURNAL_CORRUPT, CF_JOURNAL_READ_ONLY, CF_JOURNAL_FULL, CF_JOURNAL_UNAVAILABLE
 */
export function prepareDatabase(path: string, migrations: readonly string[] = released): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const database = openForWriting(path)
    try {
      migrate(database, path, migrations)
      // A file without the right to write opens as well, and would refuse only the first payment.
      database.exec('BEGIN; DELETE FROM inbox WHERE position < 0; ROLLBACK')
      forgetNodes(database)
      closeWithoutCheckpoint(database, path)
    } finally {
      if (database.isOpen) database.close()
    }
  } catch (error) {
    throw journalFailure(error, path)
  }
}

/**
 * The owner is alone, so that whoever was at work here before is gone, however short ago: what it left is taken up at
 * once. On a full disk that is left out, and waits until the silence of the others has lasted.
 */
function forgetNodes(database: DatabaseSync): void {
  try {
    database.exec('DELETE FROM nodes')
  } catch (error) {
    if (faultOf(error) !== 'full') throw error
  }
}

/** The one connection that writes. A commit returns once its bytes are on the disk (synchronous=FULL). */
export function openForWriting(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    // Checkpoints are asked for by the writer: an automatic one would hide its error (F10).
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0')
    database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES_KEPT}`)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/**
 * The last connection to close copies the log into the file, whether there is room for that or not. While another
 * one is open that is left out, and the log is there for the next start.
 */
export function closeWithoutCheckpoint(database: DatabaseSync, path: string): void {
  const other = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    other.prepare('PRAGMA user_version').get()
    database.close()
  } finally {
    other.close()
  }
}

/**
 * A connection that only reads, beside an owner or alone.
 *
 * @throws CF_JOURNAL_UNAVAILABLE when there is no file, else as `prepareDatabase`
 */
export function openForReading(path: string, migrations: readonly string[] = released): DatabaseSync {
  if (!existsSync(path)) throw failure('CF_JOURNAL_UNAVAILABLE', `there is no journal at ${path}`)
  let database: DatabaseSync | undefined
  try {
    database = connectForReading(path)
    const version = versionOf(database, path, migrations.length)
    if (version < migrations.length) {
      throw failure(
        'CF_JOURNAL_UNAVAILABLE',
        `${path} has schema ${version} and this version reads ${migrations.length}: start the server once to migrate it`,
      )
    }
    return database
  } catch (error) {
    database?.close()
    throw journalFailure(error, path)
  }
}

/**
 * A reader in WAL mode writes too: its place in the log, into a file beside the journal. Where it has no right to
 * that and there is no log, nobody is writing, and the file is read as one that does not change. Should an owner
 * start meanwhile, such a reader may fail with CF_JOURNAL_CORRUPT; open it again then.
 */
function connectForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    database.prepare('PRAGMA user_version').get()
    return database
  } catch (error) {
    database.close()
    const isDenied = ['read-only', 'missing'].includes(faultOf(error))
    if (!isDenied || existsSync(`${path}-wal`)) throw error
    const unchanging = pathToFileURL(path)
    unchanging.searchParams.set('immutable', '1')
    return new DatabaseSync(unchanging, { readOnly: true })
  }
}

function migrate(database: DatabaseSync, path: string, migrations: readonly string[]): void {
  const from = versionOf(database, path, migrations.length)
  for (let version = from; version < migrations.length; version++) {
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(migrations[version] ?? '')
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`)
      database.exec('COMMIT')
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }
}

/** The schema version of a journal, 0 of an empty file; anything else is refused. */
function versionOf(database: DatabaseSync, path: string, known: number): number {
  if (numberIn(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get(), 'n') === 0) return 0
  const id = numberIn(database.prepare('PRAGMA application_id').get(), 'application_id')
  const version = numberIn(database.prepare('PRAGMA user_version').get(), 'user_version')
  if (id !== APPLICATION_ID || version === 0) {
    throw failure('CF_JOURNAL_CORRUPT', `${path} is a database, and not one of Counterfoil`)
  }
  if (version > known) {
    throw failure('CF_JOURNAL_NEWER', `${path} has schema ${version}, and this version knows up to ${known}`)
  }
  return version
}
