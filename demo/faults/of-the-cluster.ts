import { setTimeout as sleep } from 'node:timers/promises'
import { readJournal } from '../books.ts'
import { endedBy, eventsOf, firstCharge, type OrderBooks, saw } from '../evidence.ts'
import type { Act, Cast, Fault } from '../fault.ts'
import { ways } from '../payer.ts'
import { afterwards, meet, type Part, partsOf, prepare, setAll } from '../play.ts'
import { ShopCluster } from '../shop-cluster.ts'
import type { Stage } from '../stage.ts'
import { Visitor } from '../visitor.ts'
import { eventually, withEach } from '../waiting.ts'

const byCard = ['card', 'card on dispatch'] as const
/** The charge is under way when its node is stopped. */
const LATE_MS = 1_500
/** A silent node is taken for dead after 4 s; then its payments are asked about. */
const TAKEN_OVER_WITHIN_MS = 30_000
/** The form waits for 1.5 s; then the payer is on the page that waits. */
const ANSWERS_AFTER_MS = 2_500
/** Without the news between the nodes it would be a second later. */
const TOLD_WITHIN_MS = 3_000
/** So many people look around in the shop while its nodes are replaced. */
const BROWSING = 3
const BROWSES_EVERY_MS = 50

/** The acts of this page are for a shop of several processes. */
function clusterOf({ shop }: Stage): ShopCluster {
  if (shop instanceof ShopCluster) return shop
  throw new Error('this is played with several nodes')
}

const oneCharge = ({ payments, ledger }: OrderBooks): boolean =>
  payments.length === 1 && ledger.every(({ executions }) => executions === 1)

/** The answer comes to a process that is stopped; another one ends the payment; the first wakes and may write nothing. */
const paused: Fault = {
  name: 'node paused, and awake too late',
  ways: byCard,
  evidence: (books) =>
    saw(books, 'her node was paused') &&
    oneCharge(books) &&
    eventsOf(books).some(({ type }) => type === 'owner-changed') &&
    endedBy(books, 'approved', 'inquiry'),
}

const replaced: Fault = {
  name: 'rolling restart',
  ways: ways.filter((way) => way !== 'next page'),
  evidence: (books) => saw(books, 'paid at a node that was about to stop') && oneCharge(books),
}

const endedElsewhere: Fault = {
  name: 'waiting at another node',
  ways: byCard,
  meet: async (payer, stage) => {
    const { aim, beside } = clusterOf(stage)
    stage.aimAt([payer], aim)
    await payer.press()
    const pressedAt = payer.visitor.servedBy
    stage.aimAt([payer], beside)
    if (await payer.hearsTheEnd()) payer.toldAtMs = Date.now()
    if (pressedAt !== payer.visitor.servedBy) payer.met.add('told at another node')
    stage.letGo([payer])
  },
  evidence: (books) => {
    const { evidence } = firstCharge(books) ?? {}
    const { toldAtMs = Number.POSITIVE_INFINITY } = books.payer
    return (
      saw(books, 'told at another node') &&
      evidence?.source === 'answer' &&
      toldAtMs - evidence.atMs < TOLD_WITHIN_MS
    )
  },
}

export const ofTheCluster: readonly Fault[] = [paused, replaced, endedElsewhere]

const pauseAct: Act = {
  name: 'a node is paused for longer than the others wait',
  faults: [paused],
  play: async ({ faults, name }: Act, cast: Cast, stage: Stage) => {
    const cluster = clusterOf(stage)
    const { aim } = cluster
    const parts = partsOf(faults, cast)
    await prepare(parts, stage)
    stage.progress.plays(name)
    const late = await stage.set({ kind: 'late', on: 'charge', delayMs: LATE_MS })
    const lost = await stage.set({ kind: 'notification-lost', on: 'notification' })
    stage.aimAt(parts.map(({ payer }) => payer))
    const pressed = parts.map(({ payer }) => payer.press())
    await late.untilStruck(parts.length)
    await cluster.pause(aim)
    const orders = new Set(parts.map(({ payer }) => payer.orderId))
    await eventually('others take over', TAKEN_OVER_WITHIN_MS, () => areEnded(orders, stage), 250)
    for (const { payer } of parts) payer.met.add('her node was paused')
    await cluster.wake(aim)
    await Promise.all(pressed)
    stage.letGo()
    await late.clear()
    await lost.clear()
    for (const { fault, payer } of parts) stage.beside(afterwards(fault, payer, stage))
  },
}

async function areEnded(orders: ReadonlySet<string>, stage: Stage): Promise<true | undefined> {
  const { dataFolder, journalUrl } = clusterOf(stage)
  const payments = await readJournal(dataFolder, journalUrl)
  const ended = payments.filter(({ orderId, status }) => orders.has(orderId) && status === 'paid')
  return ended.length === orders.size ? true : undefined
}

/** One node after the other, while people look around and pay, also at the one that is about to stop. */
const rollingAct: Act = {
  name: 'every node is replaced, one after the other',
  faults: [replaced],
  play: async ({ faults, name }: Act, cast: Cast, stage: Stage) => {
    const cluster = clusterOf(stage)
    const parts = partsOf(faults, cast)
    const nodes = cluster.ports.map((_, index) => index)
    stage.progress.plays(name)
    for (const node of nodes) {
      const mine = parts.filter((_, index) => index % nodes.length === node)
      await prepare(mine, stage)
      const replacing = cluster.replace(node)
      const browsing = withEach(Array.from({ length: BROWSING }), BROWSING, () => browse(replacing, stage))
      await Promise.all([replacing, browsing, ...mine.map((part) => payAt(node, part, stage))])
    }
    for (const { fault, payer } of parts) stage.beside(afterwards(fault, payer, stage))
  },
}

/** Looks at page after page until the node is replaced, and is served each of them. */
async function browse(replacing: Promise<void>, { shop }: Stage): Promise<void> {
  const visitor = new Visitor()
  const over = new AbortController()
  const end = (): void => over.abort()
  replacing.then(end, end)
  while (!over.signal.aborted) {
    for (const path of ['/', '/products/ledger', '/basket']) {
      const { status, heading } = await visitor.get(shop.shopUrl + path)
      if (status >= 500) throw new Error(`${path} was answered with ${status} '${heading}'`)
    }
    await sleep(BROWSES_EVERY_MS)
  }
}

/** As by a balancer that has not noticed yet. */
async function payAt(node: number, { payer }: Part, stage: Stage): Promise<void> {
  stage.aimAt([payer], node)
  const page = await payer.press()
  if (payer.visitor.servedBy === node && page.status < 500)
    payer.met.add('paid at a node that was about to stop')
  stage.letGo([payer])
}

const elsewhereAct: Act = {
  name: 'payers wait at a node that does not have their payment',
  faults: [endedElsewhere],
  weather: [
    { kind: 'late', on: 'charge', delayMs: ANSWERS_AFTER_MS },
    // A call would come to any of them, and before the answer.
    { kind: 'notification-lost', on: 'notification' },
  ],
  play: async ({ faults, name, weather = [] }: Act, cast: Cast, stage: Stage) => {
    const parts = partsOf(faults, cast)
    await prepare(parts, stage)
    stage.progress.plays(name)
    const set = await setAll(weather, stage)
    // Nothing happens to any node before all of them were told.
    await Promise.all(parts.map(({ fault, payer }) => meet(fault, payer, stage)))
    for (const each of set) await each.clear()
    for (const { fault, payer } of parts) stage.beside(afterwards(fault, payer, stage))
  },
}

export const clusterActs: readonly Act[] = [elsewhereAct, pauseAct, rollingAct]
