import type { DueQuery } from '../journal.ts'
import { assertLimit, longestDueFirst } from '../query.ts'
import { numberIn, textIn } from '../../postgres/column.ts'
import type { ReadPool } from './read-pool.ts'

/** Each finds its index, which one statement for both would not. */
const OVERDUE = `
  SELECT payment_id, due_at_ms AS since_ms
  FROM payments LEFT JOIN nodes ON node_id = owner
  WHERE due_at_ms <= $1 AND (owner = $2 OR due_at_ms <= $3 OR coalesce(seen_at_ms, 0) < $3)
  ORDER BY due_at_ms, payment_id LIMIT $4`
const ORPHANED = `
  SELECT payment_id, coalesce(seen_at_ms, 0) AS since_ms
  FROM payments LEFT JOIN nodes ON node_id = owner
  WHERE attended AND coalesce(seen_at_ms, 0) < $1 ORDER BY since_ms, payment_id LIMIT $2`

/** The ids of payments that somebody must look at, the longest due first. */
export async function readDue(pool: ReadPool, query: DueQuery): Promise<readonly string[]> {
  const { nodeId, nowMs, deadBeforeMs, skip = 0, limit } = query
  assertLimit(limit)
  const found = await Promise.all([
    pool.query({ name: 'overdue', text: OVERDUE, values: [nowMs, nodeId, deadBeforeMs, skip + limit] }),
    pool.query({ name: 'orphaned', text: ORPHANED, values: [deadBeforeMs, skip + limit] }),
  ])
  const since = found.flat().map((row) => {
    return { paymentId: textIn(row, 'payment_id'), sinceMs: numberIn(row, 'since_ms') }
  })
  return longestDueFirst(since, skip, limit)
}
