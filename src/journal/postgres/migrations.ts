import type { Migration } from '../../postgres/migrate.ts'
import { COMMIT_FUNCTION } from './commit-function.ts'

/**
 * The schema's history: version n is what the first n entries make of an empty schema. An entry that was released is
 * never edited; what has to change comes as a new one, first what is added, and in a later release what is taken away.
 *
 * Identifiers are compared by their bytes (COLLATE "C"): this is faster, the same on each machine, and stays the same
 * when the system's own order of letters changes, which would leave an index in a wrong order.
 */
export const migrations: readonly Migration[] = [
  {
    compatibleFrom: 1,
    sql: `
  -- One row per payment: its snapshot, and what it is looked up by.
  CREATE TABLE payments (
    payment_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    fence bigint NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL UNIQUE,
    status text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    attended boolean NOT NULL,
    cases bigint NOT NULL,
    due_at_ms bigint,
    currency text COLLATE "C" NOT NULL,
    -- Since when an operation is in doubt, and the money that it may have moved.
    doubt_since_ms bigint,
    at_risk_minor numeric,
    snapshot text NOT NULL
  );
  CREATE INDEX payments_by_order ON payments (order_id, payment_id);
  CREATE INDEX payments_by_status ON payments (status, payment_id);
  CREATE INDEX payments_with_cases ON payments (payment_id) WHERE cases > 0;
  CREATE INDEX payments_due ON payments (due_at_ms, payment_id) WHERE due_at_ms IS NOT NULL;
  CREATE INDEX payments_attended ON payments (owner, payment_id) WHERE attended;
  CREATE INDEX payments_in_doubt ON payments (currency) WHERE doubt_since_ms IS NOT NULL;

  -- One row per append, holding its events: the journal proper. It is only ever added to.
  CREATE TABLE appends (
    payment_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    at_ms bigint NOT NULL,
    fence bigint NOT NULL,
    events text NOT NULL,
    PRIMARY KEY (payment_id, version)
  );

  CREATE TABLE payment_references (
    reference text COLLATE "C" PRIMARY KEY,
    payment_id text COLLATE "C" NOT NULL
  );

  CREATE TABLE orders (
    order_id text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    record text NOT NULL
  );

  CREATE TABLE nodes (
    node_id text COLLATE "C" PRIMARY KEY,
    seen_at_ms bigint NOT NULL
  );

  -- The position keeps the order in which notifications came; clocks do not. The raw text is written as JSON, because
  -- a notification may hold what a text of this database may not: U+0000.
  CREATE TABLE inbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    gateway text COLLATE "C" NOT NULL,
    received_at_ms bigint NOT NULL,
    raw text NOT NULL,
    authentic boolean NOT NULL,
    caller_address text
  );

  -- One row per opened journal: its last batch and what became of it. It is how a journal that lost the answer to a
  -- commit finds out (F8).
  CREATE TABLE writers (
    session text COLLATE "C" PRIMARY KEY,
    epoch bigint NOT NULL,
    batch bigint NOT NULL,
    verdicts text[] NOT NULL,
    at_ms bigint NOT NULL
  ) WITH (fillfactor = 20);

  -- From where the journal was copied, if it was; no node may open it before that has finished.
  CREATE TABLE copies (
    source text PRIMARY KEY,
    finished boolean NOT NULL
  );

  ${COMMIT_FUNCTION}
  `,
  },
]
