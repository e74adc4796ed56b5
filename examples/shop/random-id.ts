import { randomInt } from 'node:crypto'

/** 26^28 is more than 2^128. */
const LETTERS = 28

/**
 * A name that cannot be guessed: more than 128 random bits as 28 small letters. No digits: a run of them could pass
 * for a card number by accident and would then, rightly, be refused.
 */
export function randomId(): string {
  return Array.from({ length: LETTERS }, () => String.fromCharCode(97 + randomInt(26))).join('')
}

/** True for what `randomId` makes. */
export function isRandomId(text: string): boolean {
  return /^[a-z]{28}$/.test(text)
}
