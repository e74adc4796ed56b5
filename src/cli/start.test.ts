import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Browser, visa } from '../server/browser.test-data.ts'
import { type Simulator, startSimulator } from '../simulators/index.ts'
import { type Command, freePort, ServerFolder } from '../standalone/server-folder.test-data.ts'

const site = new ServerFolder()
let simulator: Simulator
before(async () => {
  simulator = await startSimulator({ port: 0, timeScale: 1_000 })
})
after(async () => {
  await site.close()
  await simulator.close()
})

/** A shop in the same process, with one order, that says on its output where to pay and what it hears. */
const CONFIGURATION = `
import { internalModule, type Order, type Shop } from 'counterfoil'
import { secretSetting, type ServerConfiguration, setting } from 'counterfoil/standalone'
import { secret, worldpay } from 'counterfoil/worldpay'

const provider = worldpay({
  url: setting('PROVIDER'), merchantCode: 'COUNTERFOIL', username: 'counterfoil-xml',
  password: secret('counterfoil-password'), times: { scale: 0.001 },
})
const order: Order = { id: 'A-1', amountMinor: 450n, currency: 'GBP', description: 'Tea', lines: [] }
const say = (what: string) => async () => { console.log(what) }
const shop: Shop = {
  loadOrder: async (id) => (id === order.id ? order : undefined),
  markOrderPaid: say('the shop hears: paid'), markPaymentCancelled: say('cancelled'), markOrderInProgress: say('in progress'),
  deleteBasket: say('basket'), sendOrderMail: say('mail'), paymentChanged: say('changed'),
}
export default {
  modules: [internalModule('card', { gateway: provider.direct })],
  publicUrl: \`http://localhost:\${setting('PORT')}/pay\`,
  listen: { port: Number(setting('PORT')) },
  secret: secretSetting('COUNTERFOIL_SECRET'),
  shop,
  started: ({ checkoutUrl }) => console.log(\`pay at <\${checkoutUrl(order.id)}>\`),
  limits: { engine: { dueEveryMs: 50, heartbeatEveryMs: 100, nodeDeadAfterMs: 1_000 } },
} satisfies ServerConfiguration
`

function environment(port: number): NodeJS.ProcessEnv {
  const COUNTERFOIL_SECRET = 'a-secret-of-the-tests-with-more-than-32-bytes'
  return { PORT: String(port), PROVIDER: simulator.worldpayUrls.paymentService, COUNTERFOIL_SECRET }
}

/** A line of the log, with its time taken for granted. */
interface Line {
  readonly time: string
  readonly level: string
  readonly message: string
}

