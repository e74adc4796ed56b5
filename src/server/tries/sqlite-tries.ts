import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { failure, reasonOf } from '../../errors.ts'
import { faultOf } from '../../sqlite/fault.ts'
import type { Count, NewTry, OpenTry, Taken, TryStore, TryStoreOptions } from './try-store.ts'

/** About 110 MB on the disk when full. */
export const SQLITE_ENTRIES_MAX = 500_000

/** How long a statement waits for another process that writes: a restart may overlap. */
const BUSY_TIMEOUT_MS = 1_000
const BUSY_RETRY_MS = 10
/** Another process may write to the file too, so that what we have counted ourselves is looked after now and then. */
const RECOUNT_EVERY_TRIES = 1_000
/** Ended entries that one try clears away: more than it makes, so that they never pile up. */
const CLEARED_PER_TRY_MAX = 50
/** Written into the header of each file of tries ('CFT1'). */
const APPLICATION_ID = 0x43465431

const SCHEMA = `
  CREATE TABLE entries (
    name TEXT NOT NULL,
    try TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    payment_id TEXT,
    PRIMARY KEY (name, try)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX entries_by_try ON entries (try);
  CREATE INDEX entries_by_end ON entries (until_ms);
`

/**
 * Counts tries in a file of its own, so that a restart forgets none. It holds keyed hashes, times and payment ids: no
 * card number, address or order. It is not worth a backup: without it the counts begin at nothing.
 *
 * Commits are not flushed one by one. A process that is killed loses nothing; a machine that loses its power may lose
 * the tries of the last moments.
 *
 * @throws CF_CONFIG when the file cannot be used
 * @example
 * http(cf, { secret, tries: { store: sqliteTries('data/tries.db') } })
 */
export function sqliteTries(
  path: string,
  { entriesMax = SQLITE_ENTRIES_MAX }: TryStoreOptions = {},
): TryStore {
  if (!Number.isSafeInteger(entriesMax) || entriesMax < 1) {
    throw failure('CF_CONFIG', 'sqliteTries(path, { entriesMax }): entriesMax must be a whole number from 1')
  }
  return new SqliteTries(path, openFile(path), entriesMax)
}

function openFile(path: string): DatabaseSync {
  // Taken when it is asked for: whoever counts in memory does without the driver.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    const { n } = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get() ?? {}
    const { application_id: id } = database.prepare('PRAGMA application_id').get() ?? {}
    if (n !== 0 && id !== APPLICATION_ID) throw new Error('it is a database, and not one of tries')
    useLog(database)
    database.exec('PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE')
    // Another process may have made it since we looked.
    const { made } =
      database.prepare("SELECT count(*) AS made FROM sqlite_schema WHERE name = 'entries'").get() ?? {}
    if (made === 0) database.exec(`${SCHEMA}; PRAGMA application_id = ${APPLICATION_ID}`)
    database.exec('COMMIT')
    return database
  } catch (error) {
    database?.close()
    throw failure('CF_CONFIG', `sqliteTries('${path}'): ${reasonOf(error)}`, {}, error)
  }
}

/** For this SQLite does not wait by itself where another process has just opened the file too. */
function useLog(database: DatabaseSync): void {
  const untilMs = performance.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (faultOf(error) !== 'busy' || performance.now() > untilMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_RETRY_MS)
    }
  }
}

class SqliteTries implements TryStore {
  readonly name: string
  readonly #database: DatabaseSync
  readonly #entriesMax: number
  readonly #statements: Statements
  #size = 0
  #triesSinceCount = RECOUNT_EVERY_TRIES

  constructor(path: string, database: DatabaseSync, entriesMax: number) {
    this.name = `sqlite ${path}`
    this.#database = database
    this.#entriesMax = entriesMax
    this.#statements = statementsOf(database)
  }

