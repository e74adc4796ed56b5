// No tests stand here: this is the engine and the browser that the tests of this room play with. The name keeps it
// out of the package.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Counterfoil, LogLine, PaymentResult, PaymentView, PayRequest } from '../engine/api.ts'
import { failure } from '../errors.ts'
import type { CardFields } from '../gateway/card.ts'
import type { StoredAppend } from '../journal/journal.ts'
import { openOrder, type Order, type OrderRecord } from '../payment/order.ts'
import type { PaymentEvent } from '../payment/events.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import { http, type HttpServer } from './http.ts'
import type { HttpOptions } from './options.ts'

export const SECRET = 'a secret of thirty-two bytes or more'

export const visa = {
  number: '4444 3333 2222 1111',
  holder: 'Jane Doe',
  expiryMonth: '12',
  expiryYear: '2035',
  securityCode: '739',
} satisfies CardFields

const noBalances = {
  authorizedMinor: 0n,
  capturedMinor: 0n,
  refundedMinor: 0n,
  capturingMinor: 0n,
  refundingMinor: 0n,
  voidedMinor: 0n,
}

/** An engine without a journal or a PSP: `move` is what the PSP would have said. Keys repeat their payment. */
export class FakeCounterfoil implements Counterfoil {
  readonly publicUrl: string
  readonly modules: readonly PaymentModule[]
  readonly orders = new Map<string, Order>()
  readonly records = new Map<string, OrderRecord>()
  readonly payments = new Map<string, PaymentView>()
  readonly cards: CardFields[] = []
  readonly requests: PayRequest[] = []
  running = true
  inFlight = 0
  watchers = 0
  /** Runs inside `pay` before it answers, with the new payment's id; may throw. */
  onPay: (id: string) => void | Promise<void> = () => undefined
  loads: () => void | Promise<void> = () => undefined
  readonly #keys = new Map<string, string>()
  readonly #listeners = new Set<() => void>()

  constructor(publicUrl: string, names: readonly string[] = ['card']) {
    this.publicUrl = publicUrl
    // The pages look at a module's name, label and at what its steps give: nothing else of it exists here.
    this.modules = names.map(
      (name) =>
        ({
          name,
          label: name === 'card' ? 'Card' : 'Another <card>',
          pipelines: { statusOk: { steps: [{ name: 'go-to-success-page', gives: [{ name: 'page' }] }] } },
        }) as unknown as PaymentModule,
    )
    this.orders.set('A-1', {
      id: 'A-1',
      amountMinor: 4250n,
      currency: 'GBP',
      description: 'Tea for two',
      lines: [
        { sku: 'tea', name: 'Darjeeling First Flush, 250 g', quantity: 2, amountMinor: 3000n },
        { sku: 'cup', name: 'Stoneware cup', quantity: 1, amountMinor: 1250n },
      ],
    })
  }

  start = async (): Promise<void> => undefined
  stop = async (): Promise<void> => undefined
  runDue = async (): Promise<number> => 0

  async pay(request: PayRequest): Promise<PaymentResult> {
    this.requests.push(request)
    const repeated = this.#keys.get(request.key)
    if (repeated === undefined) await this.#open(request)
    const view = this.payments.get(this.#keys.get(request.key) ?? '')
    if (view === undefined) throw new Error('unreachable')
    return { ...view, next: { kind: 'wait', statusUrl: view.statusUrl } }
  }

  async #open(request: PayRequest): Promise<void> {
    const order = this.orders.get(request.orderId)
    if (order === undefined) throw failure('CF_ORDER_UNKNOWN', 'no such order')
    const { state, paymentId } = await this.order(order.id)
    if (state === 'held') throw failure('CF_ORDER_HELD', 'another one', { paymentId: paymentId ?? '' })
    if (state === 'claimed') throw failure('CF_ORDER_PAID', 'it is paid')
    if (state === 'closed') throw failure('CF_ORDER_CLOSED', 'it is closed')
    if (request.card !== undefined) this.cards.push(request.card.reveal())
    const id = `pay-${this.payments.size + 1}`
    this.#keys.set(request.key, id)
    this.payments.set(id, {
      id,
      version: 1,
      orderId: order.id,
      module: request.module,
      amountMinor: order.amountMinor,
      currency: order.currency,
      status: 'started',
      settled: false,
      refusal: undefined,
      page: undefined,
      maskedCard: undefined,
      balances: noBalances,
      operations: [],
      cases: [],
      statusUrl: `${this.publicUrl}/payments/${id}.${'0123456789abcdef'.repeat(2)}`,
    })
    this.hold(order.id, 'held', id)
    try {
      await this.onPay(id)
    } catch (error) {
      this.payments.delete(id)
      this.#keys.delete(request.key)
      this.hold(order.id, 'open')
      throw error
    }
  }

  hold(orderId: string, state: OrderRecord['state'], paymentId?: string): void {
    this.records.set(orderId, { ...openOrder(orderId), revision: 1, state, paymentId })
  }

