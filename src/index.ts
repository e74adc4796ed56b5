export * from './engine/api.ts'
export { createCounterfoil } from './engine/counterfoil.ts'
export { CounterfoilError, type ErrorCode, errorRegistry, type Retry } from './errors.ts'
export { Card, type CardFields, cardFrom, cardProblems } from './gateway/card.ts'
export type { DeviceData, PayerBrowser, PayerPage, ReturnDoor } from './gateway/gateway.ts'
export { secret } from './gateway/secret.ts'
export { memoryJournal } from './journal/memory/index.ts'
export type { PaymentQuery, StoredAppend } from './journal/journal.ts'
export * from './money/money.ts'
export type {
  Balances,
  CaseAction,
  CaseReason,
  Evidence,
  FactName,
  PaymentEvent,
  PaymentStatus,
} from './payment/events.ts'
export type { CaseOffer } from './payment/case-actions.ts'
export type { Order, OrderLine, OrderRecord, Payer } from './payment/order.ts'
export { hint, later, ok, refuse, steps } from './pipeline/build-steps.ts'
export {
  type Believe,
  type ExternalModuleOptions,
  externalModule,
  type InternalModuleOptions,
  internalModule,
  type OnChangeOfMind,
  type PaymentModule,
  type Words,
} from './pipeline/module.ts'
export { Pipeline, pipeline } from './pipeline/pipeline.ts'
export { value } from './pipeline/step.ts'
export * from './pipeline/steps/index.ts'
export { webhookPipelines } from './pipeline/webhook-pipelines.ts'
export {
  type ActionAnswer,
  done,
  type PaymentChange,
  refused,
  type Shop,
  type Telling,
} from './shop/shop.ts'
export { realWorld, type World } from './world.ts'
