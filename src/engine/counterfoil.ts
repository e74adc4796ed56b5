import { failure } from '../errors.ts'
import { maskCardNumbers } from '../gateway/card.ts'
import type { PaymentPage, PaymentQuery, StoredPayment } from '../journal/journal.ts'
import { openOrder } from '../payment/order.ts'
import { newToken, realWorld } from '../world.ts'
import type { Counterfoil, CounterfoilConfig, LogLine, ModificationRequest } from './api.ts'
import { Breaker, Breakers } from './breaker.ts'
import { findCase, openCases } from './cases.ts'
import { Clock } from './clock.ts'
import { checkConfig } from './configuration.ts'
import { within } from './deadline.ts'
import { defaultLog, defaultTransport } from './defaults.ts'
import { closeSettlement } from './close-settlement.ts'
import { heartbeat, heartbeats, inboxRounds, replays, rounds } from './duty.ts'
import { receive, workOffInbox } from './inbox.ts'
import { closeOrder, modify } from './modify.ts'
import type { EngineNode } from './node.ts'
import { Pace } from './pace.ts'
import { pay } from './pay.ts'
import { changeMind, payerReturned } from './payer-door.ts'
import { Presences } from './presence.ts'
import { reconcile } from './reconcile.ts'
import { runDue } from './recovery.ts'
import { replay } from './replay.ts'
import { sayOnce } from './say-once.ts'
import { Spooled } from './spooled.ts'
import { resolveCase } from './resolve-case.ts'
import { sameText } from '../gateway/same-text.ts'
import { ledgerOf } from '../settlement/ledger.ts'
import { linkOf, payerPageOf, viewOf } from './views.ts'
import { Watchers, watch } from './watch.ts'

const STOP_DEADLINE_MS = 25_000
const DUE_LIMIT = 200
/** Its last write is over within this, or its disk does not answer any more. */
const SPOOL_CLOSE_MS = 5_000
/** What the journals take. */
const LIMIT_MAX = 1_000

/**
 * Puts a payment engine together. It only validates; `start()` opens the journal and recovers.
 *
 * @throws CF_CONFIG, CF_PIPELINE
 * @example
 * const cf = createCounterfoil({ journal: sqliteJournal('payments.db'), shop, modules: [card], publicUrl: 'https://shop.example/pay' })
 * await cf.start()
 */
