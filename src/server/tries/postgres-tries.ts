import { failure } from '../../errors.ts'
import { textIn, textsIn } from '../../postgres/column.ts'
import { PostgresDatabase } from '../../postgres/database.ts'
import type { Migration } from '../../postgres/migrate.ts'
import { checkedSettings, type PostgresOptions } from '../../postgres/settings.ts'
import type { Count, TryStore, TryStoreOptions } from './try-store.ts'

/** As many as in a file of their own. */
const POSTGRES_ENTRIES_MAX = 500_000

/** Ended entries that one try clears away: more than it makes, so that they never pile up. */
const CLEARED_PER_TRY_MAX = 50
/** One try in so many looks whether there are more entries than there may be, on average. */
const LOOKS_ONE_IN = 500

/**
 * Judges a try and counts it, as one statement. Whoever tries in one of the same counts at the same moment waits: of a
 * hundred at once no more are taken than there is room for.
 *
 * Another version of this function gets another name, because nodes of two versions call theirs side by side.
 */
const TAKE_FUNCTION = `
CREATE FUNCTION take_try_1(
  in_try text, in_names text[], in_max bigint[], in_within_ms bigint[], in_now_ms bigint, in_cleared_max int,
  OUT out_kind text, OUT out_full text[]
) LANGUAGE plpgsql
AS $body$
DECLARE
  missing text[];
BEGIN
  PERFORM pg_advisory_xact_lock(number) FROM (
    SELECT DISTINCT hashtextextended('count ' || name, 0) AS number FROM unnest(in_names) AS n(name) ORDER BY number
  ) AS locks;
  SELECT coalesce(array_agg(name), '{}') INTO missing FROM unnest(in_names) AS n(name)
    WHERE NOT EXISTS (
      SELECT FROM entries e WHERE e.name = n.name AND e.try = in_try AND e.until_ms > in_now_ms
    );
  SELECT coalesce(array_agg(name ORDER BY position), '{}') INTO out_full
    FROM unnest(in_names, in_max) WITH ORDINALITY AS n(name, max, position)
    WHERE name = ANY (missing) AND max <= (
      SELECT count(*) FROM (
        SELECT FROM entries e WHERE e.name = n.name AND e.until_ms > in_now_ms LIMIT n.max
      ) AS counted
    );
  IF cardinality(out_full) > 0 THEN
    out_kind := 'full';
    RETURN;
  END IF;
  out_kind := CASE WHEN EXISTS (SELECT FROM entries WHERE try = in_try AND until_ms > in_now_ms)
    THEN 'again' ELSE 'taken' END;
  INSERT INTO entries (name, try, until_ms)
    SELECT name, in_try, in_now_ms + within_ms FROM unnest(in_names, in_within_ms) AS n(name, within_ms)
    WHERE name = ANY (missing)
    ON CONFLICT (name, try) DO UPDATE SET until_ms = excluded.until_ms, payment_id = NULL;
  DELETE FROM entries WHERE (name, try) IN (
    SELECT name, try FROM entries WHERE until_ms <= in_now_ms ORDER BY until_ms
    LIMIT in_cleared_max FOR UPDATE SKIP LOCKED
  );
END
$body$;
`

const migrations: readonly Migration[] = [
  {
    compatibleFrom: 1,
    sql: `
  -- Keyed hashes, times and payment ids: no card number, address or order.
  CREATE TABLE entries (
    name text COLLATE "C" NOT NULL,
    try text COLLATE "C" NOT NULL,
    until_ms bigint NOT NULL,
    payment_id text COLLATE "C",
    PRIMARY KEY (name, try)
  );
  CREATE INDEX entries_by_try ON entries (try);
  CREATE INDEX entries_by_end ON entries (until_ms);

  ${TAKE_FUNCTION}
  `,
  },
]

const statements = {
  take: 'SELECT out_kind, out_full FROM take_try_1($1, $2, $3, $4, $5, $6)',
  full: `
    SELECT coalesce(array_agg(name ORDER BY position), '{}') AS names
    FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS n(name, max, position)
    WHERE max <= (
      SELECT count(*) FROM (
        SELECT FROM entries e WHERE e.name = n.name AND e.until_ms > $3 LIMIT n.max
      ) AS counted
    )`,
  setPayment: 'UPDATE entries SET payment_id = $2 WHERE try = $1',
  open: `
    SELECT try, payment_id FROM entries
    WHERE name = ANY ($1) AND until_ms > $2 AND payment_id IS NOT NULL
    GROUP BY try, payment_id ORDER BY min(until_ms), try LIMIT $3`,
  giveBack: 'DELETE FROM entries WHERE try = $1',
  shed: `
    DELETE FROM entries WHERE (name, try) IN (
      SELECT name, try FROM entries ORDER BY until_ms
      LIMIT greatest(0, (SELECT count(*) FROM entries) - $1) FOR UPDATE SKIP LOCKED
    )`,
} as const

/**
 * Counts tries in PostgreSQL, so that a limit holds for all nodes together. Its table stands in a schema of its own:
 * `counterfoil_tries` unless told otherwise. It is not worth a backup: without it the counts begin at nothing.
 *
 * @throws CF_CONFIG
 * @example
 * http(cf, { secret, tries: { store: postgresTries({ url: 'postgres://shop:secret@db.example/payments' }) } })
 */
export function postgresTries(
  options: PostgresOptions,
  { entriesMax = POSTGRES_ENTRIES_MAX }: TryStoreOptions = {},
): TryStore {
  if (!Number.isSafeInteger(entriesMax) || entriesMax < 1) {
    throw failure(
      'CF_CONFIG',
      'postgresTries(options, { entriesMax }): entriesMax must be a whole number from 1',
    )
  }
  const database = new PostgresDatabase({
    settings: checkedSettings(options, 'counterfoil_tries'),
    migrations,
    fail: (text, cause) => new Error(text, { cause }),
  })
  const ask = async (name: keyof typeof statements, ...values: readonly unknown[]) =>
    database.query({ name, text: statements[name], values })
  // It need not be exact: what is over the bound by a few hundred is shed a little later.
  const lookEvery = Math.max(1, Math.min(LOOKS_ONE_IN, Math.floor(entriesMax / 10)))
  let tries = 0
  return {
    name: database.name,
    take: async ({ id, counts, nowMs }) => {
      const lists = [namesOf(counts), counts.map(({ max }) => max), counts.map(({ withinMs }) => withinMs)]
      const [row] = await ask('take', id, ...lists, nowMs, CLEARED_PER_TRY_MAX)
      if (tries++ % lookEvery === 0) await ask('shed', entriesMax)
      const kind = textIn(row, 'out_kind')
      if (kind === 'full') return { kind, names: textsIn(row, 'out_full') }
      return { kind: kind === 'again' ? 'again' : 'taken' }
    },
    full: async (counts, nowMs) => {
      const [row] = await ask(
        'full',
        namesOf(counts),
        counts.map(({ max }) => max),
        nowMs,
      )
      return textsIn(row, 'names')
    },
    began: async (id, paymentId) => void (await ask('setPayment', id, paymentId)),
    open: async (names, nowMs, limit) => {
      const rows = await ask('open', names, nowMs, limit)
      return rows.map((row) => ({ id: textIn(row, 'try'), paymentId: textIn(row, 'payment_id') }))
    },
    keep: async (id) => void (await ask('setPayment', id, null)),
    giveBack: async (id) => void (await ask('giveBack', id)),
    close: () => database.close(),
  }
}

function namesOf(counts: readonly Count[]): readonly string[] {
  return counts.map(({ name }) => name)
}
