// No tests stand here: this is the engine and the browser that the tests of this room play with. The name keeps it
// out of the package.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type {
  Acknowledgement,
  ChangeOfMindResult,
  Counterfoil,
  LogLine,
  Next,
  NotificationRequest,
  PayerReturn,
  PaymentResult,
  PaymentView,
  PayRequest,
  ReturnResult,
} from '../engine/api.ts'
import { failure } from '../errors.ts'
import type { CardFields } from '../gateway/card.ts'
import type { DeviceData, PayerPage } from '../gateway/gateway.ts'
import type { InDoubt, StoredAppend } from '../journal/journal.ts'
import { openOrder, type Order, type OrderRecord } from '../payment/order.ts'
import type { PaymentEvent } from '../payment/events.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import { Browser } from './browser.test-data.ts'
import { http, type HttpServer } from './http.ts'
import type { HttpOptions } from './options.ts'

export { type Answer, Browser, hiddenIn, visa } from './browser.test-data.ts'

export const SECRET = 'a secret of thirty-two bytes or more'

const labels: Readonly<Record<string, string>> = { card: 'Card', hosted: 'Pay on the next page' }

const noBalances = {
  authorizedMinor: 0n,
  capturedMinor: 0n,
  refundedMinor: 0n,
  capturingMinor: 0n,
  refundingMinor: 0n,
  voidedMinor: 0n,
  chargedBackMinor: 0n,
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
  readonly visits: PayerReturn[] = []
  readonly changes: string[] = []
  readonly notifications: NotificationRequest[] = []
  /** Where each payment's payer goes now. */
  readonly pages = new Map<string, PayerPage>()
  device: DeviceData | undefined
  running = true
  draining = false
  doubts: readonly InDoubt[] = []
  inFlight = 0
  spool: Counterfoil['spool']
  watchers = 0
  /** Runs inside `pay` before it answers, with the new payment's id; may throw. */
  onPay: (id: string) => void | Promise<void> = () => undefined
  loads: () => void | Promise<void> = () => undefined
  /** Runs inside `payerReturned`, with the payment's id, after the link was found; a text is the notice. */
  onReturn: (id: string, visit: PayerReturn) => string | undefined | Promise<string | undefined> = () =>
    undefined
  mind: (payment: PaymentView) => ChangeOfMindResult = (payment) => ({ kind: 'free', payment })
  answer: () => Acknowledgement = () => ({ status: 200, contentType: 'text/plain', body: '[OK]' })
  readonly #keys = new Map<string, string>()
  readonly #listeners = new Set<() => void>()

  constructor(publicUrl: string, names: readonly string[] = ['card']) {
    this.publicUrl = publicUrl
    // The pages look at a module's name, label, kind and policy and at what its steps give: nothing else exists here.
    this.modules = names.map(
      (name) =>
        ({
          name,
          label: labels[name] ?? 'Another <card>',
          kind: name.startsWith('hosted') ? 'external' : 'internal',
          onChangeOfMind: name === 'hosted-switch' ? 'switch' : 'wait',
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

  get ready(): boolean {
    return this.running && !this.draining
  }

  drain(): void {
    this.draining = true
  }

  inDoubt(): Promise<readonly InDoubt[]> {
    return Promise.resolve(this.doubts)
  }

  nowMs = (): number => Date.now()
  start = async (): Promise<void> => undefined
  stop = async (): Promise<void> => undefined
  runDue = async (): Promise<number> => 0

  async pay(request: PayRequest): Promise<PaymentResult> {
    this.requests.push(request)
    const repeated = this.#keys.get(request.key)
    if (repeated === undefined) await this.#open(request)
    const view = this.payments.get(this.#keys.get(request.key) ?? '')
    if (view === undefined) throw new Error('unreachable')
    return { ...view, next: this.#next(view) }
  }

  #next({ id, settled, status, statusUrl }: PaymentView): Next {
    if (settled) return { kind: 'done', status, statusUrl }
    const page = this.pages.get(id)
    if (page === undefined) return { kind: 'wait', statusUrl }
    const { method, url, fields, framed } = page
    if (method === 'GET') return { kind: 'redirect', url, statusUrl }
    return { kind: 'post-form', url, fields, framed, statusUrl }
  }

  /** The payer has something to do at the provider; without a page nothing any more. */
  sendTo(id: string, page: PayerPage | undefined, untilMs = Date.now() + 3_600_000): void {
    if (page === undefined) this.pages.delete(id)
    else this.pages.set(id, page)
    const kind = page?.framed === true ? 'challenge' : 'hosted-page'
    this.move(id, {
      status: 'in-progress',
      settled: false,
      payerTask: page === undefined ? undefined : { kind, untilMs, refusedOnce: false },
    })
  }

  async payerReturned(visit: PayerReturn): Promise<ReturnResult> {
    this.visits.push(visit)
    const found = await this.#linked(visit.link)
    const notice = await this.onReturn(found.id, visit)
    const view = await this.#linked(visit.link)
    return { ...view, next: this.#next(view), notice }
  }

  async payerPage(link: string): Promise<PayerPage | undefined> {
    const view = await this.paymentByLink(link)
    return view && this.pages.get(view.id)
  }

  deviceData(): DeviceData | undefined {
    return this.device
  }

  async changeMind(link: string): Promise<ChangeOfMindResult> {
    this.changes.push(link)
    return this.mind(await this.#linked(link))
  }

  async receive(request: NotificationRequest): Promise<Acknowledgement> {
    this.notifications.push(request)
    return this.answer()
  }

  async #linked(link: string): Promise<PaymentView> {
    const view = await this.paymentByLink(link)
    if (view === undefined) throw failure('CF_LINK_INVALID', 'the link of a payment is unknown')
    return view
  }

  async #open(request: PayRequest): Promise<void> {
    const order = this.orders.get(request.orderId)
    if (order === undefined) throw failure('CF_ORDER_UNKNOWN', 'no such order')
    const { state, paymentId } = await this.order(order.id)
    const left = this.payments.get(paymentId ?? '')
    const switches = left?.payerTask !== undefined && left.module === 'hosted-switch'
    if (state === 'held' && !switches) {
      throw failure('CF_ORDER_HELD', 'another one', { paymentId: paymentId ?? '' })
    }
    if (state === 'claimed') throw failure('CF_ORDER_PAID', 'it is paid')
    if (state === 'closed') throw failure('CF_ORDER_CLOSED', 'it is closed')
    if (request.card !== undefined) this.cards.push(request.card.reveal())
    const id = `pay-${this.payments.size + 1}`
    this.#keys.set(request.key, id)
    this.payments.set(id, {
      id,
      version: 1,
      orderId: order.id,
      description: order.description,
      module: request.module,
      amountMinor: order.amountMinor,
      currency: order.currency,
      status: 'started',
      statusWord: undefined,
      settled: false,
      refusal: undefined,
      page: undefined,
      payerTask: undefined,
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
      payerTask: undefined,
      page: 'success',
      maskedCard: '444433******1111',
      ...change,
    })
  }

  declined(id: string, change: Partial<PaymentView> = {}): void {
    const { orderId } = this.payments.get(id) as PaymentView
    this.hold(orderId, 'open')
    this.move(id, { status: 'declined', settled: true, payerTask: undefined, ...change })
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
  unreadable = notHere
  cases = notHere
  case = notHere
  resolveCase = notHere
  reconcile: Counterfoil['reconcile'] = notHere
  closeSettlement: Counterfoil['closeSettlement'] = notHere
  ledger = notHere
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
