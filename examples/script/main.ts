import { setTimeout as sleep } from 'node:timers/promises'
import { cardFrom, CounterfoilError } from 'counterfoil'
import { openShop, type TeaShop } from './tea-shop.ts'

/** How long to wait for another process that has the journal. */
const WAIT_MS = 30_000

const shop = openShop()
await startInTurn(shop)
const orderId = shop.placeOrder()
const payment = await shop.cf.pay({
  orderId,
  module: 'card',
  // The same key is the same try: repeating it never charges again.
  key: `${orderId}-first-try`,
  card: cardFrom({
    number: '4444 3333 2222 1111',
    expiryMonth: '12',
    expiryYear: '2035',
    securityCode: '555',
    holder: process.argv[2] ?? 'Jane Doe',
  }),
})
console.log(`${orderId} is ${payment.status}, by card ${payment.maskedCard}`)
await shop.cf.stop()
console.log(`The shop says: ${shop.orders().find(({ id }) => id === orderId)?.isPaid ? 'paid' : 'not paid'}`)

/** A journal in SQLite has one owner at a time: a second process is refused at once, and may ask again. */
async function startInTurn({ cf }: TeaShop): Promise<void> {
  const untilMs = performance.now() + WAIT_MS
  for (;;) {
    try {
      return await cf.start()
    } catch (error) {
      const isOwned = error instanceof CounterfoilError && error.code === 'CF_JOURNAL_OWNED'
      if (!isOwned || performance.now() > untilMs) throw error
      await sleep(100)
    }
  }
}
