import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { reasonOf } from '../../errors.ts'
import type { World } from '../../world.ts'
import type { LineFile } from '../line-file.ts'
import { readBody } from '../request-body.ts'
import { type BackOfficeAction, type BackOfficeResult, backOffice } from './back-office.ts'
import { resetBooks, saveOrder } from './books.ts'
import { type Handled, handle, type SimulatedRequest, type SimulatedResponse } from './core.ts'
import { addFault, clearFaults, type Fault, type FaultRequest, removeFault } from './faults.ts'
import {
  cancelHosted,
  type HostedOrder,
  hostedOrder,
  type HostedPayment,
  type HostedResult,
  payHosted,
} from './hosted.ts'
import { type Ledger, type LedgerOrder, ledger, ledgerOf } from './ledger.ts'
import { Postman } from './postman.ts'
import { type ReportPeriod, settlementReport } from './settlement-report.ts'
import { setOptions, type WorldpayOptions, type WorldpayState } from './state.ts'
import { type Challenge, challenge, completeChallenge } from './three-d-secure.ts'

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
  /** Takes the notifications to the merchant. */
  readonly postman: Postman
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
    this.postman = new Postman({
      state,
      world,
      nowMs: () => this.nowMs(),
      saved: (orderCode) => saveOrder(state, file, orderCode),
    })
  }

  /** What was really authorized, captured, cancelled and refunded up to now. */
  ledger(): Ledger {
    return ledger(this.state, this.nowMs())
  }

  ledgerOf(orderCode: string): LedgerOrder | undefined {
    return ledgerOf(this.state, orderCode, this.nowMs())
  }

  /** The settlement report of a period, or of all time, as CSV; undefined when it would be too long. */
  settlementReport(period: Partial<ReportPeriod> = {}): string | undefined {
    const nowMs = this.nowMs()
    return settlementReport(this.state, { fromMs: 0, untilMs: nowMs + 1, ...period }, nowMs)
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
    this.postman.wake()
  }

  /** Forgets every order and every fault, in the data file too. */
  reset(): void {
    resetBooks(this.state, this.#file)
    this.postman.forget()
  }

  /** Cancels what waits for its time. */
  async close(): Promise<void> {
    for (const cancel of this.#waiting) cancel()
    this.#waiting.clear()
    await this.postman.close()
  }

  /** What the hosted page of this ticket shows. */
  hostedOrder(ticket: string): HostedOrder | undefined {
    return hostedOrder(this.state, ticket, this.nowMs())
  }

  /** The newest pages that can still be paid, at most so many, with their tickets. */
  openPages(most: number): (HostedOrder & { readonly ticket: string })[] {
    const open: (HostedOrder & { readonly ticket: string })[] = []
    for (const { ticket } of Object.values(this.state.registrations).reverse()) {
      const order = this.hostedOrder(ticket)
      if (order?.state === 'open') open.push({ ...order, ticket })
      if (open.length >= most) break
    }
    return open
  }

  /** The payer presses Pay. */
  payHosted(ticket: string, payment: HostedPayment): HostedResult {
    return this.#changed(payHosted(this.state, ticket, payment, this.nowMs()))
  }

  /** The payer presses Cancel. */
  cancelHosted(ticket: string): HostedResult {
    return this.#changed(cancelHosted(this.state, ticket, this.nowMs()))
  }

  /** What the payer's bank asks. */
  challenge(transactionId: string): Challenge | undefined {
    return challenge(this.state, transactionId, this.nowMs())
  }

  /** The payer answers the bank; false when it has not asked, or has its answer already. */
  completeChallenge(transactionId: string, verdict: 'passed' | 'failed'): boolean {
    const orderCode = this.challenge(transactionId)?.orderCode
    const done = completeChallenge(this.state, transactionId, verdict, this.nowMs())
    this.#changed({ orderCode })
    return done
  }

  /** Something happens to an order that its merchant has not asked for. */
  backOffice(orderCode: string, action: BackOfficeAction, amountMinor?: bigint): BackOfficeResult {
    const result = backOffice(this.state, orderCode, action, amountMinor, this.nowMs())
    this.#changed({ orderCode })
    return result
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
      headers: {
        authorization: request.headers.authorization ?? '',
        cookie: request.headers.cookie ?? '',
      },
      body,
    }
    const handled = this.#handle(simulated, true)
    if (handled.notifyFirst && handled.changed !== undefined) await this.postman.tried(handled.changed)
    this.#carry(simulated, response, handled)
  }

  /** Keeps what has become of an order, and lets its merchant know. */
  #changed<T extends { readonly orderCode?: string | undefined }>(result: T): T {
    if (result.orderCode !== undefined) saveOrder(this.state, this.#file, result.orderCode)
    this.postman.wake()
    return result
  }

  #handle(request: SimulatedRequest, faults: boolean): Handled {
    const handled = handle(request, this.state, this.nowMs(), { faults })
    if (handled.changed !== undefined) {
      saveOrder(this.state, this.#file, handled.changed)
      this.postman.wake()
    }
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
