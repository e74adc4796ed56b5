import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Browser, hiddenIn, visa } from '../../src/server/browser.test-data.ts'
import { cgiServer, type Taken } from './cgi.test-data.ts'
import { paymentServer } from './payments.test-data.ts'

const run = promisify(execFile)
const at = (file: string): string => join(import.meta.dirname, file)
const folder = mkdtempSync(join(tmpdir(), 'counterfoil-shell-shop-'))
after(() => rmSync(folder, { recursive: true }))

const API_KEY = 'the-api-key-of-the-shell-shop-0123456789'
// Bytes that are special to the shell's own arithmetic: those that the pads of HMAC turn into zero, and zero itself.
const KEY = Buffer.concat([Buffer.from([0x36, 0x5c, 0x00, 0x0a, 0xff]), Buffer.alloc(27, 7)])
const SECRET = `whsec_${KEY.toString('base64')}`
writeFileSync(join(folder, 'api-key'), API_KEY)
writeFileSync(join(folder, 'webhook-secret'), `${SECRET}\n`)

const heard = (): readonly string[] => readFileSync(join(folder, 'heard'), 'utf8').split('\n').slice(0, -1)

function signed(id: string, sentAt: number, body: string, key = KEY): Readonly<Record<string, string>> {
  const signature = createHmac('sha256', key).update(`${id}.${sentAt}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(sentAt),
    'webhook-signature': `v1,${signature}`,
    'content-type': 'application/json',
  }
}

test('a shop of shell scripts sells something: its order is paid once, and nobody but Counterfoil can say so', async () => {
  for (const program of ['bash', 'curl', 'openssl', 'flock', 'awk']) {
    await assert.doesNotReject(
      run('which', [program]),
      `this test needs ${program}: install it (apt-get install)`,
    )
  }
  await using shop = await cgiServer(at('webhook.cgi'), { SHOP_DATA: folder })
  await using payments = await paymentServer({
    folder,
    webhookUrl: shop.url,
    webhookSecret: SECRET,
    apiKey: API_KEY,
  })
  const environment = {
    ...process.env,
    COUNTERFOIL_URL: payments.url,
    COUNTERFOIL_API_KEY_FILE: join(folder, 'api-key'),
    SHOP_DATA: folder,
  }
  const newOrder = async (...order: readonly string[]): Promise<string> =>
    (await run(at('new-order.sh'), order, { env: environment })).stdout.trim()
  const state = async (): Promise<string> =>
    (await run(at('order-state.sh'), ['T-1'], { env: environment })).stdout.trim()

  const tea = ['T-1', '450', 'GBP', 'A "pound" of tea \\ 450 g'] as const
  const address = await newOrder(...tea)
  assert.match(address, new RegExp(`^${payments.url}/orders/T-1\\.`))
  assert.equal(await newOrder(...tea), address, 'handed over again it is the same order')
  await assert.rejects(newOrder('T-1', '451', 'GBP', 'tea'), /CF_KEY_REUSED/)
  await assert.rejects(newOrder('T 1', '450', 'GBP', 'tea'), /no id, amount or currency/)

  await paysAt(address)
  const told = await firstTaken(shop.taken)
  assert.equal(told.status, 204)
  assert.deepEqual(
    heard().map((line) => line.split(' ').slice(1, 3).join(' ')),
    ['payment.paid T-1'],
  )
  assert.equal(await state(), 'payment.paid')

  const send = async (headers: Readonly<Record<string, string>>, body: string): Promise<number> =>
    (await fetch(shop.url, { method: 'POST', headers, body })).status
  const { headers, body } = told
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
  const own = Object.fromEntries(names.map((name) => [name, headers[name] ?? '']))
  const id = own['webhook-id'] ?? ''
  const now = Math.floor(Date.now() / 1_000)

  assert.equal(await send(own, body), 204, 'heard again')
  assert.equal(await send(signed(id, now, body), body), 204, 'and once more, signed anew')
  const two = { ...own, 'webhook-signature': `v1,AAAA ${own['webhook-signature'] ?? ''}` }
  assert.equal(await send(two, body), 204, 'with a signature by another secret before')
  assert.equal(heard().length, 1)

  const forged = body.replace('"T-1"', '"T-2"')
  assert.notEqual(forged, body)
  assert.equal(await send(own, forged), 401, 'another order')
  assert.equal(await send({ ...own, 'webhook-id': 'another' }, body), 401, 'another id')
  assert.equal(await send({ ...own, 'webhook-timestamp': String(now + 1) }, body), 401, 'another time')
  assert.equal(await send(signed('x', now, forged, Buffer.alloc(32)), forged), 401, 'another secret')
  assert.equal(await send({ ...own, 'webhook-signature': '' }, body), 401, 'no signature')
  assert.equal(await send(signed('x', now - 301, body), body), 401, 'kept for too long')
  assert.equal(await send(signed('x', now + 400, body), body), 401, 'from the future')
  assert.equal(await send({}, body), 400, 'no webhook at all')
  assert.equal(await send(signed('x', now, body), `${body}${'x'.repeat(100_000)}`), 413, 'far too long')
  assert.equal(heard().length, 1)

  const later = body.replace('payment.paid', 'payment.cancelled').replace(/"sequence":\d+/, '"sequence":1')
  assert.equal(await send(signed('y', now, later), later), 204, 'old news are written down too')
  assert.equal(heard().length, 2)
  assert.equal(await state(), 'payment.paid', 'and change nothing')
})

/** What a payer does: opens the order, the card form, fills it in and sends it. */
async function paysAt(address: string): Promise<void> {
  const { origin } = new URL(address)
  const browser = new Browser(origin, [])
  assert.match((await browser.get(address)).body, /A &quot;pound&quot; of tea/)
  const form = await browser.get(`${address}/pay/card`)
  const sent = await browser.post(`${address}/pay/card`, { ...visa, ...hiddenIn(form.body) })
  assert.equal(sent.status, 303, sent.body)
}

async function firstTaken(taken: readonly Taken[]): Promise<Taken> {
  const untilMs = performance.now() + 30_000
  while (taken[0] === undefined) {
    assert.ok(performance.now() < untilMs, 'no webhook came')
    await sleep(20)
  }
  return taken[0]
}
