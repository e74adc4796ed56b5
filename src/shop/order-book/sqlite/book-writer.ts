import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Booking, BookingVerdict } from '../../order-book.ts'
import { encodeOrder } from '../encoded-order.ts'

/** So many bookings go into the log before it is copied into the file. */
const CHECKPOINT_EVERY_BOOKINGS = 1_000
/** Keys that are forgotten with one batch: an expired one more does no harm, and a batch must stay short. */
const EXPIRED_AT_ONCE_MAX = 500

/** Writes bookings, a batch in one transaction. */
export class BookWriter {
  readonly #database: DatabaseSync
  readonly #findAnswer: StatementSync
  readonly #findContent: StatementSync
  readonly #insertOrder: StatementSync
  readonly #keepAnswer: StatementSync
  readonly #forgetExpired: StatementSync
  #bookingsInLog = 0

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#findAnswer = database.prepare(
      'SELECT fingerprint, status, body FROM kept_answers WHERE client = ? AND key = ? AND expires_at_ms > ?',
    )
    this.#findContent = database.prepare('SELECT content FROM orders WHERE order_id = ?')
    this.#insertOrder = database.prepare(
      'INSERT INTO orders (order_id, content, booked_at_ms) VALUES (?, ?, ?)',
    )
    this.#keepAnswer = database.prepare(`
      INSERT OR REPLACE INTO kept_answers (client, key, fingerprint, status, body, expires_at_ms)
      VALUES (?, ?, ?, ?, ?, ?)`)
    this.#forgetExpired = database.prepare(`
      DELETE FROM kept_answers WHERE rowid IN (
        SELECT rowid FROM kept_answers WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ${EXPIRED_AT_ONCE_MAX})`)
  }

  /** All of the batch becomes durable, or nothing of it. */
  write(bookings: readonly Booking[]): BookingVerdict[] {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      this.#forgetExpired.run(Math.min(...bookings.map(({ nowMs }) => nowMs)))
      const verdicts = bookings.map((booking) => this.#book(booking))
      this.#database.exec('COMMIT')
      this.#bookingsInLog += bookings.length
      return verdicts
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** Copies the log into the file once it is long enough: between batches, so that no commit waits for it. */
  checkpointIfLong(): void {
    if (this.#bookingsInLog < CHECKPOINT_EVERY_BOOKINGS) return
    this.#bookingsInLog = 0
    this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  }

  close(): void {
    this.#database.close()
  }

  #book(booking: Booking): BookingVerdict {
    const { order, client, key, fingerprint, answers, nowMs, keyExpiresAtMs } = booking
    const kept = this.#findAnswer.get(client, key, nowMs)
    if (kept !== undefined) {
      if (kept['fingerprint'] !== fingerprint) return { kind: 'key-reused' }
      return {
        kind: 'answered',
        answer: { status: Number(kept['status']), body: String(kept['body']) },
      }
    }
    const content = encodeOrder(order)
    const known = this.#findContent.get(order.id)
    if (known !== undefined && known['content'] !== content) return { kind: 'differs' }
    if (known === undefined) this.#insertOrder.run(order.id, content, nowMs)
    const kind = known === undefined ? 'booked' : 'same'
    const { status, body } = answers[kind]
    this.#keepAnswer.run(client, key, fingerprint, status, body, keyExpiresAtMs)
    return { kind, answer: answers[kind] }
  }
}
