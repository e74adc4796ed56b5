export {
  DEFAULT_PORT,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
  type WorldpayUrls,
} from './server.ts'
export * from './worldpay/index.ts'
export type { Postman, WaitingNotification } from './worldpay/postman.ts'
export type { WorldpayShell } from './worldpay/shell.ts'
