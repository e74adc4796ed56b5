import type { CardFields } from '../gateway/card.ts'
import type { HttpServer } from './http.ts'

export const visa = {
  number: '4444 3333 2222 1111',
  holder: 'Jane Doe',
  expiryMonth: '12',
  expiryYear: '2035',
  securityCode: '739',
} satisfies CardFields

/** The pages that are looked at. */
interface Checkout {
  readonly server: Pick<HttpServer, 'checkoutUrl'>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  readonly location: string
}

/** A browser that keeps cookies and says where a request comes from, and does not follow redirects by itself. */
export class Browser {
  readonly origin: string
  readonly sent: string[]
  cookie = ''
  readonly #send: (request: Request) => Promise<Response>

  constructor(origin: string, sent: string[], send: (request: Request) => Promise<Response> = fetch) {
    this.origin = origin
    this.sent = sent
    this.#send = send
  }

  async get(url: string): Promise<Answer> {
    return this.#ask(url, { headers: { cookie: this.cookie } })
  }

  async post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Answer> {
    const all = { cookie: this.cookie, origin: this.origin, ...headers }
    const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    return this.#ask(url, { method: 'POST', body: new URLSearchParams(fields), headers: present })
  }

  async #ask(url: string, init: RequestInit): Promise<Answer> {
    const answer = await this.#send(new Request(new URL(url, this.origin), { redirect: 'manual', ...init }))
    const body = await answer.text()
    for (const cookie of answer.headers.getSetCookie()) this.cookie = cookie.split(';')[0] ?? ''
    this.sent.push(body, JSON.stringify([...answer.headers]))
    const location = answer.headers.get('location') ?? ''
    return { status: answer.status, headers: answer.headers, body, location }
  }

  /** Opens the card form and answers with its address and what it holds hidden. */
  async openForm(
    stage: Checkout,
    orderId = 'A-1',
  ): Promise<{ readonly url: string; readonly hidden: { key: string; token: string } }> {
    const url = `${stage.server.checkoutUrl(orderId)}/pay/card`
    return { url, hidden: hiddenIn((await this.get(url)).body) }
  }

  /** Presses the button of a module on the order's page. */
  async begin(stage: Checkout, module = 'hosted', orderId = 'A-1'): Promise<Answer> {
    const order = stage.server.checkoutUrl(orderId)
    const { body } = await this.get(order)
    const path = `${new URL(order).pathname}/pay/${module}`
    return this.post(path, hiddenIn(body.slice(Math.max(body.indexOf(`action="${path}"`), 0))))
  }

  /** Fills the card form in and sends it. */
  async pay(stage: Checkout, fields: Partial<CardFields> = {}): Promise<Answer> {
    const { url, hidden } = await this.openForm(stage)
    return this.post(url, { ...visa, ...fields, ...hidden })
  }
}

export function hiddenIn(body: string): { key: string; token: string } {
  const value = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
  return { key: value('key'), token: value('token') }
}
