import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Browser, visa } from '../../src/server/browser.test-data.ts'
import { type Simulator, startSimulator } from '../../src/simulators/index.ts'
import { type Command, freePort, ServerFolder } from '../../src/standalone/server-folder.test-data.ts'
import { TestDatabases } from './databases.ts'

const WITHIN_MS = 20_000
const KEY = 'a-key-of-the-tests-with-more-than-32-bytes'
const databases = TestDatabases.forThisFile()
const site = new ServerFolder()
let simulator: Simulator
before(async () => {
  simulator = await startSimulator({ port: 0, timeScale: 1_000 })
})
after(async () => {
  await site.close()
  await simulator.close()
})

/** A server for a shop that talks HTTP. Nothing of it stands in files: its data folder is its own, and stays empty. */
const CONFIGURATION = `
import { internalModule, webhookPipelines } from 'counterfoil'
import { secretSetting, type ServerConfiguration, setting } from 'counterfoil/standalone'
import { secret, worldpay } from 'counterfoil/worldpay'

const provider = worldpay({
  url: setting('PROVIDER'), merchantCode: 'COUNTERFOIL', username: 'counterfoil-xml',
  password: secret('counterfoil-password'), times: { scale: 0.001 },
})
export default {
  modules: [internalModule('card', { gateway: provider.direct, pipelines: webhookPipelines })],
  publicUrl: setting('PUBLIC_URL'),
  listen: { port: Number(setting('PORT')) },
  dataFolder: setting('DATA_FOLDER'),
  postgres: { url: setting('DATABASE_URL'), schema: setting('SCHEMA') },
  drainMs: 300,
  secret: secretSetting('COUNTERFOIL_SECRET'),
  apiKeys: [{ client: 'web-shop', secret: secretSetting('API_KEY') }],
  limits: { engine: { dueEveryMs: 50, heartbeatEveryMs: 100, nodeDeadAfterMs: 1_000 } },
} satisfies ServerConfiguration
`

interface PaymentJson {
  readonly id: string
  readonly status: string
}

it('two servers on one database: what one was handed, the other is paid, and takes up when the first is killed', async () => {
  const { options, query } = await databases.schema()
  site.write('counterfoil.config.ts', CONFIGURATION)
  const ports = [await freePort(), await freePort()]
  const start = async (which: 0 | 1): Promise<Command> => {
    const server = site.start(['start'], {
      PORT: String(ports[which]),
      // Payers are sent to the second one, as by a balancer.
      PUBLIC_URL: `http://localhost:${ports[1]}/pay`,
      PROVIDER: simulator.worldpayUrls.paymentService,
      COUNTERFOIL_SECRET: KEY,
      API_KEY: KEY,
      DATABASE_URL: options.url,
      SCHEMA: options.schema,
      DATA_FOLDER: `${site.folder}/data-${which}`,
    })
    await server.printed(/Counterfoil listens on/)
    return server
  }
  const [first, second] = await Promise.all([start(0), start(1)])
  const api = async (which: 0 | 1, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`http://localhost:${ports[which]}/pay/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'idempotency-key': 'key-00000001',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    assert.ok(answer.ok, `${answer.status} ${path}`)
    return answer.json()
  }
  const order = { id: 'A-1', amountMinor: 450, currency: 'GBP', description: 'Tea' }
  const { checkoutUrl } = (await api(0, '/orders', order)) as { readonly checkoutUrl: string }
  simulator.worldpay.addFault({ kind: 'hang', on: 'charge', when: 'after', times: 1 })
  const browser = new Browser(new URL(checkoutUrl).origin, [])
  const { url, hidden } = await browser.openForm({ server: { checkoutUrl: () => checkoutUrl } })
  const paying = browser.post(url, { ...visa, ...hidden }).catch(() => undefined)
  while (simulator.worldpay.ledger().orders.every(({ liveExecutions }) => liveExecutions === 0))
    await sleep(10)
  second.signal('SIGKILL')
  await Promise.all([second.ended, paying])
  const untilMs = performance.now() + WITHIN_MS
  let payments: readonly PaymentJson[]
  do {
    payments = ((await api(0, '/orders/A-1')) as { readonly payments: readonly PaymentJson[] }).payments
    assert.ok(performance.now() < untilMs, JSON.stringify(payments))
    await sleep(20)
  } while (payments[0]?.status !== 'paid')
  const owners = await query(`SELECT owner FROM ${options.schema}.payments`)
  assert.match(String(owners[0]?.['owner']), new RegExp(`-${first.pid}-`), 'the first one has taken it over')
  first.signal('SIGTERM')
  let ready = 200
  while (ready === 200) {
    ready = (await fetch(`http://localhost:${ports[0]}/pay/readyz`)).status
    await sleep(5)
  }
  assert.equal(ready, 503, 'it says that it is not ready while it still answers')
  assert.equal((await first.ended).code, 0)
  const left = await query(`SELECT count(*)::int AS nodes FROM ${options.schema}.nodes`)
  assert.ok(Number(left[0]?.['nodes']) <= 1, 'one that ends in order takes leave')
})
