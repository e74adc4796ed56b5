import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqliteJournalReader } from '../../src/journal/sqlite/index.ts'
import { dueOf } from '../../src/payment/due.ts'
import { isEnd } from '../../src/payment/operation-states.ts'
import type { Payment } from '../../src/payment/state.ts'
import type { FaultRequest } from '../../src/simulators/worldpay/index.ts'
import { CARD, canaryHits, filesBelow } from './canary.ts'
import { Child } from './child.ts'
import { type PspOrder, problems, tableOf } from './compare.ts'
import { LIMITS, type NodeSettings, type PaymentAnswer, type PayBody, TIME_SCALE } from './settings.ts'
import { ShopDatabase } from './shop-database.ts'

/** A payment that has something to do within this is not at rest; what is asked again after an hour is. */
const REST_MS = 10 * 60_000
const POLL_MS = 200
const REQUEST_WITHIN_MS = 5_000
const LIST_MAX = 1_000
const RESTLESS_SHOWN = 20

/** What a server process answered; undefined when it was not there, or went away before it answered. */
export type Reply =
  | ({ readonly kind: 'payment' } & PaymentAnswer)
  | { readonly kind: 'refused'; readonly code: string }
  | undefined

/** One shop with its journal, and the server processes that run on it, one at a time. */
export class Site {
  readonly folder: string
  readonly shop: ShopDatabase
  readonly #bed: Bed
  #node: Child | undefined
  readonly #nodes: Child[] = []
  #logs = 0

  constructor(bed: Bed, folder: string) {
    mkdirSync(folder)
    this.#bed = bed
    this.folder = folder
    this.shop = new ShopDatabase(folder)
  }

  /** Starts a server process; whether it came up is asked with `whenReady`. */
  start(settings: Partial<NodeSettings> = {}): Child {
    const node = this.startBeside(settings)
    this.#node = node
    this.#nodes.push(node)
    return node
  }

  /** Starts a process on the same journal without taking it for the one that serves. */
  startBeside(settings: Partial<NodeSettings> = {}): Child {
    const { folder } = this
    const full: NodeSettings = {
      folder,
      paymentServiceUrl: `${this.#bed.url}/worldpay/jsp/merchant/xml/paymentService.jsp`,
      timeScale: TIME_SCALE,
      limits: LIMITS,
      ...settings,
    }
    return this.#bed.spawn('./node.ts', full, join(folder, `node-${++this.#logs}.log`))
  }

  pay(body: PayBody): Promise<Reply> {
    return this.#ask('/pay', { ...body, ...CARD })
  }

  cancel(paymentId: string, key: string): Promise<Reply> {
    return this.#ask('/cancel', { paymentId, key })
  }

  status(paymentId: string): Promise<Reply> {
    return this.#ask(`/payment?id=${paymentId}`, undefined)
  }

  async #ask(path: string, body: unknown): Promise<Reply> {
    const node = this.#node
    const port = node?.running === true ? await node.ready : undefined
    if (port === undefined) return undefined
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        signal: AbortSignal.timeout(REQUEST_WITHIN_MS),
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      })
      const value = (await response.json()) as PaymentAnswer & { readonly code: string }
      if (response.status === 200) return { kind: 'payment', ...value }
      return { kind: 'refused', code: value.code }
    } catch {
      // The process was killed under the request, as it is meant to be: the payer sees a broken page.
      return undefined
    }
  }

  /** All payments as they stand in the journal's file, read beside the process that owns it. */
  async payments(): Promise<readonly Payment[]> {
    // Before a first process has served there may be no journal, or one without its tables.
    if (!this.#nodes.some(({ serves }) => serves)) return []
    const reader = await sqliteJournalReader(join(this.folder, 'payments.db'))
    try {
      const all: Payment[] = []
      for (let before: string | undefined; ; ) {
        const page = await reader.list({ limit: LIST_MAX, ...(before === undefined ? {} : { before }) })
        if (page.unreadable.length > 0) throw new Error(`cannot be read: ${page.unreadable.join(', ')}`)
        all.push(...page.payments.map(({ payment }) => payment))
        before = page.next
        if (before === undefined) return all
      }
    } finally {
      await reader.close()
    }
  }

  /** True when there are `least` payments, and nothing is left to do for any. */
  async isAtRest(least: number): Promise<boolean> {
    const all = await this.payments()
    return all.length >= least && all.every((payment) => isAtRest(payment))
  }

  /** Waits until every payment, and there are `least`, is at rest: settled and told, or a case (L1). */
  async settle(limitMs: number, least = 1): Promise<readonly Payment[]> {
    const untilMs = performance.now() + limitMs
    for (;;) {
      const all = await this.payments()
      const restless = all.filter((payment) => !isAtRest(payment))
      if (restless.length === 0 && all.length >= least) return all
      if (performance.now() > untilMs) {
        const shown = restless.slice(0, RESTLESS_SHOWN).map(inShort)
        assert.fail(`${restless.length} payments are not at rest after ${limitMs} ms:\n${shown.join('\n')}`)
      }
      await sleep(POLL_MS)
    }
  }

  /** Compares the journal, the PSP's ledger and the shop; fails with a table of what does not agree. */
  async assertAgreement(acknowledged: ReadonlyMap<string, string> = new Map()): Promise<readonly Payment[]> {
    // In this order: whatever is in the ledger by now was written down before.
    const ledger = await this.#bed.ledger()
    const payments = await this.payments()
    const elsewhere = await this.#bed.referencesBeside(this)
    const psp = ledger.filter(({ orderCode }) => !elsewhere.has(orderCode))
    const found = problems({
      payments,
      psp,
      told: this.shop.told(),
      shopStates: this.shop.states(),
      acknowledged,
    })
    assert.ok(found.length === 0, `the books do not agree:\n${tableOf(found)}`)
    return payments
  }
}

