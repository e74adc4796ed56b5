import { failure } from '../../errors.ts'
import type { WorldpayState } from './state.ts'

/** What a request is about, for choosing its faults. `cancelOrRefund` counts as cancel. */
export type Operation = 'charge' | 'capture' | 'cancel' | 'refund' | 'inquiry'

const OPERATIONS = ['charge', 'capture', 'cancel', 'refund', 'inquiry', 'any'] as const

/** Where a fault strikes: requests, the notifications that are sent, or lines of the settlement report. */
export type FaultPlace = (typeof OPERATIONS)[number] | 'notification' | 'report'

/** Every kind of fault, with what it does. The page and docs/reference/simulators.md are made to agree with this. */
export const faultKinds = {
  refuse: 'Connections are refused; nothing arrives. Over HTTP: nobody listens for durationMs',
  late: 'Executed at once, answered after delayMs',
  'process-late': 'Executed and answered only after delayMs',
  hang: 'Executed (or not, with when=before), and never answered',
  cut: 'Executed (or not, with when=before), and the connection cut after atByte bytes of the answer',
  'http-error': 'Executed (or not, with when=before), and answered with an HTTP status (503, or status)',
  html: 'Executed (or not, with when=before), and answered with an HTML page and HTTP 200',
  truncated: 'Executed, and the body ends at atByte (half of it by default) in a complete HTTP answer',
  'wrong-reference': 'Executed, and answered for another order code',
  'wrong-amount': 'Executed, and answered with another amount',
  'wrong-currency': 'Executed, and answered in another currency',
  'wrong-exponent': 'Executed, and answered with another exponent',
  'duplicate-text': 'Executed (or not, with when=before), and answered with error 5, Duplicate Order',
  unavailable: 'Not executed (or executed, with when=after), and answered with error 8',
  'lagging-inquiry': 'The inquiry sees the books as they were lagMs (or the inquiryLagMs option) ago',
  'fails-later': 'The receipt of a modification is given, and it fails when its time comes',
  'notification-lost': 'The notification is never delivered',
  'notification-twice': 'The notification is delivered again later, although it was acknowledged',
  'notification-late': 'The notification is delivered delayMs later than its time',
  'notification-shuffled': 'The notification is delivered after those behind it',
  'notification-forged':
    'A false notification is delivered beside the true one, or for an order that nobody has paid',
  'notification-first': 'The notification of a direct charge is delivered before the charge is answered',
  'report-line-missing': 'A line is in no settlement report',
  'report-line-late': 'A line is not in the settlement report of its time, and is in the next one',
  'report-line-twice': 'A line stands in the settlement report twice',
  'report-line-foreign': 'A line about an order of nobody stands in the settlement report beside a true one',
  'report-amount-wrong': 'A line of the settlement report has another amount',
} as const satisfies Record<string, string>

export type FaultKind = keyof typeof faultKinds

/** What to set: a kind, where, and how often. */
export interface FaultRequest {
  readonly kind: FaultKind
  /** Default `any`. */
  readonly on?: FaultPlace
  /** How many requests it strikes. Default 1, or `always` when a probability is given. */
  readonly times?: number | 'always'
  /** Strikes each matching request with this probability, from `seed`: the same seed strikes the same requests. */
  readonly probability?: number
  readonly seed?: number
  /** Before or after the request was executed, for the kinds that can be both. */
  readonly when?: 'before' | 'after'
  readonly delayMs?: number
  readonly atByte?: number
  readonly status?: number
  readonly durationMs?: number
  readonly lagMs?: number
}

/** A fault of the plan, with its count. */
export interface Fault extends FaultRequest {
  readonly id: number
  readonly on: FaultPlace
  readonly times: number | 'always'
  /** Matching requests that it looked at. */
  seen: number
  /** Requests that it struck. */
  struck: number
}

const COMMON_FIELDS: readonly string[] = ['kind', 'on', 'times', 'probability', 'seed']

/** What a kind takes beside the common fields; anything else is a mistake, which would go unnoticed if it were let in. */
const OWN_FIELDS: Readonly<Record<FaultKind, readonly (keyof FaultRequest)[]>> = {
  refuse: ['durationMs'],
  late: ['delayMs'],
  'process-late': ['delayMs'],
  hang: ['when'],
  cut: ['when', 'atByte'],
  'http-error': ['when', 'status'],
  html: ['when'],
  truncated: ['atByte'],
  'wrong-reference': [],
  'wrong-amount': [],
  'wrong-currency': [],
  'wrong-exponent': [],
  'duplicate-text': ['when'],
  unavailable: ['when'],
  'lagging-inquiry': ['lagMs'],
  'fails-later': [],
  'notification-lost': [],
  'notification-twice': [],
  'notification-late': ['delayMs'],
  'notification-shuffled': [],
  'notification-forged': [],
  'notification-first': [],
  'report-line-missing': [],
  'report-line-late': [],
  'report-line-twice': [],
  'report-line-foreign': [],
  'report-amount-wrong': [],
}

/** The kinds that not every request can meet, with those that can. */
const STRIKES_ONLY: Readonly<Partial<Record<FaultKind, readonly FaultPlace[]>>> = {
  'lagging-inquiry': ['inquiry'],
  'fails-later': ['capture', 'cancel', 'refund'],
  'notification-lost': ['notification'],
  'notification-twice': ['notification'],
  'notification-late': ['notification'],
  'notification-shuffled': ['notification'],
  'notification-forged': ['notification'],
  'notification-first': ['notification'],
  'report-line-missing': ['report'],
  'report-line-late': ['report'],
  'report-line-twice': ['report'],
  'report-line-foreign': ['report'],
  'report-amount-wrong': ['report'],
}

