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
