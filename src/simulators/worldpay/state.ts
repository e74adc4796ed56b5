import { failure } from '../../errors.ts'
import type { Fault } from './faults.ts'

/** The merchant account that is simulated, and how long the simulated PSP takes. */
export interface WorldpayOptions {
  readonly merchantCode: string
  /** The XML username of the new style; the merchant code is taken as a username as well (old style). */
  readonly username: string
  readonly password: string
  /** The account's default for orders without `captureDelay`: `OFF`, or days until the automatic capture. */
  readonly captureDelay: 'OFF' | number
  /** From authorization to the booked automatic capture of `captureDelay="0"`. */
  readonly processingMs: number
  /** From the receipt of a modification to its effect. */
  readonly modifyMs: number
  /** How old the view of a lagging inquiry is. */
  readonly inquiryLagMs: number
  /** The three delays above run this many times faster. */
  readonly timeScale: number
  /** Modifications take effect at once and are answered with the payment, as on some accounts. */
  readonly synchronousModifications: boolean
  /** False makes the PSP's mistake of executing a second order with the same order code. */
  readonly dedup: boolean
  /** Refuse requests without a DOCTYPE, as a validating parser does. */
  readonly requireDoctype: boolean
}

/** A request to change a charge, as it was received. Its effect comes at `effectMs`, if it is still possible then. */
export interface Modification {
  readonly kind: 'capture' | 'cancel' | 'refund' | 'cancelOrRefund'
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
  /** In the order in which they take effect. */
  readonly modifications: Modification[]
}

/** All that was ever executed under one order code: one charge, or more when `dedup` is off. */
export interface SimulatedOrder {
  readonly orderCode: string
  readonly merchantCode: string
  readonly charges: Charge[]
}

/** Everything the simulated PSP knows. Plain JSON: amounts are decimal digits. */
export interface WorldpayState {
  options: WorldpayOptions
  orders: Record<string, SimulatedOrder>
  orderCount: number
  /** Numbers for authorization ids: no randomness in here. */
  counter: number
  faults: Fault[]
  faultCounter: number
}

/** Beyond this the simulator says that it is not available: it keeps every order in memory. */
export const ORDERS_MAX = 2_000_000

export const defaultWorldpayOptions: WorldpayOptions = Object.freeze({
  merchantCode: 'COUNTERFOIL',
  username: 'counterfoil-xml',
  password: 'counterfoil-password',
  captureDelay: 'OFF',
  processingMs: 5_000,
  modifyMs: 3_000,
  inquiryLagMs: 300_000,
  timeScale: 1,
  synchronousModifications: false,
  dedup: true,
  requireDoctype: false,
})

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
    orders: Object.create(null) as Record<string, SimulatedOrder>,
    orderCount: 0,
    counter: 0,
    faults: [],
    faultCounter: 0,
  }
}

/** Changes some options of a running PSP; what was received before keeps the times it was given. */
export function setOptions(state: WorldpayState, change: Partial<WorldpayOptions>): void {
  state.options = checkedOptions({ ...state.options, ...withoutUndefined(change) })
}

/** Milliseconds of the PSP's own time as milliseconds of the caller's clock. */
export function scaledMs(state: WorldpayState, delayMs: number): number {
  return delayMs / state.options.timeScale
}

const DELAY_MS_MAX = 30 * 24 * 3_600_000

function checkedOptions(options: WorldpayOptions): WorldpayOptions {
  for (const name of Object.keys(options)) {
    if (!(name in defaultWorldpayOptions)) {
      throw wrong(name, `one of ${Object.keys(defaultWorldpayOptions).join(', ')}`)
    }
  }
  // Values come from JSON and forms as well: each is checked for its type, not only its size.
  if (!matches(options.merchantCode, /^[-.:\w]{1,64}$/))
    throw wrong('merchantCode', '1 to 64 of [A-Za-z0-9._:-]')
  if (!matches(options.username, /^[^:]{1,128}$/))
    throw wrong('username', '1 to 128 characters without a colon')
  if (!matches(options.password, /^.{1,256}$/)) throw wrong('password', '1 to 256 characters')
  const delay = options.captureDelay
  if (delay !== 'OFF' && !(Number.isInteger(delay) && within(delay, 0, 14))) {
    throw wrong('captureDelay', "'OFF' or whole days from 0 to 14")
  }
  for (const name of ['processingMs', 'modifyMs', 'inquiryLagMs'] as const) {
    if (!within(options[name], 0, DELAY_MS_MAX)) throw wrong(name, `a number from 0 to ${DELAY_MS_MAX}`)
  }
  if (!within(options.timeScale, 0.001, 1_000_000)) throw wrong('timeScale', 'a number from 0.001 to 1000000')
  for (const name of ['synchronousModifications', 'dedup', 'requireDoctype'] as const) {
    if (typeof options[name] !== 'boolean') throw wrong(name, 'true or false')
  }
  return Object.freeze(options)
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}

function within(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}

function wrong(name: string, allowed: string): Error {
  return failure('CF_CONFIG', `the simulator's option '${name}' is allowed to be ${allowed}`, {
    option: name,
  })
}

function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
