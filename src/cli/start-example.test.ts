import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Browser, visa } from '../server/browser.test-data.ts'
import { freePort, ServerFolder } from '../standalone/server-folder.test-data.ts'

const example = fileURLToPath(new URL('../../examples/server', import.meta.url))
const WITHIN_MS = 30_000
const site = new ServerFolder()
after(() => site.close())

/** A webhook as the shop got it. */
interface Heard {
  readonly type: string
  readonly orderId: string
  readonly isGenuine: boolean
}

it('the example serves a shop in any language: order by API, card by form, word by webhook', async () => {
  const data = join(site.folder, 'data')
  const secretOf = (name: string): string => readFileSync(join(data, name), 'utf8').trim()
  const heard: Heard[] = []
  const shop = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = request.headers
      const body = Buffer.concat(chunks).toString()
      const key = Buffer.from(secretOf('webhook-secret').replace('whsec_', ''), 'base64')
      const signed = createHmac('sha256', key).update(`${String(id)}.${String(time)}.${body}`)
      const { type, data: about } = JSON.parse(body) as { type: string; data: { orderId: string } }
      heard.push({ type, orderId: about.orderId, isGenuine: signature === `v1,${signed.digest('base64')}` })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
  const port = await freePort()
  const base = `http://localhost:${port}/pay`
  try {
    const settings = {
      DATA_FOLDER: data,
      LISTEN_PORT: String(port),
      PUBLIC_URL: base,
      SIMULATOR_PORT: String(await freePort()),
      WEBHOOK_URL: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/hooks`,
    }
    const server = site.start(['start'], settings, example)
    await server.printed(/Counterfoil listens on/)

    const headers = {
      authorization: `Bearer ${secretOf('api-key')}`,
      'content-type': 'application/json',
      'idempotency-key': 'key-of-order-1',
    }
    const order = { id: 'order-1', amountMinor: 450, currency: 'GBP', description: 'A pound of tea' }
    const booked = await fetch(`${base}/v1/orders`, { method: 'POST', headers, body: JSON.stringify(order) })
    assert.ok(booked.ok, String(booked.status))
    const { checkoutUrl } = (await booked.json()) as { readonly checkoutUrl: string }

    const browser = new Browser(new URL(base).origin, [])
    const { url, hidden } = await browser.openForm({ server: { checkoutUrl: () => checkoutUrl } })
    assert.equal((await browser.post(url, { ...visa, ...hidden })).status, 303)
    const untilMs = performance.now() + WITHIN_MS
    while (heard.length === 0 && performance.now() < untilMs) await sleep(20)
    assert.deepEqual(heard, [{ type: 'payment.paid', orderId: 'order-1', isGenuine: true }])

    server.signal('SIGTERM')
    const { code, error } = await server.ended
    assert.equal(code, 0, error)
    assert.doesNotMatch(error, /"level":"(warn|error)"/)
  } finally {
    shop.closeAllConnections()
    shop.close()
  }
})
