import type { WorldpayUrls } from 'counterfoil/simulators'

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|localhost)$/

export interface Circumstances {
  /** SHOP_BREAKING. */
  readonly setting: 'on' | 'off'
  /** Proxies that are believed: with one beyond this machine, so are its payers. */
  readonly trustProxy: readonly string[]
  /** Where the shop listens. */
  readonly host: string
  /** What Counterfoil pays at: the simulator that this shop has started, or another one of this machine. */
  readonly provider: { readonly worldpayUrls: Pick<WorldpayUrls, 'paymentService'> }
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Why this shop must not be broken on purpose, or undefined where it may. Each reason alone is enough, so that nobody
 * comes to it by accident: whoever makes a real shop of this one has a real provider, a real address or a production
 * environment before anything else.
 */
export function whyNotBreakable({
  setting,
  host,
  trustProxy,
  provider,
  environment,
}: Circumstances): string | undefined {
  if (setting === 'off') return 'SHOP_BREAKING is off'
  if (environment['NODE_ENV'] === 'production') return 'NODE_ENV is production'
  if (!LOOPBACK.test(host)) return `the shop listens at ${host}, beyond this machine`
  const proxy = trustProxy.find((address) => !LOOPBACK.test(address.replace(/\/\d+$/, '')))
  if (proxy !== undefined) return `there is a proxy at ${proxy}, beyond this machine`
  const { hostname } = new URL(provider.worldpayUrls.paymentService)
  if (!LOOPBACK.test(hostname.replace(/^\[|\]$/g, '')))
    return `the provider is at ${hostname}, beyond this machine`
  return undefined
}

interface OfSomebody {
  readonly socket: { readonly remoteAddress?: string | undefined }
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** What proxies write into a request that they pass on. */
const OF_PROXIES = ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via']

/** Whether a request came over no network and by no proxy: checked at each one, however the shop came to listen. */
export function isOfThisMachine({ socket, headers }: OfSomebody): boolean {
  if (OF_PROXIES.some((name) => headers[name] !== undefined)) return false
  // A connection that is gone has no address, and needs no answer.
  return socket.remoteAddress !== undefined && LOOPBACK.test(socket.remoteAddress)
}
