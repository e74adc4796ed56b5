import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { readConfiguration, SettingError } from './configuration.ts'
import { derive, secretFrom } from './secret-file.ts'

test('without settings the defaults hold; an empty one counts as none', () => {
  assert.deepEqual(readConfiguration({ SHOP_PORT: ' ' }), {
    port: 3000,
    simulatorPort: 4010,
    dataFolder: resolve('data'),
    timeScale: 60,
    changeOfMind: 'wait',
    notifications: 'on',
    trustProxy: [],
    breaking: 'on',
    restarts: undefined,
  })
})

test('a wrong setting is named with what is allowed', () => {
  for (const port of ['0', '65536', 'x', '3000.5', '-1', '0x50']) {
    assert.throws(
      () => readConfiguration({ SHOP_PORT: port }),
      (error) =>
        error instanceof SettingError &&
        /SHOP_PORT must be a whole number from 1 to 65535/.test(error.message),
    )
  }
  assert.throws(() => readConfiguration({ SHOP_TIME_SCALE: '0' }), /SHOP_TIME_SCALE .* from 1 to 1000/)
  assert.throws(() => readConfiguration({ SHOP_SIMULATOR_PORT: '3000' }), /both 3000/)
  assert.throws(() => readConfiguration({ SHOP_CHANGE_OF_MIND: 'yes' }), /must be wait or switch/)
  assert.throws(() => readConfiguration({ SHOP_NOTIFICATIONS: '1' }), /must be on or off/)
})

test('the secret is made once, for this user only, and fits no two purposes alike', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-shop-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const secret = secretFrom(folder)
  assert.match(secret, /^[0-9a-f]{64}$/)
  const modeOf = () => statSync(join(folder, 'secret')).mode & 0o777
  assert.equal(modeOf(), 0o600)
  chmodSync(join(folder, 'secret'), 0o644)
  assert.equal(secretFrom(folder), secret)
  assert.equal(modeOf(), 0o600)
  assert.notEqual(derive(secret, 'a'), derive(secret, 'b'))
  writeFileSync(join(folder, 'secret'), 'hello')
  assert.throws(() => secretFrom(folder), /does not hold a secret/)
  assert.equal(readFileSync(join(folder, 'secret'), 'utf8'), 'hello')
})

test('a node of several is told where the others meet; a wrong address is not repeated', () => {
  const told = readConfiguration({
    SHOP_JOURNAL_URL: 'postgresql://shop:secret@db.example:5432/payments',
    SHOP_PUBLIC_URL: 'https://shop.example/',
    SHOP_SIMULATOR_URL: 'http://127.0.0.1:4010',
    SHOP_DRAIN_MS: '1000',
  })
  assert.deepEqual(
    [told.journalUrl, told.publicUrl, told.simulatorUrl, told.drainMs],
    [
      'postgresql://shop:secret@db.example:5432/payments',
      'https://shop.example',
      'http://127.0.0.1:4010',
      1_000,
    ],
  )
  const wrong = {
    SHOP_JOURNAL_URL: ['mysql://a:secret@b/c', 'secret'],
    SHOP_PUBLIC_URL: ['https://shop.example/secret', 'ftp://secret'],
    SHOP_SIMULATOR_URL: ['http://secret.example:4010', 'https://127.0.0.1/secret'],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.throws(
        () => readConfiguration({ [name]: value }),
        (error) =>
          error instanceof SettingError &&
          error.message.startsWith(`${name} must be an address like `) &&
          !error.message.includes('secret'),
        value,
      )
    }
  }
  assert.throws(() => readConfiguration({ SHOP_DRAIN_MS: '60001' }), /SHOP_DRAIN_MS .* from 0 to 60000/)
})
