// No tests stand here: a shop's server and its simulated provider, each on a port of this machine.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Counterfoil, PaymentView } from '../engine/api.ts'
import { createCounterfoil } from '../engine/counterfoil.ts'
import { Card } from '../gateway/card.ts'
import { secret } from '../gateway/secret.ts'
import { worldpay } from '../gateways/worldpay/index.ts'
import { memoryJournal } from '../journal/memory/index.ts'
import { isEnd } from '../payment/operation-states.ts'
import { authorizeProcess } from '../pipeline/defaults.ts'
import { internalModule } from '../pipeline/module.ts'
import { http, type HttpServer } from '../server/http.ts'
import { type Simulator, startSimulator } from '../simulators/index.ts'
import { reconcile } from './reconcile.ts'

export const KEY = 'a-key-of-thirty-two-characters-or-more'
const CALLER = { username: 'worldpay', password: 'the-calls-of-worldpay' }
/** The provider's days are minutes here; nothing of the engine's own is hurried. */
const FASTER = 2_000
const AMOUNT_MINOR = 2000n
const WAIT_MS_MAX = 60_000

export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
  readonly progress: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into what the command has printed
  readonly json: any
}

export interface ReconcileBed extends AsyncDisposable {
  readonly cf: Counterfoil
  readonly simulator: Simulator
  /** The public address. */
  readonly server: string
  /** Charges 20.00 pounds, or authorizes them only. */
  pay(
    orderId: string,
    more?: { readonly module?: 'card' | 'later'; readonly holder?: string },
  ): Promise<PaymentView>
  /** Until no operation of any payment is under way. */
  settled(): Promise<void>
  /** Over HTTP, into a file. */
  fetchReport(): Promise<string>
  /** `counterfoil reconcile FILE ...` against the server. */
  run(file: string, ...more: readonly string[]): Promise<Ran>
  file(name: string, text: string): string
}

/** Modules `card` (sales) and `later` (captured when the shop says so). */
export async function reconcileBed(notified = true): Promise<ReconcileBed> {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-reconcile-'))
  let served: HttpServer | undefined
  const host = createServer((request, response) => served?.node(request, response))
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const server = `http://127.0.0.1:${(host.address() as AddressInfo).port}/pay`
  const simulator = await startSimulator({
    port: 0,
    timeScale: FASTER,
    notificationUrl: notified ? `${server}/notifications/worldpay` : '',
    notificationUsername: CALLER.username,
    notificationPassword: CALLER.password,
  })
  const { merchantCode, username, password } = simulator.worldpay.state.options
  const gateway = worldpay({
    url: simulator.worldpayUrls.paymentService,
    merchantCode,
    username,
    password: secret(password),
    notifications: { username: CALLER.username, password: secret(CALLER.password) },
    settlementDelayDays: 0,
    times: { scale: 1 / FASTER },
  }).direct
  const done = async (): Promise<void> => undefined
  const cf = createCounterfoil({
    journal: memoryJournal(),
    publicUrl: server,
    log: () => undefined,
    limits: { dueEveryMs: 50 },
    modules: [
      internalModule('card', { gateway, believe: 'source' }),
      internalModule('later', { gateway, believe: 'source', pipelines: { process: authorizeProcess } }),
    ],
    shop: {
      loadOrder: async (id) => ({
        id,
        amountMinor: AMOUNT_MINOR,
        currency: 'GBP',
        description: 'Tea',
        lines: [],
      }),
      markOrderPaid: done,
      markPaymentCancelled: done,
      markOrderInProgress: done,
      deleteBasket: done,
      sendOrderMail: done,
      paymentChanged: done,
    },
  })
  await cf.start()
  const made = http(cf, {
    secret: 'a secret of thirty-two bytes or more',
    api: { operators: [{ name: 'ann', secret: { reveal: () => KEY } }] },
  })
  served = made
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const key = file('key', `${KEY}\n`)
  let keys = 0
  return {
    cf,
    simulator,
    server,
    file,
    pay: async (orderId, { module = 'card', holder = 'Jane Doe' } = {}) => {
      const number = '4444333322221111'
      const card = new Card({ number, expiryMonth: '12', expiryYear: '2035', securityCode: '555', holder })
      return cf.pay({ orderId, module, card, key: `key-number-${++keys}` })
    },
    settled: async () => {
      for (let waitedMs = 0; ; waitedMs += 20) {
        const payments = await cf.list({ limit: 1_000 })
        const open = payments.flatMap(({ operations }) => operations).filter(({ state }) => !isEnd(state))
        const waiting = simulator.worldpay.ledger().orders.some(({ pending }) => pending > 0)
        if (open.length === 0 && !waiting && simulator.worldpay.postman.queue().length === 0) return
        assert.ok(
          waitedMs < WAIT_MS_MAX,
          `still under way: ${open.map(({ kind, state }) => `${kind} ${state}`).join(', ')}`,
        )
        await pause(20)
      }
    },
    fetchReport: async () => {
      const answer = await fetch(`${simulator.worldpayUrls.page}settlement.csv`)
      return file('settlement.csv', await answer.text())
    },
    run: async (path, ...more) => {
      const said = { out: '', error: '', progress: '' }
      const code = await reconcile(
        [path, '--gateway', 'worldpay', '--server', server, '--key-file', key, '--json', ...more],
        {
          out: (text) => void (said.out += text),
          error: (text) => void (said.error += text),
        },
        { isTerminal: false, write: (text) => void (said.progress += text) },
      )
      return { code, ...said, json: said.out.startsWith('{') ? JSON.parse(said.out) : undefined }
    },
    [Symbol.asyncDispose]: async () => {
      host.closeAllConnections()
      await made.close()
      await cf.stop()
      await simulator.close()
      await new Promise((resolve) => host.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }
}
