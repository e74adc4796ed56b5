import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Order } from '../payment/order.ts'
import type { Booking, OrderBook } from '../shop/order-book.ts'

/** An order book under test, open and empty. */
export interface OrderBookFixture {
  readonly book: OrderBook
  /** Another book on the same content, as another process has it; undefined where there can be none. */
  beside?(): Promise<OrderBook>
  /** Closes the book and opens its content again. `book` is not used after that. */
  reopen(): Promise<OrderBook>
  /** Closes and removes whatever is open. */
  dispose(): Promise<void>
}

const NOW_MS = 1_700_000_000_000
const HOUR_MS = 3_600_000

/** An order with every field that there is. */
export function sampleOrder(id: string, changes: Partial<Order> = {}): Order {
  return {
    id,
    amountMinor: 10n ** 15n,
    currency: 'JPY',
    description: `Tea, "two" & Jané's \u{1f375}`,
    lines: [
      { sku: 'a', name: 'Tea', quantity: 2, amountMinor: 10n ** 15n + 250n },
      { sku: 'b', name: 'Discount', quantity: 1, amountMinor: -250n },
    ],
    payer: {
      email: 'jane@example.com',
      name: 'Jané Doe',
      billingAddress: { line1: '1', line2: '2', city: 'Leeds', postalCode: 'LS1', countryCode: 'GB' },
    },
    ...changes,
  }
}

export function sampleBooking(id: string, changes: Partial<Booking> = {}): Booking {
  return {
    order: sampleOrder(id),
    client: 'web-shop',
    key: `key-of-${id}`,
    fingerprint: `fingerprint-of-${id}`,
    answers: {
      booked: { status: 201, body: `{"booked":"${id}"}` },
      same: { status: 200, body: `{"same":"${id}"}` },
    },
    nowMs: NOW_MS,
    keyExpiresAtMs: NOW_MS + HOUR_MS,
    ...changes,
  }
}

/**
 * The tests that every order book has to pass, for `node --test`. Each gets a book of its own.
 *
 * @example
 * orderBookConformance('my order book', { open: async () => ({ book, reopen, dispose }) })
 */
