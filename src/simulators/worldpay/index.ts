export {
  type BackOfficeAction,
  backOffice,
  backOfficeActions,
  type BackOfficeResult,
} from './back-office.ts'
export {
  type Delivery,
  type Handled,
  handle,
  PAYMENT_SERVICE_PATH,
  type SimulatedRequest,
  type SimulatedResponse,
} from './core.ts'
export {
  addFault,
  clearFaults,
  type Fault,
  type FaultKind,
  faultKinds,
  type FaultRequest,
  type Operation,
  removeFault,
} from './faults.ts'
export {
  type CardOnPage,
  cancelHosted,
  type HostedOrder,
  hostedOrder,
  type HostedPayment,
  type HostedResult,
  type OtherOnPage,
  payHosted,
  type Returned,
  returnQuery,
} from './hosted.ts'
export { type Ledger, type LedgerEntry, type LedgerOrder, ledger, ledgerOf } from './ledger.ts'
export {
  dueNotifications,
  nextNotificationMs,
  notificationDelivered,
  type QueuedNotification,
} from './notifications.ts'
export { type ReportPeriod, settlementReport } from './settlement-report.ts'
export {
  type Authentication,
  defaultWorldpayOptions,
  type Message,
  newWorldpayState,
  type Registration,
  secretOptions,
  type SimulatedOrder,
  setOptions,
  type WorldpayOptions,
  type WorldpayState,
} from './state.ts'
export {
  type Challenge,
  type ChallengeJwt,
  challenge,
  completeChallenge,
  type DeviceDataJwt,
  deviceSession,
  readChallengeJwt,
  readDeviceDataJwt,
} from './three-d-secure.ts'
