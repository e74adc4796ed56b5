import { rmSync } from 'node:fs'
import { castOf } from './cast.ts'
import { acts, actsOfCluster, clusterFaults, faults, finale, most } from './catalogue.ts'
import { fillShelves, isAtRest, readHistories, readJournal, readShop } from './books.ts'
import { openDatabase, type PlayDatabase } from './database.ts'
import type { Act } from './fault.ts'
import type { Premises } from './premises.ts'
import type { Progress } from './progress.ts'
import { Random } from './random.ts'
import { type Result, resultOf } from './result.ts'
import { ShopCluster } from './shop-cluster.ts'
import { ShopProcess } from './shop-process.ts'
import { Stage } from './stage.ts'
import { eventually } from './waiting.ts'

/** The provider's hour is six seconds: so long its page takes payments. */
const TIME_SCALE = 600
/** A process that was just killed may write a last file. */
const SWEEPS_MAX = 5
/** Of everything, for each order. */
const STOCK_EACH = 10
/** Every payment is at its end or a case within this, once nothing is broken any more. */
const AT_REST_WITHIN_MS = 60_000
/** Reading all books takes its time, too. */
const LOOK_EVERY_MS = 400

export interface RunOptions {
  readonly orders: number
  readonly seed: number
  readonly progress: Progress
  /** Default: a SQLite file. */
  readonly journal?: 'sqlite' | 'postgres'
  /** Processes of the shop; more than one needs a journal in PostgreSQL. Default: 1. */
  readonly nodes?: number
  /** Default: all that there are for so many nodes, and the finale. */
  readonly acts?: readonly Act[]
}

export interface Run extends Result {
  readonly kills: number
  /** Payments that more than one process has owned. */
  readonly takeovers: number
  /** Payers whom a process turned away because it was asked to stop. */
  readonly refusedByDrain: number
}

/** Opens a shop in a folder of its own, buys, breaks, heals, waits until all is at rest, and audits. */
export async function run(options: RunOptions): Promise<Run> {
  if (options.journal !== 'postgres') return playIn(options, undefined)
  const database = await openDatabase()
  try {
    return await playIn(options, database)
  } finally {
    await database.close()
  }
}

async function prepareShop(nodes: number, database: PlayDatabase | undefined): Promise<Premises> {
  const environment = {
    // Every payer has an address of her own, as a proxy in front of the shop would tell it.
    SHOP_TRUST_PROXY: '127.0.0.1',
    SHOP_BREAKING: 'on',
  }
  if (nodes > 1) {
    if (database === undefined) throw new Error('several nodes need a journal in PostgreSQL')
    return ShopCluster.prepare({ nodes, journalUrl: database.url, timeScale: TIME_SCALE, environment })
  }
  return ShopProcess.prepare({
    ...environment,
    SHOP_TIME_SCALE: String(TIME_SCALE),
    ...(database !== undefined && { SHOP_JOURNAL_URL: database.url }),
  })
}

async function playIn(
  { orders, seed, progress, nodes = 1, acts: given }: RunOptions,
  database: PlayDatabase | undefined,
): Promise<Run> {
  const played = given ?? [...(nodes > 1 ? actsOfCluster : []), ...acts]
  const last = given === undefined ? finale : undefined
  const met = new Set([...played, ...(last === undefined ? [] : [last])].flatMap((act) => act.faults))
  const meeting = [...faults, ...clusterFaults].filter((fault) => met.has(fault))
  const shop = await prepareShop(nodes, database)
  // Also when somebody ends the demo before it is through.
  const sweep = (): void => rmSync(shop.folder, { recursive: true, force: true, maxRetries: SWEEPS_MAX })
  process.once('exit', sweep)
  try {
    const filled = fillShelves(shop, orders * STOCK_EACH)
    const random = new Random(seed)
    const cast = castOf({ orders, faults: meeting, most, shopUrl: shop.shopUrl }, random)
    const stage = new Stage(shop, random, progress)
    await stage.open()
    for (const act of played) await act.play(act, cast, stage)
    stage.fairWeather()
    progress.plays('nothing is broken any more')
    await stage.everybodyIsThrough()
    await last?.play(last, cast, stage)
    await stage.everybodyIsThrough()
    await atRest(stage, database?.url)
    // The ledger first: whatever is in it by now was written down before.
    const ledger = await shop.ledger()
    const { code } = await shop.end('SIGTERM')
    if (code !== 0) throw new Error(`the shop did not end well: ${code}\n${shop.printed}`)
    progress.plays('comparing the books')
    const payments = await readHistories(shop.dataFolder, database?.url)
    return {
      ...resultOf({ payments, ledger, cast, ...readShop(shop, filled) }),
      kills: stage.kills.length,
      takeovers: payments.filter(({ events }) => events.some(({ type }) => type === 'owner-changed')).length,
      refusedByDrain: shop instanceof ShopCluster ? shop.refusedByDrain : 0,
    }
  } finally {
    await shop.close()
    process.off('exit', sweep)
  }
}

/** Nothing is due in the journal, and nothing is under way at the provider. */
async function atRest({ shop, progress }: Stage, journalUrl: string | undefined): Promise<void> {
  progress.plays('waiting until every payment is at its end')
  await eventually(
    'every payment is at its end or a case',
    AT_REST_WITHIN_MS,
    async () => {
      const ledger = await shop.ledger()
      if (ledger.some(({ pending }) => pending > 0)) return undefined
      const payments = await readJournal(shop.dataFolder, journalUrl)
      return payments.every((payment) => isAtRest(payment, Date.now())) ? true : undefined
    },
    LOOK_EVERY_MS,
  )
}
