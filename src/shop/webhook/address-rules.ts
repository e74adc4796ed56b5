import { BlockList, isIP } from 'node:net'

/**
 * Addresses that a webhook is never sent to, because they lead into a network instead of out of it: whoever may set
 * the address of a webhook must not be able to reach what only this machine can (server-side request forgery).
 * From the special-purpose registries of IANA.
 */
const REFUSED_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network: on Linux it reaches the machine itself
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT; some clouds have their metadata in it
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // a public address by which one cloud serves its machines alone
  ['169.254.0.0', 16], // link-local, with the metadata of most clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]

/**
 * Of IPv6 only global unicast is allowed. That leaves out loopback, link-local, unique local, multicast, and every
 * form that carries an IPv4 address to somewhere else: mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96, 64:ff9b:1::/48).
 */
const GLOBAL_UNICAST: readonly [string, number] = ['2000::', 3]
const REFUSED_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments, with Teredo
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['3fff::', 20], // documentation
]

const refused = new BlockList()
for (const [network, bits] of REFUSED_IPV4) refused.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of REFUSED_IPV6) refused.addSubnet(network, bits, 'ipv6')

const globalUnicast = new BlockList()
globalUnicast.addSubnet(...GLOBAL_UNICAST, 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Where a webhook may go: `public` addresses, this machine's own (for tests), or either. */
export type Reach = 'public' | 'public-or-loopback' | 'loopback'

/** True for an address in its canonical form, as a name lookup or `new URL()` gives it, that `reach` allows. */
export function isAllowed(address: string, reach: Reach): boolean {
  switch (reach) {
    case 'public':
      return isPublic(address)
    case 'loopback':
      return isLoopback(address)
    case 'public-or-loopback':
      return isPublic(address) || isLoopback(address)
    default:
      return reach satisfies never
  }
}

function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused.check(address, 'ipv4')
    case 6:
      // An address with a zone belongs to a link, not to the world.
      if (address.includes('%')) return false
      return globalUnicast.check(address, 'ipv6') && !refused.check(address, 'ipv6')
    default:
      return false
  }
}

function isLoopback(address: string): boolean {
  const family = isIP(address)
  if (family === 0 || isMapped(address)) return false
  return loopback.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/** A BlockList takes a mapped address for the IPv4 address in it. */
function isMapped(address: string): boolean {
  return /^::ffff:/i.test(address)
}
