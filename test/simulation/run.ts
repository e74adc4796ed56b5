import { inspect } from 'node:util'
import { newWorldpayState } from '../../src/simulators/worldpay/index.ts'
import { Accountant } from './accountant.ts'
import { BackOffice } from './back-office.ts'
import { Books } from './books.ts'
import { CaseClerk } from './case-clerk.ts'
import { Cluster, DOUBT_CASE_AFTER_MS } from './cluster.ts'
import { checkEnd } from './end-checks.ts'
import type { FaultCounts } from './faults.ts'
import { Violation } from './invariant.ts'
import { type LeftOut, Mischief } from './mischief.ts'
import { modulesOf, PAGE_MINUTES, PSP_OPTIONS } from './modules.ts'
import { outages } from './outages.ts'
import { Payer } from './payer.ts'
import type { Surroundings } from './person.ts'
import { Postman } from './postman.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import { checkShop, ShopBooks } from './simulated-shop.ts'
import { Staff } from './staff.ts'
import { Story } from './story.ts'

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

/** How many orders a seed has: mostly one, since most mistakes need no more and are found sooner by more seeds. */
const ORDERS = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3] as const

/** In so many seeds the journal writes text: what goes wrong with texts goes wrong in each. */
const TEXT_SHARE = 0.05

/** After a while without events others have taken the place of the processes, so often. */
const RESTARTED = 0.1

const NODES = [1, 1, 2, 2, 3] as const

export interface RunOptions {
  /** A mistake of the PSP, for mutations: it executes a reference twice. */
  readonly pspWithoutDedup: boolean
  /** A mistake of the journal's, for mutations: what it has written can be read before it is safe. */
  readonly readsWhatIsNotSafe: boolean
  readonly leftOut: LeftOut
  /** For a person who reads what happened. */
  readonly print?: (line: string) => void
}

/** A run as it is played unless a mistake is made on purpose. */
export const SOUND: RunOptions = {
  pspWithoutDedup: false,
  readsWhatIsNotSafe: false,
  leftOut: { without: new Set(), only: undefined },
}

export interface RunResult {
  readonly seed: number
  readonly violation: { readonly invariant: string; readonly text: string } | undefined
  readonly faults: FaultCounts
  /** Every strike and order, as a replay can name them. */
  readonly happened: readonly string[]
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
  for (let index = random.pick(ORDERS); index > 0; index--) {
    const id = `order-${index}`
    const own = random.fork()
    if (!mischief.lets(id, id)) continue
    const amountMinor = BigInt(own.between(100, 100_000))
    const lines = [{ sku: 'A', name: 'A', quantity: 1, amountMinor }]
    const currency = own.pick(['GBP', 'JPY', 'BHD'])
    shop.orders.set(id, { id, amountMinor, currency, description: `Order ${index}`, lines })
    new Payer({ ...world, random: own.fork() }).pays(id).catch(fail)
    const staff = new Staff({ ...world, random: own.fork() })
    if (own.chance(0.5)) staff.looksAfter(id).catch(fail)
  }
  new BackOffice({ ...world, random: random.fork() }).goesOn().catch(fail)
  new CaseClerk({ ...world, random: random.fork() }).watches()
  const accountant = new Accountant({ ...world, random: random.fork() })
  accountant.compares().catch(fail)
  outages(world, FAULTS_MS)
  try {
    await scheduler.run(scheduler.startMs + FAULTS_MS, isOver)
    await playOn(world, isOver)
    if (broken !== undefined) throw broken
    checkEnd(books)
    accountant.check()
    checkShop(shop, books.payments.values())
  } catch (error) {
    broken = error
  }
  world.story?.tellEnd(books)
  return result(seed, world, broken)
}

