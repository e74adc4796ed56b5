import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ServerClock } from '../../chaos/server-clock.ts'
import { compileShim } from '../../chaos/shim.ts'
import type { Counterfoil, PaymentResult } from '../../src/engine/api.ts'
import { createCounterfoil } from '../../src/engine/counterfoil.ts'
import { CounterfoilError } from '../../src/errors.ts'
import { Card } from '../../src/gateway/card.ts'
import { httpTransport } from '../../src/gateway/http-transport.ts'
import { secret } from '../../src/gateway/secret.ts'
import type { Transport } from '../../src/gateway/transport.ts'
import { worldpay } from '../../src/gateways/worldpay/index.ts'
import { postgresJournal } from '../../src/journal/postgres/index.ts'
import { internalModule } from '../../src/pipeline/module.ts'
import { type Simulator, startSimulator } from '../../src/simulators/index.ts'
import { until } from './eventually.ts'
import { PostgresServer } from './server.ts'

const HOUR_MS = 3_600_000
const TEN_MINUTES_MS = 600_000
/** The provider's time runs so many times faster: what is sent may arrive for half a second. */
const TIME_SCALE = 2_000
/** A request that was given up arrives after so long: the waiting rule waits for half as long again. */
const ARRIVES_AFTER_MS = 450
/** So many payments are under way whenever the clock is set. */
const UNDER_WAY = 6
const ANSWERED_AFTER_MS = 300

const tell = async (): Promise<void> => undefined

/** The wire to the provider. A charge that is to arrive late is given up at once. */
class Wire implements Transport {
  readonly #wire = httpTransport()
  readonly #arriving: Promise<unknown>[] = []
  /** The next charge is given up, and arrives late. */
  givesUp = false

  send: Transport['send'] = async (exchange, mayStart) => {
    if (!this.givesUp || !exchange.movesMoney) return this.#wire.send(exchange, mayStart)
    const whyNot = mayStart()
    if (whyNot !== undefined) return { kind: 'notSent', why: whyNot }
    this.givesUp = false
    this.#arriving.push(sleep(ARRIVES_AFTER_MS).then(() => this.#wire.send(exchange, () => undefined)))
    return { kind: 'unknown', why: 'no answer', socketReset: false }
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#arriving)
    await this.#wire.close(deadlineMs)
  }
}

