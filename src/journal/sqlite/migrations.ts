/** Written into the header of each journal file, so that no other database is taken for one ('CFJ1'). */
export const APPLICATION_ID = 0x43464a31

/**
 * The schema's history: version n is what the first n entries make of an empty file. An entry that was released is
 * never edited; what has to change comes as a new one. `PRAGMA user_version` says how many a file has had.
 */
export const migrations: readonly string[] = [
  `
  -- One row per payment: its snapshot, and what it is looked up by.
  CREATE TABLE payments (
    payment_id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    attended INTEGER NOT NULL,
    cases INTEGER NOT NULL,
    due_at_ms INTEGER,
    snapshot TEXT NOT NULL
  ) STRICT;
  CREATE INDEX payments_by_order ON payments (order_id, payment_id);
  CREATE INDEX payments_by_status ON payments (status, payment_id);
  CREATE INDEX payments_with_cases ON payments (payment_id) WHERE cases > 0;
  CREATE INDEX payments_due ON payments (due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE INDEX payments_attended ON payments (owner) WHERE attended = 1;

  -- One row per append, holding its events: the journal proper. It is only ever added to.
  CREATE TABLE appends (
    payment_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    events TEXT NOT NULL,
    PRIMARY KEY (payment_id, version)
  ) STRICT;

  CREATE TABLE payment_references (
    reference TEXT NOT NULL PRIMARY KEY,
    payment_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE orders (
    order_id TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE nodes (
    node_id TEXT NOT NULL PRIMARY KEY,
    seen_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- The position keeps the order in which notifications came; clocks do not.
  CREATE TABLE inbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    gateway TEXT NOT NULL,
    received_at_ms INTEGER NOT NULL,
    raw TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- What is known of the caller of a notification.
  ALTER TABLE inbox ADD COLUMN authentic INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE inbox ADD COLUMN caller_address TEXT;
  `,
  `
  -- What is in doubt, for the report of it. A payment of before shows in it from its next append on.
  ALTER TABLE payments ADD COLUMN currency TEXT;
  ALTER TABLE payments ADD COLUMN doubt_since_ms INTEGER;
  ALTER TABLE payments ADD COLUMN at_risk_minor INTEGER;
  CREATE INDEX payments_in_doubt ON payments (currency) WHERE doubt_since_ms IS NOT NULL;
  `,
]
