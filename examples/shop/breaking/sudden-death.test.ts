import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { request } from 'undici'
import { suddenDeath } from './sudden-death.ts'

/** A provider that has done what it was asked when its answer begins. */
async function provider(t: TestContext): Promise<{ readonly url: string; readonly done: string[] }> {
  const done: string[] = []
  const server = createServer((incoming, response) => {
    done.push(incoming.url ?? '')
    response.end('done')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, done }
}

async function ask(url: string): Promise<void> {
  const { body } = await request(url, { method: 'POST', body: 'x' })
  await body.text()
}

test('the process dies when the provider has done what it was asked, and its answer begins; once', async (t) => {
  const { url, done } = await provider(t)
  const atDeath: (readonly string[])[] = []
  const death = suddenDeath(`${url}/pay`, () => void atDeath.push([...done]))
  await ask(`${url}/pay`)
  assert.deepEqual(atDeath, [], 'it is not armed')
  death.arm()
  death.arm()
  assert.ok(death.isArmed)
  await ask(`${url}/control/faults`)
  assert.deepEqual(atDeath, [], 'another address of the same machine')
  await ask(`${url}/pay`)
  assert.deepEqual(atDeath, [['/pay', '/control/faults', '/pay']])
  assert.equal(death.isArmed, false)
  await ask(`${url}/pay`)
  assert.equal(atDeath.length, 1)
})

test('disarmed, it lives on; killed at once, it needs no provider', async (t) => {
  const { url } = await provider(t)
  let deaths = 0
  const death = suddenDeath(`${url}/pay`, () => void deaths++)
  death.arm()
  death.disarm()
  await ask(`${url}/pay`)
  assert.equal(deaths, 0)
  death.now()
  assert.equal(deaths, 1)
})
