/*
 * What counterfoil/testkit gives: the tests that every gateway and every journal has to pass, for `node --test`.
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
