/** What the writer says to SQLite; what the readers say stands in reader.ts. Each statement has its one place. */
export const statements = {
  selectPaymentState: 'SELECT version, fence FROM payments WHERE payment_id = ?',
  selectKey: 'SELECT 1 FROM payments WHERE key = ?',
  selectReference: 'SELECT 1 FROM payment_references WHERE reference = ?',
  selectOrderRevision: 'SELECT revision FROM orders WHERE order_id = ?',

  insertPayment: `
    INSERT INTO payments
      (version, fence, status, owner, attended, cases, due_at_ms, currency, doubt_since_ms, at_risk_minor, snapshot,
       payment_id, order_id, key)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  updatePayment: `
    UPDATE payments
    SET version = ?, fence = ?, status = ?, owner = ?, attended = ?, cases = ?, due_at_ms = ?, currency = ?,
      doubt_since_ms = ?, at_risk_minor = ?, snapshot = ?
    WHERE payment_id = ?`,
  insertAppend: 'INSERT INTO appends (payment_id, version, at_ms, fence, events) VALUES (?, ?, ?, ?, ?)',
  insertReference: 'INSERT INTO payment_references (reference, payment_id) VALUES (?, ?)',
  putOrder: `
    INSERT INTO orders (order_id, revision, record) VALUES (?, ?, ?)
    ON CONFLICT (order_id) DO UPDATE SET revision = excluded.revision, record = excluded.record`,

  putHeartbeat: `
    INSERT INTO nodes (node_id, seen_at_ms) VALUES (?, ?)
    ON CONFLICT (node_id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms`,
  insertInboxItem: `
    INSERT INTO inbox (id, gateway, received_at_ms, raw, authentic, caller_address) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING`,
  deleteInboxItem: `
    DELETE FROM inbox
    WHERE id = ?1 AND (?2 IS NULL OR EXISTS (
      SELECT 1 FROM payments, json_each(snapshot, '$.notices') AS notice
      WHERE payment_id = ?2 AND notice.value = ?1))`,
} as const
