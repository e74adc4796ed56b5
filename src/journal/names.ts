import { failure } from '../errors.ts'
import type { InboxItem } from './journal.ts'

/** In UTF-8. Two names make one entry of an index, and an entry of PostgreSQL's has at most 2,704 bytes. */
export const NAME_BYTES_MAX = 1_024

/**
 * Whether a text can be a name in every journal: a database may be unable to hold U+0000 or half of a surrogate pair.
 * Nothing can be found under such a name, and nothing is written under it: it would be another one.
 */
export function isName(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** @throws CF_JOURNAL_REFUSED for a name that not every journal could keep as it is; undefined is none. */
export function assertNames(names: readonly (string | undefined)[], bytesMax = NAME_BYTES_MAX): void {
  for (const name of names) {
    if (name === undefined) continue
    if (!isName(name)) throw refusedChange(`it cannot keep the name ${JSON.stringify(name.slice(0, 100))}`)
    if (name.length * 3 > bytesMax && Buffer.byteLength(name) > bytesMax) {
      throw refusedChange(`the name ${JSON.stringify(name.slice(0, 100))}... has more than ${bytesMax} bytes`)
    }
  }
}

/** @throws CF_JOURNAL_REFUSED for a notification whose id or origin not every journal could keep as it is. */
export function assertItem({ id, gateway, callerAddress }: InboxItem): void {
  assertNames([id])
  assertNames([gateway, callerAddress], Infinity)
}

/** The error for what no journal ever writes, however often it is asked. */
export function refusedChange(text: string, cause?: unknown): Error {
  return failure('CF_JOURNAL_REFUSED', text, {}, cause)
}
