import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { reasonOf } from '../../errors.ts'
import type { World } from '../../world.ts'
import type { LineFile } from '../line-file.ts'
import { readBody } from '../request-body.ts'
import { resetBooks, saveOrder } from './books.ts'
import { type Handled, handle, type SimulatedRequest, type SimulatedResponse } from './core.ts'
import { addFault, clearFaults, type Fault, type FaultRequest, removeFault } from './faults.ts'
import { type Ledger, type LedgerOrder, ledger, ledgerOf } from './ledger.ts'
import { setOptions, type WorldpayOptions, type WorldpayState } from './state.ts'

export const BODY_BYTES_MAX = 262_144
/** How long a connection is left hanging when the client does not give up. */
const HANG_MS_MAX = 600_000
/** Answers and executions that wait for their time. */
const WAITING_MAX = 10_000
const REFUSE_MS_DEFAULT = 2_000

/** What the shell needs of the server that it is mounted in. */
export interface Surroundings {
  readonly world: World
  readonly file: LineFile | undefined
  /** Makes the server refuse connections for a while. */
  readonly leave: (durationMs: number) => void
}

/** Carries the core's answers over HTTP, as their delivery says, and keeps the data file. */
export class WorldpayShell {
  readonly state: WorldpayState
  readonly #world: World
  readonly #file: LineFile | undefined
  readonly #leave: (durationMs: number) => void
  readonly #waiting = new Set<() => void>()
  #latestMs = 0

  constructor(state: WorldpayState, { world, file, leave }: Surroundings) {
    this.state = state
    this.#world = world
    this.#file = file
    this.#leave = leave
  }

  /** What was really authorized, captured, cancelled and refunded up to now. */
  ledger(): Ledger {
    return ledger(this.state, this.nowMs())
  }

  ledgerOf(orderCode: string): LedgerOrder | undefined {
    return ledgerOf(this.state, orderCode, this.nowMs())
  }

  /**
   * Adds a fault to the plan. `refuse` begins at once, for `durationMs` (2 s): while nobody listens nothing can be
   * counted, so that it strikes everybody.
   *
   * @throws CF_CONFIG naming the field and what is allowed.
   */
  addFault(request: FaultRequest): Fault {
    const fault = addFault(this.state, request)
    if (fault.kind === 'refuse') {
      removeFault(this.state, fault.id)
      this.#leave(fault.durationMs ?? REFUSE_MS_DEFAULT)
    }
    return fault
  }

  clearFaults(): void {
    clearFaults(this.state)
  }

  /** @throws CF_CONFIG naming the option and what is allowed. */
  setOptions(change: Partial<WorldpayOptions>): void {
    setOptions(this.state, change)
  }

  /** Forgets every order and every fault, in the data file too. */
  reset(): void {
    resetBooks(this.state, this.#file)
  }

  /** Cancels what waits for its time. */
  close(): void {
    for (const cancel of this.#waiting) cancel()
    this.#waiting.clear()
  }

  /** The wall clock, made not to go back (F14). */
  nowMs(): number {
    this.#latestMs = Math.max(this.#latestMs, this.#world.nowMs())
    return this.#latestMs
  }

  /** Answers one request for the payment service. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const body = await readBody(request, BODY_BYTES_MAX)
    if (body === undefined) {
      response.shouldKeepAlive = false
      return deliver(response, { status: 413, headers: {}, body: 'The message is too long.\n' })
    }
    const simulated: SimulatedRequest = {
      method: request.method ?? '',
      path,
      headers: { authorization: request.headers.authorization ?? '' },
      body,
    }
    this.#carry(simulated, response, this.#handle(simulated, true))
  }

  #handle(request: SimulatedRequest, faults: boolean): Handled {
    const handled = handle(request, this.state, this.nowMs(), { faults })
    if (handled.changed !== undefined) saveOrder(this.state, this.#file, handled.changed)
    return handled
  }

  #carry(request: SimulatedRequest, response: ServerResponse, handled: Handled): void {
    const { delivery } = handled
    switch (delivery.kind) {
      case 'answer':
        if (delivery.delayMs === 0) return deliver(response, handled.response)
        return this.#wait(delivery.delayMs, response, () => deliver(response, handled.response))
      case 'later':
        return this.#wait(delivery.delayMs, response, () =>
          this.#carry(request, response, this.#handle(request, false)),
        )
      case 'hang':
        return this.#wait(HANG_MS_MAX, response, () => response.socket?.destroy())
      case 'refuse':
        return reset(response)
      case 'cut':
        return cut(response, handled.response, delivery.atByte)
      default:
        delivery satisfies never
    }
  }

  #wait(delayMs: number, response: ServerResponse, run: () => void): void {
    if (this.#waiting.size >= WAITING_MAX) return reset(response)
    const cancel = this.#world.timer(delayMs, () => {
      this.#waiting.delete(cancel)
      try {
        run()
      } catch (error) {
        // Only the data file can fail here: whoever waits for this answer sees the connection end.
        process.emitWarning(`The simulator could not execute a late request: ${reasonOf(error)}`)
        reset(response)
      }
    })
    this.#waiting.add(cancel)
  }
}

function deliver(response: ServerResponse, answer: SimulatedResponse): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
  response.end(answer.body)
}

/** The client sees ECONNRESET. */
function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy()
}

/** Sends the first bytes of the whole HTTP answer, head included, and ends the connection. */
function cut(response: ServerResponse, answer: SimulatedResponse, atByte: number): void {
  if (atByte === 0) return reset(response)
  const head = { ...answer.headers, 'content-length': String(Buffer.byteLength(answer.body)) }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  const raw = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines.join('')}\r\n${answer.body}`
  const { socket } = response
  socket?.end(Buffer.from(raw).subarray(0, atByte), () => socket.destroy())
}
