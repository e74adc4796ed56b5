import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** What the provider's own books come to. */
export interface Ledger {
  readonly orders: number
  /** More than orders would be a sale taken twice. */
  readonly executions: number
  readonly authorisedMinor: bigint
}

const START_TIMEOUT_MS = 20_000
const ANSWER_TIMEOUT_MS = 20_000

/** The simulator in its process, and its ledger over its control interface. */
export class Provider {
  readonly #process: ChildProcess
  readonly #control: string
  /** Where sales are sent. */
  readonly paymentService: string

  private constructor(
    child: ChildProcess,
    urls: { readonly paymentService: string; readonly control: string },
  ) {
    this.#process = child
    this.#control = urls.control
    this.paymentService = urls.paymentService
  }

  static async start(): Promise<Provider> {
    const child = fork(new URL('./simulator.ts', import.meta.url), { execArgv: [] })
    const [urls] = (await once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })) as [
      { readonly paymentService: string; readonly control: string },
    ]
    return new Provider(child, urls)
  }

  /** Forgets every order, so that a round's ledger is its own and the simulator stays as quick as it was. */
  async reset(): Promise<void> {
    await this.#ask('POST', 'reset')
  }

  async ledger(): Promise<Ledger> {
    const { totals } = (await this.#ask('GET', 'ledger?limit=0')) as {
      readonly totals: {
        readonly orders: number
        readonly executions: number
        readonly byCurrency: Readonly<Record<string, { readonly authorisedMinor: string }>>
      }
    }
    const { orders, executions, byCurrency } = totals
    let authorisedMinor = 0n
    for (const currency of Object.values(byCurrency)) authorisedMinor += BigInt(currency.authorisedMinor)
    return { orders, executions, authorisedMinor }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.disconnect()
    await exited
  }

  async #ask(method: string, path: string): Promise<unknown> {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    const response = await fetch(this.#control + path, { method, signal })
    const text = await response.text()
    if (!response.ok) throw new Error(`the simulator answered ${response.status} to ${path}: ${text}`)
    return JSON.parse(text)
  }
}