  /** The payment changes, and whoever watches it sees so. */
  move(id: string, change: Partial<PaymentView>): void {
    const view = this.payments.get(id)
    if (view === undefined) throw new Error(`no payment ${id}`)
    this.payments.set(id, { ...view, ...change, version: view.version + 1 })
    for (const listener of this.#listeners) listener()
  }

  paid(id: string, change: Partial<PaymentView> = {}): void {
    const { orderId } = this.payments.get(id) as PaymentView
    this.hold(orderId, 'claimed', id)
    this.move(id, {
      status: 'paid',
      settled: true,
      page: 'success',
      maskedCard: '444433******1111',
      ...change,
    })
  }

  declined(id: string, change: Partial<PaymentView> = {}): void {
    const { orderId } = this.payments.get(id) as PaymentView
    this.hold(orderId, 'open')
    this.move(id, { status: 'declined', settled: true, ...change })
  }

  payment = async (id: string): Promise<PaymentView | undefined> => this.payments.get(id)
  paymentByLink = async (link: string): Promise<PaymentView | undefined> =>
    [...this.payments.values()].find(({ statusUrl }) => statusUrl.endsWith(`/${link}`))

  async loadOrder(orderId: string): Promise<Order | undefined> {
    await this.loads()
    return this.orders.get(orderId)
  }

  order = async (orderId: string): Promise<OrderRecord> => this.records.get(orderId) ?? openOrder(orderId)

  async history(paymentId: string): Promise<readonly StoredAppend[]> {
    const [key] = [...this.#keys].find(([, id]) => id === paymentId) ?? []
    const opened = { type: 'payment-opened', paymentId, key } as unknown as PaymentEvent
    return key === undefined ? [] : [{ version: 1, atMs: 0, fence: 0, events: [opened] }]
  }

  async *watch(
    id: string,
    { signal, after = -1 }: { readonly signal: AbortSignal; readonly after?: number },
  ): AsyncGenerator<PaymentView> {
    this.watchers++
    try {
      let seen = after
      while (!signal.aborted) {
        const view = this.payments.get(id)
        if (view !== undefined && view.version > seen) {
          seen = view.version
          yield view
          continue
        }
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            this.#listeners.delete(wake)
            signal.removeEventListener('abort', wake)
            resolve()
          }
          this.#listeners.add(wake)
          signal.addEventListener('abort', wake)
        })
      }
    } finally {
      this.watchers--
    }
  }

  capture = notHere
  refund = notHere
  void = notHere
  cancel = notHere
  closeOrder = notHere
  list = notHere
  cases = notHere
}

async function notHere(): Promise<never> {
  throw new Error('the pages do not call this')
}

export interface Stage extends AsyncDisposable {
  readonly cf: FakeCounterfoil
  readonly server: HttpServer
  readonly host: Server
  readonly url: string
  readonly logged: LogLine[]
  /** Everything that ever went to a browser, headers and bodies. */
  readonly sent: string[]
  browser(): Browser
}

export interface StageOptions extends Partial<HttpOptions> {
  readonly base?: string
  readonly modules?: readonly string[]
  /** What the host does with a request before it hands it over. */
  readonly before?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
}

/** The pages on a real port of this machine, in a plain server. */
export async function stage(options: StageOptions = {}): Promise<Stage> {
  const { base = '/pay', modules, before, ...httpOptions } = options
  const logged: LogLine[] = []
  const sent: string[] = []
  let server: HttpServer | undefined
  const host = createServer((request, response) => {
    void (async () => {
      await before?.(request, response)
      server?.node(request, response)
    })()
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
  const cf = new FakeCounterfoil(origin + base, modules)
  const made = http(cf, {
    secret: SECRET,
    brand: 'Leaf & Cup',
    shopUrl: 'http://shop.example/',
    log: (line) => logged.push(line),
    ...httpOptions,
  })
  server = made
  return {
    cf,
    server: made,
    host,
    url: origin + base,
    logged,
    sent,
    browser: () => new Browser(origin, sent),
    [Symbol.asyncDispose]: async () => {
      host.closeAllConnections()
      await made.close()
      await new Promise((resolve) => host.close(resolve))
    },
  }
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

  constructor(origin: string, sent: string[]) {
    this.origin = origin
    this.sent = sent
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
    const answer = await fetch(new URL(url, this.origin), { redirect: 'manual', ...init })
    const body = await answer.text()
    for (const cookie of answer.headers.getSetCookie()) this.cookie = cookie.split(';')[0] ?? ''
    this.sent.push(body, JSON.stringify([...answer.headers]))
    const location = answer.headers.get('location') ?? ''
    return { status: answer.status, headers: answer.headers, body, location }
  }

  /** Opens the card form and answers with its address and what it holds hidden. */
  async openForm(
    stage: Stage,
    orderId = 'A-1',
  ): Promise<{ readonly url: string; readonly hidden: { key: string; token: string } }> {
    const url = `${stage.server.checkoutUrl(orderId)}/pay/card`
    return { url, hidden: hiddenIn((await this.get(url)).body) }
  }

  /** Fills the card form in and sends it. */
  async pay(stage: Stage, fields: Partial<CardFields> = {}): Promise<Answer> {
    const { url, hidden } = await this.openForm(stage)
    return this.post(url, { ...visa, ...fields, ...hidden })
  }
}

export function hiddenIn(body: string): { key: string; token: string } {
  const value = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
  return { key: value('key'), token: value('token') }
}