export function orderBookConformance(
  name: string,
  { open }: { readonly open: () => Promise<OrderBookFixture> },
): void {
  let fixture: OrderBookFixture
  let book: OrderBook

  describe(`${name} keeps the order book's promises`, () => {
    beforeEach(async () => {
      fixture = await open()
      book = fixture.book
    })
    afterEach(() => fixture.dispose())

    it('finds an order as it was booked, with every field, and no other', async () => {
      const verdict = await book.book(sampleBooking('A-1'))
      assert.deepEqual(verdict, { kind: 'booked', answer: { status: 201, body: '{"booked":"A-1"}' } })
      assert.deepEqual(await book.find('A-1'), { order: sampleOrder('A-1'), bookedAtMs: NOW_MS })
      assert.equal(await book.find('a-1'), undefined)
      assert.equal(await book.find('A-1 '), undefined)
    })

    it('finds an order without payer and lines as it was booked', async () => {
      const { payer: _, ...bare } = sampleOrder('A-1', { lines: [] })
      await book.book(sampleBooking('A-1', { order: bare }))
      assert.deepEqual((await book.find('A-1'))?.order, bare)
    })

    it('answers a key that it knows as it did the first time, and refuses it for anything else', async () => {
      await book.book(sampleBooking('A-1'))
      const again = await book.book(sampleBooking('A-1', { nowMs: NOW_MS + HOUR_MS - 1 }))
      assert.deepEqual(again, { kind: 'answered', answer: { status: 201, body: '{"booked":"A-1"}' } })
      const other = sampleBooking('A-2', { key: 'key-of-A-1' })
      assert.deepEqual(await book.book(other), { kind: 'key-reused' })
      assert.equal(await book.find('A-2'), undefined)
    })

    it('keeps the keys of each client apart', async () => {
      await book.book(sampleBooking('A-1'))
      const other = sampleBooking('A-2', { key: 'key-of-A-1', client: 'other-shop' })
      assert.equal((await book.book(other)).kind, 'booked')
    })

    it('takes the same content again under another key, and keeps that answer too', async () => {
      await book.book(sampleBooking('A-1'))
      const { id, ...rest } = sampleOrder('A-1')
      const reordered = sampleBooking('A-1', { key: 'second', order: { ...rest, id }, nowMs: NOW_MS + 1 })
      const answer = { status: 200, body: '{"same":"A-1"}' }
      assert.deepEqual(await book.book(reordered), { kind: 'same', answer })
      assert.deepEqual(await book.book(reordered), { kind: 'answered', answer })
      assert.equal((await book.find('A-1'))?.bookedAtMs, NOW_MS)
    })

    it('refuses other content under the same id, changes nothing and keeps no answer', async () => {
      await book.book(sampleBooking('A-1'))
      const changes: readonly Partial<Order>[] = [
        { amountMinor: 1n },
        { currency: 'GBP' },
        { description: 'Tea' },
        { lines: [] },
        { payer: { email: 'jane@example.com' } },
      ]
      for (const change of changes) {
        const order = sampleOrder('A-1', change)
        const booking = sampleBooking('A-1', { key: 'second', order })
        assert.deepEqual(await book.book(booking), { kind: 'differs' })
      }
      assert.deepEqual((await book.find('A-1'))?.order, sampleOrder('A-1'))
      assert.equal((await book.book(sampleBooking('A-1', { key: 'second' }))).kind, 'same')
    })

    it('forgets a key at its time, and never the order', async () => {
      await book.book(sampleBooking('A-1'))
      const later = sampleBooking('A-1', { nowMs: NOW_MS + HOUR_MS, keyExpiresAtMs: NOW_MS + 2 * HOUR_MS })
      assert.equal((await book.book(later)).kind, 'same')
      assert.equal((await book.book(later)).kind, 'answered')
    })

    it('forgets a key at its time, however many have come to theirs together', async () => {
      const ids = Array.from({ length: 600 }, (_, index) => index)
      const expiring = (index: number) => sampleBooking(`A-${index}`, { keyExpiresAtMs: NOW_MS + 1 + index })
      await Promise.all(ids.map((index) => book.book(expiring(index))))
      const last = sampleBooking('A-599', { nowMs: NOW_MS + HOUR_MS, keyExpiresAtMs: NOW_MS + 2 * HOUR_MS })
      assert.equal((await book.book(last)).kind, 'same')
    })

    it('books once what is booked many times at once', async () => {
      const kinds = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const key = index % 2 === 0 ? 'one key' : `key ${index}`
          return (await book.book(sampleBooking('A-1', { key }))).kind
        }),
      )
      assert.equal(kinds.filter((kind) => kind === 'booked').length, 1)
      assert.equal(kinds.filter((kind) => kind === 'answered').length, 24)
      assert.equal(kinds.filter((kind) => kind === 'same').length, 25)
    })

    it('keeps all of it over a restart', async () => {
      await book.book(sampleBooking('A-1'))
      const again = await fixture.reopen()
      assert.deepEqual(await again.find('A-1'), { order: sampleOrder('A-1'), bookedAtMs: NOW_MS })
      assert.equal((await again.book(sampleBooking('A-1'))).kind, 'answered')
      assert.equal((await again.book(sampleBooking('A-2', { key: 'key-of-A-1' }))).kind, 'key-reused')
    })

    it('has no opinion of its own about who booked: another book on the same content sees it at once', async (t) => {
      if (fixture.beside === undefined) return t.diagnostic('there can be no other')
      const other = await fixture.beside()
      const bookings = Array.from({ length: 20 }, (_, index) => sampleBooking(`A-${index}`))
      const verdicts = await Promise.all(
        bookings.flatMap((booking) => [book.book(booking), other.book(booking)]),
      )
      assert.equal(verdicts.filter(({ kind }) => kind === 'booked').length, 20)
      assert.equal(verdicts.filter(({ kind }) => kind === 'answered').length, 20)
      for (const { order } of bookings) assert.deepEqual((await other.find(order.id))?.order, order)
    })

    it('refuses everything once it is closed, and may be closed twice', async () => {
      await book.close()
      await book.close()
      const refusal = { code: 'CF_ORDER_BOOK_UNAVAILABLE' }
      await assert.rejects(book.find('A-1'), refusal)
      await assert.rejects(book.book(sampleBooking('A-1')), refusal)
    })
  })
}
