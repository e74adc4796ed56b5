import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { settingsOf } from './setting.ts'

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-setting-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode })
  return path
}

describe('a setting', () => {
  it('is the variable, else the file that NAME_FILE names without the line break at its end, else the fallback', () => {
    const path = file('brand', 'Tea & Co \n')
    const { setting } = settingsOf({ BRAND: 'Ink', SHOP_FILE: path, EMPTY: '', EMPTY_FILE: '' })
    assert.equal(setting('BRAND', 'none'), 'Ink')
    assert.equal(setting('SHOP'), 'Tea & Co ')
    assert.equal(setting('EMPTY', 'fallback'), 'fallback')
    assert.equal(setting('NOT_THERE', ''), '')
  })

  it('that is missing is an error that says how to give it', () => {
    const { setting, secretSetting } = settingsOf({})
    assert.throws(() => setting('PUBLIC_URL'), {
      code: 'CF_CONFIG',
      message:
        /PUBLIC_URL is not set: give the variable PUBLIC_URL, or in PUBLIC_URL_FILE the path of a file/,
    })
    assert.throws(() => secretSetting('API_KEY'), { code: 'CF_CONFIG', message: /secret API_KEY is not set/ })
  })

  it('that is given twice is refused, so that nobody has to guess', () => {
    const { secretSetting } = settingsOf({ KEY: 'one', KEY_FILE: file('two', 'two') })
    assert.throws(() => secretSetting('KEY'), { code: 'CF_CONFIG', message: /KEY and KEY_FILE are both set/ })
  })

  it('refuses a file that is missing, empty, no file or too long, and names it', () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      [join(folder, 'missing'), /A_FILE: .*missing cannot be read: ENOENT/],
      [folder, /A_FILE: .* cannot be read: it is no file/],
      [file('empty', '\n'), /A_FILE: .*empty is empty; write the value into it/],
      [file('long', 'x'.repeat(70_000)), /has more than 65536 bytes/],
    ]
    for (const [path, message] of wrong) {
      assert.throws(() => settingsOf({ A_FILE: path }).setting('A'), { code: 'CF_CONFIG', message })
    }
    assert.throws(() => settingsOf({}).setting('lower'), { message: /'lower' is no name of a setting/ })
  })
})

describe('a secret setting', () => {
  it('cannot be printed, and is remembered by where it came from', () => {
    const path = file('password', 'correct horse battery\n', 0o644)
    chmodSync(path, 0o644)
    const settings = settingsOf({ PASSWORD_FILE: path, TOKEN: 'token-of-the-variable' })
    const password = settings.secretSetting('PASSWORD')
    assert.equal(String(password), '[secret]')
    assert.equal(password.reveal(), 'correct horse battery')
    settings.secretSetting('TOKEN')
    const found = settings.sources().map(({ name, from, path: at, mode }) => ({ name, from, at, mode }))
    assert.deepEqual(found, [
      { name: 'PASSWORD', from: 'file', at: path, mode: 0o644 },
      { name: 'TOKEN', from: 'variable', at: undefined, mode: undefined },
    ])
    assert.doesNotMatch(JSON.stringify(settings.sources()), /correct|token-of/)
  })

  it('is made where that was asked for: once, random, for this user alone', () => {
    const madeIn = join(folder, 'new', 'data')
    const first = settingsOf({}).secretSetting('WEBHOOK_SECRET', { madeIn, prefix: 'whsec_' })
    const again = settingsOf({}).secretSetting('WEBHOOK_SECRET', { madeIn, prefix: 'whsec_' })
    const other = settingsOf({}).secretSetting('API_KEY', { madeIn })
    assert.match(first.reveal(), /^whsec_[A-Za-z0-9+/]{43}=$/)
    assert.equal(again.reveal(), first.reveal())
    assert.notEqual(other.reveal().slice(-20), first.reveal().slice(-20))
    assert.deepEqual(readdirSync(madeIn).toSorted(), ['api-key', 'webhook-secret'])
    assert.equal(statSync(join(madeIn, 'api-key')).mode & 0o777, 0o600)
    assert.equal(statSync(madeIn).mode & 0o777, 0o700)
  })

  it('that is given is not made', () => {
    const madeIn = join(folder, 'unused')
    const given = settingsOf({ API_KEY: 'given' }).secretSetting('API_KEY', { madeIn })
    assert.equal(given.reveal(), 'given')
    assert.equal(statSync(madeIn, { throwIfNoEntry: false }), undefined)
  })

  it('that cannot be made says what to set instead', () => {
    const madeIn = join(file('no-folder', 'x'), 'data')
    assert.throws(() => settingsOf({}).secretSetting('API_KEY', { madeIn }), {
      code: 'CF_CONFIG',
      message: /API_KEY is not set, and cannot be made in .*: .*\. Set it: give the variable API_KEY/,
    })
  })
})