function isAtRest(payment: Payment): boolean {
  const { dueAtMs } = dueOf(payment)
  if (dueAtMs !== undefined && dueAtMs < Date.now() + REST_MS) return false
  return payment.cases.length > 0 || payment.operations.every(({ state }) => isEnd(state))
}

/** What a payment still waits for, in one line. */
function inShort({ paymentId, status, fence, operations, work, cases }: Payment): string {
  const when = (atMs: number | undefined): string =>
    atMs === undefined ? 'nothing' : `${Math.round(atMs - Date.now())} ms`
  const waiting = [
    ...operations.map(({ kind, state, nextTryAtMs }) => `${kind} ${state}, waits for ${when(nextTryAtMs)}`),
    ...work
      .filter(({ state }) => state === 'due')
      .map(({ step, tries, nextTryAtMs }) => `${step} due in ${when(nextTryAtMs)}, tried ${tries} times`),
  ]
  return `${paymentId} ${status}, fence ${fence}, ${cases.length} cases: ${waiting.join('; ')}`
}

/** The PSP's process, a temporary folder, and every process that a test started: all of it goes with `close`. */
export class Bed {
  readonly folder: string
  readonly #children: Child[] = []
  readonly #sites: Site[] = []
  #url = ''

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open({ dedup = true } = {}): Promise<Bed> {
    const bed = new Bed(mkdtempSync(join(tmpdir(), 'counterfoil-crash-suite-')))
    const { folder } = bed
    const settings = { folder, timeScale: TIME_SCALE, dedup }
    try {
      bed.#url = await bed.spawn('./simulator.ts', settings, join(folder, 'simulator.log')).whenReady()
    } catch (error) {
      await bed.close()
      throw error
    }
    return bed
  }

  /** The PSP's address. */
  get url(): string {
    return this.#url
  }

  /** What the journals of the other sites have sent to the same PSP. */
  async referencesBeside(site: Site): Promise<ReadonlySet<string>> {
    const found = new Set<string>()
    for (const other of this.#sites) {
      if (other === site) continue
      for (const { operations } of await other.payments())
        for (const { reference } of operations) found.add(reference)
    }
    return found
  }

  site(): Site {
    const site = new Site(this, join(this.folder, `site-${this.#sites.length + 1}`))
    this.#sites.push(site)
    return site
  }

  spawn(script: string, argument: unknown, logFile: string): Child {
    const child = new Child(script, argument, logFile, { NODE_COMPILE_CACHE: join(this.folder, 'compiled') })
    this.#children.push(child)
    return child
  }

  async setFault(fault: FaultRequest): Promise<void> {
    await this.#control('faults', { method: 'POST', body: JSON.stringify(fault) })
  }

  async clearFaults(): Promise<void> {
    await this.#control('faults', { method: 'DELETE' })
  }

  /** Requests that the faults of a kind have looked at, and struck. */
  async faults(): Promise<
    readonly { readonly kind: string; readonly seen: number; readonly struck: number }[]
  > {
    const { faults } = (await this.#control('faults')) as {
      readonly faults: { readonly kind: string; readonly seen: number; readonly struck: number }[]
    }
    return faults
  }

  async ledger(): Promise<readonly PspOrder[]> {
    return ((await this.#control('ledger')) as { readonly orders: readonly PspOrder[] }).orders
  }

  async #control(path: string, init: RequestInit = {}): Promise<unknown> {
    const signal = AbortSignal.timeout(REQUEST_WITHIN_MS)
    const response = await fetch(`${this.#url}/worldpay/control/${path}`, { ...init, signal })
    const value: unknown = await response.json()
    assert.ok(response.ok, `the simulator refused ${path}: ${JSON.stringify(value)}`)
    return value
  }

  /** S8: the card stands in no file that any process here has written, and in nothing that one has printed. */
  assertNoCard(): void {
    const files = filesBelow(this.folder)
    for (const must of [/payments\.db$/, /payments\.db-wal$/, /worldpay\.jsonl$/, /\.log$/, /shop\.db$/]) {
      assert.ok(
        files.some((file) => must.test(file)),
        `there is a file ${must.source}`,
      )
    }
    assert.deepEqual(canaryHits(this.folder), [])
  }

  /** Ends every process by its id, whatever state it is in, and removes the folder. */
  async close(): Promise<void> {
    for (const { shop } of this.#sites) shop.close()
    await Promise.all(this.#children.map((child) => child.kill()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}
