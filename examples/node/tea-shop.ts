import { mkdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type Counterfoil, createCounterfoil, internalModule, secret, type Shop } from 'counterfoil'
import { sqliteJournal } from 'counterfoil/sqlite'
import { worldpay } from 'counterfoil/worldpay'

// A shop that sells tea, and the payments of its orders. This file is the same in every example.

const {
  DATA_FOLDER = 'data',
  PORT = '3000',
  WORLDPAY_URL = 'http://127.0.0.1:4010/worldpay/jsp/merchant/xml/paymentService.jsp',
  WORLDPAY_PASSWORD = 'counterfoil-password',
} = process.env

export const port = Number(PORT)
export const shopUrl = `http://localhost:${port}`

export interface TeaShop {
  readonly cf: Counterfoil
  /** Answers the new order's id. */
  placeOrder(): string
  orders(): readonly { readonly id: string; readonly isPaid: boolean }[]
}

export function openShop(): TeaShop {
  mkdirSync(DATA_FOLDER, { recursive: true })
  const database = new DatabaseSync(`${DATA_FOLDER}/shop.db`)
  database.exec(
    'CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY, is_paid INTEGER NOT NULL DEFAULT 0) STRICT',
  )
  const numberOf = (id: string): number => Number(id.replace('order-', ''))

  const shop: Shop = {
    loadOrder: async (id) => {
      const row = database.prepare('SELECT 1 FROM orders WHERE number = ?').get(numberOf(id))
      const tea = { sku: 'TEA', name: 'A pound of tea', quantity: 1, amountMinor: 450n }
      return row && { id, amountMinor: 450n, currency: 'GBP', description: tea.name, lines: [tea] }
    },
    // It may be called again for the same payment, and is then as true as before.
    markOrderPaid: async ({ orderId }) => {
      database.prepare('UPDATE orders SET is_paid = 1 WHERE number = ?').run(numberOf(orderId))
    },
    markPaymentCancelled: async () => undefined,
    markOrderInProgress: async () => undefined,
    deleteBasket: async () => undefined,
    sendOrderMail: async () => undefined,
    paymentChanged: async () => undefined,
  }
  const account = worldpay({
    url: WORLDPAY_URL,
    merchantCode: 'COUNTERFOIL',
    username: 'counterfoil-xml',
    password: secret(WORLDPAY_PASSWORD),
  })
  return {
    cf: createCounterfoil({
      journal: sqliteJournal(`${DATA_FOLDER}/payments.db`),
      shop,
      modules: [internalModule('card', { gateway: account.direct })],
      publicUrl: `${shopUrl}/pay`,
    }),
    placeOrder: () => {
      const { lastInsertRowid } = database.prepare('INSERT INTO orders DEFAULT VALUES').run()
      return `order-${lastInsertRowid}`
    },
    orders: () => {
      const rows = database.prepare('SELECT number, is_paid FROM orders ORDER BY number').all()
      return rows.map((row) => ({ id: `order-${Number(row['number'])}`, isPaid: row['is_paid'] === 1 }))
    },
  }
}

/** The shop's own page. */
export function shopPage({ orders }: TeaShop): string {
  const items = orders().map(({ id, isPaid }) => `<li>${id}: ${isPaid ? 'paid' : 'not paid'}</li>`)
  return `<!doctype html>
<title>Tea</title>
<form method="post" action="/orders"><button>Buy a pound of tea</button></form>
<ul>${items.join('')}</ul>`
}
