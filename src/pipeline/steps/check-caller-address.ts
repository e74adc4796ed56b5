import { failure } from '../../errors.ts'
import { ok, refuse, steps } from '../build-steps.ts'
import type { CheckStep } from '../step.ts'

/**
 * Turns away callers from elsewhere. An address is no proof, so this comes beside credentials and never instead of
 * them; behind a proxy it is the caller's own only when that proxy is trusted (`trustProxy` of the server).
 *
 * @throws CF_CONFIG for a range that cannot be read.
 * @example
 * internalModule('card', { gateway, pipelines: { confirm: (p) => p.prepend(checkCallerAddress(['195.35.90.0/24', '195.35.91.0/24'])) } })
 */
export function checkCallerAddress(ranges: readonly string[]): CheckStep<'check-caller-address'> {
  const read = ranges.map(rangeFrom)
  return steps().check('check-caller-address', {
    check: ({ notice }) => {
      const address = notice.callerAddress === undefined ? undefined : bitsOf(notice.callerAddress)
      const isInside = address !== undefined && read.some((range) => contains(range, address))
      return isInside ? ok() : refuse(`the caller's address ${notice.callerAddress ?? ''} is in no range`)
    },
  })
}

/** An address as one number, with how many bits it has. */
interface Bits {
  readonly value: bigint
  readonly length: 32 | 128
}

interface Range extends Bits {
  readonly prefix: number
}

function rangeFrom(text: string): Range {
  const [address = '', prefixText] = text.split('/')
  const bits = bitsOf(address)
  const prefix = prefixText === undefined ? bits?.length : Number(prefixText)
  const fits =
    bits !== undefined &&
    prefix !== undefined &&
    (prefixText === undefined || /^\d{1,3}$/.test(prefixText)) &&
    prefix <= bits.length
  if (!fits) {
    throw failure('CF_CONFIG', `'${text}' is no range of addresses, such as 195.35.90.0/24 or 2001:db8::/32`)
  }
  return { ...bits, prefix }
}

function contains(range: Range, address: Bits): boolean {
  const shift = BigInt(range.length - range.prefix)
  return range.length === address.length && range.value >> shift === address.value >> shift
}

/** Undefined for what is no address. An IPv4 address in IPv6 clothes is the IPv4 address. */
function bitsOf(text: string): Bits | undefined {
  const plain = /^::ffff:(?<four>\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.groups?.['four'] ?? text
  const four = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(plain)
  if (four !== null) {
    const parts = four.slice(1).map(Number)
    if (parts.some((part) => part > 255)) return undefined
    return { value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n), length: 32 }
  }
  return sixFrom(plain)
}

function sixFrom(text: string): Bits | undefined {
  if (!/^[0-9a-f:]{2,39}$/i.test(text)) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - left.length - right.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return { value: groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n), length: 128 }
}
