import { createHmac, timingSafeEqual } from 'node:crypto'
import type { WorldpayState } from './state.ts'

export type ChallengeJwt =
  | { readonly ok: true; readonly returnUrl: string; readonly transactionId: string }
  | { readonly ok: false; readonly why: string }

export type DeviceDataJwt = { readonly ok: true } | { readonly ok: false; readonly why: string }

type Claims = Readonly<Record<string, unknown>>

const JWT_LENGTH_MAX = 8_192

/** The token that the browser posts to the device-data collection: signed by the merchant, for this account, in time. */
export function readDeviceDataJwt(state: WorldpayState, jwt: string, nowMs: number): DeviceDataJwt {
  const claims = claimsOf(state, jwt, nowMs)
  return typeof claims === 'string' ? { ok: false, why: claims } : { ok: true }
}

/** The token that the browser posts to the challenge: the same, and about a challenge that was asked for. */
export function readChallengeJwt(state: WorldpayState, jwt: string, nowMs: number): ChallengeJwt {
  const claims = claimsOf(state, jwt, nowMs)
  if (typeof claims === 'string') return { ok: false, why: claims }
  const returnUrl = claims['ReturnUrl']
  if (typeof returnUrl !== 'string' || !/^https?:\/\//.test(returnUrl) || !URL.canParse(returnUrl)) {
    return { ok: false, why: 'ReturnUrl must be an http or https address' }
  }
  if (claims['ObjectifyPayload'] !== true) return { ok: false, why: 'ObjectifyPayload must be true' }
  const payload = claims['Payload']
  if (!isObject(payload)) return { ok: false, why: 'Payload must be an object' }
  const transactionId = payload['TransactionId']
  const orderCode = typeof transactionId === 'string' ? state.challenges[transactionId] : undefined
  const waiting = orderCode === undefined ? undefined : state.authentications[orderCode]
  if (typeof transactionId !== 'string' || waiting === undefined) {
    return { ok: false, why: 'Payload.TransactionId is of no challenge that is under way' }
  }
  if (payload['ACSUrl'] !== waiting.acsUrl) return { ok: false, why: 'Payload.ACSUrl is not the acsURL' }
  if (payload['Payload'] !== waiting.payload) return { ok: false, why: 'Payload.Payload is not the payload' }
  return { ok: true, returnUrl, transactionId }
}

/** The claims of a token that is what it must be, or why it is not. */
function claimsOf({ options }: WorldpayState, jwt: string, nowMs: number): Claims | string {
  if (jwt.length > JWT_LENGTH_MAX) return 'it is too long'
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(jwt)
  if (parts === null) return 'it is not three parts of base64url'
  const [, head = '', body = '', signature = ''] = parts
  if (objectFrom(head)?.['alg'] !== 'HS256') return 'its algorithm must be HS256'
  const expected = createHmac('sha256', options.jwtSecret).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return 'its signature is not that of jwtSecret'
  }
  const claims = objectFrom(body)
  if (claims === undefined) return 'its claims must be a JSON object'
  if (claims['iss'] !== options.jwtIssuer) return 'iss is another than jwtIssuer'
  if (claims['OrgUnitId'] !== options.jwtOrgUnitId) return 'OrgUnitId is another than jwtOrgUnitId'
  if (typeof claims['jti'] !== 'string' || claims['jti'] === '') return 'jti is missing'
  if (typeof claims['iat'] !== 'number') return 'iat must be a number of seconds'
  if (typeof claims['exp'] !== 'number') return 'exp must be a number of seconds'
  return claims['exp'] * 1_000 <= nowMs ? 'it has expired' : claims
}

function objectFrom(base64url: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    // Not JSON: whoever asks says what it must be.
    return undefined
  }
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
