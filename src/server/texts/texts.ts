import { failure } from '../../errors.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { fr } from './fr.ts'

export type TextKey = keyof typeof en

/** Everything that a payer reads, in one language: the English catalogue says what there is. */
export type Texts = Readonly<Record<TextKey, string>>

/** What the shop says in its own words; `way.<module>` names a payment module in this language. */
export type OwnTexts = Partial<Texts> & { readonly [way: `way.${string}`]: string }

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never

/** The names that a text has places for. */
export type PlacesOf<Key extends TextKey> = NamesIn<(typeof en)[Key]>

/** The keys of texts that stand as they are. */
export type PlainKey = { [Key in TextKey]: [PlacesOf<Key>] extends [never] ? Key : never }[TextKey]

/** Complete catalogues by language tag, in which each module may have a name too. */
export type Catalogues = ReadonlyMap<string, Texts & { readonly [way: `way.${string}`]: string | undefined }>

/** What is spoken to who understands nothing else that we have. */
export const DEFAULT_LANGUAGE = 'en'

const shipped: Readonly<Record<string, Texts>> = { en, de, fr }

const TEXT_CHARACTERS_MAX = 1_000

/**
 * The shipped languages with the shop's own words put over them, and the shop's own languages, which must be complete:
 * a page in two languages would be read by nobody.
 *
 * @throws CF_CONFIG naming the language and the key.
 */
export function cataloguesWith(own: Readonly<Record<string, OwnTexts>> = {}): Catalogues {
  const all = new Map<string, Texts>(Object.entries(shipped))
  if (typeof own !== 'object' || own === null) throw wrong('texts', 'must have an object for each language')
  for (const [given, texts] of Object.entries(own)) {
    const tag = tagFrom(given)
    checkTexts(`texts.${given}`, texts)
    const complete = { ...shipped[tag], ...texts } as Texts
    const missing = Object.keys(en).filter((key) => complete[key as TextKey] === undefined)
    if (missing.length > 0) {
      throw wrong(`texts.${given}`, `is a language of its own and lacks ${missing.join(', ')}`)
    }
    all.set(tag, complete)
  }
  return all
}

function tagFrom(given: string): string {
  try {
    return Intl.getCanonicalLocales(given)[0] ?? given
  } catch {
    throw wrong(`texts.${given}`, "is no language tag, such as 'de' or 'pt-BR'")
  }
}

function checkTexts(name: string, texts: unknown): void {
  if (typeof texts !== 'object' || texts === null) throw wrong(name, 'must be an object of texts')
  for (const [key, text] of Object.entries(texts)) {
    if (!(key in en) && !/^way\.[a-z0-9-]+$/.test(key)) {
      throw wrong(
        `${name}['${key}']`,
        'is no text of the pages; docs/how-to/theme-and-translate.md tells where they are listed',
      )
    }
    if (typeof text !== 'string' || text.trim() === '' || text.length > TEXT_CHARACTERS_MAX) {
      throw wrong(`${name}['${key}']`, `must be a text of 1 to ${TEXT_CHARACTERS_MAX} characters`)
    }
    const known = placesIn(key in en ? en[key as TextKey] : '')
    const unknown = placesIn(text).filter((place) => !known.includes(place))
    if (unknown.length > 0) {
      const has = known.length === 0 ? 'there is none' : `there is ${known.join(', ')}`
      throw wrong(`${name}['${key}']`, `has {${unknown.join('}, {')}}, and ${has}`)
    }
  }
}

/** The names in curly brackets. */
export function placesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
}

function wrong(name: string, rule: string): Error {
  return failure('CF_CONFIG', `http(cf, { texts }): ${name} ${rule}`)
}
