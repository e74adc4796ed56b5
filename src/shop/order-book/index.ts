export type { BookedOrder, Booking, BookingVerdict, KeptAnswer, OrderBook } from '../order-book.ts'
export { memoryOrderBook } from './memory.ts'
export { postgresOrderBook } from './postgres/index.ts'
export { sqliteOrderBook } from './sqlite/index.ts'
