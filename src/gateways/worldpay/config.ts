import { failure } from '../../errors.ts'
import { Secret } from '../../gateway/secret.ts'

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
  /** Scales how long doubt is kept, for simulators only: refused unless the address is a loopback host. */
  readonly times?: { readonly scale: number }
}

/** The options once checked. */
export interface WorldpayConfig {
  readonly url: string
  readonly merchantCode: string
  readonly username: string
  readonly password: Secret
  /** 1 at a real PSP, so that no setting can make doubt end early there (design 5.8). */
  readonly scale: number
}

const URLS = {
  test: 'https://secure-test.worldpay.com/jsp/merchant/xml/paymentService.jsp',
  live: 'https://secure.worldpay.com/jsp/merchant/xml/paymentService.jsp',
} as const

/**
 * Checks the options.
 *
 * @throws CF_CONFIG naming the option and what is allowed.
 */
export function worldpayConfig(options: WorldpayOptions): WorldpayConfig {
  const url = urlOf(options)
  const { merchantCode, password } = options
  if (typeof merchantCode !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(merchantCode)) {
    throw wrong('merchantCode', 'must be 1 to 64 letters, digits, dashes or underscores')
  }
  const username = options.username ?? merchantCode
  if (typeof username !== 'string' || !/^[\x21-\x39\x3b-\x7e]{1,128}$/.test(username)) {
    throw wrong('username', 'must be 1 to 128 printable characters without a colon or a space')
  }
  if (!(password instanceof Secret)) {
    throw wrong('password', 'must be sealed: secret(process.env.WORLDPAY_PASSWORD)')
  }
  if (!/^[\x20-\x7e]{1,256}$/.test(password.reveal())) {
    throw wrong('password', 'must be 1 to 256 printable ASCII characters')
  }
  return Object.freeze({
    url: url.href,
    merchantCode,
    username,
    password,
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
  const parsed = URL.parse(environment === undefined ? String(url) : URLS[environment])
  if (parsed === null) throw wrong('url', 'must be an absolute address, such as https://host/path')
  if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && isLoopback(parsed))) {
    throw wrong('url', 'must begin with https://, or http:// on a loopback host such as 127.0.0.1')
  }
  if (parsed.username !== '' || parsed.password !== '' || parsed.hash !== '') {
    throw wrong('url', 'must hold no credentials and no fragment')
  }
  return parsed
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

function isLoopback(url: URL): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname)
}

function wrong(option: string, text: string): Error {
  return failure('CF_CONFIG', `worldpay: ${option} ${text}`, { option })
}
