import pg from 'pg'
import { encodeChange } from '../src/journal/encoded-change.ts'
import type { Change } from '../src/journal/journal.ts'

/** The journal needs one connection for its commits; statements that are not gathered do best with several. */
const CONNECTIONS = 16

const COLUMNS = `payment_id, version, fence, order_id, key, status, owner, attended, cases, due_at_ms, currency,
  doubt_since_ms, at_risk_minor, snapshot`

/** Each of a sale's two commits as one statement: the same rows as the journal's, and nothing is judged or locked. */
const FIRST = `
  WITH payment AS (
    INSERT INTO payments (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  ), append AS (
    INSERT INTO appends (payment_id, version, at_ms, fence, events) VALUES ($1, $2, $15, $3, $16)
  ), names AS (
    INSERT INTO payment_references (reference, payment_id) SELECT reference, $1 FROM unnest($17::text[]) AS r(reference)
  )
  INSERT INTO orders (order_id, revision, record) VALUES ($4, $18, $19)`
const SECOND = `
  WITH payment AS (
    UPDATE payments SET (${COLUMNS}) = ROW($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::bigint, $11, $12::bigint, $13::numeric, $14)
    WHERE payment_id = $1
  ), append AS (
    INSERT INTO appends (payment_id, version, at_ms, fence, events) VALUES ($1, $2, $15, $3, $16)
  ), names AS (
    INSERT INTO payment_references (reference, payment_id) SELECT reference, $1 FROM unnest($17::text[]) AS r(reference)
  )
  UPDATE orders SET revision = $18, record = $19 WHERE order_id = $4`

/** Commits without a journal: each is one statement, and so one transaction, on any connection of a pool. */
export class BareStatements {
  readonly #pool: pg.Pool

  constructor({ url, schema }: { readonly url: string; readonly schema: string }) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS,
      options: `-c search_path=${schema}`,
    })
  }

  async append(change: Change): Promise<void> {
    const { payment, order } = encodeChange(change)
    if (payment === undefined || order === undefined)
      throw new Error('a sale writes its order with each commit')
    const isFirst = payment.expectedVersion === 0
    const { rowCount } = await this.#pool.query({
      name: isFirst ? 'first' : 'second',
      text: isFirst ? FIRST : SECOND,
      values: [
        payment.paymentId,
        payment.expectedVersion + 1,
        payment.fence,
        payment.orderId,
        payment.key,
        payment.status,
        payment.owner,
        payment.attended,
        payment.cases,
        payment.dueAtMs,
        payment.currency,
        payment.doubtSinceMs,
        payment.atRiskMinor,
        payment.snapshot,
        payment.atMs,
        payment.events,
        payment.references,
        order.expectedRevision + 1,
        order.record,
      ],
    })
    if (rowCount !== 1) throw new Error(`a bare statement wrote ${rowCount} orders`)
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}
