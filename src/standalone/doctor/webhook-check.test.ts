import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { TEST_CERTIFICATE, TEST_KEY } from '../../gateway/http-peers.test-data.ts'
import { secret } from '../../gateway/secret.ts'
import { type CheckedConfiguration, checkedConfiguration } from '../check-configuration.ts'
import type { WebhookConfiguration } from '../server-configuration.ts'
import { cardAt, deadPort, never, Peer } from './doctor.test-data.ts'
import { checkWebhook, judgeCertificate } from './webhook-check.ts'

const DAY_MS = 86_400_000
const key = randomBytes(32)
const secrets = [secret(`whsec_${key.toString('base64')}`)]

function told(webhook?: WebhookConfiguration): CheckedConfiguration {
  const configuration = {
    modules: [cardAt('http://127.0.0.1:9/')],
    publicUrl: 'http://localhost:9/pay',
    secret: secret('a-secret-of-the-tests-with-more-than-32-bytes'),
    apiKeys: [{ client: 'web-shop', secret: secret('k'.repeat(32)) }],
  }
  return checkedConfiguration(
    webhook === undefined ? configuration : { ...configuration, webhook },
    '/nowhere',
  )
}

const local = (url: string): CheckedConfiguration => told({ url, secrets, allowLoopback: true })

describe('the check of the webhook', () => {
  it('is well where the shop is in the same process, and warns where nobody is told', async () => {
    const { apiKeys: _, ...configuration } = told()
    const shop = { loadOrder: async () => undefined }
    assert.equal((await checkWebhook({ ...configuration, shop }, false, never)).status, 'ok')
    const silent = await checkWebhook(told(), false, never)
    assert.deepEqual([silent.status, silent.text], ['warn', 'no webhook is configured'])
  })

  it('connects and sends nothing, and warns where there is no TLS', async () => {
    let asked = 0
    await using shop = await Peer.open((_request, response) => {
      asked++
      response.end()
    })
    const checked = await checkWebhook(local(`${shop.url}/hooks`), false, never)
    assert.deepEqual(
      [checked.status, checked.text.endsWith('takes connections, without TLS')],
      ['warn', true],
    )
    assert.equal(asked, 0)
  })

  it('verifies the certificate as a real webhook does', async () => {
    const server = createServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, (_request, response) =>
      response.end(),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`
    try {
      const unknown = await checkWebhook(local(url), false, never)
      assert.deepEqual([unknown.status, /self-signed certificate/.test(unknown.text)], ['fail', true])
      const trusted = told({ url, secrets, allowLoopback: true, ca: TEST_CERTIFICATE })
      const checked = await checkWebhook(trusted, false, never)
      assert.deepEqual([checked.status, /good for \d+ days$/.test(checked.text)], ['ok', true], checked.text)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('warns of a certificate that ends soon', () => {
    const url = new URL('https://shop.example/')
    assert.equal(judgeCertificate(url, 15 * DAY_MS, 0).status, 'ok')
    assert.equal(judgeCertificate(url, 13 * DAY_MS, 0).status, 'warn')
  })

  it('fails with nobody there, with a name that has no address, and with an address that no webhook is sent to', async () => {
    const dead = await checkWebhook(local(`http://127.0.0.1:${await deadPort()}/`), true, never)
    assert.deepEqual([dead.status, /ECONNREFUSED/.test(dead.text)], ['fail', true])
    const nowhere = await checkWebhook(told({ url: 'https://shop.invalid/', secrets }), false, never)
    assert.deepEqual([nowhere.status, /shop\.invalid has no address/.test(nowhere.text)], ['fail', true])
    await assert.rejects(checkWebhook(told({ url: 'https://10.0.0.1/', secrets }), false, never), {
      code: 'CF_CONFIG',
      message: /leads to 10\.0\.0\.1/,
    })
  })

  it('sends a signed ping where it is asked to, and wants it taken', async () => {
    const pings: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
    let status = 204
    await using shop = await Peer.open((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.once('end', () => {
        pings.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
        response.writeHead(status).end()
      })
    })
    const taken = await checkWebhook(local(shop.url), true, never)
    assert.match(taken.text, /answers a signed ping with 204$/)
    const [{ headers, body }] = pings as [(typeof pings)[0]]
    assert.deepEqual(Object.keys(JSON.parse(body) as object), ['type', 'timestamp', 'data'])
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
    const signature = createHmac('sha256', key).update(signed).digest('base64')
    assert.equal(headers['webhook-signature'], `v1,${signature}`)
    status = 401
    const refused = await checkWebhook(local(shop.url), true, never)
    assert.deepEqual([refused.status, /ping with 401/.test(refused.text)], ['fail', true])
    assert.match(refused.todo ?? '', /verify the signature/)
  })
})
