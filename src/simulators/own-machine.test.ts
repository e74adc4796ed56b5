import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { type Simulator, startSimulator } from './server.ts'

describe('pages and control interface', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ port: 0 })
  })
  after(() => simulator.close())

  it('answers no page of another origin, and no name that is not of this machine', async () => {
    const { port } = new URL(simulator.url)
    const foreign = [
      { host: `127.0.0.1:${port}`, origin: 'https://evil.example' },
      { host: `127.0.0.1:${port}`, origin: 'null' },
      { host: `127.0.0.1:${port}`, origin: 'http://127.0.0.1:1' },
      { host: `evil.example:${port}` },
      { host: `evil.example:${port}`, origin: `http://evil.example:${port}` },
      { host: `127.0.0.1.evil.example:${port}` },
    ]
    for (const headersSent of foreign) {
      for (const path of ['control/ledger', 'control/faults', '']) {
        for (const method of ['GET', 'POST']) {
          assert.equal(await statusOf(simulator, method, path, headersSent), 403, JSON.stringify(headersSent))
        }
      }
    }
    const own = [
      { host: `localhost:${port}`, origin: `http://localhost:${port}` },
      { host: `[::1]:${port}` },
      { host: '127.0.0.1' },
    ]
    for (const headersSent of own) {
      assert.equal(await statusOf(simulator, 'GET', 'control/ledger', headersSent), 200)
      assert.equal(await statusOf(simulator, 'POST', 'control/reset', headersSent), 200)
    }
  })

  it('lets the shop’s pages send payers, and nothing else, under a name of this machine only', async () => {
    const { port } = new URL(simulator.url)
    const fromShop = {
      host: `127.0.0.1:${port}`,
      origin: 'https://shop.example',
      'sec-fetch-site': 'cross-site',
    }
    const rebound = { host: `evil.example:${port}`, 'sec-fetch-site': 'cross-site' }
    const asked: [string, string, number][] = [
      // What is asked for there is not known, not signed, or no form: all the same it is answered.
      ['GET', 'hosted?Ticket=1', 404],
      ['POST', 'challenge', 400],
      ['POST', 'acs', 200],
      ['POST', 'shopper/3ds/ddc.html', 400],
    ]
    for (const [method, path, status] of asked) {
      assert.equal(await statusOf(simulator, method, path, fromShop), status, path)
      assert.equal(await statusOf(simulator, method, path, rebound), 403, path)
    }
    assert.equal(await statusOf(simulator, 'POST', 'hosted?Ticket=1', fromShop), 403)
    for (const path of ['control/notifications', 'control/hosted/pay', 'control/back-office', 'back-office'])
      assert.equal(await statusOf(simulator, 'POST', path, fromShop), 403, path)
  })

  it('answers under any name when it was told to listen elsewhere than on a loopback address', async () => {
    const open = await startSimulator({ port: 0, host: '0.0.0.0' })
    const named = await statusOf(open, 'GET', 'control/ledger', { host: 'worldpay.test' })
    const foreign = { host: 'worldpay.test', origin: 'http://evil.example' }
    const refused = await statusOf(open, 'GET', 'control/ledger', foreign)
    await open.close()
    assert.deepEqual([named, refused], [200, 403])
  })
})

/** Asks with headers that fetch would not let through. */
async function statusOf(
  simulator: Simulator,
  method: string,
  path: string,
  headersSent: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const { port } = new URL(simulator.url)
  const sent = httpRequest({
    host: '127.0.0.1',
    port,
    method,
    path: `/worldpay/${path}`,
    headers: headersSent,
  }).end()
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  reply.resume()
  return reply.statusCode
}
