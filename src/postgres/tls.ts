import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { failure, reasonOf } from '../errors.ts'

/*
 * Whether connections are encrypted. Where they are, the server's certificate and its name are verified, whatever the
 * word for it is, and no setting takes that away: who encrypts for anybody who answers hands him the password.
 */

/** Handed to `tls.connect`; false for connections that are not encrypted. */
export type Tls = ConnectionOptions | false

const MODES: Readonly<Record<string, boolean>> = {
  disable: false,
  prefer: true,
  require: true,
  'verify-ca': true,
  'verify-full': true,
}
const FLAGS: Readonly<Record<string, string>> = {
  true: 'verify-full',
  '1': 'verify-full',
  false: 'disable',
  '0': 'disable',
}
/** What the driver would make something else of. */
const PARAMETERS = [
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslnegotiation',
  'uselibpqcompat',
] as const
const UNVERIFIED =
  'takes a connection to whoever answers: name the certificate of its authority, in url by sslmode=verify-full&sslrootcert=/path/ca.pem, in connection by ssl: { ca }'

/** What an address says about encryption, and the address without it. The address itself stays out of messages. */
export function tlsAtUrl(url: URL): { readonly tls: Tls; readonly rest: URL; readonly isDirect: boolean } {
  const rest = new URL(url)
  const said = new Map<string, string>()
  for (const name of PARAMETERS) {
    const value = rest.searchParams.get(name)
    if (value !== null) said.set(name, value)
    rest.searchParams.delete(name)
  }
  const flag = said.get('ssl')
  const fallback = flag === undefined ? undefined : (FLAGS[flag] ?? flag)
  const isDirect = said.get('sslnegotiation') === 'direct'
  const files = ['sslrootcert', 'sslcert', 'sslkey'].some((name) => said.has(name))
  const mode = said.get('sslmode') ?? fallback ?? (files || isDirect ? 'verify-full' : modeOfProcess())
  if (!isEncrypted(mode)) return { tls: false, rest, isDirect: false }
  const contentOf = (name: string): string | undefined => {
    const path = said.get(name)
    // The word of libpq for the authorities that the system trusts.
    return path === undefined || path === 'system' ? undefined : fileOf(name, path)
  }
  const [ca, cert, key] = [contentOf('sslrootcert'), contentOf('sslcert'), contentOf('sslkey')]
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: true,
  }
  return { tls, rest, isDirect }
}

/** What `connection.ssl` says. */
export function tlsOf(ssl: boolean | ConnectionOptions | undefined): Tls {
  if (ssl === undefined) return isEncrypted(modeOfProcess()) && { rejectUnauthorized: true }
  if (typeof ssl === 'boolean') return ssl && { rejectUnauthorized: true }
  if (ssl.rejectUnauthorized === false) {
    throw failure('CF_CONFIG', `connection.ssl with rejectUnauthorized: false ${UNVERIFIED}`)
  }
  // Said in so many words, or NODE_TLS_REJECT_UNAUTHORIZED of the process would decide.
  return { ...ssl, rejectUnauthorized: true }
}

/** As other programs for PostgreSQL read it. */
function modeOfProcess(): string {
  return process.env['PGSSLMODE'] ?? 'disable'
}

function isEncrypted(mode: string): boolean {
  if (mode === 'no-verify') throw failure('CF_CONFIG', `sslmode=no-verify ${UNVERIFIED}`)
  const encrypted = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined
  if (encrypted !== undefined) return encrypted
  throw failure('CF_CONFIG', `sslmode must be one of ${Object.keys(MODES).join(', ')}`)
}

function fileOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw failure('CF_CONFIG', `${name} of url cannot be read: ${reasonOf(error)}`, {}, error)
  }
}

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
])
const NOT_NOW = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

/** What to do about a connection that could not be encrypted, or whose server could not show who it is. */
export function tlsAdvice(error: unknown): string | undefined {
  const { code = '', message = '' } = (error ?? {}) as { readonly code?: string; readonly message?: string }
  if (UNTRUSTED.has(code)) {
    return 'name the certificate of the authority that signed it: sslrootcert=/path/ca.pem in url, or ssl: { ca } in connection'
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'connect by a name that stands in its certificate, or give it a certificate for this one'
  }
  if (NOT_NOW.has(code)) return 'renew the certificate of the server, or put right the clock of this machine'
  if (message.includes('does not support SSL')) return 'set ssl = on at the server'
  return undefined
}
