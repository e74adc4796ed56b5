import assert from 'node:assert/strict'
import { it } from 'node:test'
import { postgresOrderBook } from '../../src/shop/order-book/postgres/index.ts'
import { orderBookConformance, sampleBooking } from '../../src/testkit/order-book-conformance.ts'
import { TestDatabases } from './databases.ts'

const databases = TestDatabases.forThisFile()

orderBookConformance('the order book in PostgreSQL', {
  open: async () => {
    const { options, drop } = await databases.schema()
    const opened: ReturnType<typeof postgresOrderBook>[] = []
    const open = async () => {
      const book = postgresOrderBook(options)
      opened.push(book)
      await book.open()
      return book
    }
    const close = async () => void (await Promise.all(opened.splice(0).map((book) => book.close())))
    return {
      book: await open(),
      beside: open,
      reopen: async () => {
        await close()
        return open()
      },
      dispose: async () => {
        await close()
        await drop()
      },
    }
  },
})

it('books one order once, however many nodes are handed it at the same moment', async () => {
  const { options, drop } = await databases.schema()
  const books = Array.from({ length: 4 }, () => postgresOrderBook(options))
  await Promise.all(books.map((book) => book.open()))
  const kinds: string[] = []
  for (let round = 0; round < 5; round++) {
    const verdicts = await Promise.all(books.map((book) => book.book(sampleBooking(`A-${round}`))))
    kinds.push(...verdicts.map(({ kind }) => kind))
  }
  assert.equal(kinds.filter((kind) => kind === 'booked').length, 5)
  assert.equal(kinds.filter((kind) => kind === 'answered').length, 15)
  await Promise.all(books.map((book) => book.close()))
  await drop()
})

it('goes on after its connections were cut', async () => {
  const { options, drop, query } = await databases.schema()
  const book = postgresOrderBook(options)
  await book.book(sampleBooking('A-1'))
  await query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()',
    [`counterfoil ${options.schema}`],
  )
  assert.equal((await book.find('A-1'))?.order.id, 'A-1')
  await book.close()
  await drop()
})

it('says what is wrong when there is no server', async () => {
  const book = postgresOrderBook({ url: 'postgres://nobody@127.0.0.1:1/nothing' })
  await assert.rejects(book.find('A-1'), { code: 'CF_ORDER_BOOK_UNAVAILABLE', message: /ECONNREFUSED/ })
  await book.close()
})
