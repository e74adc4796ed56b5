import type { Migration } from '../../../postgres/migrate.ts'

/**
 * Books an order and keeps the answer, as one statement. Whoever books under the same key or id at the same moment waits
 * until this one has committed.
 *
 * Another version of this function gets another name, because nodes of two versions call theirs side by side.
 */
const BOOK_FUNCTION = `
CREATE FUNCTION book_order_1(
  in_order_id text, in_content text, in_client text, in_key text, in_fingerprint text,
  in_booked_status int, in_booked_body text, in_same_status int, in_same_body text,
  in_now_ms bigint, in_expires_at_ms bigint, in_cleared_max int,
  OUT out_kind text, OUT out_status int, OUT out_body text
) LANGUAGE plpgsql
AS $body$
DECLARE
  kept record;
  known text;
BEGIN
  -- Always in the same order, so that two bookings wait for one another and never in a circle.
  PERFORM pg_advisory_xact_lock(number) FROM (
    SELECT DISTINCT number FROM unnest(ARRAY[
      hashtextextended('key ' || in_client || ' ' || in_key, 0), hashtextextended('order ' || in_order_id, 0)
    ]) AS l(number) ORDER BY number
  ) AS locks;
  DELETE FROM kept_answers WHERE (client, key) IN (
    SELECT client, key FROM kept_answers WHERE expires_at_ms <= in_now_ms ORDER BY expires_at_ms
    LIMIT in_cleared_max FOR UPDATE SKIP LOCKED
  );
  SELECT fingerprint, status, body INTO kept FROM kept_answers
    WHERE client = in_client AND key = in_key AND expires_at_ms > in_now_ms;
  IF FOUND THEN
    IF kept.fingerprint <> in_fingerprint THEN
      out_kind := 'key-reused';
      RETURN;
    END IF;
    out_kind := 'answered';
    out_status := kept.status;
    out_body := kept.body;
    RETURN;
  END IF;
  SELECT content INTO known FROM orders WHERE order_id = in_order_id;
  IF FOUND AND known <> in_content THEN
    out_kind := 'differs';
    RETURN;
  END IF;
  IF FOUND THEN
    out_kind := 'same';
    out_status := in_same_status;
    out_body := in_same_body;
  ELSE
    INSERT INTO orders (order_id, content, booked_at_ms) VALUES (in_order_id, in_content, in_now_ms);
    out_kind := 'booked';
    out_status := in_booked_status;
    out_body := in_booked_body;
  END IF;
  INSERT INTO kept_answers (client, key, fingerprint, status, body, expires_at_ms)
  VALUES (in_client, in_key, in_fingerprint, out_status, out_body, in_expires_at_ms)
  ON CONFLICT (client, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
    body = excluded.body, expires_at_ms = excluded.expires_at_ms;
END
$body$;
`

/** The schema's history: version n is what the first n entries make of an empty schema. None is edited once released. */
export const migrations: readonly Migration[] = [
  {
    compatibleFrom: 1,
    sql: `
  -- The text is what encodeOrder makes: equal texts are equal orders. A row is never changed.
  CREATE TABLE orders (
    order_id text COLLATE "C" PRIMARY KEY,
    content text COLLATE "C" NOT NULL,
    booked_at_ms bigint NOT NULL
  );

  CREATE TABLE kept_answers (
    client text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    status int NOT NULL,
    body text NOT NULL,
    expires_at_ms bigint NOT NULL,
    PRIMARY KEY (client, key)
  );
  CREATE INDEX kept_answers_by_expiry ON kept_answers (expires_at_ms);

  ${BOOK_FUNCTION}
  `,
  },
]
