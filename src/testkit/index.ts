/*
 * What counterfoil/testkit gives: the tests that every gateway, journal and order book has to pass, for `node --test`.
 */
export { gatewayConformance } from './gateway-conformance.ts'
export type {
  ChallengedPayers,
  GatewayFixture,
  HostedPayers,
  LaterEvent,
  Notification,
  NotificationQueue,
  PayerDoes,
  SentBack,
  SimulatedCharge,
  SimulatedProvider,
} from './gateway-fixture.ts'
export { journalConformance } from './journal-conformance.ts'
export type { JournalFixture } from './journal-fixture.ts'
export { orderBookConformance, type OrderBookFixture } from './order-book-conformance.ts'
