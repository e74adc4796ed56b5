import { createHmac, createSecretKey } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { type LimitName, limitsOf, type Try } from './limits.ts'

/** 132 bits of the hash: no two things are mistaken for one. */
const NAME_CHARACTERS = 22

/** Gives what is counted the names under which the store knows it. */
export interface Names {
  /** Of a form, by its idempotency key. */
  tryId(key: string): string
  /** Of each thing that a try of this kind is counted for; those that are not known are left out. */
  of(tried: Try): readonly (readonly [LimitName, string])[]
}

/**
 * Names are HMACs under a key that is made of the server's secret for this alone. There are few enough card numbers to
 * try them all, so that a plain hash would give them away; without the key this one tells nothing (PCI DSS 3.5.1.1).
 * A new secret makes new names: all counts begin at nothing.
 */
export function namesWith(secret: string): Names {
  const bytes = createHmac('sha256', secret).update('counterfoil: names of tries').digest()
  const key = createSecretKey(bytes)
  const name = (of: string, text: string): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([of, text]))
      .digest('base64url')
      .slice(0, NAME_CHARACTERS)
  return {
    tryId: (formKey) => name('form', formKey),
    of: (tried) =>
      limitsOf(tried.kind).flatMap((limit) => {
        const text = countedFor(limit, tried)
        return text === undefined ? [] : [[limit, name(limit, text)] as const]
      }),
  }
}

/** What a limit counts by. */
function countedFor(limit: LimitName, { orderId, session, address, cardNumber }: Try): string | undefined {
  switch (limit) {
    case 'order':
    case 'pagesOfOrder':
      return orderId
    case 'session':
    case 'pagesOfSession':
      return session
    case 'address':
    case 'pagesOfAddress':
      return networkOf(address)
    case 'card':
      return cardNumber?.replaceAll(/\D/g, '')
    case 'everyone':
      return ''
    default:
      return limit satisfies never
  }
}

/**
 * What belongs to one subscriber: an IPv4 address, or the first 64 bits of an IPv6 address, below which every device
 * makes up addresses as it likes. Undefined where there is none, as behind a Unix socket: then nobody is counted by it.
 *
 * @example
 * networkOf('2001:db8:0:7::1') // '2001:db8:0:7'
 * networkOf('::ffff:203.0.113.9') // '203.0.113.9'
 */
export function networkOf(address: string | undefined): string | undefined {
  const plain = address?.replace(/%.*$/, '') ?? ''
  if (isIPv4(plain)) return plain
  if (!isIPv6(plain)) return undefined
  const groups = groupsOf(plain)
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
}

/** The eight groups of an IPv6 address that is well formed. */
function groupsOf(address: string): readonly number[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const [a = 0, b = 0, c = 0, d = 0] = (dotted?.slice(1) ?? []).map(Number)
  const pair = (high: number, low: number): string => ((high << 8) | low).toString(16)
  const text = dotted === null ? address : `${address.slice(0, dotted.index)}${pair(a, b)}:${pair(c, d)}`
  const [before = '', after] = text.split('::')
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const head = parse(before)
  const tail = parse(after ?? '')
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}
