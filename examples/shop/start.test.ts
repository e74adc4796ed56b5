import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Configuration } from './configuration.ts'
import { startShop } from './start.ts'

const supervisedFile = fileURLToPath(new URL('supervised.ts', import.meta.url))

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('the shop starts, serves the shop and the payment pages on one port, stops, and starts again', async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'counterfoil-start-'))
  t.after(() => rmSync(dataFolder, { recursive: true }))
  const configuration: Configuration = {
    port: await freePort(),
    simulatorPort: await freePort(),
    dataFolder,
    timeScale: 60,
    changeOfMind: 'wait',
    notifications: 'on',
    breaking: 'on',
    restarts: undefined,
    trustProxy: [],
  }
  const lines: string[] = []
  const open = () => startShop(configuration, ({ message }) => lines.push(message))
  const shop = await open()
  try {
    const shelves = await fetch(shop.shopUrl)
    assert.match(await shelves.text(), /Counterfoil book/)
    const unsigned = await fetch(`${shop.shopUrl}/pay/orders/somebody.else`)
    assert.equal(unsigned.status, 404)
    assert.match(await unsigned.text(), /Back to the shop/)
    assert.match(await (await fetch(shop.simulatorUrl)).text(), /<html/)
    const other = { ...configuration, dataFolder: join(dataFolder, 'other') }
    const taken = startShop({ ...other, simulatorPort: await freePort() }, () => undefined)
    await assert.rejects(taken, /Port \d+ is taken. Choose another one with SHOP_PORT/)
    const simulatorTaken = startShop({ ...other, port: await freePort() }, () => undefined)
    await assert.rejects(simulatorTaken, /is taken. Choose another one with SHOP_SIMULATOR_PORT/)
  } finally {
    await shop.stop()
  }
  await assert.rejects(fetch(shop.shopUrl))
  const again = await open()
  await again.stop()
  assert.deepEqual(lines, [])
  assert.ok(readdirSync(dataFolder).includes('secret'))
})

test('under its supervisor it comes back when its own page has killed it, and ends with a signal', async (t) => {
  const { supervised, shopUrl, said, ended } = await startSupervised(t)
  const page = await eventually('the shop answers', () => pageOf(`${shopUrl}/break`))
  const killed = await fetch(`${shopUrl}/break`, {
    method: 'POST',
    headers: { cookie: page.cookie },
    body: new URLSearchParams({ token: page.token, what: 'kill', do: 'break', when: 'now' }),
  })
  assert.equal(killed.status, 202)
  assert.match(await killed.text(), /Its supervisor starts it again/)
  await eventually('the shop is back', async () => {
    const now = await pageOf(`${shopUrl}/break`)
    return now !== undefined && /\(1 so far\)/.test(now.text) ? now : undefined
  })
  assert.match(said(), /The shop was killed \(SIGKILL\)\. It starts again in 0\.25 s \(1 of 5 in a row\)\./)
  supervised.kill('SIGTERM')
  assert.equal(await ended, 0)
  await eventually('its last words', async () => (said().endsWith('Stopped.\n') ? true : undefined))
})

test('a shop whose supervisor is killed ends with it', async (t) => {
  const { supervised, shopUrl, ended } = await startSupervised(t)
  await eventually('the shop answers', () => pageOf(shopUrl))
  supervised.kill('SIGKILL')
  await ended
  await eventually('nobody answers', async () => ((await pageOf(shopUrl)) === undefined ? true : undefined))
})

/** `npm start` with its own ports and data. */
async function startSupervised(t: TestContext) {
  const dataFolder = mkdtempSync(join(tmpdir(), 'counterfoil-start-'))
  const port = await freePort()
  const supervised = spawn(process.execPath, ['-C', 'counterfoil-source', supervisedFile], {
    env: {
      ...process.env,
      NODE_ENV: '',
      SHOP_PORT: String(port),
      SHOP_SIMULATOR_PORT: String(await freePort()),
      SHOP_DATA: dataFolder,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  supervised.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => supervised.once('exit', resolve))
  t.after(async () => {
    supervised.kill('SIGKILL')
    await ended
    rmSync(dataFolder, { recursive: true })
  })
  return { supervised, shopUrl: `http://localhost:${port}`, said: () => said, ended }
}

const BACK_WITHIN_MS = 20_000

/** Looks again until there is something. */
async function eventually<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const untilMs = performance.now() + BACK_WITHIN_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    assert.ok(performance.now() < untilMs, `${what}: not within ${BACK_WITHIN_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A page with the token of its forms and the cookie that it goes with; undefined while nobody answers. */
async function pageOf(url: string) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    const text = await response.text()
    const cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    return { text, cookie, token: /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '' }
  } catch {
    // Nobody listens there now.
    return undefined
  }
}