function worldOf(seed: number, options: RunOptions, fail: (error: unknown) => void): Surroundings {
  const random = new Random(seed)
  const scheduler = new Scheduler()
  const mischief = new Mischief(random.fork(), scheduler, scheduler.nowMs + FAULTS_MS, options.leftOut)
  const story = options.print === undefined ? undefined : new Story(options.print, scheduler, mischief)
  const switching = mischief.theme?.switching ?? random.chance(0.2)
  const pageMinutes = random.pick(PAGE_MINUTES)
  const psp = newWorldpayState({
    ...PSP_OPTIONS,
    dedup: !options.pspWithoutDedup,
    notificationJournal: random.chance(0.85),
    processingMs: random.pick([5_000, 5_000, MINUTE_MS, 20 * MINUTE_MS]),
  })
  const writesText = random.chance(TEXT_SHARE)
  const setup = { switching, writesText, readsWhatIsNotSafe: options.readsWhatIsNotSafe }
  const books = new Books(scheduler, psp, setup, fail)
  const shop = new ShopBooks(scheduler)
  const postman = new Postman({ scheduler, mischief, books, psp, fail })
  const modules = modulesOf({ switching, pageMinutes })
  const outside = { pspAwayUntilMs: 0 }
  const cluster = new Cluster(
    { scheduler, random: random.fork(), mischief, books, shop, psp, modules, postman, outside, fail },
    random.pick(NODES),
  )
  // Whose clock is ahead may look before its time: nobody may rest then, or such a mistake would never show. Once the
  // faults are over it has shown, or never will.
  const aheadMs = (): number => (mischief.faultsAreOver ? 0 : cluster.clockAheadMs)
  scheduler.restsUntilMs = () => (cluster.keepsAnswers ? scheduler.nowMs : books.restsUntilMs() - aheadMs())
  const note = (line: string): void => mischief.note?.('people', line)
  return {
    scheduler,
    random,
    mischief,
    cluster,
    shop,
    books,
    psp,
    postman,
    outside,
    pageMinutes,
    fail,
    note,
    story,
  }
}

/** After the faults: until nothing is left to happen. Where hours or days pass without anything, no process runs. */
async function playOn(world: Surroundings, isOver: () => boolean): Promise<void> {
  const { scheduler, books, cluster, mischief, random, note } = world
  const endMs = scheduler.startMs + LIFE_MS
  let boundMs = scheduler.nowMs + BOUND_MS
  while (!isOver()) {
    const nowMs = scheduler.nowMs
    if (mischief.faultsAreOver) cluster.upgrade()
    const dueMs = books.nextDueMs() ?? Number.POSITIVE_INFINITY
    const nextMs = Math.min(dueMs, scheduler.nextOutsideMs() ?? Number.POSITIVE_INFINITY)
    const rests = nextMs > nowMs + REST_MS && !cluster.isAtWork
    if (!rests) {
      if (nowMs > Math.max(boundMs, awayUntilMs(world) + BOUND_MS)) return
      await scheduler.run(nowMs + STRIDE_MS, isOver)
      scheduler.nowMs = Math.max(scheduler.nowMs, nowMs + STRIDE_MS)
      continue
    }
    // What people have begun at last has its time too.
    if (nextMs > Math.max(endMs, books.resolvedAtMs + BOUND_MS)) return
    note(`nothing happens for ${Math.round((nextMs - nowMs) / MINUTE_MS)} minutes`)
    // What waits for a person is asked about all the time: only without processes can days pass quickly then.
    if (books.isAskedBefore(nextMs) || random.chance(RESTARTED)) {
      cluster.sleep()
      scheduler.nowMs = nextMs - 1_000
      cluster.wake()
    }
    if (nextMs - nowMs > 2 * HOUR_MS && random.chance(0.5)) mischief.goOnUntil(nextMs + LATER_FAULTS_MS)
    boundMs = nextMs + BOUND_MS
    await scheduler.run(nextMs + MINUTE_MS, isOver)
    scheduler.nowMs = Math.max(scheduler.nowMs, nextMs + MINUTE_MS)
  }
}

/** Until when something is away that everybody else waits for, or when people last had something begun. */
function awayUntilMs({ shop, outside, books }: Surroundings): number {
  return Math.max(shop.awayUntilMs, shop.mailAwayUntilMs, outside.pspAwayUntilMs, books.resolvedAtMs)
}

function result(seed: number, { books, scheduler, mischief }: Surroundings, broken: unknown): RunResult {
  const statuses: Record<string, number> = {}
  let cases = 0
  for (const { payment } of books.payments.values()) {
    statuses[payment.status] = (statuses[payment.status] ?? 0) + 1
    cases += payment.cases.length
  }
  const virtualMs = scheduler.nowMs - scheduler.startMs
  const { struck: faults, happened } = mischief
  const payments = books.payments.size
  return { seed, violation: violationOf(broken), faults, happened, payments, cases, statuses, virtualMs }
}

function violationOf(broken: unknown): RunResult['violation'] {
  if (broken === undefined) return undefined
  if (broken instanceof Violation) return { invariant: broken.invariant, text: broken.message }
  const text = broken instanceof Error ? (broken.stack ?? broken.message) : inspect(broken)
  return { invariant: 'bug', text }
}
