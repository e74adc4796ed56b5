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
export { type Ledger, type LedgerEntry, type LedgerOrder, ledger, ledgerOf } from './ledger.ts'
export {
  defaultWorldpayOptions,
  newWorldpayState,
  type SimulatedOrder,
  setOptions,
  type WorldpayOptions,
  type WorldpayState,
} from './state.ts'
