/**
 * Whether a text of the database can be this one: it cannot hold U+0000, nor half of a surrogate pair. Nothing can be
 * found under such a name, and nothing is written under it: it would be another one.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}
