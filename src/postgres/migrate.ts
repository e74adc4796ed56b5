import { failure } from '../errors.ts'
import { booleanIn, numberIn, type Row } from './column.ts'
import type { Answer, Connection } from './connection.ts'

/** One step of a schema's history. */
export interface Migration {
  readonly sql: string
  /**
   * The oldest schema whose programs can go on working beside the nodes that have already made this step (F25). A step
   * that only adds keeps the one before it; one that takes something away names the first that did without.
   */
  readonly compatibleFrom: number
}

/** Another node may be migrating; it is waited for. */
const WAIT_MS = 60_000

/**
 * Makes the schema ready: creates it, and brings an older one forward, one node at a time however many start at once.
 * A schema that is as it should be is only looked at, so that the server's user needs no right to change it.
 *
 * @throws CF_JOURNAL_NEWER, CF_JOURNAL_CORRUPT, or what the driver throws
 */
export async function migrate(
  connection: Connection,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  const ask = (text: string, values: readonly unknown[] = []): Promise<Answer> =>
    connection.query({ text, values }, WAIT_MS)
  if ((await versionOf(ask, schema, migrations.length)) >= migrations.length) return
  await ask('BEGIN')
  try {
    await ask('SET LOCAL statement_timeout = 0')
    await ask('SET LOCAL lock_timeout = 0')
    await ask('SET LOCAL idle_in_transaction_session_timeout = 0')
    await ask("SELECT pg_advisory_xact_lock(hashtextextended('counterfoil ' || $1, 0))", [schema])
    const from = await versionOf(ask, schema, migrations.length)
    if (from === 0) await createSchema(ask, schema)
    for (const [index, { sql, compatibleFrom }] of migrations.entries()) {
      if (index < from) continue
      await connection.query({ text: sql }, WAIT_MS)
      const values = [index + 1, compatibleFrom]
      await ask('INSERT INTO schema_versions (version, compatible_from) VALUES ($1, $2)', values)
    }
    await ask('COMMIT')
  } catch (error) {
    if (connection.isOpen) await ask('ROLLBACK')
    throw error
  }
}

type Ask = (text: string, values?: readonly unknown[]) => Promise<Answer>

async function createSchema(ask: Ask, schema: string): Promise<void> {
  const { rows } = await ask('SELECT to_regnamespace($1) IS NULL AS missing', [schema])
  // Asked for only where it is missing, because even with IF NOT EXISTS it takes a right on the whole database.
  if (booleanIn(rows[0], 'missing')) await ask(`CREATE SCHEMA ${schema}`)
  await ask(`
    CREATE TABLE schema_versions (
      version bigint PRIMARY KEY,
      -- The oldest schema whose programs can work beside those of this one.
      compatible_from bigint NOT NULL,
      made_at timestamptz NOT NULL DEFAULT now()
    )`)
}

/** The schema's version, 0 of an empty one; anything else is refused. */
async function versionOf(ask: Ask, schema: string, known: number): Promise<number> {
  const { rows } = await ask(
    `SELECT to_regclass($1 || '.schema_versions') IS NOT NULL AS ours,
      EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace($1)) AS used`,
    [schema],
  )
  if (!booleanIn(rows[0], 'ours')) {
    if (!booleanIn(rows[0], 'used')) return 0
    throw failure('CF_JOURNAL_CORRUPT', `the schema ${schema} holds tables, and not those of Counterfoil`)
  }
  const newest = await ask(
    'SELECT version, compatible_from FROM schema_versions ORDER BY version DESC LIMIT 1',
  )
  return accepted(newest.rows[0], schema, known)
}

/** A newer schema is let through as long as it says that programs of this version can work with it (F25). */
function accepted(row: Row | undefined, schema: string, known: number): number {
  const version = numberIn(row, 'version')
  const compatibleFrom = numberIn(row, 'compatible_from')
  if (compatibleFrom <= known) return version
  throw failure(
    'CF_JOURNAL_NEWER',
    `the schema ${schema} is at ${version}, for programs that know ${compatibleFrom}, and this one knows ${known}`,
  )
}
