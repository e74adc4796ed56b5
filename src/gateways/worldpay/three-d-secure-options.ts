import type { Secret } from '../../gateway/secret.ts'
import {
  checkedAddress,
  checkedGroup,
  checkedSecret,
  checkedText,
  isLoopback,
  wrong,
} from './option-checks.ts'

/** The account's 3-D Secure, as the merchant interface shows it. */
export interface ThreeDSecureOptions {
  /** The `iss` claim: the JWT username. */
  readonly issuer: string
  readonly orgUnitId: string
  /** The JWT MAC key. */
  readonly secret: Secret
  /** Where the browser has its device looked at. Default: that of the environment, or of a simulator on this machine. */
  readonly ddcUrl?: string
  /** Where the browser goes for a challenge. Default: likewise. */
  readonly challengeUrl?: string
  /** How large the issuer's page may be. Default: 390x400. */
  readonly windowSize?: WindowSize
}

export type WindowSize = (typeof WINDOW_SIZES)[number]

export interface ThreeDSecureConfig {
  readonly issuer: string
  readonly orgUnitId: string
  readonly secret: Secret
  readonly ddcUrl: string
  readonly challengeUrl: string
  readonly windowSize: WindowSize
}

const WINDOW_SIZES = ['250x400', '390x400', '500x600', '600x400', 'fullPage'] as const

/** At Worldpay, and where a simulator on this machine has the same pages. */
const PAGES = {
  ddcUrl: { worldpay: '/shopper/3ds/ddc.html', simulator: '/worldpay/shopper/3ds/ddc.html' },
  challengeUrl: { worldpay: '/shopper/3ds/challenge.html', simulator: '/worldpay/challenge' },
} as const

const HOSTS = new Set(['secure-test.worldpay.com', 'secure.worldpay.com'])

/**
 * Checks the options; `url` is where messages go, which the default addresses are derived from.
 *
 * @throws CF_CONFIG naming the option and what is allowed.
 */
export function threeDSecureConfig(options: ThreeDSecureOptions, url: URL): ThreeDSecureConfig {
  checkedGroup('threeDSecure', options)
  const text = (name: 'issuer' | 'orgUnitId'): string =>
    checkedText(
      `threeDSecure.${name}`,
      options[name],
      /^[\x21-\x7e]{1,128}$/,
      '1 to 128 printable characters without a space',
    )
  const { windowSize = '390x400' } = options
  if (!WINDOW_SIZES.includes(windowSize)) {
    throw wrong('threeDSecure.windowSize', `must be one of ${WINDOW_SIZES.join(', ')}`)
  }
  return Object.freeze({
    issuer: text('issuer'),
    orgUnitId: text('orgUnitId'),
    secret: checkedSecret('threeDSecure.secret', options.secret, 'WORLDPAY_JWT_SECRET'),
    ddcUrl: pageOf('ddcUrl', options, url),
    challengeUrl: pageOf('challengeUrl', options, url),
    windowSize,
  })
}

function pageOf(name: keyof typeof PAGES, options: ThreeDSecureOptions, url: URL): string {
  const given = options[name]
  if (given !== undefined) return checkedAddress(`threeDSecure.${name}`, given).href
  if (HOSTS.has(url.hostname)) return url.origin + PAGES[name].worldpay
  if (isLoopback(url)) return url.origin + PAGES[name].simulator
  throw wrong(`threeDSecure.${name}`, `must be given, since nobody knows where ${url.host} has this page`)
}
