// No tests stand here: the real engine behind the real pages, before a provider that the test plays.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Counterfoil, LogLine } from '../engine/api.ts'
import { createCounterfoil } from '../engine/counterfoil.ts'
import type { Capabilities, Exchange, Gateway, GatewayOperation, Outcome } from '../gateway/gateway.ts'
import type { Transport } from '../gateway/transport.ts'
import type { Journal } from '../journal/journal.ts'
import type { Spool } from '../journal/spool.ts'
import { memoryJournal } from '../journal/memory/index.ts'
import { externalModule, internalModule } from '../pipeline/module.ts'
import { http, type HttpServer } from './http.ts'
import type { HttpOptions } from './options.ts'

/** A card that reached the provider, or the registration of a page. */
export interface Seen {
  readonly orderId: string
  readonly cardNumber: string | undefined
}

type Word = 'approved' | 'declined' | 'not-sent'

/** The provider, and the wire to it: it keeps what reaches it and answers what the test says. */
export class PlayedPsp implements Transport {
  readonly seen: Seen[] = []
  /** What becomes of a request; `not-sent` never arrives. */
  word: (seen: Seen) => Word = () => 'approved'
  /** Answers wait for this. */
  answers: Promise<void> = Promise.resolve()

  send: Transport['send'] = async ({ body }, mayStart) => {
    const refused = mayStart()
    if (refused !== undefined) return { kind: 'notSent', why: refused }
    const seen = JSON.parse(body) as Seen
    const word = this.word(seen)
    if (word === 'not-sent') return { kind: 'notSent', why: 'nobody listens there' }
    this.seen.push(seen)
    await this.answers
    return { kind: 'answered', answer: { status: 200, headers: {}, body: new TextEncoder().encode(word) } }
  }

  close: Transport['close'] = async () => undefined
}

const capabilities: Capabilities = {
  dedupByReference: true,
  inquiryByReference: true,
  inquiryLagMs: 0,
  reversalByReference: false,
  maxProcessingMs: 20_000,
  maxDeliveryMs: 1_000,
  delayedCapture: false,
  echoes: [],
}

function exchange(movesMoney: boolean, seen: Partial<Seen>): Exchange {
  return {
    movesMoney,
    method: 'POST',
    url: 'https://psp.example/',
    headers: {},
    body: JSON.stringify(seen),
    timeoutMs: 20_000,
    answerBytesMax: 1_000,
  }
}

function outcomeOf(word: string, { reference, amountMinor, currency }: GatewayOperation): Outcome {
  const echo = { reference, amountMinor, currency }
  return word === 'approved'
    ? { kind: 'approved', text: 'yes', echo, captured: true }
    : { kind: 'declined', text: 'no', code: '5', echo }
}

const direct: Gateway = {
  name: 'played',
  account: 'TEST',
  capabilities,
  operations: {
    sale: {
      build: ({ orderId }, { card }) => exchange(true, { orderId, cardNumber: card?.reveal().number }),
      read: ({ body }, operation) => outcomeOf(new TextDecoder().decode(body), operation),
    },
  },
  inquire: { build: () => exchange(false, {}), read: () => ({ kind: 'unavailable', text: 'later' }) },
  unrepresentable: () => undefined,
  scrub: (text) => text,
}

const hosted: Gateway = {
  ...direct,
  name: 'played-hosted',
  operations: {
    sale: {
      build: ({ orderId }) => exchange(false, { orderId }),
      read: (_answer, { reference, amountMinor, currency }) => ({
        kind: 'awaiting-payer',
        text: 'go there',
        echo: { reference, amountMinor, currency },
        handover: { page: 'https://psp.example/page' },
      }),
    },
  },
  hosted: { validMs: 3_600_000, readReturn: () => undefined },
  payerPage: ({ page = '' }) => ({ method: 'GET', url: page, fields: {}, framed: false }),
}

export interface EngineStage extends AsyncDisposable {
  readonly cf: Counterfoil
  readonly psp: PlayedPsp
  readonly server: HttpServer
  readonly origin: string
  readonly logged: LogLine[]
}

export interface EngineStageOptions extends Partial<HttpOptions> {
  readonly paymentsInFlightMax?: number
  readonly journal?: Journal
  readonly spool?: Spool
}

/** Modules `card` and `hosted`, a shop that has every order, and a port of this machine. */
export async function engineStage(options: EngineStageOptions = {}): Promise<EngineStage> {
  const { paymentsInFlightMax = 2_000, journal = memoryJournal(), spool, ...httpOptions } = options
  const logged: LogLine[] = []
  const log = (line: LogLine): void => void logged.push(line)
  let server: HttpServer | undefined
  const host = createServer((request, response) => server?.node(request, response))
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
  const psp = new PlayedPsp()
  const done = async (): Promise<void> => undefined
  const cf = createCounterfoil({
    journal,
    ...(spool === undefined ? {} : { spool }),
    publicUrl: `${origin}/pay`,
    transport: psp,
    log,
    limits: { paymentsInFlightMax },
    modules: [internalModule('card', { gateway: direct }), externalModule('hosted', { gateway: hosted })],
    shop: {
      loadOrder: async (id) => ({ id, amountMinor: 4250n, currency: 'GBP', description: 'Tea', lines: [] }),
      markOrderPaid: done,
      markPaymentCancelled: done,
      markOrderInProgress: done,
      deleteBasket: done,
      sendOrderMail: done,
      paymentChanged: done,
    },
  })
  await cf.start()
  const made = http(cf, { secret: 'a secret of thirty-two bytes or more', log, ...httpOptions })
  server = made
  return {
    cf,
    psp,
    server: made,
    origin,
    logged,
    [Symbol.asyncDispose]: async () => {
      host.closeAllConnections()
      await made.close()
      await cf.stop()
      await new Promise((resolve) => host.close(resolve))
    },
  }
}