export function createCounterfoil(config: CounterfoilConfig): Counterfoil {
  const limits = checkConfig(config)
  const clock = new Clock(config.world ?? realWorld())
  const { world } = clock
  const node: EngineNode = {
    world,
    clock,
    journal: config.journal,
    shop: config.shop,
    transport: config.transport ?? defaultTransport(),
    modules: new Map(config.modules.map((module) => [module.name, module])),
    publicUrl: config.publicUrl,
    limits,
    payerLock: config.payerLock,
    presences: new Presences(world, limits.challengeValidMs, limits.paymentsInFlightMax),
    spooled: new Spooled(config.spool, world),
    log: masked(config.log ?? defaultLog),
    busy: new Set(),
    resting: new Map(),
    failing: new Map(),
    said: new Set(),
    begun: new Map(),
    parked: new Map(),
    tasks: new Set(),
    breakers: new Breakers(() => new Breaker(world, limits)),
    pace: new Pace(world, limits.inquiriesPerSecondMax),
    duty: {
      running: false,
      dueSkip: 0,
      unknownModuleSaidMs: Number.NEGATIVE_INFINITY,
      draining: false,
      payments: 0,
      heartbeatAtMs: Number.NEGATIVE_INFINITY,
      hasTakenLeave: false,
      machineAheadMs: 0,
    },
  }
  const watchers = new Watchers()
  const stopping = new AbortController()
  const ending = new AbortController()
  const loops: Promise<void>[] = []
  let beating: Promise<void> | undefined

  const running = (): void => {
    if (!node.duty.running) throw failure('CF_NOT_STARTED', 'the engine was not started, or is being stopped')
  }
  const byLink = async (link: string): Promise<StoredPayment | undefined> => {
    const stored = await node.journal.read(link.split('.', 1)[0] ?? '')
    return stored !== undefined && sameText(link, linkOf(stored.payment)) ? stored : undefined
  }
  const change = (kind: Parameters<typeof modify>[1]) => async (request: ModificationRequest) => {
    running()
    return modify(node, kind, request)
  }

  return {
    modules: config.modules,
    publicUrl: config.publicUrl,
    nowMs: () => world.nowMs(),
    get running() {
      return node.duty.running
    },
    get ready() {
      return node.duty.running && !node.duty.draining && !node.spooled.isPastHighWater
    },
    get inFlight() {
      return node.tasks.size
    },
    get spool() {
      return node.spooled.state
    },

    async start() {
      if (node.duty.running || stopping.signal.aborted)
        throw failure('CF_NOT_STARTED', 'an engine is started once')
      await node.journal.open({ nodeId: world.nodeId })
      node.journal.watch((paymentId) => watchers.wake(paymentId))
      await node.spooled.open(world.nodeId, node.log)
      await heartbeat(node)
      node.duty.running = true
      const { signal } = stopping
      loops.push(replays(node, signal), rounds(node, signal), inboxRounds(node, signal))
      beating = heartbeats(node, ending.signal)
    },

    drain() {
      node.duty.draining = true
    },

    async stop({ deadlineMs = STOP_DEADLINE_MS } = {}) {
      if (stopping.signal.aborted) return
      node.duty.running = false
      stopping.abort()
      // It is alive until the last of it has ended, so that nobody takes over what is about to be answered.
      await within(world, deadlineMs, async () => Promise.all([...loops, ...node.tasks]))
      ending.abort()
      await beating
      // Whatever did not end in time sends nothing any more: others take it over now.
      node.duty.hasTakenLeave = true
      node.presences.clear()
      await node.transport.close(0)
      const closed = await within(world, SPOOL_CLOSE_MS, async () => node.spooled.close())
      if (closed.kind !== 'done') node.log({ level: 'warn', message: 'the spool could not be closed' })
      await node.journal.close()
    },

    async runDue({ limit = DUE_LIMIT } = {}) {
      running()
      checkLimit(limit)
      await replay(node)
      const looked = await runDue(node, limit)
      await workOffInbox(node)
      return looked
    },

    async pay(request) {
      running()
      return pay(node, request)
    },
    async payerReturned(visit) {
      running()
      return payerReturned(node, visit)
    },
    async payerPage(link) {
      const stored = await byLink(link)
      return stored === undefined ? undefined : payerPageOf(node, stored.payment)
    },
    deviceData(name) {
      const fresh = { nowMs: world.nowMs(), nonce: newToken(world) }
      return node.modules.get(name)?.gateway.deviceData?.(fresh)
    },
    async changeMind(link) {
      running()
      return changeMind(node, link)
    },
    async receive(request) {
      running()
      return receive(node, request)
    },
    capture: change('capture'),
    refund: change('refund'),
    void: change('void'),
    cancel: change('reversal'),

    async closeOrder({ orderId }) {
      running()
      return closeOrder(node, orderId)
    },

    async payment(id) {
      const stored = await node.journal.read(id)
      return stored === undefined ? undefined : viewOf(stored, node)
    },

    async paymentByLink(link) {
      const stored = await byLink(link)
      return stored === undefined ? undefined : viewOf(stored, node)
    },

    async loadOrder(orderId) {
      const loaded = await within(world, limits.shopDeadlineMs, (signal) =>
        node.shop.loadOrder(orderId, signal),
      )
      if (loaded.kind === 'done') return loaded.value
      const cause = loaded.kind === 'failed' ? loaded.error : undefined
      throw failure('CF_SHOP_UNAVAILABLE', `loading order ${orderId} failed`, {}, cause)
    },

    async order(orderId) {
      return (await node.journal.order(orderId)) ?? openOrder(orderId)
    },

    async list(query) {
      checkLimit(query.limit)
      const { payments } = await listed(node, query)
      return payments.map((entry) => viewOf(entry, node))
    },

    async unreadable(query) {
      checkLimit(query.limit)
      return (await listed(node, query)).unreadable
    },

    async history(paymentId) {
      return node.journal.history(paymentId)
    },

    async cases({ limit = DUE_LIMIT, ...query } = {}) {
      checkLimit(limit)
      return openCases(node, { ...query, limit })
    },

    async case(id) {
      return findCase(node, id)
    },

    async resolveCase(request) {
      running()
      return resolveCase(node, request)
    },

    async inDoubt() {
      return node.journal.inDoubt()
    },

    async reconcile(request) {
      running()
      return reconcile(node, request)
    },

    async closeSettlement(request) {
      running()
      return closeSettlement(node, request)
    },

    async ledger(paymentId) {
      const history = await node.journal.history(paymentId)
      return history.length === 0 ? undefined : ledgerOf(history)
    },

    watch: (id, { signal, after = 0 }) => watch(node, watchers, id, after, signal),
  }
}

/** A page of the journal; what of it cannot be read the log says once. */
async function listed(node: EngineNode, query: PaymentQuery): Promise<PaymentPage> {
  const page = await node.journal.list(query)
  for (const paymentId of page.unreadable) {
    sayOnce(node, { level: 'error', message: 'the payment cannot be read in the journal', paymentId })
  }
  return page
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return
  throw failure('CF_QUERY', `limit: ${limit} must be a whole number from 1 to ${LIMIT_MAX}`)
}

/** Log lines carry texts of others, such as errors of the shop: no card number goes out with them. */
function masked(log: (line: LogLine) => void): (line: LogLine) => void {
  return (line) => log({ ...line, message: maskCardNumbers(line.message) })
}
