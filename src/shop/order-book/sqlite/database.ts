import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CounterfoilError, failure, reasonOf } from '../../../errors.ts'
import { faultOf } from '../../../sqlite/fault.ts'

/** Written into the header of each order book, so that no other database is taken for one ('CFO1'). */
const APPLICATION_ID = 0x43464f31
/** How long a statement waits for a lock of another connection, which is never held for longer than a batch. */
const BUSY_TIMEOUT_MS = 5_000

/** The schema's history: version n is what the first n entries make of an empty file. None is edited once released. */
const migrations: readonly string[] = [
  `
  -- The text is what encodeOrder makes: equal texts are equal orders. A row is never changed.
  CREATE TABLE orders (
    order_id TEXT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL,
    booked_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE kept_answers (
    client TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    PRIMARY KEY (client, key)
  ) STRICT;
  CREATE INDEX kept_answers_by_expiry ON kept_answers (expires_at_ms);
  `,
]

/**
 * Opens the book for writing; creates and migrates it before. A commit returns once its bytes are on the disk.
 *
 * @throws CF_ORDER_BOOK_UNAVAILABLE naming the file and what is wrong with it.
 */
export function openForWriting(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    // Before anything is changed: a file of somebody else's is left as it is.
    versionOf(database, path)
    // Checkpoints are asked for by the writer: an automatic one would hide its error (F10).
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0')
    migrate(database, path)
    return database
  } catch (error) {
    database?.close()
    throw bookFailure(error, path)
  }
}

/** @throws CF_ORDER_BOOK_UNAVAILABLE */
export function openForReading(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  } catch (error) {
    throw bookFailure(error, path)
  }
}

/** An error of the registry for anything that the driver or the file system threw. */
export function bookFailure(error: unknown, path: string): CounterfoilError {
  if (error instanceof CounterfoilError) return error
  return failure('CF_ORDER_BOOK_UNAVAILABLE', `${path}: ${reasonOf(error)}`, {}, error)
}

/** True for an input or output error of the disk: what is on it afterwards, nobody knows (F10). */
export function isDiskError(error: unknown): boolean {
  return faultOf(error) === 'io'
}

/** Other processes may be at it too: the version is looked at again once the lock is ours. */
function migrate(database: DatabaseSync, path: string): void {
  if (versionOf(database, path) === migrations.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    for (let version = versionOf(database, path); version < migrations.length; version++) {
      database.exec(migrations[version] ?? '')
    }
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** The schema version of an order book, 0 of an empty file; anything else is refused. */
function versionOf(database: DatabaseSync, path: string): number {
  if (Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']) === 0) return 0
  const id = database.prepare('PRAGMA application_id').get()?.['application_id']
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (id !== APPLICATION_ID) {
    throw failure('CF_ORDER_BOOK_UNAVAILABLE', `${path} is a database, and no order book of Counterfoil`)
  }
  if (version > migrations.length) {
    throw failure(
      'CF_ORDER_BOOK_UNAVAILABLE',
      `${path} has schema ${version}, and this version knows up to ${migrations.length}`,
    )
  }
  return version
}
