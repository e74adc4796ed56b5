import { createHmac } from 'node:crypto'
import { failure } from '../../errors.ts'

const PREFIX = 'whsec_'
const SECRET_BYTES_MIN = 24
const SECRET_BYTES_MAX = 64
/** One in use, one that replaces it, and one more for a shop that forgot to take the oldest away. */
const SECRETS_MAX = 3

/** A secret that cannot be printed, as `secret(...)` makes it. */
export interface SealedText {
  reveal(): string
}

/** What a webhook carries beside its body, by Standard Webhooks. */
export interface SignedHeaders {
  readonly 'webhook-id': string
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string
  /** `v1,` and an HMAC-SHA-256 in base64; one by each secret, apart by spaces. */
  readonly 'webhook-signature': string
}

export type Sign = (id: string, timestampSeconds: number, body: string) => SignedHeaders

/**
 * Signs by Standard Webhooks 1.0: over id, timestamp and body, apart by full stops.
 *
 * @throws CF_CONFIG for a secret of another shape; the message does not have it.
 */
export function signWith(secrets: readonly SealedText[]): Sign {
  if (!Array.isArray(secrets) || secrets.length === 0 || secrets.length > SECRETS_MAX) {
    throw failure('CF_CONFIG', `webhookShop({ secrets }): secrets must list 1 to ${SECRETS_MAX} secrets`)
  }
  const keys = secrets.map(keyFrom)
  return (id, timestampSeconds, body) => {
    const signatures = keys.map(
      (key) => `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`,
    )
    return {
      'webhook-id': id,
      'webhook-timestamp': String(timestampSeconds),
      'webhook-signature': signatures.join(' '),
    }
  }
}

function keyFrom(sealed: SealedText, index: number): Buffer {
  const text = typeof sealed?.reveal === 'function' ? sealed.reveal() : ''
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : ''
  const key = Buffer.from(encoded, 'base64')
  // Decoding passes over what is no base64; what it read must be what was written.
  const isExact = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '')
  if (!isExact || key.length < SECRET_BYTES_MIN || key.length > SECRET_BYTES_MAX) {
    throw failure(
      'CF_CONFIG',
      `webhookShop({ secrets }): secrets[${index}] must be secret(...) of '${PREFIX}' and the base64 of ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes: echo whsec_$(openssl rand -base64 32) makes one`,
    )
  }
  return key
}