describe('two nodes while the clock of their database is set (F14)', () => {
  let folder: string
  let primary: PostgresServer
  let standby: PostgresServer
  let clock: ServerClock
  let clockOfStandby: ServerClock
  let simulator: Simulator
  let nodes: readonly { readonly cf: Counterfoil; readonly wire: Wire }[]
  let orders = 0
  /** What the nodes could not do. */
  const failed: string[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'counterfoil-clock-'))
    // The server is another user.
    chmodSync(folder, 0o755)
    const library = compileShim(folder, 'clock')
    clock = new ServerClock(join(folder, 'primary'), library)
    clockOfStandby = new ServerClock(join(folder, 'standby'), library)
    simulator = await startSimulator({ port: 0, timeScale: TIME_SCALE })
    // A jump ahead would look like a standby that is silent, and each commit wait for it to connect again.
    const settings = { synchronous_standby_names: 'standby', wal_sender_timeout: 0 }
    primary = await PostgresServer.create(settings, clock.environment)
    standby = await primary.standby('standby', clockOfStandby.environment)
    standby.configure({ synchronous_standby_names: '' })
    await standby.query('SELECT pg_reload_conf()')
    nodes = [node(), node()]
    await Promise.all(nodes.map(({ cf }) => cf.start()))
  })
  after(async () => {
    await Promise.all((nodes ?? []).map(({ cf }) => cf.stop()))
    await simulator?.close()
    await standby?.[Symbol.asyncDispose]()
    await primary?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  function node(): { readonly cf: Counterfoil; readonly wire: Wire } {
    const wire = new Wire()
    const { direct } = worldpay({
      url: simulator.worldpayUrls.paymentService,
      merchantCode: 'COUNTERFOIL',
      username: 'counterfoil-xml',
      password: secret('counterfoil-password'),
      times: { scale: 1 / TIME_SCALE },
    })
    const cf = createCounterfoil({
      journal: postgresJournal({
        url: [primary.url(), standby.url()],
        connectTimeoutMs: 1_000,
        commitTimeoutMs: 1_000,
      }),
      publicUrl: 'https://shop.example/pay',
      transport: wire,
      log: ({ level, message }) => void (level === 'error' && failed.push(message)),
      limits: { dueEveryMs: 30, heartbeatEveryMs: 100, nodeDeadAfterMs: 1_000 },
      modules: [internalModule('card', { gateway: direct })],
      shop: {
        loadOrder: async (id) => ({ id, amountMinor: 450n, currency: 'GBP', description: 'Tea', lines: [] }),
        markOrderPaid: tell,
        markPaymentCancelled: tell,
        markOrderInProgress: tell,
        deleteBasket: tell,
        sendOrderMail: tell,
        paymentChanged: tell,
      },
    })
    return { cf, wire }
  }

  const newOrder = (): string => `order-${++orders}`

  /** By the other node each time, and answered at once: the payment goes on by itself. */
  function pay(orderId: string, key = `key-of-${orderId}`): Promise<PaymentResult> {
    const { cf } = nodes[orders % 2] as (typeof nodes)[number]
    const card = new Card({
      number: '4444333322221111',
      expiryMonth: '12',
      expiryYear: '2030',
      securityCode: '123',
      holder: 'Jane Doe',
    })
    return cf.pay({ orderId, module: 'card', key, card, payerIp: '192.0.2.1', waitMs: 1 })
  }

  /** Payments whose answers are on their way when `during` begins. */
  async function underWay(during: () => Promise<void>): Promise<readonly string[]> {
    simulator.worldpay.addFault({ kind: 'late', on: 'charge', delayMs: ANSWERED_AFTER_MS, times: UNDER_WAY })
    const begun = Array.from({ length: UNDER_WAY }, newOrder)
    await Promise.all(begun.map((orderId) => pay(orderId)))
    await during()
    return begun
  }

  /** A charge of which nobody knows whether it arrives. */
  async function inDoubt(): Promise<string> {
    const orderId = newOrder()
    const { wire } = nodes[orders % 2] as (typeof nodes)[number]
    wire.givesUp = true
    await pay(orderId)
    await until(() => !wire.givesUp)
    return orderId
  }

  /** Undefined also while the journal is away. */
  async function statusOf(orderId: string): Promise<string | undefined> {
    const listed = (nodes[0] as (typeof nodes)[number]).cf.list({ orderId, limit: 1 })
    const [payment] = await listed.catch((error: unknown) => {
      if (error instanceof CounterfoilError && error.code === 'CF_JOURNAL_UNAVAILABLE') return []
      throw error
    })
    return payment?.status
  }

  /** Paid once here, once executed there; what it was written down with never had an older fence than before. */
  async function assertPaidOnce(orderIds: readonly string[]): Promise<void> {
    for (const orderId of orderIds) {
      await until(async () => (await statusOf(orderId)) === 'paid')
      const server = primaryNow()
      const rows = await server.query(
        `SELECT a.fence, r.reference FROM counterfoil.payments p JOIN counterfoil.appends a USING (payment_id)
         JOIN counterfoil.payment_references r USING (payment_id) WHERE order_id = $1 ORDER BY a.version`,
        [orderId],
      )
      const fences = rows.map(({ fence }) => Number(fence))
      assert.deepEqual(
        fences,
        fences.toSorted((one, other) => one - other),
        orderId,
      )
      const references = new Set(rows.map(({ reference }) => reference))
      assert.equal(references.size, 1, `${orderId} was charged under one reference`)
      const booked = simulator.worldpay.ledger().orders.filter(({ orderCode }) => references.has(orderCode))
      assert.deepEqual(
        booked.map(({ executions, liveExecutions }) => [executions, liveExecutions]),
        [[1, 1]],
        orderId,
      )
    }
  }

  let isPromoted = false
  const primaryNow = (): PostgresServer => (isPromoted ? standby : primary)

  it('an hour ahead: nothing is charged twice, and a doubt is no sooner over', async () => {
    let doubtful = ''
    const others = await underWay(async () => {
      doubtful = await inDoubt()
      clock.aheadMs = HOUR_MS
      const [row] = await primary.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms')
      assert.ok(Number(row?.['now_ms']) > Date.now() + HOUR_MS / 2, 'the clock of a running server is set')
      // Whoever could pay again would be charged twice: the first request has not arrived yet.
      for (let tries = 0; (await statusOf(doubtful)) !== 'paid'; tries++) {
        await assert.rejects(pay(doubtful, `key-again-${tries}`), ({ code }: { readonly code: string }) => {
          return code === 'CF_ORDER_HELD' || code === 'CF_ORDER_PAID'
        })
        await sleep(20)
      }
    })
    await assertPaidOnce([doubtful, ...others])
  })

  it('and back: nothing is charged twice, and what was due waits for that time at most', async () => {
    let doubtful = ''
    const others = await underWay(async () => {
      doubtful = await inDoubt()
      clock.aheadMs = 0
    })
    await assertPaidOnce(others)
    clock.aheadMs = HOUR_MS
    await assertPaidOnce([doubtful])
    clock.aheadMs = 0
    assert.deepEqual(failed, [])
  })

  it('ten minutes behind after a failover: what is under way is answered, what comes is paid', async () => {
    clockOfStandby.aheadMs = -TEN_MINUTES_MS
    const others = await underWay(async () => {
      await primary.stop('KILL')
      await standby.promote()
      isPromoted = true
    })
    await assertPaidOnce(others)
    const doubtful = await inDoubt()
    // The way back is a jump ahead.
    clockOfStandby.aheadMs = 0
    await assertPaidOnce([doubtful])
  })
})