/** What a notification is about, for choosing its faults. */
export type NotificationMoment =
  /** A direct charge was executed; its answer has not left yet. */
  | 'direct-charge'
  /** Anything else has happened. */
  | 'event'
  /** A hosted page was opened or a challenge begun: nothing happened to money, and there is nothing to tell. */
  | 'nothing'

/** More than this are a mistake of whoever sets them. */
export const FAULTS_MAX = 100
const MS_MAX = 3_600_000

const NUMBERS: readonly (readonly [keyof FaultRequest, number, number])[] = [
  ['probability', 0, 1],
  ['seed', 0, 2 ** 32 - 1],
  ['delayMs', 0, MS_MAX],
  ['atByte', 0, 1_000_000],
  ['status', 400, 599],
  ['durationMs', 0, MS_MAX],
  ['lagMs', 0, 30 * 24 * MS_MAX],
]

/**
 * Adds a fault to the plan. Faults are tried in the order in which they were added; the first that strikes wins.
 *
 * @throws CF_CONFIG naming the field and what is allowed.
 * @example
 * addFault(state, { kind: 'hang', on: 'charge' }) // the next charge is executed and never answered
 */
export function addFault(state: WorldpayState, request: FaultRequest): Fault {
  if (!Object.hasOwn(faultKinds, request.kind)) throw wrong('kind', Object.keys(faultKinds).join(', '))
  const fields = [...COMMON_FIELDS, ...OWN_FIELDS[request.kind]]
  for (const name of Object.keys(request)) {
    if (!fields.includes(name))
      throw wrong(name, `absent; the fields of '${request.kind}' are ${fields.join(', ')}`)
  }
  const on = request.on ?? 'any'
  const places: string[] = ['any', ...(STRIKES_ONLY[request.kind] ?? OPERATIONS)]
  if (!places.includes(on)) throw wrong('on', [...new Set(places)].join(', '))
  const times = request.times ?? (request.probability === undefined ? 1 : 'always')
  if (times !== 'always' && !(Number.isInteger(times) && times >= 1 && times <= 1_000_000)) {
    throw wrong('times', "a whole number from 1 to 1000000, or 'always'")
  }
  if (request.when !== undefined && request.when !== 'before' && request.when !== 'after') {
    throw wrong('when', 'before or after')
  }
  for (const [name, least, most] of NUMBERS) {
    const value = request[name]
    if (value === undefined) continue
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw wrong(name, `a number from ${least} to ${most}`)
    }
  }
  if (state.faults.length >= FAULTS_MAX) throw wrong('faults', `at most ${FAULTS_MAX}: clear them first`)
  state.faultCounter++
  const fault: Fault = { ...request, id: state.faultCounter, on, times, seen: 0, struck: 0 }
  state.faults.push(fault)
  return fault
}

export function clearFaults(state: WorldpayState): void {
  state.faults = []
}

/** Takes one fault out of the plan; false when there is none of that id. */
export function removeFault(state: WorldpayState, id: number): boolean {
  const before = state.faults.length
  state.faults = state.faults.filter((fault) => fault.id !== id)
  return state.faults.length < before
}

/** The fault that strikes this request, counted; a fault that has struck its last time leaves the plan. */
export function strike(state: WorldpayState, operation: Operation | undefined): Fault | undefined {
  return firstToStrike(state, (fault) => {
    if (fault.on !== 'any' && fault.on !== operation) return false
    const only = STRIKES_ONLY[fault.kind]
    return only === undefined || (operation !== undefined && only.includes(operation))
  })
}

/** The fault that strikes this notification, in the same way. */
export function strikeNotification(state: WorldpayState, moment: NotificationMoment): Fault | undefined {
  return firstToStrike(state, ({ kind }) => {
    if (STRIKES_ONLY[kind]?.includes('notification') !== true) return false
    if (kind === 'notification-first') return moment === 'direct-charge'
    return kind === 'notification-forged' || moment !== 'nothing'
  })
}

/** The fault that strikes this line of a settlement report, in the same way. */
export function strikeReport(state: WorldpayState): Fault | undefined {
  return firstToStrike(state, ({ kind }) => STRIKES_ONLY[kind]?.includes('report') === true)
}

function firstToStrike(state: WorldpayState, concerns: (fault: Fault) => boolean): Fault | undefined {
  for (const fault of state.faults) {
    if (!concerns(fault)) continue
    fault.seen++
    if (fault.probability !== undefined && chance(fault.seed ?? 0, fault.seen) >= fault.probability) continue
    fault.struck++
    if (fault.times !== 'always' && fault.struck >= fault.times) removeFault(state, fault.id)
    return fault
  }
  return undefined
}

/** True when the fault strikes before the request is executed, which then never happens. */
export function strikesBefore(fault: Fault): boolean {
  switch (fault.kind) {
    case 'refuse':
      return true
    case 'unavailable':
      return fault.when !== 'after'
    case 'hang':
    case 'cut':
    case 'http-error':
    case 'html':
    case 'duplicate-text':
      return fault.when === 'before'
    default:
      return false
  }
}

/** A number from 0 to below 1 that looks random and is a function of seed and count (splitmix32). */
function chance(seed: number, count: number): number {
  let mixed = (seed + Math.imul(count, 0x9e3779b9)) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
}

function wrong(name: string, allowed: string): Error {
  return failure('CF_CONFIG', `the fault's '${name}' is allowed to be: ${allowed}`, { option: name })
}
