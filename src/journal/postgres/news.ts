import type { Connection } from '../../postgres/connection.ts'
import type { Notification } from '../../postgres/driver.ts'
import { decodeNews, encodeNews } from './news-message.ts'

/** News of so long go together: `NOTIFY` takes a lock that all commits of the database share. */
const GATHER_MS = 20
/** So many payments wait to be told of. What comes on top is left to those who look for themselves. */
const WAITING_MAX = 5_000
/** Between two tries to connect; it doubles, and each is shortened at random so that nodes do not come together. */
const PAUSE_MS_MIN = 100
const PAUSE_MS_MAX = 10_000
const ANSWER_WITHIN_MS = 5_000

export interface NewsOptions {
  readonly connect: () => Promise<Connection>
  /** Without it nobody hears of another journal's payments. */
  readonly channel: string
  readonly session: string
  readonly tell: (paymentId: string, version: number) => void
}

/**
 * Tells other nodes what this one has committed, and hears from them: on a connection of its own, never inside a
 * commit. Its failure harms nothing: whoever waits for a payment also looks from time to time.
 */
export class News {
  readonly #options: NewsOptions
  readonly #waiting = new Map<string, number>()
  #connection: Connection | undefined
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | undefined
  #pauseMs = 0
  #isClosed = false

  constructor(options: NewsOptions) {
    this.#options = options
  }

  start(): void {
    this.#schedule(0)
  }

  /** This node has committed it. */
  add(paymentId: string, version: number): void {
    if (this.#isClosed || (this.#waiting.size >= WAITING_MAX && !this.#waiting.has(paymentId))) return
    this.#waiting.set(paymentId, version)
    if (this.#connection !== undefined) this.#schedule(GATHER_MS)
  }

  /** Tells what still waits. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#working
    if (this.#connection !== undefined) await this.#work()
    await this.#connection?.close()
  }

  #schedule(afterMs: number): void {
    if (this.#isClosed || this.#timer !== undefined || this.#working !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#working = this.#work().finally(() => {
        this.#working = undefined
        if (this.#connection === undefined) this.#schedule(this.#pauseMs * (0.5 + Math.random() / 2))
        else if (this.#waiting.size > 0) this.#schedule(GATHER_MS)
      })
    }, afterMs)
    // It keeps no process alive.
    this.#timer.unref()
  }

  /** Connects where needed, and tells. Never rejects: without a connection it is tried again after a pause. */
  async #work(): Promise<void> {
    try {
      this.#connection ??= await this.#listen()
      this.#pauseMs = 0
      const payloads = encodeNews(this.#options.session, this.#waiting)
      this.#waiting.clear()
      if (payloads.length === 0) return
      const text = 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS n(payload)'
      await this.#connection.query(
        { name: 'tell', text, values: [this.#options.channel, payloads] },
        ANSWER_WITHIN_MS,
      )
    } catch {
      // What was to be told is lost; nothing rests on it, and an outage is told by whoever reads or writes.
      this.#connection?.destroy()
      this.#connection = undefined
      this.#pauseMs = Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, this.#pauseMs * 2))
    }
  }

  async #listen(): Promise<Connection> {
    const { connect, channel } = this.#options
    const connection = await connect()
    try {
      connection.onNotification((notification) => this.#hear(notification))
      connection.onEnd(() => {
        if (this.#connection !== connection) return
        this.#connection = undefined
        this.#schedule(PAUSE_MS_MIN)
      })
      // Nothing to keep, and so nothing to wait for: neither a disk nor a standby.
      await connection.query(
        { text: "SELECT set_config('synchronous_commit', 'off', false)" },
        ANSWER_WITHIN_MS,
      )
      await connection.query({ text: `LISTEN ${channel}` }, ANSWER_WITHIN_MS)
      return connection
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  #hear({ channel, payload = '' }: Notification): void {
    if (channel !== this.#options.channel || this.#isClosed) return
    const news = decodeNews(payload)
    if (news === undefined || news.session === this.#options.session) return
    for (const [paymentId, version] of news.payments) this.#options.tell(paymentId, version)
  }
}
