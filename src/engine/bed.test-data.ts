import assert from 'node:assert/strict'
import { failure } from '../errors.ts'
import { Card } from '../gateway/card.ts'
import { secret } from '../gateway/secret.ts'
import { worldpay } from '../gateways/worldpay/index.ts'
import { decodePayment, encode } from '../journal/codec.ts'
import { encodeChange } from '../journal/encoded-change.ts'
import type { Change, Journal, Verdict } from '../journal/journal.ts'
import { MemoryStore, memoryJournal } from '../journal/memory/index.ts'
import { fold } from '../payment/evolve.ts'
import type { Order } from '../payment/order.ts'
import type { Operation, Payment } from '../payment/state.ts'
import {
  type ExternalModuleOptions,
  externalModule,
  internalModule,
  type InternalModuleOptions,
  type PaymentModule,
} from '../pipeline/module.ts'
import { done, type Shop, type Telling } from '../shop/shop.ts'
import {
  defaultWorldpayOptions,
  dueNotifications,
  notificationDelivered,
  payHosted,
  type WorldpayOptions,
} from '../simulators/worldpay/index.ts'
import type { Counterfoil, CounterfoilConfig, LogLine, PayRequest, PaymentResult } from './api.ts'
import { createCounterfoil } from './counterfoil.ts'
import { Network } from './network.test-data.ts'
import { settle, VirtualClock, virtualWorld } from './virtual-world.test-data.ts'

export { settle } from './virtual-world.test-data.ts'

/** The payer's card: nothing of it may stand in any change or log line (S8). */
export const NUMBER = '4444333322221111'
const HOLDER = 'Quilla Canary'
const CANARIES: readonly (string | RegExp)[] = [
  NUMBER,
  '4444 3333 2222 1111',
  Buffer.from(NUMBER).toString('base64').slice(0, -2),
  HOLDER,
  /(?<![0-9a-z])7391(?![0-9a-z])/i,
]

export function card(holder = HOLDER): Card {
  return new Card({ number: NUMBER, expiryMonth: '12', expiryYear: '2030', securityCode: '7391', holder })
}

const CALLER = 'worldpay'
const CALLER_PASSWORD = 'the-calls-of-worldpay'

/** What Worldpay shows when it calls. */
export const CREDENTIALS = `Basic ${Buffer.from(`${CALLER}:${CALLER_PASSWORD}`).toString('base64')}`

export const gateway = worldpay({
  url: 'http://127.0.0.1:4010/worldpay/jsp/merchant/xml/paymentService.jsp',
  merchantCode: defaultWorldpayOptions.merchantCode,
  username: defaultWorldpayOptions.username,
  password: secret(defaultWorldpayOptions.password),
}).direct

/** The same account with 3-D Secure, hosted pages, and calls that show credentials. */
export const account = worldpay({
  url: 'http://127.0.0.1:4010/worldpay/jsp/merchant/xml/paymentService.jsp',
  merchantCode: defaultWorldpayOptions.merchantCode,
  username: defaultWorldpayOptions.username,
  password: secret(defaultWorldpayOptions.password),
  threeDSecure: {
    issuer: defaultWorldpayOptions.jwtIssuer,
    orgUnitId: defaultWorldpayOptions.jwtOrgUnitId,
    secret: secret(defaultWorldpayOptions.jwtSecret),
  },
  hosted: {
    macSecret: secret(defaultWorldpayOptions.macSecret),
    adminCode: defaultWorldpayOptions.adminCode,
  },
  notifications: { username: CALLER, password: secret(CALLER_PASSWORD) },
})

/** A PSP that calls us: a test hands its calls on. */
export const CALLED = { notificationUrl: 'kept' }

/** For tests in which days pass: a look each second would be all that they do. */
export const RARELY = { dueEveryMs: 60_000, heartbeatEveryMs: 60_000, nodeDeadAfterMs: 240_000 }

/** What the doors of a payment are opened with. */
export function linkOf({ statusUrl }: Pick<PaymentResult, 'statusUrl'>): string {
  return statusUrl.slice(statusUrl.lastIndexOf('/') + 1)
}

export function hostedModule(options: Partial<ExternalModuleOptions> = {}, name = 'worldpay'): PaymentModule {
  return externalModule(name, { gateway: account.hosted, believe: 'source', ...options })
}

export function cardModule(options: Partial<InternalModuleOptions> = {}, name = 'card'): PaymentModule {
  return internalModule(name, { gateway, ...options })
}

/** What one process is made of, where a test wants it otherwise. */
export type EngineOptions = Partial<
  Pick<CounterfoilConfig, 'modules' | 'limits' | 'payerLock' | 'world' | 'spool'>
> & {
  readonly shop?: Partial<Shop>
}

export type Ports = Required<Pick<CounterfoilConfig, 'journal' | 'transport'>>

