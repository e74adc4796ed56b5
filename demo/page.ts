/** A form of a page, as a browser without scripts would send it. */
export interface Form {
  /** Where it is sent, in full. */
  readonly action: string
  /** What it holds already: hidden fields, and what was put into the others. */
  readonly fields: Readonly<Record<string, string>>
  readonly buttons: readonly Button[]
  /** All of it as a person reads it. */
  readonly text: string
}

export interface Button {
  readonly text: string
  /** What is sent along when it is this one that is pressed. */
  readonly fields: Readonly<Record<string, string>>
}

/** A page as it came: what a person without scripts could see and press. */
export class Page {
  readonly url: string
  readonly status: number
  readonly body: string

  constructor(url: string, status: number, body: string) {
    this.url = url
    this.status = status
    this.body = body
  }

  /** What every page says of itself: its first heading, as text. */
  get heading(): string {
    return textOf(/<h1[^>]*>([^]*?)<\/h1>/.exec(this.body)?.[1] ?? '')
  }

  /** The form that is sent to an address, or that has a button, with these words in it. */
  form(words: string | RegExp): Form {
    const found = this.#forms().find(({ action, text }) => matches(action, words) || matches(text, words))
    if (found === undefined) throw this.#without(`form '${words}'`)
    return found
  }

  hasForm(words: string | RegExp): boolean {
    return this.#forms().some(({ action, text }) => matches(action, words) || matches(text, words))
  }

  /** The form whose hidden field has this value. */
  formWith(name: string, value: string): Form {
    const found = this.#forms().find(({ fields }) => fields[name] === value)
    if (found === undefined) throw this.#without(`form with ${name} ${value}`)
    return found
  }

  /** Where a link with these words, or to such an address, leads, in full; undefined when there is none. */
  findLink(words: string | RegExp): string | undefined {
    for (const [, href = '', text = ''] of this.body.matchAll(
      /<a\s[^>]*?href="([^"]*)"[^>]*>([^]*?)<\/a>/g,
    )) {
      const address = new URL(unescaped(href), this.url).href
      if (matches(textOf(text), words) || matches(address, words)) return address
    }
    return undefined
  }

  link(words: string | RegExp): string {
    const found = this.findLink(words)
    if (found === undefined) throw this.#without(`link '${words}'`)
    return found
  }

  /** The first attribute of this name in the whole page; undefined where there is none. */
  findAttribute(name: string): string | undefined {
    return attributeOf(this.body, name)
  }

  #forms(): readonly Form[] {
    return [...this.body.matchAll(/<form\s([^>]*)>([^]*?)<\/form>/g)].map(
      ([, attributes = '', text = '']) => ({
        action: new URL(attributeOf(attributes, 'action') ?? '', this.url).href,
        fields: Object.fromEntries(
          [...text.matchAll(/<input\s([^>]*)>/g)].flatMap(([, input = '']) => valueOf(input)),
        ),
        buttons: [...text.matchAll(/<button([^>]*)>([^]*?)<\/button>/g)].map(
          ([, button = '', words = '']) => ({
            text: textOf(words),
            fields: Object.fromEntries(valueOf(button)),
          }),
        ),
        text: textOf(text),
      }),
    )
  }

  #without(what: string): Error {
    return new Error(`no ${what} is on ${new URL(this.url).pathname}, which says '${this.heading}'`)
  }
}

/** What a field or a button with a name sends. */
function valueOf(attributes: string): readonly (readonly [name: string, value: string])[] {
  const name = attributeOf(attributes, 'name')
  return name === undefined ? [] : [[name, attributeOf(attributes, 'value') ?? '']]
}

function attributeOf(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1]
  return value === undefined ? undefined : unescaped(value)
}

function textOf(markup: string): string {
  return unescaped(markup.replaceAll(/<[^>]*>/g, ' '))
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function matches(text: string, words: string | RegExp): boolean {
  return typeof words === 'string' ? text.includes(words) : words.test(text)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(String(hex), 16))
    return ENTITIES[String(name)] ?? all
  })
}
