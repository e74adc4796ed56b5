import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { failure } from '../../errors.ts'
import type { WorldpayConfig } from './config.ts'

/** Closes what the journal may keep and nobody may read there, and opens it again. */
export interface Seal {
  /** The same text under the same reference comes out the same. */
  close(text: string, reference: string): string
  /** @throws CF_PAYMENT_STATE when it was closed with other secrets, for another reference, or was changed. */
  open(sealed: string, reference: string): string
}

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
const VERSION = 'v1.'

/**
 * AES-256-GCM with a key from the account's secrets, bound to the reference as additional data. A gateway has no
 * chance to draw from, so that the IV is made of what is sealed: two texts have the same one only by being the same.
 */
export function sealOf({ merchantCode, password, threeDSecure }: SealedBy): Seal {
  const secrets = JSON.stringify([password.reveal(), threeDSecure?.secret.reveal() ?? ''])
  const keys = Buffer.from(
    hkdfSync('sha256', secrets, merchantCode, 'counterfoil worldpay handover v1', 2 * KEY_BYTES),
  )
  const cipherKey = keys.subarray(0, KEY_BYTES)
  const ivKey = keys.subarray(KEY_BYTES)
  return Object.freeze({
    close: (text, reference) => {
      const iv = createHmac('sha256', ivKey)
        .update(JSON.stringify([reference, text]))
        .digest()
        .subarray(0, IV_BYTES)
      const cipher = createCipheriv(CIPHER, cipherKey, iv, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(reference))
      const closed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return VERSION + closed.toString('base64url')
    },
    open: (sealed, reference) => {
      try {
        if (!sealed.startsWith(VERSION)) throw new Error('of an unknown kind')
        const closed = Buffer.from(sealed.slice(VERSION.length), 'base64url')
        if (closed.length < IV_BYTES + TAG_BYTES) throw new Error('too short')
        const decipher = createDecipheriv(CIPHER, cipherKey, closed.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        })
        decipher.setAAD(Buffer.from(reference))
        decipher.setAuthTag(closed.subarray(-TAG_BYTES))
        const text = decipher.update(closed.subarray(IV_BYTES, -TAG_BYTES))
        return Buffer.concat([text, decipher.final()]).toString('utf8')
      } catch (error) {
        throw failure(
          'CF_PAYMENT_STATE',
          'its challenge cannot be gone on after: what was kept of it does not open with the secrets of this account',
          {},
          error,
        )
      }
    },
  } satisfies Seal)
}

type SealedBy = Pick<WorldpayConfig, 'merchantCode' | 'password' | 'threeDSecure'>