/** One engine or several on one store, one PSP and one clock; everything that goes wrong is said by the test. */
export class Bed {
  readonly clock = new VirtualClock()
  readonly store = new MemoryStore()
  readonly network: Network
  readonly orders = new Map<string, Order>()
  /** Every append that was asked for, with what became of it. */
  readonly appends: { readonly change: Change; readonly verdict: Verdict | 'lost' }[] = []
  readonly logs: LogLine[] = []
  /** What the shop was told: its words and keys, in their order. */
  readonly told: { readonly what: string; readonly key: string; readonly orderId: string }[] = []
  /** Set by a test: 'before' loses the change, 'after' writes it and loses the answer, 'refused' can never be written. */
  journalFault: (change: Change) => 'before' | 'after' | 'refused' | undefined = () => undefined
  /** Set by a test: payments cannot be read. */
  unreadable = false
  /** Set by a test: stands between the engines that are made from then on and their ports. */
  between: (ports: Ports) => Ports = (ports) => ports
  /** Set by a test: no notification can be stored. */
  inboxFault = false
  readonly #engines: Counterfoil[] = []
  #names = 0

  constructor(psp: Partial<WorldpayOptions> = {}) {
    this.network = new Network(this.clock, psp)
    this.order('order-1', 1999n)
  }

  order(id: string, amountMinor: bigint, changes: Partial<Order> = {}): void {
    const lines = [{ sku: 'A', name: 'Tea', quantity: 1, amountMinor }]
    this.orders.set(id, { id, amountMinor, currency: 'GBP', description: `Tea for ${id}`, lines, ...changes })
  }

  /** A process that was started. */
  async engine(options: EngineOptions = {}): Promise<Counterfoil> {
    const engine = this.unstarted(options)
    await engine.start()
    await settle()
    return engine
  }

