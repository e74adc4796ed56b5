import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { failure } from '../../../errors.ts'
import { type GroupCommit, groupCommit } from '../../../journal/group-commit.ts'
import type { BookedOrder, Booking, BookingVerdict, OrderBook } from '../../order-book.ts'
import { decodeOrder } from '../encoded-order.ts'
import { bookFailure, openForReading } from './database.ts'
import { WriterThread } from './writer-thread.ts'

/**
 * An order book in one file: what it has answered for, it keeps. The folder is created. Processes of one machine may
 * share it. A backup needs the file, made with SQLite's own means.
 *
 * After an error of the disk nobody knows what is on it, so the book answers no more until the process is started
 * again.
 *
 * @throws by each method: CF_ORDER_BOOK_UNAVAILABLE
 * @example
 * const orders = sqliteOrderBook('data/orders.db')
 * await orders.open()
 */
export function sqliteOrderBook(path: string): OrderBook {
  return new SqliteOrderBook(path)
}

/** What an open book consists of. */
interface Parts {
  readonly thread: WriterThread
  readonly reader: DatabaseSync
  readonly findOrder: StatementSync
  readonly commits: GroupCommit<Booking, BookingVerdict>
}

class SqliteOrderBook implements OrderBook {
  readonly name: string
  readonly #path: string
  #parts: Parts | undefined
  #opening: Promise<Parts> | undefined

  constructor(path: string) {
    this.name = `sqlite ${path}`
    this.#path = path
  }

  /** Opening twice is no error. */
  async open(): Promise<void> {
    this.#opening ??= this.#start()
    try {
      this.#parts = await this.#opening
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  /** Writes what still waits. Closing twice is no error. */
  async close(): Promise<void> {
    const parts = this.#parts
    if (parts === undefined) return
    this.#parts = undefined
    this.#opening = undefined
    await parts.commits.idle()
    parts.reader.close()
    await parts.thread.close()
  }

  async book(booking: Booking): Promise<BookingVerdict> {
    return this.#open().commits.add(booking)
  }

  async find(orderId: string): Promise<BookedOrder | undefined> {
    const { findOrder } = this.#open()
    try {
      const row = findOrder.get(orderId)
      if (row === undefined) return undefined
      return { order: decodeOrder(String(row['content'])), bookedAtMs: Number(row['booked_at_ms']) }
    } catch (error) {
      throw bookFailure(error, this.#path)
    }
  }

  async #start(): Promise<Parts> {
    const thread = new WriterThread(this.#path)
    try {
      await thread.start()
      const reader = openForReading(this.#path)
      const findOrder = reader.prepare('SELECT content, booked_at_ms FROM orders WHERE order_id = ?')
      const commits = groupCommit<Booking, BookingVerdict>({ flush: (batch) => thread.write(batch) })
      return { thread, reader, findOrder, commits }
    } catch (error) {
      await thread.close()
      throw bookFailure(error, this.#path)
    }
  }

  #open(): Parts {
    if (this.#parts === undefined) throw failure('CF_ORDER_BOOK_UNAVAILABLE', `${this.#path} is not open`)
    const { ended } = this.#parts.thread
    if (ended !== undefined) throw ended
    return this.#parts
  }
}
