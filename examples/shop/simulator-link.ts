/** One thing that really happened at the provider. */
export interface LedgerEntry {
  readonly atMs: number
  readonly kind: string
  readonly amountMinor: bigint
}

/** What the provider's own books say about one reference. */
export interface LedgerOrder {
  readonly orderCode: string
  readonly currency: string
  /** Times that it was executed: each card that was refused on the provider's page counts as one. */
  readonly executions: number
  readonly authorisedMinor: bigint
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  readonly cancelledMinor: bigint
  readonly expiredMinor: bigint
  readonly chargedBackMinor: bigint
  /** Modifications that were received and are not yet in effect. */
  readonly pending: number
  readonly lastEvent: string
  readonly entries: readonly LedgerEntry[]
}

export type LedgerAnswer =
  | { readonly kind: 'found'; readonly order: LedgerOrder }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unavailable'; readonly why: string }

/** A fault as the simulator takes it; docs/reference/simulators.md lists them. */
export type FaultRequest = Readonly<Record<string, string | number>>

/** The simulator's control page, as a program sees it. */
export interface SimulatorLink {
  /** The page for people. */
  readonly pageUrl: string
  ledgerOf(reference: string): Promise<LedgerAnswer>
  /** @throws Error when the simulator does not take it. */
  addFault(fault: FaultRequest): Promise<void>
  /** @throws Error when the simulator does not answer. */
  clearFaults(): Promise<void>
  /** Faults that wait for a request; undefined when the simulator does not answer. */
  faults(): Promise<readonly string[] | undefined>
}

const ANSWER_TIMEOUT_MS = 2_000

/** Talks to the simulator over HTTP, as a tester would: `baseUrl` is such as `http://localhost:4010/worldpay`. */
export function simulatorLink(baseUrl: string): SimulatorLink {
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${baseUrl}${path}`, { ...init, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })

  const change = async (path: string, init: RequestInit): Promise<void> => {
    const response = await ask(path, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`the simulator answered ${response.status}: ${text.slice(0, 200)}`)
  }

  return {
    pageUrl: `${baseUrl}/`,
    ledgerOf: async (reference) => {
      try {
        const response = await ask(`/control/ledger/${encodeURIComponent(reference)}`)
        const text = await response.text()
        if (response.status === 404) return { kind: 'nothing' }
        if (!response.ok) return { kind: 'unavailable', why: `it answered ${response.status}` }
        return { kind: 'found', order: readOrder(JSON.parse(text)) }
      } catch (error) {
        return { kind: 'unavailable', why: error instanceof Error ? error.message : String(error) }
      }
    },
    addFault: (fault) =>
      change('/control/faults', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      }),
    clearFaults: () => change('/control/faults', { method: 'DELETE' }),
    faults: async () => {
      try {
        const response = await ask('/control/faults')
        const list: unknown = await response.json()
        return readFaults(list)
      } catch {
        // A page that only mentions the plan is shown without it.
        return undefined
      }
    },
  }
}

type Json = Readonly<Record<string, unknown>>

function readOrder(json: unknown): LedgerOrder {
  const order = json as Json
  const entries = Array.isArray(order['entries']) ? (order['entries'] as readonly Json[]) : []
  return {
    orderCode: String(order['orderCode']),
    currency: String(order['currency']),
    executions: Number(order['executions']),
    authorisedMinor: minorOf(order, 'authorisedMinor'),
    capturedMinor: minorOf(order, 'capturedMinor'),
    refundedMinor: minorOf(order, 'refundedMinor'),
    cancelledMinor: minorOf(order, 'cancelledMinor'),
    expiredMinor: minorOf(order, 'expiredMinor'),
    chargedBackMinor: minorOf(order, 'chargedBackMinor'),
    pending: Number(order['pending']),
    lastEvent: String(order['lastEvent']),
    entries: entries.map((entry) => ({
      atMs: Number(entry['atMs']),
      kind: String(entry['kind']),
      amountMinor: minorOf(entry, 'amountMinor'),
    })),
  }
}

/** Amounts travel as decimal digits or as whole numbers. */
function minorOf(json: Json, name: string): bigint {
  const value = json[name]
  if (typeof value === 'number' || typeof value === 'string') return BigInt(value)
  throw new Error(`the simulator's ledger has no ${name}`)
}

function readFaults(json: unknown): readonly string[] {
  const list = Array.isArray(json) ? json : (json as Json)['faults']
  if (!Array.isArray(list)) return []
  return list.map((fault: Json) => `${String(fault['kind'])} on ${String(fault['on'])}`)
}
