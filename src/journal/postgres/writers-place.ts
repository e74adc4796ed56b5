import { setTimeout as sleep } from 'node:timers/promises'
import { failure } from '../../errors.ts'
import type { BatchAnswer } from './batch.ts'
import { numberIn, type Row, textsIn } from '../../postgres/column.ts'
import type { Connection } from '../../postgres/connection.ts'
import { journalFailure } from './faults.ts'
import type { Primary } from '../../postgres/primary.ts'

/** Between two tries to connect; it doubles, and each is shortened at random so that nodes do not come together. */
const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 2_000

/**
 * Whoever writes this row has the place: an earlier connection of the same journal finds another epoch in it, and
 * writes nothing any more. It is a write like any other, so that its commit waits for the standby as theirs do.
 */
const TAKE = `
INSERT INTO writers (session, epoch, batch, verdicts, at_ms)
VALUES ($1, 1, 0, '{}', floor(extract(epoch FROM clock_timestamp()) * 1000))
ON CONFLICT (session) DO UPDATE SET epoch = writers.epoch + 1
RETURNING epoch, batch, verdicts, at_ms`

/** What its node owned is free for others at once, and nobody will ask what its last batch was. */
const LEAVE = 'WITH gone AS (DELETE FROM nodes WHERE node_id = $1) DELETE FROM writers WHERE session = $2'
const DAY_MS = 86_400_000
/** Of what a killed process has left, for so long after its last write; whoever lives writes every few seconds. */
const WRITER_KEPT_MS = 7 * DAY_MS
/** Thousands of times as long as it takes to be dead (`nodeDeadAfterMs`, at most ten minutes). */
const NODE_KEPT_MS = 30 * DAY_MS
/**
 * A node without a row is as dead to `due` as one that was seen too long ago; but what it was at work on is due since
 * it was last seen, so that its row stays until somebody has taken that over.
 */
const FORGET = `
WITH now AS (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms),
  gone AS (DELETE FROM writers WHERE at_ms < (SELECT ms FROM now) - ${WRITER_KEPT_MS})
DELETE FROM nodes
WHERE seen_at_ms < (SELECT ms FROM now) - ${NODE_KEPT_MS}
  AND NOT EXISTS (SELECT FROM payments WHERE attended AND owner = node_id)`

/** The writer's row as its newest connection found it. */
export interface WriterRow {
  readonly session: string
  readonly connection: Connection
  readonly epoch: number
  /** The last batch that was committed, and what became of it. */
  readonly batch: number
  readonly answer: BatchAnswer
}

export interface WritersPlaceOptions {
  readonly primary: Primary
  readonly name: string
  readonly nodeId: string
  /** Of this opening: a name that no other has. */
  readonly session: string
  /** For connecting, and for writing the row. */
  readonly connectTimeoutMs: number
  readonly commitTimeoutMs: number
}

/**
 * The one connection that may write for this journal. While it stands, everything that this journal has read or
 * written is as safe as the database makes it; when it is lost, nothing is read or written before the place is taken
 * again.
 */
export class WritersPlace {
  readonly #options: WritersPlaceOptions
  #row: WriterRow | undefined
  #taking: Promise<WriterRow> | undefined
  #isClosed = false
  #pauseMs = 0
  #failed: { readonly error: Error; readonly untilMs: number } | undefined

  constructor(options: WritersPlaceOptions) {
    this.#options = options
  }

  /**
   * The place, or an error at once: nobody waits for a database that was away a moment ago.
   *
   * @throws CF_JOURNAL_UNAVAILABLE, or what else a server said
   */
  take(): Promise<WriterRow> {
    if (this.#row?.connection.isOpen === true) return Promise.resolve(this.#row)
    if (this.#taking !== undefined) return this.#taking
    if (this.#failed !== undefined && performance.now() < this.#failed.untilMs)
      return Promise.reject(this.#failed.error)
    this.#taking = this.#takeNow().finally(() => (this.#taking = undefined))
    return this.#taking
  }

  /** The place, tried for again and again within this time. */
  async takeWithin(timeoutMs: number): Promise<WriterRow> {
    const untilMs = performance.now() + timeoutMs
    for (;;) {
      try {
        return await this.#before(untilMs, this.take())
      } catch (error) {
        const leftMs = untilMs - performance.now()
        if (leftMs <= 0 || this.#isClosed) throw error
        await sleep(
          Math.min(leftMs, Math.max(PAUSE_MS_MIN, (this.#failed?.untilMs ?? 0) - performance.now())),
        )
      }
    }
  }

  /** Takes leave where the database is there; else its silence says the same after a while. */
  async close(): Promise<void> {
    const { nodeId, session, commitTimeoutMs } = this.#options
    this.#isClosed = true
    const taking = this.#taking
    if (taking !== undefined) await taking.catch(() => undefined)
    const connection = this.#row?.connection
    if (connection?.isOpen !== true) return
    try {
      await connection.query({ text: LEAVE, values: [nodeId, session] }, commitTimeoutMs)
    } finally {
      await connection.close()
    }
  }

  async #takeNow(): Promise<WriterRow> {
    const { primary, name, session, connectTimeoutMs, commitTimeoutMs } = this.#options
    let connection: Connection | undefined
    try {
      connection = await primary.connect(connectTimeoutMs)
      await connection.query({ text: FORGET }, commitTimeoutMs)
      const { rows, warnings } = await connection.query({ text: TAKE, values: [session] }, commitTimeoutMs)
      if (warnings.length > 0) throw failure('CF_JOURNAL_UNAVAILABLE', `${name}: ${warnings.join('; ')}`)
      if (this.#isClosed) throw failure('CF_JOURNAL_UNAVAILABLE', `${name} is closed`)
      const [row] = rows
      this.#row = {
        session,
        connection,
        epoch: numberIn(row, 'epoch'),
        batch: numberIn(row, 'batch'),
        answer: answerIn(row, 'verdicts', 'at_ms'),
      }
      this.#failed = undefined
      this.#pauseMs = 0
      return this.#row
    } catch (thrown) {
      connection?.destroy()
      const error = journalFailure(thrown, name)
      this.#pauseMs = Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, this.#pauseMs * 2))
      this.#failed = { error, untilMs: performance.now() + this.#pauseMs * (0.5 + Math.random() / 2) }
      throw error
    }
  }

  /** A try that another call began may take longer than this one has. */
  async #before<T>(untilMs: number, work: Promise<T>): Promise<T> {
    const controller = new AbortController()
    const late = sleep(Math.max(0, untilMs - performance.now()), undefined, controller).then(() => {
      throw failure('CF_JOURNAL_UNAVAILABLE', `${this.#options.name} gave no answer in time`)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      controller.abort()
      late.catch(() => undefined)
    }
  }
}

/** @throws CF_JOURNAL_CORRUPT */
export function answerIn(row: Row | undefined, verdicts: string, nowMs: string): BatchAnswer {
  return { verdicts: textsIn(row, verdicts), nowMs: numberIn(row, nowMs) }
}
