// No tests stand here: whoever comes to the pages, honest or not, by requests of HTTP alone.
import { Pool } from 'undici'
import type { HttpServer } from '../http.ts'

export interface Came {
  readonly status: number
  readonly location: string
  readonly body: string
  readonly retryAfter: string
}

export interface Hidden {
  readonly key: string
  readonly token: string
}

/** The door of the pages, with few connections for many visitors. */
export class Door {
  readonly #pool: Pool
  readonly #server: Pick<HttpServer, 'checkoutUrl'>
  readonly origin: string

  constructor(origin: string, server: Pick<HttpServer, 'checkoutUrl'>) {
    this.origin = origin
    this.#server = server
    this.#pool = new Pool(origin, { connections: 32 })
  }

  orderPath(orderId: string): string {
    return new URL(this.#server.checkoutUrl(orderId)).pathname
  }

  async ask(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | null = null,
  ): Promise<Came & { readonly cookie: string | undefined }> {
    const answer = await this.#pool.request({ method, path, headers, body })
    const header = (name: string): string => [answer.headers[name] ?? ''].flat()[0] ?? ''
    return {
      status: answer.statusCode,
      location: header('location'),
      retryAfter: header('retry-after'),
      cookie: header('set-cookie').split(';', 1)[0] || undefined,
      body: await answer.body.text(),
    }
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

/** Somebody's browser, or what stands in for one. */
export class Visitor {
  readonly #door: Door
  address: string
  cookie = ''

  constructor(door: Door, address: string, cookie = '') {
    this.#door = door
    this.address = address
    this.cookie = cookie
  }

  /** Opens the card form; what it holds hidden is empty where there is none. */
  async form(orderId: string): Promise<Came & { readonly hidden: Hidden }> {
    const came = await this.get(`${this.#door.orderPath(orderId)}/pay/card`)
    return { ...came, hidden: hiddenIn(came.body) }
  }

  /** Sends a card form that was opened before. */
  send(orderId: string, hidden: Hidden, number: string): Promise<Came> {
    const card = { number, holder: 'Jane Doe', expiryMonth: '12', expiryYear: '2040', securityCode: '555' }
    return this.post(`${this.#door.orderPath(orderId)}/pay/card`, { ...card, ...hidden })
  }

  /** Opens the form and sends it, if it is given one. */
  async pay(orderId: string, number: string): Promise<Came> {
    const form = await this.form(orderId)
    return form.status === 200 ? this.send(orderId, form.hidden, number) : form
  }

  /** Presses the button of the module whose payers go to the provider's page. */
  async openPage(orderId: string): Promise<Came> {
    const path = this.#door.orderPath(orderId)
    const { body } = await this.get(path)
    const at = body.indexOf(`action="${path}/pay/hosted"`)
    return this.post(`${path}/pay/hosted`, { ...hiddenIn(body.slice(Math.max(at, 0))) })
  }

  get(path: string): Promise<Came> {
    return this.#ask('GET', path, {})
  }

  post(path: string, fields: Readonly<Record<string, string>>): Promise<Came> {
    const headers = { origin: this.#door.origin, 'content-type': 'application/x-www-form-urlencoded' }
    return this.#ask('POST', path, headers, new URLSearchParams(fields).toString())
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Came> {
    const all = {
      ...headers,
      'x-forwarded-for': this.address,
      ...(this.cookie !== '' && { cookie: this.cookie }),
    }
    const came = await this.#door.ask(method, path.replace(this.#door.origin, ''), all, body)
    this.cookie = came.cookie ?? this.cookie
    return came
  }
}

function hiddenIn(body: string): Hidden {
  const value = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
  return { key: value('key'), token: value('token') }
}

/** A number that passes the Luhn check: `index` in the middle of a Visa card's. */
export function cardNumber(index: number): string {
  const front = `4${String(index).padStart(14, '0')}`
  let sum = 0
  for (const [place, digit] of front.split('').toReversed().entries()) {
    const worth = Number(digit) * (place % 2 === 0 ? 2 : 1)
    sum += worth > 9 ? worth - 9 : worth
  }
  return front + String((10 - (sum % 10)) % 10)
}
