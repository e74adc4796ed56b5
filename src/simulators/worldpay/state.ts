import type { Fault } from './faults.ts'
import { checkedOptions, defaultWorldpayOptions, withoutUndefined, type WorldpayOptions } from './options.ts'

export { defaultWorldpayOptions, secretOptions, type WorldpayOptions } from './options.ts'

/** A request to change a charge, as it was received. Its effect comes at `effectMs`, if it is still possible then. */
export interface Modification {
  readonly kind:
    | 'capture'
    | 'cancel'
    | 'refund'
    | 'cancelOrRefund'
    | 'fail-capture'
    | 'charge-back'
    | 'reverse-charge-back'
    | 'expire'
  /** Minor units as decimal digits. Absent: whatever there is when it takes effect. */
  readonly amountMinor?: string
  /** The merchant's own id of this modification. */
  readonly reference?: string
  readonly receivedMs: number
  readonly effectMs: number
  /** The account's own capture, by `captureDelay`. */
  readonly automatic: boolean
  /** A fault of the plan: received, and failing when its time comes. */
  readonly fails: boolean
}

/** One execution of an order: what the issuer said, and what was asked for since. Holds no card data but the mask. */
export interface Charge {
  readonly receivedMs: number
  /** When an asynchronous method makes its outcome known; until then it is SENT_FOR_AUTHORISATION. */
  readonly decidedMs?: number
  readonly amountMinor: string
  readonly currency: string
  readonly exponent: number
  readonly outcome: 'AUTHORISED' | 'REFUSED' | 'ERROR'
  readonly returnCode?: { readonly code: string; readonly description: string }
  readonly paymentMethod: string
  readonly maskedCard: string
  readonly cardHolderName: string
  readonly authorisationId?: string
  readonly cvcResult: string
  readonly avsResult: string
  readonly issuerCountry: string
  /** What 3-D Secure found out, when it was asked for. */
  readonly threeDSecure?: ThreeDSecureResult
  /** The exemption that was asked for and rejected. */
  readonly rejectedExemption?: { readonly type: string; readonly placement: string }
  /** In the order in which they take effect. */
  readonly modifications: Modification[]
  /** How many of its bookings were handed to the notifications, or passed over while none were made. */
  announced?: number
}

/** A charge before it is executed. */
export type Draft = Omit<Charge, 'receivedMs' | 'authorisationId' | 'modifications' | 'announced'>

export interface ThreeDSecureResult {
  readonly description: string
  readonly eci?: string
  readonly cavv?: string
}

/** All that was ever executed under one order code: one charge, or more when `dedup` is off. */
export interface SimulatedOrder {
  readonly orderCode: string
  readonly merchantCode: string
  readonly charges: Charge[]
  /** Its notifications that nobody has acknowledged yet. */
  untold?: Message[]
}

/** An order that a payer can pay on the hosted page. */
export interface Registration {
  readonly orderCode: string
  /** Names the page in its address; a registration again gives another one. */
  readonly ticket: string
  /** The `id` of the reference in the reply. */
  readonly referenceId: string
  readonly description: string
  /** Minor units as decimal digits. */
  readonly amountMinor: string
  readonly currency: string
  readonly exponent: number
  readonly captureDays: 'OFF' | number
  /** Card brands that are offered, such as `VISA-SSL`. */
  readonly brands: readonly string[]
  /** Other methods that are offered, such as `IDEAL-SSL`. */
  readonly otherMethods: readonly string[]
  readonly registeredMs: number
  /** The PSP lets nobody pay from here on. */
  readonly expiresMs: number
  /** Executions under the same order code from before this registration: some only when `dedup` is off. */
  readonly executionsBefore: number
}

/** An order whose payer has to pass a challenge. Nothing is executed before the second leg. */
export interface Authentication {
  readonly orderCode: string
  readonly transactionId: string
  /** The value of the `machine` cookie that the second leg must bring back. */
  readonly machine: string
  readonly sessionId: string
  readonly payload: string
  readonly acsUrl: string
  readonly startedMs: number
  readonly captureDays: 'OFF' | number
  /** What is executed by the second leg, if the payer passes. */
  readonly draft: Draft
  /** How the challenge went. */
  verdict?: 'passed' | 'failed'
}

