import { orderBookConformance } from '../../testkit/order-book-conformance.ts'
import { memoryOrderBook, OrderBookStore } from './memory.ts'

orderBookConformance('the order book in memory', {
  open: async () => {
    const store = new OrderBookStore()
    const open = async () => {
      const book = memoryOrderBook(store)
      await book.open()
      return book
    }
    const book = await open()
    return { book, beside: open, reopen: open, dispose: () => book.close() }
  },
})
