/** Who closes a case that evidence has ended; no person can have this name. */
export const BY_ITSELF = 'counterfoil'

/**
 * What people's names are compared by. A second person is somebody else, and not the first one in other letters:
 * large or small, of another width, with their accents apart, or with what nobody can see between them. Letters that
 * only look alike are other letters: who may call is not for this to say.
 */
function keyOf(name: string): string {
  // Folded as far as the language goes: both ways, since some letters have no equal in the one direction.
  const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
  return folded.replaceAll(UNSEEN, '').replaceAll(/\s+/gu, ' ').trim()
}

/** What a reader does not see: what directs a text, joins or varies letters, or fills a place in them. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** True when both names are one person's. */
export function samePerson(one: string, other: string): boolean {
  return keyOf(one) === keyOf(other)
}

/** Why nobody can have this name, or undefined. */
export function whyNoName(name: string): string | undefined {
  if (/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(name)) {
    return 'holds a character that cannot be seen'
  }
  if (/(?! )\p{Zs}/u.test(name)) return 'holds a space of another kind than the usual one'
  if (!/[\p{L}\p{N}]/u.test(name.normalize('NFKC'))) return 'has no letter'
  return samePerson(name, BY_ITSELF) ? `'${BY_ITSELF}' is nobody's name` : undefined
}
