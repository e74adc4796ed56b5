import type { Exchange } from '../gateway/gateway.ts'
import type { Sent, Transport } from '../gateway/transport.ts'
import {
  addFault,
  type FaultRequest,
  handle,
  type LedgerOrder,
  ledgerOf,
  newWorldpayState,
  PAYMENT_SERVICE_PATH,
  type WorldpayOptions,
} from '../simulators/worldpay/index.ts'
import type { VirtualClock } from './virtual-world.test-data.ts'

/** What becomes of one exchange on its way. */
export type Way =
  /** It arrives and is answered; with a fault, the PSP answers as that says. */
  | { readonly kind: 'answer'; readonly fault?: FaultRequest }
  /** No byte leaves. */
  | { readonly kind: 'notSent' }
  /** Nobody knows: it was executed there, or not. */
  | { readonly kind: 'unknown'; readonly executed: boolean; readonly socketReset?: boolean }
  /** It is executed at once, and its answer comes when the test releases it. */
  | { readonly kind: 'held' }
  /** It leaves when the test releases it. */
  | { readonly kind: 'late' }
  /** Answered with the text that this makes of the true answer. */
  | { readonly kind: 'altered'; readonly alter: (body: string, request: string) => string }

export type SentKind = 'charge' | 'capture' | 'refund' | 'void' | 'reversal' | 'inquiry'

/** The PSP's simulator, and a network before it that does what a test says. */
export class Network {
  /** What left, in its order. */
  readonly sent: { readonly kind: SentKind; readonly body: string }[] = []
  readonly psp
  readonly #clock: VirtualClock
  readonly #ways: { readonly on: SentKind; readonly way: Way; times: number }[] = []
  readonly #held: (() => void)[] = []
  /** What the PSP was handed, to see that nothing arrives twice. */
  executed = 0

  constructor(clock: VirtualClock, options: Partial<WorldpayOptions> = {}) {
    this.#clock = clock
    this.psp = newWorldpayState(options)
  }

  /** The next so many exchanges of that kind go this way; the others arrive and are answered. */
  on(kind: SentKind, way: Way, times = 1): void {
    this.#ways.push({ on: kind, way, times })
  }

  /** From now on everything arrives and is answered. */
  clear(): void {
    this.#ways.length = 0
  }

  /** Lets go what is held or late. */
  release(): void {
    for (const go of this.#held.splice(0)) go()
  }

  times(kind: SentKind): number {
    return this.sent.filter((entry) => entry.kind === kind).length
  }

  /** The PSP's own books. */
  ledger(reference: string): LedgerOrder | undefined {
    return ledgerOf(this.psp, reference, this.#clock.nowMs)
  }

  transport(): Transport {
    return {
      close: async () => undefined,
      send: (exchange, mayStart) => this.#send(exchange, mayStart),
    }
  }

  async #send(exchange: Exchange, mayStart: () => string | undefined): Promise<Sent> {
    const kind = kindOf(exchange.body)
    const way = this.#wayOf(kind)
    if (way.kind === 'notSent') return { kind: 'notSent', why: 'connect ECONNREFUSED' }
    if (way.kind === 'late') await this.#hold()
    const why = mayStart()
    if (why !== undefined) return { kind: 'notSent', why }
    this.sent.push({ kind, body: exchange.body })
    if (way.kind === 'unknown') {
      if (way.executed) this.#execute(exchange)
      return { kind: 'unknown', why: 'timeout', socketReset: way.socketReset ?? false }
    }
    const sent = this.#execute(exchange, way.kind === 'answer' ? way.fault : undefined)
    if (way.kind === 'held') await this.#hold()
    if (way.kind !== 'altered' || sent.kind !== 'answered') return sent
    const body = Buffer.from(way.alter(Buffer.from(sent.answer.body).toString(), exchange.body))
    return { kind: 'answered', answer: { ...sent.answer, body } }
  }

  #wayOf(kind: SentKind): Way {
    const index = this.#ways.findIndex((entry) => entry.on === kind)
    const entry = this.#ways[index]
    if (entry === undefined) return { kind: 'answer' }
    entry.times--
    if (entry.times <= 0) this.#ways.splice(index, 1)
    return entry.way
  }

  #hold(): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push(resolve)
    })
  }

  #execute({ method, headers, body }: Exchange, fault?: FaultRequest): Sent {
    this.executed++
    if (fault !== undefined) addFault(this.psp, fault)
    const { response } = handle(
      { method, path: PAYMENT_SERVICE_PATH, headers, body },
      this.psp,
      this.#clock.nowMs,
    )
    return {
      kind: 'answered',
      answer: { status: response.status, headers: response.headers, body: Buffer.from(response.body) },
    }
  }
}

function kindOf(body: string): SentKind {
  if (body.includes('<submit>')) return 'charge'
  if (body.includes('<inquiry>')) return 'inquiry'
  switch (/<(capture|refund|cancelOrRefund|cancel)\b/.exec(body)?.[1]) {
    case 'capture':
      return 'capture'
    case 'refund':
      return 'refund'
    case 'cancel':
      return 'void'
    default:
      return 'reversal'
  }
}
