import type { Money } from '../../money/money.ts'
import { displayMoney } from '../display-money.ts'
import { displayTime } from '../display-time.ts'
import { escaped, html, type HtmlValue, Raw } from '../html.ts'
import type { Catalogues, PlacesOf, TextKey } from './texts.ts'

type Values<Key extends TextKey> = [PlacesOf<Key>] extends [never]
  ? readonly []
  : readonly [Readonly<Record<PlacesOf<Key>, HtmlValue>>]

/** One language, as a page speaks it. */
export interface Voice {
  /** Its tag, for `<html lang>`. */
  readonly language: string
  /** How it is written. */
  readonly direction: 'ltr' | 'rtl'
  /**
   * A text with what stands in its places; both are escaped, but for `Raw`.
   *
   * @example
   * voice.text('order.pay', { amount: voice.money(order) }).text // 'Pay £42.50'
   */
  text<Key extends TextKey>(key: Key, ...values: Values<Key>): Raw
  money(amount: Money): string
  time(atMs: number): Raw
  /** What a payment module is called in this language, where the shop has said so. */
  wayOf(module: string): string | undefined
}

const RIGHT_TO_LEFT = new Set(['ar', 'dv', 'fa', 'he', 'ks', 'ps', 'sd', 'ug', 'ur', 'yi'])

/** `language` is one of the catalogues. */
export function voiceOf(catalogues: Catalogues, language: string): Voice {
  const texts = catalogues.get(language)
  if (texts === undefined) throw new Error(`there is no catalogue of ${language}`)
  const [primary = ''] = language.split('-', 1)
  return {
    language,
    direction: RIGHT_TO_LEFT.has(primary) ? 'rtl' : 'ltr',
    text: (key, ...[values]) => fill(texts[key], values ?? {}),
    money: (amount) => displayMoney(amount, language),
    time: (atMs) => displayTime(atMs, language),
    wayOf: (module) => texts[`way.${module}`],
  }
}

function fill(text: string, values: Readonly<Record<string, HtmlValue>>): Raw {
  // An even piece is text, an odd one stood between brackets.
  const pieces = text.split(/\{([^{}]*)\}/)
  return new Raw(
    pieces.map((piece, index) => (index % 2 === 0 ? escaped(piece) : html`${values[piece]}`.text)).join(''),
  )
}
