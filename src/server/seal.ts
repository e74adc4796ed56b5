import { createHmac, timingSafeEqual } from 'node:crypto'

/** Makes and checks the signatures of links and forms. Each purpose has its own, so that none can stand for another. */
export interface Seal {
  /** An HMAC-SHA-256 over purpose and parts, in base64url: 43 characters. */
  sign(purpose: string, ...parts: readonly string[]): string
  /** Compares in constant time. */
  holds(signature: string, purpose: string, ...parts: readonly string[]): boolean
}

export function sealWith(secret: string): Seal {
  // JSON keeps the parts apart: ['a', 'bc'] and ['ab', 'c'] must not sign alike.
  const digest = (purpose: string, parts: readonly string[]): Buffer =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['counterfoil', purpose, ...parts]))
      .digest()
  return {
    sign: (purpose, ...parts) => digest(purpose, parts).toString('base64url'),
    holds: (signature, purpose, ...parts) => {
      // Compared as text, so that one signature has one spelling: base64url would let stray bits pass.
      const expected = Buffer.from(digest(purpose, parts).toString('base64url'))
      const given = Buffer.from(signature)
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}
