import type { Exit } from './node-process.ts'

/** One order of the provider's ledger as its control interface tells it; amounts are digits. */
export interface LedgerOrder {
  readonly orderCode: string
  readonly executions: number
  readonly liveExecutions: number
  readonly authorisedMinor: string
  readonly capturedMinor: string
  readonly liveMinor: string
  readonly pending: number
  /** The provider's word for how it stands. */
  readonly lastEvent?: string
  readonly entries: readonly { readonly kind: string }[]
}

/** The shop in which the play is played, of one process or of several, and its provider. */
export interface Premises {
  /** Nothing of it is left after `close`. */
  readonly folder: string
  readonly dataFolder: string
  /** Where payers find it. */
  readonly shopUrl: string
  /** The port of each of its processes. */
  readonly ports: readonly number[]
  /** The process that is killed next. */
  readonly aim: number
  /** Where the provider takes messages: connections to this port are refused while it is away. */
  readonly simulatorPort: number
  /** Starts what does not run, and waits until all of it serves. */
  start(): Promise<void>
  /** kill -9 of the process that `aim` names, by its process id. */
  kill(): Promise<Exit>
  /** Waits for that process to end by itself. */
  whenGone(): Promise<Exit>
  /** Sends a signal to all of it and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<Exit>
  ledger(): Promise<readonly LedgerOrder[]>
  /** Asks the simulator's control interface; a body makes it a POST. */
  control(path: string, body?: unknown, method?: string): Promise<unknown>
  /** All that it has printed. */
  readonly printed: string
  close(): Promise<void>
}

/** One request to the simulator's control interface. */
const REQUEST_WITHIN_MS = 5_000

/** Asks the control interface of the simulator at this port of this machine. */
export async function askSimulator(
  port: number,
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/worldpay/control/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`the simulator refused ${path}: ${JSON.stringify(answer)}`)
  return answer
}

export async function ledgerAt(port: number): Promise<readonly LedgerOrder[]> {
  return ((await askSimulator(port, 'ledger')) as { readonly orders: readonly LedgerOrder[] }).orders
}
