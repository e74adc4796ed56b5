/** HTML that is put into a page as it is: made by `html`, or by a constant of ours. */
export class Raw {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** What a template may hold. Text is escaped, `Raw` is not; undefined and false stand for nothing. */
export type HtmlValue = string | number | bigint | Raw | undefined | false | readonly HtmlValue[]

/**
 * A template whose values are escaped for text and for quoted attributes alike. Attributes must be quoted, and no
 * value may stand in a script, a style or an event handler: the pages have none.
 *
 * @example
 * html`<p title="${order.id}">${order.description}</p>`.text
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Raw {
  let text = strings[0] ?? ''
  for (const [index, value] of values.entries()) text += textOf(value) + (strings[index + 1] ?? '')
  return new Raw(text)
}

function textOf(value: HtmlValue): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Raw) return value.text
  if (typeof value === 'object') return value.map(textOf).join('')
  return escaped(String(value))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** The text with everything escaped that could end it. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '')
}
