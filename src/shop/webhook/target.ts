import { isIP } from 'node:net'
import { failure } from '../../errors.ts'
import { isAllowed, type Reach } from './address-rules.ts'

/** Where webhooks go, checked as far as that is possible before any name is looked up. */
export interface Target {
  readonly url: URL
  readonly reach: Reach
}

/**
 * `new URL()` has brought every way to write an address (decimal, hexadecimal, octal, short) to its one form.
 *
 * @throws CF_CONFIG
 */
export function targetFrom(text: string, allowLoopback: boolean): Target {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw wrong('must be an https address, such as https://shop.example/webhooks')
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw wrong('must have no user name, password or fragment in it')
  }
  const reach = reachOf(url, allowLoopback)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 && !isAllowed(host, reach)) {
    throw wrong(`leads to ${host}, which is no address of the public internet`)
  }
  if (reach === 'public' && isNameOfThisMachine(host)) throw wrong(`leads to ${host}, which is this machine`)
  return { url, reach }
}

function reachOf({ protocol, hostname }: URL, allowLoopback: boolean): Reach {
  if (protocol === 'https:') return allowLoopback ? 'public-or-loopback' : 'public'
  if (!allowLoopback) throw wrong('must be https')
  if (!/^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname)) {
    throw wrong('must be https; allowLoopback permits http to 127.0.0.1, [::1] and localhost alone')
  }
  return 'loopback'
}

function isNameOfThisMachine(host: string): boolean {
  return /(^|\.)localhost\.?$/i.test(host)
}

function wrong(rule: string): Error {
  return failure('CF_CONFIG', `webhookShop({ url }): url ${rule}`)
}
