import { inspect } from 'node:util'
import { worldpay } from '../../src/gateways/worldpay/index.ts'
import { secret } from '../../src/gateway/secret.ts'
import { defaultWorldpayOptions, newWorldpayState } from '../../src/simulators/worldpay/index.ts'
import { Books } from './books.ts'
import { Cluster, DOUBT_CASE_AFTER_MS } from './cluster.ts'
import type { FaultCounts } from './faults.ts'
import { Violation } from './invariant.ts'
import { Mischief } from './mischief.ts'
import { People } from './people.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { checkShop, ShopBooks } from './simulated-shop.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Faults end after that; then everything must come to an end. */
const FAULTS_MS = 2 * HOUR_MS
/** The declared bound (L1): doubt that is so old is a case, and a little for what was begun late and the last round. */
const BOUND_MS = FAULTS_MS + DOUBT_CASE_AFTER_MS + 3 * HOUR_MS
/** A `not-seen` end is asked about again after an hour: that is no unrest. */
const REST_MS = 30 * MINUTE_MS

export interface RunOptions {
  /** A mistake of the PSP, for mutations: it executes a reference twice. */
  readonly pspWithoutDedup: boolean
  readonly trace?: (line: string) => void
}

export interface RunResult {
  readonly seed: number
  readonly violation: { readonly invariant: string; readonly text: string } | undefined
  readonly faults: FaultCounts
  readonly payments: number
  readonly cases: number
  readonly statuses: Readonly<Record<string, number>>
  readonly virtualMs: number
}

/** Plays one seed: a few orders, payers, staff, processes, faults; then checks that everything ended right. */
export async function runSeed(seed: number, options: RunOptions): Promise<RunResult> {
  const random = new Random(seed)
  const scheduler = new Scheduler()
  const mischief = new Mischief(random.fork(), scheduler, scheduler.nowMs + FAULTS_MS)
  const psp = newWorldpayState({ dedup: !options.pspWithoutDedup })
  const books = new Books(scheduler, psp)
  const shop = new ShopBooks(scheduler)
  let broken: unknown
  const fail = (error: unknown): void => {
    broken ??= error
  }
  const { merchantCode, username, password } = defaultWorldpayOptions
  const gateway = worldpay({
    url: 'http://127.0.0.1:4010/worldpay/jsp/merchant/xml/paymentService.jsp',
    merchantCode,
    username,
    password: secret(password),
  }).direct
  const cluster = new Cluster(
    { scheduler, random: random.fork(), mischief, books, shop, psp, gateway, fail },
    random.between(1, 3),
  )
  const people = new People({ scheduler, random: random.fork(), mischief, cluster, shop })
  let present = 0
  const live = (life: Promise<void>): void => {
    present++
    life.catch(fail).finally(() => present--)
  }
  for (let index = random.between(1, 4); index > 0; index--) {
    const amountMinor = BigInt(random.between(100, 100_000))
    const id = `order-${index}`
    const lines = [{ sku: 'A', name: 'A', quantity: 1, amountMinor }]
    shop.orders.set(id, {
      id,
      amountMinor,
      currency: random.pick(['GBP', 'JPY', 'BHD']),
      description: `Order ${index}`,
      lines,
    })
    live(people.payer(id))
    if (random.chance(0.5)) live(people.staff(id))
  }
  outages(random.fork(), scheduler, mischief, books, shop, cluster)

  const isOver = (): boolean => broken !== undefined
  try {
    await scheduler.run(scheduler.startMs + FAULTS_MS, isOver)
    // In strides: asking whether all is at rest is dear.
    for (let untilMs = scheduler.nowMs; !isOver() && untilMs < scheduler.startMs + BOUND_MS; ) {
      if (present === 0 && books.restless(REST_MS).length === 0) break
      untilMs += 10 * MINUTE_MS
      await scheduler.run(untilMs, isOver)
      scheduler.nowMs = Math.max(scheduler.nowMs, untilMs)
    }
    if (broken !== undefined) throw broken
    books.checkEnd()
    checkShop(shop, books.payments.values())
  } catch (error) {
    broken = error
  }
  return result(seed, scheduler, books, mischief.struck, broken, options)
}

/** What hits everybody at once: the journal or the shop away, a process paused for long. */
function outages(
  random: Random,
  scheduler: Scheduler,
  mischief: Mischief,
  books: Books,
  shop: ShopBooks,
  cluster: Cluster,
): void {
  for (let atMs = 0; atMs < FAULTS_MS; atMs += 5 * MINUTE_MS) {
    scheduler.after(atMs + random.between(0, 5 * MINUTE_MS), () => {
      if (mischief.strikes('journal-away'))
        books.awayUntilMs = scheduler.nowMs + random.between(1_000, 5 * MINUTE_MS)
      if (mischief.strikes('pause')) cluster.pauseOne(random.between(5_000, 40 * MINUTE_MS))
      if (random.chance(0.02)) shop.awayUntilMs = scheduler.nowMs + random.between(1_000, 60 * MINUTE_MS)
    })
  }
}

function result(
  seed: number,
  scheduler: Scheduler,
  books: Books,
  faults: FaultCounts,
  broken: unknown,
  options: RunOptions,
): RunResult {
  const statuses: Record<string, number> = {}
  let cases = 0
  for (const { payment } of books.payments.values()) {
    statuses[payment.status] = (statuses[payment.status] ?? 0) + 1
    cases += payment.cases.length
    if (options.trace !== undefined) trace(books, payment.paymentId, options.trace)
  }
  const violation =
    broken === undefined
      ? undefined
      : broken instanceof Violation
        ? { invariant: broken.invariant, text: broken.message }
        : {
            invariant: 'bug',
            text: broken instanceof Error ? (broken.stack ?? broken.message) : inspect(broken),
          }
  return {
    seed,
    violation,
    faults,
    payments: books.payments.size,
    cases,
    statuses,
    virtualMs: scheduler.nowMs - scheduler.startMs,
  }
}

/** The life of a payment, for a person. */
function trace(books: Books, paymentId: string, print: (line: string) => void): void {
  const payment = books.payments.get(paymentId)?.payment
  print(`payment ${paymentId} of ${payment?.orderId} (${payment?.module}): ${payment?.status}`)
  for (const { atMs, version, fence, events } of books.store.history(paymentId)) {
    for (const event of events) {
      const { type, ...rest } = event
      const text = JSON.stringify(rest, (name, value: unknown) =>
        name === 'raw' ? undefined : typeof value === 'bigint' ? String(value) : value,
      )
      print(`  ${new Date(atMs).toISOString()} v${version} f${fence} ${type} ${text.slice(0, 260)}`)
    }
  }
  for (const operation of payment?.operations ?? []) {
    const ledger = books.ledger(operation.reference)
    if (ledger === undefined) continue
    print(
      `  PSP ${operation.reference}: executions ${ledger.executions}, live ${ledger.liveMinor}, ${ledger.lastEvent}`,
    )
    for (const entry of ledger.entries)
      print(
        `    ${JSON.stringify(entry, (_n, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`,
      )
  }
}
