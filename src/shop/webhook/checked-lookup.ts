import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { failure } from '../../errors.ts'
import { isAllowed, type Reach } from './address-rules.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>

/** As the system answers it, with the machine's own hosts file. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true })

/** A name with more addresses is no shop's. */
const ADDRESSES_MAX = 32

/**
 * A lookup for a connection that gives away no address that was not checked. The connection is made to what is
 * answered here and the name is not looked up again, so an answer that changes in between changes nothing.
 *
 * One address that is not allowed refuses the name as a whole: nobody mixes them by accident.
 */
export function checkedLookup(resolve: Resolve, reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    const answer = async (): Promise<void> => {
      let addresses: readonly ResolvedAddress[]
      try {
        addresses = await allowedAddresses(resolve, hostname, reach)
      } catch (error) {
        // In a turn of its own, so that what the connection throws is no business of this promise.
        setImmediate(callback, error as NodeJS.ErrnoException, [])
        return
      }
      const [first] = addresses
      if (options.all === true) setImmediate(callback, null, [...addresses])
      else setImmediate(callback, null, first?.address ?? '', first?.family)
    }
    void answer()
  }
}

/** @throws CF_WEBHOOK_UNDELIVERED for an address that is not allowed, or what the lookup itself throws. */
async function allowedAddresses(
  resolve: Resolve,
  hostname: string,
  reach: Reach,
): Promise<readonly ResolvedAddress[]> {
  const addresses = await resolve(hostname)
  if (addresses.length === 0 || addresses.length > ADDRESSES_MAX) {
    throw failure('CF_WEBHOOK_UNDELIVERED', `${hostname} has ${addresses.length} addresses`)
  }
  const wrong = addresses.find(({ address }) => !isAllowed(address, reach))
  if (wrong !== undefined) throw refusedAddress(hostname, wrong.address)
  return addresses
}

export function refusedAddress(hostname: string, address: string): Error {
  return failure(
    'CF_WEBHOOK_UNDELIVERED',
    `${hostname} leads to ${address}, which is no address of the public internet`,
  )
}
