import type { Secret } from '../../gateway/secret.ts'
import type { HostedConfig, HostedOptions } from './hosted-options.ts'
import { hostedConfig } from './hosted-options.ts'
import {
  checkedAddress,
  checkedGroup,
  checkedSecret,
  checkedText,
  isLoopback,
  wrong,
} from './option-checks.ts'
import type { ThreeDSecureConfig, ThreeDSecureOptions } from './three-d-secure-options.ts'
import { threeDSecureConfig } from './three-d-secure-options.ts'

/** What a merchant sets for Worldpay's Corporate Gateway (XML `paymentService`, version 1.4). */
export interface WorldpayOptions {
  /** Picks Worldpay's address. Give this or `url`. */
  readonly environment?: 'test' | 'live'
  /** Another address, such as a simulator's: https, or http on a loopback host. Give this or `environment`. */
  readonly url?: string
  readonly merchantCode: string
  /** The XML username; the merchant code where left out, as older accounts have it. */
  readonly username?: string
  /** The XML password, sealed with `secret(...)`. */
  readonly password: Secret
  /** 3-D Secure 2 for cards that are taken on the shop's own page. */
  readonly threeDSecure?: ThreeDSecureOptions
  /** What is particular to payments on Worldpay's page. */
  readonly hosted?: HostedOptions
  /** What Worldpay shows us, as HTTP Basic, when it calls: set the same in the merchant interface. */
  readonly notifications?: NotificationOptions
  /** How long after it happened something is in a settlement report at the latest: 0 to 60. Default: 4. */
  readonly settlementDelayDays?: number
  /** Scales how long doubt is kept, for simulators only: refused unless the address is a loopback host. */
  readonly times?: { readonly scale: number }
}

export interface NotificationOptions {
  readonly username: string
  readonly password: Secret
}

/** The options once checked. */
export interface WorldpayConfig {
  readonly url: string
  readonly merchantCode: string
  readonly username: string
  readonly password: Secret
  readonly threeDSecure: ThreeDSecureConfig | undefined
  readonly hosted: HostedConfig
  readonly notifications: NotificationOptions | undefined
  readonly settlementDelayDays: number
  /** 1 at a real PSP, so that no setting can make doubt end early there (design 5.8). */
  readonly scale: number
}

const URLS = {
  test: 'https://secure-test.worldpay.com/jsp/merchant/xml/paymentService.jsp',
  live: 'https://secure.worldpay.com/jsp/merchant/xml/paymentService.jsp',
} as const

const NAME = /^[\x21-\x39\x3b-\x7e]{1,128}$/
const NAME_ALLOWED = '1 to 128 printable characters without a colon or a space'

/**
 * Checks the options.
 *
 * @throws CF_CONFIG naming the option and what is allowed.
 */
export function worldpayConfig(options: WorldpayOptions): WorldpayConfig {
  const url = urlOf(options)
  const merchantCode = checkedText(
    'merchantCode',
    options.merchantCode,
    /^[A-Za-z0-9_-]{1,64}$/,
    '1 to 64 letters, digits, dashes or underscores',
  )
  const { threeDSecure, hosted = {} } = options
  return Object.freeze({
    url: url.href,
    merchantCode,
    username: checkedText('username', options.username ?? merchantCode, NAME, NAME_ALLOWED),
    password: checkedSecret('password', options.password, 'WORLDPAY_PASSWORD'),
    threeDSecure: threeDSecure === undefined ? undefined : threeDSecureConfig(threeDSecure, url),
    hosted: hostedConfig(hosted),
    notifications: notificationsOf(options),
    settlementDelayDays: delayDaysOf(options),
    scale: scaleOf(options, url),
  })
}

function urlOf({ environment, url }: WorldpayOptions): URL {
  if ((environment === undefined) === (url === undefined)) {
    throw wrong('environment', "must be 'test' or 'live', or else give url, but not both")
  }
  if (environment !== undefined && environment !== 'test' && environment !== 'live') {
    throw wrong('environment', "must be 'test' or 'live'")
  }
  return checkedAddress('url', environment === undefined ? String(url) : URLS[environment])
}

function notificationsOf({ notifications }: WorldpayOptions): NotificationOptions | undefined {
  if (notifications === undefined) return undefined
  checkedGroup('notifications', notifications)
  const { username, password } = notifications
  return Object.freeze({
    username: checkedText('notifications.username', username, NAME, NAME_ALLOWED),
    password: checkedSecret('notifications.password', password, 'WORLDPAY_NOTIFICATION_PASSWORD'),
  })
}

/** Payouts wait for a weekend and a holiday. */
const SETTLEMENT_DAYS_DEFAULT = 4
const SETTLEMENT_DAYS_MAX = 60

function delayDaysOf({ settlementDelayDays = SETTLEMENT_DAYS_DEFAULT }: WorldpayOptions): number {
  const isDays = Number.isInteger(settlementDelayDays) && settlementDelayDays >= 0
  if (isDays && settlementDelayDays <= SETTLEMENT_DAYS_MAX) return settlementDelayDays
  throw wrong('settlementDelayDays', `must be whole days from 0 to ${SETTLEMENT_DAYS_MAX}`)
}

function scaleOf({ times }: WorldpayOptions, url: URL): number {
  if (times === undefined) return 1
  const { scale } = times
  if (typeof scale !== 'number' || !(scale > 0 && scale <= 1)) {
    throw wrong('times.scale', 'must be a number above 0 and at most 1')
  }
  if (!isLoopback(url)) {
    throw wrong(
      'times',
      'is for simulators on a loopback host only: at a real provider doubt takes as long as it takes',
    )
  }
  return scale
}
