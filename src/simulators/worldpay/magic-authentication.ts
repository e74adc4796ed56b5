import { SOFT_DECLINE } from './cards.ts'
import type { ThreeDSecureResult } from './state.ts'

/** What 3-D Secure does with a card, by its `cardHolderName`. */
export type Authentication3ds =
  /** The card takes no part in it. */
  | { readonly kind: 'none' }
  /** Decided without asking the payer. */
  | { readonly kind: 'frictionless'; readonly result: ThreeDSecureResult }
  /** The payer is asked. */
  | { readonly kind: 'challenge' }
  /** 3-D Secure 1, which the card schemes have ended. */
  | { readonly kind: 'version-1' }

// The authentication value that an issuer would sign: fixed, as nobody checks it here.
const CAVV = 'MAAAAAAAAAAAAAAAAAAAAAAAAAA='

const authenticated: ThreeDSecureResult = { description: 'Cardholder authenticated', eci: '05', cavv: CAVV }
const notUsed: ThreeDSecureResult = { description: 'Authentication offered but not used', eci: '06' }
const unavailable: ThreeDSecureResult = { description: 'Authentication unavailable', eci: '07' }
const failed: ThreeDSecureResult = { description: 'Failed', eci: '07' }

/** What an order that asks for 3-D Secure meets; `challengeMandated` is its wish to have the payer asked. */
export function authenticationFor(cardHolderName: string, challengeMandated: boolean): Authentication3ds {
  const name = cardHolderName.trim()
  if (name === '3D' || name.startsWith('3DS_V1_')) return { kind: 'version-1' }
  if (name.startsWith('3DS_V2_CHALLENGE_')) return { kind: 'challenge' }
  switch (name) {
    case SOFT_DECLINE:
      return { kind: challengeMandated ? 'challenge' : 'none' }
    case '3DS_V2_FRICTIONLESS_IDENTIFIED':
      return { kind: 'frictionless', result: authenticated }
    case '3DS_V2_FRICTIONLESS_NOT_IDENTIFIED':
      return { kind: 'frictionless', result: notUsed }
    case '3DS_V2_FRICTIONLESS_VALID_ERROR':
      return { kind: 'frictionless', result: unavailable }
    default:
      return { kind: 'none' }
  }
}

/**
 * What a challenge has proved. Two names never prove anything, whatever the payer does: the issuer fails
 * (`..._VALID_ERROR`), or does not know the payer (`..._UNKNOWN_IDENTITY`).
 */
export function challengeResult(
  cardHolderName: string,
  verdict: 'passed' | 'failed' | undefined,
): { readonly authenticated: boolean; readonly result: ThreeDSecureResult } {
  const name = cardHolderName.trim()
  if (name === '3DS_V2_CHALLENGE_VALID_ERROR') return { authenticated: false, result: unavailable }
  if (verdict !== 'passed' || name === '3DS_V2_CHALLENGE_UNKNOWN_IDENTITY') {
    return { authenticated: false, result: failed }
  }
  return { authenticated: true, result: authenticated }
}