/** A notification on its way to the merchant. */
export interface Message {
  readonly id: string
  /** Messages that are due at the same time leave in this order. */
  readonly sequence: number
  readonly orderCode: string
  /** Which execution of the order (0, 1, ...) it is about. */
  readonly chargeIndex: number
  readonly event: string
  /** When it happened. */
  readonly atMs: number
  /** Minor units as decimal digits: what was moved. */
  readonly amountMinor: string
  /** The merchant's own id of the modification. */
  readonly reference?: string
  /** A whole document instead of the true one. */
  readonly forged?: string
  readonly dueMs: number
  tries: number
  /** The next try of what nobody acknowledged. */
  retryMs?: number
  firstTryMs?: number
  /** Set while it waits for one from behind it to be delivered before it; at this time it waits no longer. */
  lastPlaceUntilMs?: number
  /** It is delivered once more after it was acknowledged. */
  twice?: boolean
}

/** The notifications of all orders. */
export interface NotificationQueue {
  /** By due time, then sequence. */
  readonly messages: Message[]
  /** A heap of the times at which something takes effect, the earliest first. */
  readonly agenda: AgendaEntry[]
  counter: number
  /** Messages that were given up: too many, or not acknowledged in time. */
  dropped: number
}

export interface AgendaEntry {
  readonly atMs: number
  readonly orderCode: string
}

/** What the settlement reports have said so far. */
export interface SettlementReports {
  /** What a fault has made of each line that was in a report, or left out of one. */
  readonly told: Record<string, string>
  /** Lines that the next report has. */
  late: string[]
}

/** Everything the simulated PSP knows. Plain JSON: amounts are decimal digits. */
export interface WorldpayState {
  options: WorldpayOptions
  orders: Record<string, SimulatedOrder>
  orderCount: number
  /** Hosted orders by order code. */
  registrations: Record<string, Registration>
  /** Their order codes by ticket. */
  tickets: Record<string, string>
  /** Orders that wait for a challenge, by order code. */
  authentications: Record<string, Authentication>
  /** Their order codes by 3-D Secure transaction. */
  challenges: Record<string, string>
  /** Registrations and authentications. */
  waitingCount: number
  notifications: NotificationQueue
  reports: SettlementReports
  /** Numbers for authorization ids: no randomness in here. */
  counter: number
  faults: Fault[]
  faultCounter: number
}

/** Beyond this the simulator says that it is not available: it keeps every order in memory. */
export const ORDERS_MAX = 2_000_000

/**
 * A PSP that has seen nothing yet.
 *
 * @throws CF_CONFIG naming the option and what is allowed.
 * @example
 * const state = newWorldpayState({ merchantCode: 'SHOPECOM', timeScale: 60 })
 */
export function newWorldpayState(options: Partial<WorldpayOptions> = {}): WorldpayState {
  return {
    options: checkedOptions({ ...defaultWorldpayOptions, ...withoutUndefined(options) }),
    orders: emptyRecord<SimulatedOrder>(),
    orderCount: 0,
    registrations: emptyRecord<Registration>(),
    tickets: emptyRecord<string>(),
    authentications: emptyRecord<Authentication>(),
    challenges: emptyRecord<string>(),
    waitingCount: 0,
    notifications: { messages: [], agenda: [], counter: 0, dropped: 0 },
    reports: { told: emptyRecord<string>(), late: [] },
    counter: 0,
    faults: [],
    faultCounter: 0,
  }
}

/** Without a prototype: order codes and tickets come from outside. */
function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}

/** True when there is no room for another order code. */
export function isFull(state: WorldpayState): boolean {
  return state.orderCount + state.waitingCount >= ORDERS_MAX
}

/** Changes some options of a running PSP; what was received before keeps the times it was given. */
export function setOptions(state: WorldpayState, change: Partial<WorldpayOptions>): void {
  state.options = checkedOptions({ ...state.options, ...withoutUndefined(change) })
}

/** Milliseconds of the PSP's own time as milliseconds of the caller's clock. */
export function scaledMs(state: WorldpayState, delayMs: number): number {
  return delayMs / state.options.timeScale
}
