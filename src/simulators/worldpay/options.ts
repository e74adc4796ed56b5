import { failure } from '../../errors.ts'

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
  /** Every delay of the PSP, the `...Ms` options here and `timeToLiveInMin`, runs this many times faster. */
  readonly timeScale: number
  /** Modifications take effect at once and are answered with the payment, as on some accounts. */
  readonly synchronousModifications: boolean
  /** False makes the PSP's mistake of executing a second order with the same order code. */
  readonly dedup: boolean
  /** Refuse requests without a DOCTYPE, as a validating parser does. */
  readonly requireDoctype: boolean
  /** Where order notifications go. `''`: none are made. `kept`: they are made, and whoever drives the core takes them. */
  readonly notificationUrl: string
  /** Sent as HTTP Basic with each notification, when set. */
  readonly notificationUsername: string
  readonly notificationPassword: string
  /** False leaves `journal` out of notifications, as some real ones do. */
  readonly notificationJournal: boolean
  /** AUTHORISED, CANCELLED and REFUSED are notified at once, everything else in batches this far apart. */
  readonly notifyBatchMs: number
  /** From a delivery that nobody acknowledged to the next try. */
  readonly notifyRetryMs: number
  /** How long a hosted page can be paid when the order sets no `timeToLiveInMin`. */
  readonly hostedValidMs: number
  /** The secret of `mac2` in the addresses that payers come back with. */
  readonly macSecret: string
  /** The administration code at the start of `orderKey`. */
  readonly adminCode: string
  /** The `iss` claim of the merchant's tokens for 3-D Secure. */
  readonly jwtIssuer: string
  readonly jwtOrgUnitId: string
  /** The key of their HS256 signature. */
  readonly jwtSecret: string
  /** The address of the hosted page, without its query. */
  readonly hostedUrl: string
  /** The address of the issuer's challenge page, told as `acsURL`. */
  readonly challengeUrl: string
}

/** Options that are never shown. */
export const secretOptions = ['password', 'notificationPassword', 'macSecret', 'jwtSecret'] as const

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
  notificationUrl: '',
  notificationUsername: '',
  notificationPassword: '',
  notificationJournal: true,
  notifyBatchMs: 60_000,
  notifyRetryMs: 30_000,
  hostedValidMs: 24 * 3_600_000,
  macSecret: 'counterfoil-mac-secret',
  adminCode: 'ADMIN',
  jwtIssuer: 'counterfoil-jwt-issuer',
  jwtOrgUnitId: 'counterfoil-org-unit',
  jwtSecret: 'counterfoil-jwt-secret-of-32-characters',
  hostedUrl: 'http://127.0.0.1:4010/worldpay/hosted',
  challengeUrl: 'http://127.0.0.1:4010/worldpay/challenge',
})

const DELAY_MS_MAX = 30 * 24 * 3_600_000
const DELAYS = ['processingMs', 'modifyMs', 'inquiryLagMs', 'notifyBatchMs'] as const
const SWITCHES = ['synchronousModifications', 'dedup', 'requireDoctype', 'notificationJournal'] as const

/**
 * The options as they will count.
 *
 * @throws CF_CONFIG naming the option and what is allowed.
 */
export function checkedOptions(options: WorldpayOptions): WorldpayOptions {
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
  for (const name of DELAYS) {
    if (!within(options[name], 0, DELAY_MS_MAX)) throw wrong(name, `a number from 0 to ${DELAY_MS_MAX}`)
  }
  for (const name of ['hostedValidMs', 'notifyRetryMs'] as const) {
    if (!within(options[name], 1, DELAY_MS_MAX)) throw wrong(name, `a number from 1 to ${DELAY_MS_MAX}`)
  }
  if (!within(options.timeScale, 0.001, 1_000_000)) throw wrong('timeScale', 'a number from 0.001 to 1000000')
  for (const name of SWITCHES) {
    if (typeof options[name] !== 'boolean') throw wrong(name, 'true or false')
  }
  checkTexts(options)
  return Object.freeze(options)
}

function checkTexts(options: WorldpayOptions): void {
  if (!matches(options.notificationUsername, /^[^:]{0,128}$/)) {
    throw wrong('notificationUsername', 'at most 128 characters without a colon')
  }
  if (!matches(options.notificationPassword, /^.{0,256}$/)) {
    throw wrong('notificationPassword', 'at most 256 characters')
  }
  for (const name of ['macSecret', 'jwtSecret', 'jwtIssuer', 'jwtOrgUnitId'] as const) {
    if (!matches(options[name], /^.{1,256}$/)) throw wrong(name, '1 to 256 characters')
  }
  if (!matches(options.adminCode, /^[-.:\w]{1,64}$/)) throw wrong('adminCode', '1 to 64 of [A-Za-z0-9._:-]')
  const url = options.notificationUrl
  if (url !== '' && url !== 'kept' && !isAddress(url)) {
    throw wrong('notificationUrl', "'' for none, 'kept', or an http or https address")
  }
  for (const name of ['hostedUrl', 'challengeUrl'] as const) {
    if (!isAddress(options[name]) || /[?#]/.test(options[name])) {
      throw wrong(name, 'an http or https address without a query')
    }
  }
}

const ADDRESS_LENGTH_MAX = 1_024

function isAddress(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > ADDRESS_LENGTH_MAX) return false
  return /^https?:\/\//.test(value) && URL.canParse(value)
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

/** What is undefined is not given. */
export function withoutUndefined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
