/** Markup that is safe to send: only `html` makes it, and it escapes everything that is not markup already. */
export class Html {
  readonly #markup: string

  constructor(markup: string) {
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }
}

/** What may stand in a template. Lists are joined; `undefined` and `false` leave nothing. */
export type Content = Html | string | number | bigint | undefined | false | readonly Content[]

/**
 * A template whose values are escaped, in text and in quoted attributes alike.
 *
 * @example
 * html`<p title="${title}">${text}</p>`
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  const last = parts.length - 1
  return new Html(
    parts.map((part, index) => (index === last ? part : part + markupOf(values[index]))).join(''),
  )
}

function markupOf(content: Content): string {
  if (content === undefined || content === false) return ''
  if (content instanceof Html) return content.toString()
  if (Array.isArray(content)) return content.map((each) => markupOf(each as Content)).join('')
  return escape(String(content))
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}
