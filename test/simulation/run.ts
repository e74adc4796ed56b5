import { inspect } from 'node:util'
import { newWorldpayState } from '../../src/simulators/worldpay/index.ts'
import { BackOffice } from './back-office.ts'
import { Books } from './books.ts'
import { Cluster, DOUBT_CASE_AFTER_MS } from './cluster.ts'
import { checkEnd } from './end-checks.ts'
import type { FaultCounts } from './faults.ts'
import { Violation } from './invariant.ts'
import { Mischief } from './mischief.ts'
import { modulesOf, PAGE_MINUTES, PSP_OPTIONS } from './modules.ts'
import { Payer } from './payer.ts'
import type { Surroundings } from './person.ts'
import { Postman } from './postman.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { checkShop, ShopBooks } from './simulated-shop.ts'
import { Staff } from './staff.ts'
import { trace } from './trace.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** Faults end after that; then everything must come to an end. */
const FAULTS_MS = 2 * HOUR_MS
/** The declared bound (L1): doubt that is so old is a case, and a little for what was begun late and the last round. */
const BOUND_MS = DOUBT_CASE_AFTER_MS + 4 * HOUR_MS
/** What happens sooner is waited for by processes that run; until what happens later there are none. */
const REST_MS = 12 * MINUTE_MS
const STRIDE_MS = 2 * MINUTE_MS
/** A `not-seen` end is asked about for the last time after seven days. */
const LIFE_MS = 9 * 24 * HOUR_MS
/** On a later day faults go on for so long. */
const LATER_FAULTS_MS = 20 * MINUTE_MS

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
  let broken: unknown
  const fail = (error: unknown): void => {
    broken ??= error
  }
  const world = worldOf(seed, options, fail)
  const { scheduler, random, mischief, shop, books } = world
  const isOver = (): boolean => broken !== undefined
  const payer = new Payer(world)
  const staff = new Staff(world)
  for (let index = random.between(1, 4); index > 0; index--) {
    const id = `order-${index}`
    const amountMinor = BigInt(random.between(100, 100_000))
    const lines = [{ sku: 'A', name: 'A', quantity: 1, amountMinor }]
    const currency = random.pick(['GBP', 'JPY', 'BHD'])
    shop.orders.set(id, { id, amountMinor, currency, description: `Order ${index}`, lines })
    payer.pays(id).catch(fail)
    if (random.chance(0.5)) staff.looksAfter(id).catch(fail)
  }
  new BackOffice(world).goesOn().catch(fail)
  outages(world)
  try {
    await scheduler.run(scheduler.startMs + FAULTS_MS, isOver)
    await playOn(world, isOver)
    if (broken !== undefined) throw broken
    checkEnd(books)
    checkShop(shop, books.payments.values())
  } catch (error) {
    broken = error
  }
  return result(seed, world, mischief.struck, broken, options)
}

function worldOf(seed: number, options: RunOptions, fail: (error: unknown) => void): Surroundings {
  const random = new Random(seed)
  const scheduler = new Scheduler()
  const mischief = new Mischief(random.fork(), scheduler, scheduler.nowMs + FAULTS_MS)
  const switching = mischief.theme?.switching ?? random.chance(0.2)
  const pageMinutes = random.pick(PAGE_MINUTES)
  const psp = newWorldpayState({
    ...PSP_OPTIONS,
    dedup: !options.pspWithoutDedup,
    notificationJournal: random.chance(0.85),
    processingMs: random.pick([5_000, 5_000, MINUTE_MS, 20 * MINUTE_MS]),
  })
  const books = new Books(scheduler, psp, switching, fail)
  const shop = new ShopBooks(scheduler)
  const postman = new Postman({ scheduler, mischief, books, psp, fail })
  const modules = modulesOf({ switching, pageMinutes })
  const cluster = new Cluster(
    { scheduler, random: random.fork(), mischief, books, shop, psp, modules, postman, fail },
    random.between(1, 3),
  )
  const print = options.trace
  const note = (line: string): void => print?.(`${new Date(scheduler.nowMs).toISOString()} ${line}`)
  return { scheduler, random, mischief, cluster, shop, books, psp, postman, pageMinutes, fail, note }
}

/** What hits everybody at once: the journal or the shop away, a process paused for long. */
function outages({ random: all, scheduler, mischief, books, shop, cluster }: Surroundings): void {
  const random = all.fork()
  for (let atMs = 0; atMs < FAULTS_MS; atMs += 5 * MINUTE_MS) {
    scheduler.after(atMs + random.between(0, 5 * MINUTE_MS), () => {
      if (mischief.strikes('journal-away'))
        books.awayUntilMs = scheduler.nowMs + random.between(1_000, 5 * MINUTE_MS)
      if (mischief.strikes('pause')) cluster.pauseOne(random.between(5_000, 40 * MINUTE_MS))
      if (random.chance(0.02)) shop.awayUntilMs = scheduler.nowMs + random.between(1_000, 60 * MINUTE_MS)
    })
  }
}

/** After the faults: until nothing is left to happen. Where hours or days pass without anything, no process runs. */
async function playOn(world: Surroundings, isOver: () => boolean): Promise<void> {
  const { scheduler, books, cluster, mischief, random, note } = world
  const endMs = scheduler.startMs + LIFE_MS
  let boundMs = scheduler.nowMs + BOUND_MS
  while (!isOver()) {
    const nowMs = scheduler.nowMs
    const dueMs = books.nextDueMs() ?? Number.POSITIVE_INFINITY
    const nextMs = Math.min(dueMs, scheduler.nextOutsideMs() ?? Number.POSITIVE_INFINITY)
    const rests = nextMs > nowMs + REST_MS && !cluster.isAtWork
    if (!rests) {
      if (nowMs > boundMs) return
      await scheduler.run(nowMs + STRIDE_MS, isOver)
      scheduler.nowMs = Math.max(scheduler.nowMs, nowMs + STRIDE_MS)
      continue
    }
    if (nextMs > endMs) return
    note(`nothing happens for ${Math.round((nextMs - nowMs) / MINUTE_MS)} minutes`)
    cluster.sleep()
    scheduler.nowMs = nextMs - 1_000
    cluster.wake()
    if (nextMs - nowMs > 2 * HOUR_MS && random.chance(0.5)) mischief.goOnUntil(nextMs + LATER_FAULTS_MS)
    boundMs = scheduler.nowMs + BOUND_MS
    await scheduler.run(nextMs + MINUTE_MS, isOver)
    scheduler.nowMs = Math.max(scheduler.nowMs, nextMs + MINUTE_MS)
  }
}

function result(
  seed: number,
  { books, scheduler }: Surroundings,
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
  const virtualMs = scheduler.nowMs - scheduler.startMs
  const { size } = books.payments
  return { seed, violation: violationOf(broken), faults, payments: size, cases, statuses, virtualMs }
}

function violationOf(broken: unknown): RunResult['violation'] {
  if (broken === undefined) return undefined
  if (broken instanceof Violation) return { invariant: broken.invariant, text: broken.message }
  const text = broken instanceof Error ? (broken.stack ?? broken.message) : inspect(broken)
  return { invariant: 'bug', text }
}