  async take({ id, counts, nowMs }: NewTry): Promise<Taken> {
    return this.#atOnce(() => {
      const standsIn = new Set(this.#statements.standsIn.all(id, nowMs).map((row) => row['name']))
      const missing = counts.filter(({ name }) => !standsIn.has(name))
      const names = this.#fullOf(missing, nowMs)
      if (names.length > 0) return { kind: 'full', names }
      for (const { name, withinMs } of missing) this.#statements.add.run(name, id, nowMs + withinMs)
      this.#size += missing.length
      this.#makeRoom(nowMs)
      return { kind: standsIn.size === 0 ? 'taken' : 'again' }
    })
  }

  async full(counts: readonly Count[], nowMs: number): Promise<readonly string[]> {
    return this.#fullOf(counts, nowMs)
  }

  async began(id: string, paymentId: string): Promise<void> {
    this.#statements.setPayment.run(paymentId, id)
  }

  async open(names: readonly string[], nowMs: number, limit: number): Promise<readonly OpenTry[]> {
    const rows = this.#statements.open.all(JSON.stringify(names), nowMs, limit)
    return rows.map((row) => ({ id: String(row['try']), paymentId: String(row['payment_id']) }))
  }

  async keep(id: string): Promise<void> {
    this.#statements.setPayment.run(null, id)
  }

  async giveBack(id: string): Promise<void> {
    this.#size -= Number(this.#statements.remove.run(id).changes)
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  #fullOf(counts: readonly Count[], nowMs: number): readonly string[] {
    return counts
      .filter(({ name, max }) => Number(this.#statements.count.get(name, nowMs, max)?.['n']) >= max)
      .map(({ name }) => name)
  }

  /** Clears away what has ended; beyond the bound also what would end first. */
  #makeRoom(nowMs: number): void {
    const { clear, shed, size } = this.#statements
    this.#size -= Number(clear.run(nowMs, CLEARED_PER_TRY_MAX).changes)
    if (++this.#triesSinceCount > RECOUNT_EVERY_TRIES) {
      this.#triesSinceCount = 0
      this.#size = Number(size.get()?.['n'])
    }
    const excess = this.#size - this.#entriesMax
    if (excess > 0) this.#size -= Number(shed.run(excess).changes)
  }

  #atOnce(work: () => Taken): Taken {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const taken = work()
      this.#database.exec('COMMIT')
      return taken
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      // What was counted here is not what is there.
      this.#triesSinceCount = RECOUNT_EVERY_TRIES
      throw error
    }
  }
}

interface Statements {
  readonly standsIn: StatementSync
  readonly count: StatementSync
  readonly add: StatementSync
  readonly setPayment: StatementSync
  readonly open: StatementSync
  readonly remove: StatementSync
  readonly clear: StatementSync
  readonly shed: StatementSync
  readonly size: StatementSync
}

function statementsOf(database: DatabaseSync): Statements {
  const first = (what: string): string =>
    `DELETE FROM entries WHERE (name, try) IN (SELECT name, try FROM entries ${what})`
  return {
    standsIn: database.prepare('SELECT name FROM entries WHERE try = ? AND until_ms > ?'),
    // Whoever is over the limit is over it: no need to count further.
    count: database.prepare(
      'SELECT count(*) AS n FROM (SELECT 1 FROM entries WHERE name = ? AND until_ms > ? LIMIT ?)',
    ),
    add: database.prepare('INSERT OR REPLACE INTO entries (name, try, until_ms) VALUES (?, ?, ?)'),
    setPayment: database.prepare('UPDATE entries SET payment_id = ? WHERE try = ?'),
    open: database.prepare(
      `SELECT try, payment_id FROM entries
       WHERE name IN (SELECT value FROM json_each(?)) AND until_ms > ? AND payment_id IS NOT NULL
       GROUP BY try, payment_id ORDER BY min(until_ms), try LIMIT ?`,
    ),
    remove: database.prepare('DELETE FROM entries WHERE try = ?'),
    clear: database.prepare(first('WHERE until_ms <= ? ORDER BY until_ms LIMIT ?')),
    shed: database.prepare(first('ORDER BY until_ms LIMIT ?')),
    size: database.prepare('SELECT count(*) AS n FROM entries'),
  }
}
