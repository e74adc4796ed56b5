/**
 * Writes a batch as one statement, and so as one transaction: one round trip, and one flush to disk for all of it. The
 * verdicts are those of `judge` in ../verdict.ts, each change in the state that those before it left; a test compares
 * them on random batches.
 *
 * - First of all it locks the row of its writer. A later connection of the same journal that wants to know what became
 *   of a batch writes to that row too (F8): so it waits until this one has ended, and this one, if it has not begun
 *   yet, finds that it was replaced and writes nothing.
 * - Rows that are there are locked before anything is judged, always in the same order, so that batches of several
 *   nodes wait for one another and never in a circle. What is new is written in the order of the changes, which
 *   batch.ts keeps the same for all nodes.
 * - A name that somebody else wrote between the look and the write shows when it is written: then the whole batch is
 *   rolled back and judged again, by then with that name in sight.
 * - The plans are pinned: a table without statistics would be read from end to end for each batch.
 *
 * Another version of this function gets another name, because nodes of two versions call theirs side by side (F25).
 */
export const COMMIT_FUNCTION = `
-- JSON as values, of which two are the same only if they were written the same. An escape stays the six characters that
-- it is written with, because no text of the database can be what some of them stand for: U+0000, or half a character.
CREATE FUNCTION comparable_json_1(in_text text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $body$
  SELECT replace(replace(in_text, repeat(chr(92), 2), chr(92) || 'u005c'), chr(92) || 'u', repeat(chr(92), 2) || 'u')::jsonb
$body$;

CREATE FUNCTION commit_batch_1(
  in_session text, in_epoch bigint, in_batch bigint, in_lock_timeout text,
  in_payment_ids text[], in_expected_versions bigint[], in_expected_fences bigint[], in_fences bigint[],
  in_at_ms bigint[], in_due_at_ms bigint[], in_attended boolean[], in_cases bigint[], in_orders_of_payments text[],
  in_keys text[], in_statuses text[], in_owners text[], in_currencies text[], in_doubts_since_ms bigint[],
  in_at_risk_minor numeric[], in_events text[], in_snapshots text[],
  in_references_from int[], in_references_to int[], in_references text[],
  in_order_ids text[], in_expected_revisions bigint[], in_records text[],
  in_removed_ids text[], in_recorded_by text[],
  in_inbox_ids text[], in_gateways text[], in_received_at_ms bigint[], in_raws text[], in_authentic boolean[],
  in_callers text[],
  in_nodes text[],
  OUT out_verdicts text[], OUT out_now_ms bigint
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan SET jit = off
AS $body$
DECLARE
  change record;
  verdict text;
  current_version bigint;
  current_fence bigint;
  current_revision bigint;
  change_references text[];
  written bigint;
BEGIN
  PERFORM set_config('lock_timeout', in_lock_timeout, true);
  PERFORM FROM writers WHERE session = in_session AND epoch = in_epoch FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another connection of this journal has taken over' USING ERRCODE = 'CF002';
  END IF;
  out_verdicts := '{}';
  out_now_ms := floor(extract(epoch FROM clock_timestamp()) * 1000);

  PERFORM FROM payments WHERE payment_id = ANY (in_payment_ids) ORDER BY payment_id FOR UPDATE;
  PERFORM FROM orders WHERE order_id = ANY (in_order_ids) ORDER BY order_id FOR UPDATE;

  FOR change IN
    SELECT * FROM unnest(
      in_payment_ids, in_expected_versions, in_expected_fences, in_fences, in_at_ms, in_due_at_ms, in_attended,
      in_cases, in_orders_of_payments, in_keys, in_statuses, in_owners, in_currencies, in_doubts_since_ms,
      in_at_risk_minor, in_events, in_snapshots,
      in_references_from, in_references_to, in_order_ids, in_expected_revisions, in_records
    ) AS c(
      payment_id, expected_version, expected_fence, fence, at_ms, due_at_ms, attended,
      cases, order_of_payment, key, status, owner, currency, doubt_since_ms,
      at_risk_minor, events, snapshot,
      references_from, references_to, order_id, expected_revision, record
    )
  LOOP
    verdict := 'committed';
    IF change.payment_id IS NOT NULL THEN
      change_references := in_references[change.references_from : change.references_to];
      SELECT version, fence INTO current_version, current_fence FROM payments WHERE payment_id = change.payment_id;
      IF NOT FOUND THEN
        current_version := 0;
        current_fence := 0;
      END IF;
      IF change.expected_fence <> current_fence THEN
        verdict := 'fence';
      ELSIF change.expected_version <> current_version THEN
        verdict := 'version';
      ELSIF change.expected_version = 0 AND EXISTS (SELECT FROM payments WHERE key = change.key) THEN
        verdict := 'key';
      END IF;
    END IF;
    IF verdict = 'committed' AND change.order_id IS NOT NULL THEN
      SELECT revision INTO current_revision FROM orders WHERE order_id = change.order_id;
      IF NOT FOUND THEN
        current_revision := 0;
      END IF;
      IF change.expected_revision <> current_revision THEN
        verdict := 'order';
      END IF;
    END IF;
    IF verdict = 'committed' AND change.references_from <= change.references_to
      AND EXISTS (SELECT FROM payment_references WHERE reference = ANY (change_references))
    THEN
      verdict := 'reference';
    END IF;
    out_verdicts := out_verdicts || verdict;
    CONTINUE WHEN verdict <> 'committed';

    IF change.payment_id IS NOT NULL THEN
      IF change.expected_version = 0 THEN
        INSERT INTO payments
          (payment_id, version, fence, order_id, key, status, owner, attended, cases, due_at_ms,
           currency, doubt_since_ms, at_risk_minor, snapshot)
        VALUES
          (change.payment_id, 1, change.fence, change.order_of_payment, change.key, change.status, change.owner,
           change.attended, change.cases, change.due_at_ms,
           change.currency, change.doubt_since_ms, change.at_risk_minor, change.snapshot)
        ON CONFLICT DO NOTHING;
      ELSE
        UPDATE payments
        SET version = change.expected_version + 1, fence = change.fence, status = change.status,
            owner = change.owner, attended = change.attended, cases = change.cases,
            due_at_ms = change.due_at_ms, currency = change.currency, doubt_since_ms = change.doubt_since_ms,
            at_risk_minor = change.at_risk_minor, snapshot = change.snapshot
        WHERE payment_id = change.payment_id AND version = change.expected_version
          AND fence = change.expected_fence;
      END IF;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'a payment was written meanwhile' USING ERRCODE = 'CF001';
      END IF;
      INSERT INTO appends (payment_id, version, at_ms, fence, events)
      VALUES (change.payment_id, change.expected_version + 1, change.at_ms, change.fence, change.events);
      IF change.references_from <= change.references_to THEN
        INSERT INTO payment_references (reference, payment_id)
        SELECT reference, change.payment_id FROM unnest(change_references) AS r(reference) ORDER BY reference
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(change_references) THEN
          RAISE EXCEPTION 'a reference was written meanwhile' USING ERRCODE = 'CF001';
        END IF;
      END IF;
    END IF;

    IF change.order_id IS NOT NULL THEN
      IF change.expected_revision = 0 THEN
        INSERT INTO orders (order_id, revision, record) VALUES (change.order_id, 1, change.record)
        ON CONFLICT DO NOTHING;
      ELSE
        UPDATE orders SET revision = change.expected_revision + 1, record = change.record
        WHERE order_id = change.order_id AND revision = change.expected_revision;
      END IF;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'an order was written meanwhile' USING ERRCODE = 'CF001';
      END IF;
    END IF;
  END LOOP;

  -- What is received in the same moment stays: a notification that is looked at twice does no harm, a lost one does.
  IF cardinality(in_removed_ids) > 0 THEN
    PERFORM FROM inbox WHERE id = ANY (in_removed_ids) ORDER BY id FOR UPDATE;
    DELETE FROM inbox i USING unnest(in_removed_ids, in_recorded_by) AS r(id, payment_id)
    WHERE i.id = r.id AND (r.payment_id IS NULL OR EXISTS (
      SELECT FROM payments p
      WHERE p.payment_id = r.payment_id
        AND comparable_json_1(p.snapshot) -> 'notices' @> comparable_json_1(to_json(r.id)::text)
    ));
  END IF;
  IF cardinality(in_inbox_ids) > 0 THEN
    INSERT INTO inbox (id, gateway, received_at_ms, raw, authentic, caller_address)
    SELECT i.* FROM unnest(in_inbox_ids, in_gateways, in_received_at_ms, in_raws, in_authentic, in_callers)
      AS i(id, gateway, received_at_ms, raw, authentic, caller_address)
    ON CONFLICT DO NOTHING;
  END IF;
  IF cardinality(in_nodes) > 0 THEN
    INSERT INTO nodes (node_id, seen_at_ms) SELECT node_id, out_now_ms FROM unnest(in_nodes) AS n(node_id)
    ON CONFLICT (node_id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms;
  END IF;

  UPDATE writers SET batch = in_batch, verdicts = out_verdicts, at_ms = out_now_ms WHERE session = in_session;
END
$body$;
`
