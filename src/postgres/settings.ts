import type { ConnectionOptions } from 'node:tls'
import { failure } from '../errors.ts'
import { tlsAtUrl, tlsOf } from './tls.ts'

/** One server, in words of the driver. */
export interface PostgresServerSettings {
  readonly host: string
  /** 5432 unless told otherwise. */
  readonly port?: number
  readonly database: string
  readonly user: string
  /** A function is asked for each new connection, for passwords that change. */
  readonly password?: string | (() => string | Promise<string>)
  /**
   * Handed to `tls.connect`, such as `{ ca }`; true for the authorities that Node knows. The certificate is verified,
   * always. Without it PGSSLMODE of the process decides, and without that the connection is not encrypted.
   */
  readonly ssl?: boolean | ConnectionOptions
}

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; several for the servers of which one is the primary. */
  readonly url?: string | readonly string[]
  /** The same in parts, in place of `url`. */
  readonly connection?: PostgresServerSettings | readonly PostgresServerSettings[]
  /** The schema in which its tables stand, for nothing else. */
  readonly schema?: string
  /** Connections, 1 to 50; 4 unless told otherwise. A journal has them for reads, and two more. */
  readonly readersMax?: number
  /** For one server to let us in, 100 to 60,000 ms; 5,000 unless told otherwise. */
  readonly connectTimeoutMs?: number
  /** For one commit, 100 to 60,000 ms; 5,000 unless told otherwise. */
  readonly commitTimeoutMs?: number
  /** For one read, 100 to 60,000 ms; 5,000 unless told otherwise. */
  readonly readTimeoutMs?: number
}

/** A server as the driver is told of it, and as people are. */
export interface Server {
  readonly driverOptions: Readonly<Record<string, unknown>>
  /** Without user and password. */
  readonly label: string
}

export interface Settings {
  readonly servers: readonly [Server, ...Server[]]
  readonly schema: string
  readonly readersMax: number
  readonly connectTimeoutMs: number
  readonly commitTimeoutMs: number
  readonly readTimeoutMs: number
}

/** Where a journal stands, and what belongs to it. */
export const DEFAULT_SCHEMA = 'counterfoil'

const SERVERS_MAX = 8
/** Any name would do; one like this needs no quotes, so that people can type it. */
const SCHEMA = /^[a-z_][a-z0-9_]{0,50}$/

const RANGES = {
  readersMax: { fallback: 4, from: 1, to: 50 },
  connectTimeoutMs: { fallback: 5_000, from: 100, to: 60_000 },
  commitTimeoutMs: { fallback: 5_000, from: 100, to: 60_000 },
  readTimeoutMs: { fallback: 5_000, from: 100, to: 60_000 },
} as const

/** @throws CF_CONFIG */
export function checkedSettings(options: PostgresOptions, schemaFallback: string = DEFAULT_SCHEMA): Settings {
  const { schema = schemaFallback } = options
  if (typeof schema !== 'string' || !SCHEMA.test(schema) || schema.startsWith('pg_')) {
    throw failure('CF_CONFIG', `schema must be lower-case letters, digits and _, not '${schema}'`)
  }
  return {
    servers: serversOf(options),
    schema,
    readersMax: numberOf(options, 'readersMax'),
    connectTimeoutMs: numberOf(options, 'connectTimeoutMs'),
    commitTimeoutMs: numberOf(options, 'commitTimeoutMs'),
    readTimeoutMs: numberOf(options, 'readTimeoutMs'),
  }
}

function numberOf(options: PostgresOptions, name: keyof typeof RANGES): number {
  const { fallback, from, to } = RANGES[name]
  const value = options[name] ?? fallback
  if (Number.isInteger(value) && value >= from && value <= to) return value
  throw failure('CF_CONFIG', `${name} must be a whole number from ${from} to ${to}, not ${String(value)}`)
}

function serversOf({ url, connection }: PostgresOptions): Settings['servers'] {
  if ((url === undefined) === (connection === undefined)) {
    throw failure('CF_CONFIG', 'PostgreSQL needs either url or connection')
  }
  const urls = url === undefined ? [] : [url].flat()
  const connections = connection === undefined ? [] : [connection].flat()
  const [first, ...others] = [...urls.map(serverAtUrl), ...connections.map(serverOf)]
  if (first === undefined || others.length >= SERVERS_MAX) {
    throw failure(
      'CF_CONFIG',
      `1 to ${SERVERS_MAX} servers can be named, not ${urls.length + connections.length}`,
    )
  }
  return [first, ...others]
}

/** The address itself stays out of messages: it may hold a password. */
function serverAtUrl(url: string): Server {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw failure('CF_CONFIG', 'url must be like postgres://user:password@host:5432/database')
  }
  // With a / in it a password would end the host, and its rest be shown as the name of the database.
  if (`${parsed.pathname}${parsed.search}${parsed.hash}`.includes('@')) {
    throw failure(
      'CF_CONFIG',
      'url has an @ behind its host: write / as %2F, ? as %3F, # as %23 and @ as %40',
    )
  }
  const host = parsed.host === '' ? (parsed.searchParams.get('host') ?? 'localhost') : parsed.host
  const { tls, rest, isDirect } = tlsAtUrl(parsed)
  return {
    driverOptions: { connectionString: rest.href, ssl: tls, ...(isDirect && { sslnegotiation: 'direct' }) },
    label: `${host}${parsed.pathname}`,
  }
}

function serverOf(settings: PostgresServerSettings): Server {
  const { host, port = 5432, database, user, password, ssl } = settings
  for (const [name, value] of Object.entries({ host, database, user })) {
    if (typeof value !== 'string' || value === '') throw failure('CF_CONFIG', `connection.${name} is missing`)
  }
  return {
    driverOptions: { host, port, database, user, password, ssl: tlsOf(ssl) },
    label: `${host}:${port}/${database}`,
  }
}