function linesOf(text: string): readonly Line[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

async function ready(server: Command): Promise<string> {
  await server.printed(/Counterfoil listens on/)
  await server.printed(/pay at <.*>/)
  return /pay at <(.*)>/.exec(server.out)?.[1] ?? ''
}

/** Sends the card form of the order. */
async function pay(order: string): Promise<Awaited<ReturnType<Browser['post']>>> {
  const browser = new Browser(new URL(order).origin, [])
  const stage = { server: { checkoutUrl: () => order } }
  const { url, hidden } = await browser.openForm(stage)
  return browser.post(url, { ...visa, ...hidden })
}

describe('counterfoil start', () => {
  it('serves what the configuration of the folder says, logs JSON, and ends with 0 at SIGTERM', async () => {
    site.write('counterfoil.config.ts', CONFIGURATION)
    const port = await freePort()
    const server = site.start(['start'], environment(port))
    const order = await ready(server)
    assert.match(server.out, new RegExp(`Counterfoil listens on http://127\\.0\\.0\\.1:${port}\\n`))
    assert.match(server.out, new RegExp(` pages +http://localhost:${port}/pay\\n`))
    assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200)
    assert.equal((await fetch(`http://127.0.0.1:${port}/pay/readyz`)).status, 200)
    const { status } = await pay(order)
    assert.equal(status, 303)
    await server.printed(/the shop hears: paid/)
    server.signal('SIGTERM')
    const { code, error } = await server.ended
    assert.equal(code, 0, error)
    const lines = linesOf(error)
    assert.deepEqual(
      lines.map(({ level, message }) => `${level} ${message}`),
      [
        'info started with counterfoil.config.ts',
        'info SIGTERM: finishing what has begun; once more ends at once',
        'info stopped',
      ],
    )
    assert.ok(lines.every(({ time }) => !Number.isNaN(Date.parse(time))))
    await assert.rejects(fetch(`http://127.0.0.1:${port}/livez`))
  })

  it('goes on after kill -9 with the payment that was under way, and tells the shop once it is paid', async () => {
    site.write('crash.config.ts', CONFIGURATION.replace('shop,', "shop, dataFolder: 'crash',"))
    const port = await freePort()
    const server = site.start(['start', '--config', 'crash.config.ts'], environment(port))
    const order = await ready(server)
    simulator.worldpay.addFault({ kind: 'hang', on: 'charge', when: 'after', times: 1 })
    await pay(order)
    const charged = () =>
      simulator.worldpay.ledger().orders.filter(({ liveExecutions }) => liveExecutions > 0)
    while (charged().length < 2) await sleep(10)
    server.signal('SIGKILL')
    await server.ended
    assert.doesNotMatch(server.out, /hears: paid/)

    const again = site.start(['start', '--config', 'crash.config.ts'], environment(port))
    await again.printed(/the shop hears: paid/)
    again.signal('SIGINT')
    assert.equal((await again.ended).code, 0)
    assert.equal(charged().length, 2, 'it was not charged again')
  })

  it('finishes the payment that is under way before it ends, and tells the shop', async () => {
    site.write('late.config.ts', CONFIGURATION.replace('shop,', "shop, dataFolder: 'late',"))
    const server = site.start(['start', '--config', 'late.config.ts'], environment(await freePort()))
    const order = await ready(server)
    simulator.worldpay.addFault({ kind: 'late', on: 'charge', delayMs: 3_000, times: 1 })
    assert.equal((await pay(order)).status, 303)
    assert.doesNotMatch(server.out, /hears: paid/)
    server.signal('SIGTERM')
    const { code, out, error } = await server.ended
    assert.equal(code, 0, error)
    assert.match(out, /the shop hears: paid/)
  })

  it('ends at once at a second signal', async () => {
    site.write('slow.config.ts', CONFIGURATION.replace('shop,', "shop, dataFolder: 'slow',"))
    const server = site.start(['start', '--config', 'slow.config.ts'], environment(await freePort()))
    const order = await ready(server)
    simulator.worldpay.addFault({ kind: 'hang', on: 'charge', when: 'after', times: 1 })
    await pay(order)
    server.signal('SIGTERM')
    await server.printed(/finishing what has begun/)
    // Less than this is the same signal, passed on by npx.
    await sleep(700)
    server.signal('SIGTERM')
    const { code, error } = await server.ended
    assert.equal(code, 130)
    assert.match(error, /SIGTERM again: ended at once; what was under way goes on at the next start/)
  })

  it('says in one line what stands in the way', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const port = (taken.address() as { readonly port: number }).port
    try {
      site.write('typo.config.ts', CONFIGURATION.replace('listen:', 'lisen:'))
      site.write('nothing.config.ts', 'export const modules = []')
      site.write('broken.config.ts', 'export default {')
      const [typo, nothing, broken, missing, busy, unset] = await Promise.all([
        site.run(['start', '--config', 'typo.config.ts'], environment(port)),
        site.run(['start', '--config', 'nothing.config.ts']),
        site.run(['start', '--config', 'broken.config.ts']),
        site.run(['start', '--config', 'missing.config.ts']),
        site.run(['start', '--config', 'crash.config.ts'], environment(port)),
        site.run(['start', '--config', 'crash.config.ts'], { PORT: '1', PROVIDER: 'http://127.0.0.1:1/' }),
      ])
      const refusals = [
        [typo, /lisen is not known; there are modules, publicUrl/],
        [nothing, /nothing\.config\.ts exports no default: export default \{ \.\.\. \} satisfies/],
        [broken, /broken\.config\.ts cannot be imported: /],
        [missing, /there is no file missing\.config\.ts/],
        [
          busy,
          new RegExp(`cannot listen on 127\\.0\\.0\\.1, port ${port}; another process has it: stop that one`),
        ],
        [unset, /the secret COUNTERFOIL_SECRET is not set: give the variable COUNTERFOIL_SECRET, or/],
      ] as const
      for (const [{ code, out, error }, what] of refusals) {
        assert.deepEqual([code, out], [1, ''], error)
        assert.match(error, /^counterfoil: CF_CONFIG: [^\n]*\n$/)
        assert.match(error, what)
      }
    } finally {
      taken.close()
    }
  })
})

describe('the configuration of a folder', () => {
  const other = new ServerFolder()
  after(() => other.close())

  it('is named by package.json where it has another name or place, and missing it says what to do', async () => {
    const missing = await other.run(['start'])
    assert.equal(missing.code, 1)
    assert.match(
      missing.error,
      /there is no counterfoil\.config\.ts, counterfoil\.config\.mjs, counterfoil\.config\.js in this folder: name one with --config FILE, or begin with a copy of examples\/server\/counterfoil\.config\.ts/,
    )
    other.write('package.json', JSON.stringify({ type: 'module', counterfoil: { config: 'deploy.mjs' } }))
    const gone = await other.run(['start'])
    assert.match(
      gone.error,
      /package\.json names deploy\.mjs as counterfoil\.config, and there is no such file/,
    )
    other.write('deploy.mjs', 'export default { modules: [] }')
    const found = await other.run(['start'])
    assert.match(found.error, /publicUrl is missing/)
    other.write('counterfoil.config.js', 'export default { nearer: true }')
    const nearer = await other.run(['start'])
    assert.match(nearer.error, /nearer is not known/)
  })
})
