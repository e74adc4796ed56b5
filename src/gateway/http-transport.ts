import { failure } from '../errors.ts'
import type { Exchange } from './gateway.ts'
import { HttpOrigin } from './http-origin.ts'
import type { OriginOptions } from './http-origin.ts'
import type { Sent, Transport } from './transport.ts'

/** How the transport connects. All have defaults that suit a PSP. */
export interface HttpTransportOptions {
  /** Name lookup, TCP and TLS together. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Connections to one host. Default 64. */
  readonly connectionsMax?: number
  /** Exchanges that wait for a connection to one host. Default 1,000. */
  readonly waitersMax?: number
  /** How long one waits. Default 5,000. */
  readonly waitTimeoutMs?: number
  /** How long an unused connection is kept. Default 4,000: less than what servers keep. */
  readonly idleTimeoutMs?: number
  /** Certificates to trust instead of the usual ones, in PEM. Verification cannot be turned off. */
  readonly ca?: string | readonly string[]
}

/** A PSP has one or two addresses; more than this is a mistake in a configuration. */
const ORIGINS_MAX = 64

/**
 * The transport over HTTP/1.1: sends once, follows no redirect, uses no proxy, tries nothing again, and tells which
 * of three things is known (F2, F3). `notSent` means that not one byte of the request was written.
 *
 * @throws CF_CONFIG for a wrong option.
 * @example
 * const transport = httpTransport({ connectTimeoutMs: 5_000 })
 * const sent = await transport.send(exchange, () => (nowMs() < deadlineMs ? undefined : 'too late'))
 */
export function httpTransport(options: HttpTransportOptions = {}): Transport {
  const checked = checkedOptions(options)
  const origins = new Map<string, HttpOrigin>()
  let closing: Promise<unknown> | undefined

  const originOf = (url: URL): HttpOrigin | string => {
    const known = origins.get(url.origin)
    if (known !== undefined) return known
    if (origins.size >= ORIGINS_MAX) return `more than ${ORIGINS_MAX} different hosts`
    const origin = new HttpOrigin(new URL(url.origin), checked)
    origins.set(url.origin, origin)
    return origin
  }

  return {
    send: async (exchange, mayStart) => {
      const url = URL.parse(exchange.url)
      if (closing !== undefined) return notSent('the transport was closed')
      if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
        return notSent('not an http or https address')
      }
      const origin = originOf(url)
      return typeof origin === 'string' ? notSent(origin) : sendOver(origin, exchange, url, mayStart)
    },
    close: async (deadlineMs) => {
      closing ??= Promise.all([...origins.values()].map((origin) => origin.close(deadlineMs)))
      await closing
    },
  }
}

async function sendOver(
  origin: HttpOrigin,
  exchange: Exchange,
  url: URL,
  mayStart: () => string | undefined,
): Promise<Sent> {
  // Ends: each connection that turns out to be gone is used up, and a new one is tried once.
  for (;;) {
    const acquired = await origin.acquire()
    if (acquired.kind === 'none') return notSent(acquired.why)
    const { connection, reused } = acquired
    const ended = await connection.run(exchange, url.pathname + url.search, mayStart)
    origin.release(connection)
    if (ended.kind !== 'lost') return ended
    connection.close()
    if (!reused) return notSent(ended.why)
  }
}

function notSent(why: string): Sent {
  return { kind: 'notSent', why }
}

const RANGES: Readonly<Record<string, readonly [number, number, number]>> = {
  connectTimeoutMs: [10_000, 1, 120_000],
  connectionsMax: [64, 1, 10_000],
  waitersMax: [1_000, 0, 1_000_000],
  waitTimeoutMs: [5_000, 1, 120_000],
  idleTimeoutMs: [4_000, 1, 600_000],
}

function checkedOptions(options: HttpTransportOptions): OriginOptions {
  const number = (name: keyof HttpTransportOptions): number => {
    const [fallback, least, most] = RANGES[name] ?? [0, 0, 0]
    const value = options[name] ?? fallback
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    throw failure('CF_CONFIG', `transport: ${name} must be a whole number from ${least} to ${most}`, {
      option: name,
    })
  }
  return {
    connectTimeoutMs: number('connectTimeoutMs'),
    connectionsMax: number('connectionsMax'),
    waitersMax: number('waitersMax'),
    waitTimeoutMs: number('waitTimeoutMs'),
    idleTimeoutMs: number('idleTimeoutMs'),
    ca: options.ca,
  }
}
