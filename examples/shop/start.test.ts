import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Configuration } from './configuration.ts'
import { startShop } from './start.ts'

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
