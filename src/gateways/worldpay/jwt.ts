import { createHmac } from 'node:crypto'
import type { Secret } from '../../gateway/secret.ts'

/**
 * A JSON Web Token, signed with HS256.
 *
 * @example
 * signedJwt({ iss: 'merchant', iat: 1_700_000_000 }, secret('key')) // 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3M...'
 */
export function signedJwt(claims: Readonly<Record<string, unknown>>, key: Secret): string {
  const text = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createHmac('sha256', key.reveal()).update(text).digest('base64url')}`
}