  unstarted(options: EngineOptions = {}): Counterfoil {
    const { modules = [cardModule()], shop, ...rest } = options
    const engine = createCounterfoil({
      world: virtualWorld(this.clock, `node-${++this.#names}`),
      ...rest,
      ...this.between({ journal: this.#journal(), transport: this.network.transport() }),
      shop: { ...this.shop(), ...shop },
      modules,
      publicUrl: 'https://shop.example/pay',
      log: (line) => this.logs.push(line),
    })
    this.#engines.push(engine)
    return engine
  }

  /** What the shop does unless a test says otherwise: it writes down what it is told. */
  shop(): Shop {
    const tell = (what: string) => async (telling: Telling) => this.hear(what, telling)
    return {
      loadOrder: async (orderId) => this.orders.get(orderId),
      markOrderPaid: tell('paid'),
      markPaymentCancelled: tell('cancelled'),
      markOrderInProgress: tell('in-progress'),
      deleteBasket: tell('basket'),
      sendOrderMail: tell('mail'),
      paymentChanged: tell('changed'),
      reserveStock: async (telling) => {
        this.hear('reserve', telling)
        return done()
      },
      releaseStock: tell('release'),
      deductStock: tell('deduct'),
      restock: tell('restock'),
    }
  }

  hear(what: string, { key, orderId }: Pick<Telling, 'key' | 'orderId'>): void {
    this.told.push({ what, key, orderId })
  }

  words(orderId = 'order-1'): readonly string[] {
    return this.told.filter((entry) => entry.orderId === orderId).map(({ what }) => what)
  }

  request(changes: Partial<PayRequest> = {}): PayRequest {
    return {
      orderId: 'order-1',
      module: 'card',
      key: 'key-00000001',
      card: card(),
      payerIp: '192.0.2.1',
      ...changes,
    }
  }

  /** The same order, to be paid on the PSP's page. */
  pageRequest(): PayRequest {
    return { orderId: 'order-1', module: 'worldpay', key: 'key-00000001', payerIp: '192.0.2.1' }
  }

  payment(id: string): Payment {
    const stored = this.store.read(id)
    assert.ok(stored !== undefined, `payment ${id} is stored`)
    return stored.payment
  }

  /** The only payment there is. */
  only(): Payment {
    const all = [...this.store.allPayments()]
    assert.equal(all.length, 1, 'there is one payment')
    return (all[0] as { payment: Payment }).payment
  }

  charge(id: string): Operation {
    const [charge] = this.payment(id).operations
    assert.ok(charge !== undefined, 'a charge was written down')
    return charge
  }

  /** Its operations and what became of them, as 'sale approved'. */
  operations(id: string): readonly string[] {
    return this.payment(id).operations.map(({ kind, state }) => `${kind} ${state}`)
  }

  /** Why a person has to look at it. */
  reasons(id: string): readonly string[] {
    return this.payment(id).cases.map(({ reason }) => reason)
  }

  /** The facts that were recorded of it, in their order. */
  facts(id: string): readonly string[] {
    const events = this.store.history(id).flatMap((append) => append.events)
    return events.flatMap((event) => (event.type === 'fact-recorded' ? [event.fact] : []))
  }

  /** What the payer of the page does there, with a card of this holder. */
  payThere(reference: string, holder = HOLDER): string {
    const ticket = this.network.psp.registrations[reference]?.ticket
    assert.ok(ticket !== undefined, 'it was registered')
    const typed = { cardNumber: NUMBER, expiryMonth: '12', expiryYear: '2030', cvc: '7391' }
    const paid = payHosted(
      this.network.psp,
      ticket,
      { method: 'CARD', cardHolderName: holder, ...typed },
      this.clock.nowMs,
    )
    return paid.kind
  }

  /** The PSP's next call as it would come, not yet delivered. */
  nextCall(): string {
    const [call] = dueNotifications(this.network.psp, this.clock.nowMs, 1)
    assert.ok(call !== undefined, 'the PSP has something to tell')
    return call.document
  }

  /** Hands the PSP's calls that are due to an engine, each as often as `times` says; answers their events. */
  async calls(cf: Counterfoil, times = 1): Promise<readonly string[]> {
    const events: string[] = []
    for (;;) {
      const [call] = dueNotifications(this.network.psp, this.clock.nowMs, 1)
      if (call === undefined) return events
      events.push(call.event)
      for (let time = 0; time < times; time++) await this.call(cf, call.document)
      notificationDelivered(this.network.psp, call.id, true, this.clock.nowMs)
    }
  }

  async call(cf: Counterfoil, raw: string, authorization: string | undefined = CREDENTIALS): Promise<void> {
    const headers = { authorization }
    const { body } = await cf.receive({ path: 'worldpay', raw, headers, callerAddress: '192.0.2.99' })
    assert.equal(body, '[OK]')
    await settle()
  }

  committed(): number {
    return this.appends.filter(({ verdict }) => verdict !== 'lost' && verdict.kind === 'committed').length
  }

  advance(byMs: number): Promise<void> {
    return this.clock.advance(byMs)
  }

  /** The end of every test: what was written folds to what is stored, and nothing of the card was let out. */
  async close(): Promise<void> {
    const stopping = this.#engines.map((engine) => engine.stop({ deadlineMs: 1_000 }))
    this.network.release()
    await this.advance(120_000)
    await Promise.all(stopping)
    for (const { payment } of this.store.allPayments()) {
      const events = this.store.history(payment.paymentId).flatMap((append) => append.events)
      const folded = decodePayment(encode(fold(undefined, events)))
      assert.deepEqual(folded, payment, 'the history folds to the stored snapshot')
    }
    for (const { change } of this.appends) {
      const encoded = encodeChange(change)
      assertNoCard(JSON.stringify(encoded))
    }
    for (const line of this.logs) assertNoCard(JSON.stringify(line))
  }

  #journal(): Journal {
    const journal = memoryJournal({ store: this.store })
    const append = async (change: Change): Promise<Verdict> => {
      const fault = this.journalFault(change)
      if (fault === 'before') {
        this.appends.push({ change, verdict: 'lost' })
        throw failure('CF_JOURNAL_UNAVAILABLE', 'the test took it away')
      }
      if (fault === 'refused') {
        this.appends.push({ change, verdict: 'lost' })
        throw failure('CF_JOURNAL_REFUSED', 'the test has it refused')
      }
      const verdict = await journal.append(change)
      this.appends.push({ change, verdict })
      if (fault === 'after') throw failure('CF_JOURNAL_UNAVAILABLE', 'the test took its answer away')
      return verdict
    }
    const read: Journal['read'] = async (paymentId) => {
      if (this.unreadable) throw failure('CF_JOURNAL_UNAVAILABLE', 'the test took it away')
      return journal.read(paymentId)
    }
    const receive: Journal['receive'] = async (item) => {
      if (this.inboxFault) throw failure('CF_JOURNAL_UNAVAILABLE', 'the test took it away')
      return journal.receive(item)
    }
    return { ...journal, append, read, receive }
  }
}

/** S8, for one text that was or could be stored or printed. */
export function assertNoCard(text: string): void {
  for (const canary of CANARIES) {
    const found = typeof canary === 'string' ? text.includes(canary) : canary.test(text)
    assert.equal(found, false, `card data stands in ${text.slice(0, 200)}`)
  }
}

/** Runs a test on a bed and closes it, whatever happens. */
export function onBed(
  test: (bed: Bed) => Promise<void>,
  psp: Partial<WorldpayOptions> = {},
): () => Promise<void> {
  return async () => {
    const bed = new Bed(psp)
    let failed = true
    try {
      await test(bed)
      failed = false
    } finally {
      // A test that failed says why itself.
      if (!failed) await bed.close()
    }
  }
}
