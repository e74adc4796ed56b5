import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Order } from '../../src/payment/order.ts'
import type { Shop, Telling } from '../../src/shop/shop.ts'

/** Something the shop was told, under its key. */
export interface Told {
  readonly key: string
  readonly what: string
  readonly orderId: string
  readonly paymentId: string
  /** How often it was told; it had its effect the first time. */
  readonly calls: number
}

const WAIT_FOR_OTHERS_MS = 5_000

/**
 * The shop's own database, a file that knows nothing of the journal: orders, and what the shop was told of them, each
 * key once. The server process writes to it and dies; what is in it must then agree with the two books.
 */
export class ShopDatabase {
  readonly #database: DatabaseSync

  constructor(folder: string) {
    this.#database = new DatabaseSync(join(folder, 'shop.db'), { timeout: WAIT_FOR_OTHERS_MS })
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS orders (
        id TEXT PRIMARY KEY, amount_minor INTEGER NOT NULL, state TEXT NOT NULL, sequence INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS told (
        key TEXT PRIMARY KEY, what TEXT NOT NULL, order_id TEXT NOT NULL, payment_id TEXT NOT NULL,
        calls INTEGER NOT NULL
      ) STRICT;
    `)
  }

  addOrders(orders: readonly { readonly id: string; readonly amountMinor: bigint }[]): void {
    const insert = this.#database.prepare(`INSERT INTO orders VALUES (?, ?, 'new', 0)`)
    this.#atOnce(() => {
      for (const { id, amountMinor } of orders) insert.run(id, amountMinor)
    })
  }

  order(id: string): Order | undefined {
    const row = this.#database.prepare('SELECT amount_minor FROM orders WHERE id = ?').get(id)
    if (row === undefined) return undefined
    return {
      id,
      amountMinor: BigInt(Number(row['amount_minor'])),
      currency: 'GBP',
      description: `Order ${id}`,
      lines: [],
    }
  }

  told(): readonly Told[] {
    return this.#database
      .prepare('SELECT key, what, order_id, payment_id, calls FROM told')
      .all()
      .map((row) => ({
        key: String(row['key']),
        what: String(row['what']),
        orderId: String(row['order_id']),
        paymentId: String(row['payment_id']),
        calls: Number(row['calls']),
      }))
  }

  /** The last word about each order. */
  states(): ReadonlyMap<string, string> {
    const rows = this.#database.prepare('SELECT id, state FROM orders').all()
    return new Map(rows.map((row) => [String(row['id']), String(row['state'])]))
  }

  tell(what: string, { key, sequence, orderId, paymentId }: Telling): void {
    this.#atOnce(() => {
      const { calls } = this.#database
        .prepare(
          `INSERT INTO told VALUES (?, ?, ?, ?, 1) ON CONFLICT (key) DO UPDATE SET calls = calls + 1
           RETURNING calls`,
        )
        .get(key, what, orderId, paymentId) ?? { calls: 0 }
      if (calls !== 1 || what === 'basket' || what === 'mail') return
      this.#database
        .prepare('UPDATE orders SET state = ?, sequence = ? WHERE id = ? AND sequence <= ?')
        .run(what, sequence, orderId, sequence)
    })
  }

  close(): void {
    this.#database.close()
  }

  #atOnce(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }
}

/** The shop as the engine sees it. */
export function shopOn(database: ShopDatabase): Shop {
  const tell = (what: string) => async (telling: Telling) => database.tell(what, telling)
  return {
    loadOrder: async (orderId) => database.order(orderId),
    markOrderPaid: tell('paid'),
    markPaymentCancelled: tell('cancelled'),
    markOrderInProgress: tell('in-progress'),
    deleteBasket: tell('basket'),
    sendOrderMail: tell('mail'),
    paymentChanged: tell('changed'),
  }
}
