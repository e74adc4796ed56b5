import { DatabaseSync, type SQLTagStore } from 'node:sqlite'
import { PRODUCTS, PROMOTIONS } from './seed.ts'

/** The shop's own database. It shares nothing with Counterfoil's journal but the ids that each tells the other. */
export interface ShopDatabase {
  /** Statements as tagged templates: every `${value}` is bound, never pasted. */
  readonly sql: SQLTagStore
  readonly nowMs: () => number
  /** All of `work` or nothing. Inside another transaction it joins that one. */
  readonly transaction: <Result>(work: () => Result) => Result
  close(): void
}

/** Another process, such as a person with the sqlite3 shell, may hold the write lock for a moment. */
const BUSY_TIMEOUT_MS = 5_000
/** Baskets that nobody touched for so long are swept away at the next start. */
const BASKET_KEPT_MS = 30 * 24 * 60 * 60 * 1000

/** Each entry takes the schema one version up; entries are only ever added. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE product (
    sku TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    picture TEXT NOT NULL,
    price_minor INTEGER NOT NULL CHECK (price_minor > 0),
    stock INTEGER NOT NULL CHECK (stock >= 0),
    position INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE basket_line (
    visitor TEXT NOT NULL,
    sku TEXT NOT NULL REFERENCES product,
    quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    changed_at_ms INTEGER NOT NULL,
    PRIMARY KEY (visitor, sku)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE promotion (
    code TEXT PRIMARY KEY,
    percent_off INTEGER NOT NULL CHECK (percent_off BETWEEN 1 AND 90),
    uses INTEGER NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND uses_max),
    uses_max INTEGER NOT NULL
  ) STRICT;

  -- The number is what people say; the id is what links say, and cannot be guessed.
  CREATE TABLE shop_order (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    form_key TEXT NOT NULL UNIQUE,
    visitor TEXT NOT NULL,
    email TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'in progress', 'paid', 'cancelled')),
    currency TEXT NOT NULL,
    total_minor INTEGER NOT NULL CHECK (total_minor > 0),
    promotion_code TEXT REFERENCES promotion,
    payment_id TEXT,
    -- The highest number under which the status was told: what comes under a lower one is old news.
    heard INTEGER NOT NULL DEFAULT 0,
    saved_at_ms INTEGER,
    created_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX shop_order_of_visitor ON shop_order (visitor, number DESC);

  CREATE TABLE order_line (
    order_id TEXT NOT NULL REFERENCES shop_order (id),
    position INTEGER NOT NULL,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (order_id, position)
  ) STRICT, WITHOUT ROWID;

  -- Everything that Counterfoil ever told the shop, by its key: each is done once, in the transaction that notes it.
  CREATE TABLE told (
    key TEXT PRIMARY KEY,
    method TEXT NOT NULL,
    order_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('begun', 'done', 'refused', 'undone')),
    reason TEXT,
    told_at_ms INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX told_of_order ON told (order_id, told_at_ms);

  -- What is set aside and not yet sold: the rows are there only while it is.
  CREATE TABLE reservation_line (
    key TEXT NOT NULL REFERENCES told,
    payment_id TEXT NOT NULL,
    sku TEXT NOT NULL REFERENCES product,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (key, sku)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX reservation_of_sku ON reservation_line (sku);

  -- What was sold. \`missing\` was paid for but not there: somebody has to order more.
  CREATE TABLE deduction_line (
    key TEXT NOT NULL REFERENCES told,
    sku TEXT NOT NULL REFERENCES product,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    missing INTEGER NOT NULL CHECK (missing >= 0),
    PRIMARY KEY (key, sku)
  ) STRICT, WITHOUT ROWID;
  `,
]

/**
 * Opens the database, brings its schema up to date and fills the shelves of a new one.
 *
 * @throws Error when a newer version of the shop has written the file.
 */
export function openShopDatabase(path: string, nowMs: () => number = Date.now): ShopDatabase {
  const sqlite = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  const database: ShopDatabase = {
    sql: sqlite.createTagStore(),
    nowMs,
    transaction: (work) => transaction(sqlite, work),
    close: () => sqlite.close(),
  }
  try {
    migrate(sqlite, path)
    seed(database)
    database.sql.run`DELETE FROM basket_line WHERE changed_at_ms < ${nowMs() - BASKET_KEPT_MS}`
  } catch (error) {
    sqlite.close()
    throw error
  }
  return database
}

function transaction<Result>(sqlite: DatabaseSync, work: () => Result): Result {
  if (sqlite.isTransaction) return work()
  // IMMEDIATE takes the write lock before the first read, so what was read still holds when it is written upon.
  sqlite.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    sqlite.exec('COMMIT')
    return result
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK')
    throw error
  }
}

function migrate(sqlite: DatabaseSync, path: string): void {
  const versionNow = (): number => Number(sqlite.prepare('PRAGMA user_version').get()?.['user_version'])
  const version = versionNow()
  if (version > MIGRATIONS.length) {
    throw new Error(
      `${path} was written by a newer version of the shop (schema ${version}, known: ${MIGRATIONS.length}): run that version`,
    )
  }
  sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < version) continue
    transaction(sqlite, () => {
      // Another node may have done it since we looked.
      if (versionNow() <= index) sqlite.exec(`${statements}; PRAGMA user_version = ${index + 1}`)
    })
  }
}

function seed({ sql, transaction }: ShopDatabase): void {
  transaction(() => {
    for (const [position, product] of PRODUCTS.entries()) {
      const { sku, name, description, picture, priceMinor, stock } = product
      sql.run`INSERT INTO product (sku, name, description, picture, price_minor, stock, position)
        VALUES (${sku}, ${name}, ${description}, ${picture}, ${priceMinor}, ${stock}, ${position})
        ON CONFLICT DO NOTHING`
    }
    for (const { code, percentOff, usesMax } of PROMOTIONS) {
      sql.run`INSERT INTO promotion (code, percent_off, uses_max) VALUES (${code}, ${percentOff}, ${usesMax})
        ON CONFLICT DO NOTHING`
    }
  })
}
