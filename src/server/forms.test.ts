import assert from 'node:assert/strict'
import { it } from 'node:test'
import { containsCardNumber } from '../gateway/card.ts'
import { memoryJournal } from '../journal/memory/index.ts'
import { Browser, visa } from './browser.test-data.ts'
import { engineStage } from './engine-stage.test-data.ts'
import { formsWith } from './forms.ts'
import { settingsFrom } from './options.ts'
import { sealWith } from './seal.ts'

const HOUR_MS = 3_600_000

it('a form is as old as the journal says, on whatever node and whatever its machine says (F14)', async () => {
  const journal = memoryJournal()
  journal.heartbeat = async () => Date.now() + 2 * HOUR_MS
  await using stage = await engineStage({ journal })
  const browser = new Browser(stage.origin, [])
  const { url, hidden } = await browser.openForm(stage)
  const leftMs = Number(hidden.token.split('.')[0]) - Date.now()
  assert.ok(leftMs > 2 * HOUR_MS && leftMs <= 3 * HOUR_MS, `${leftMs} ms by this machine`)
  assert.equal((await browser.post(url, { ...visa, ...hidden })).status, 303)
})

it('a form has a key that no engine takes for a card number', () => {
  const secret = 'a secret of thirty-two bytes or more'
  const forms = formsWith(settingsFrom('http://localhost', { secret }), sealWith(secret))
  const of = { session: 's', orderId: 'A-1', module: 'card' }
  const keys = Array.from({ length: 5_000 }, () => forms.issue(of).key)
  assert.deepEqual(keys.filter(containsCardNumber), [])
  assert.equal(new Set(keys).size, keys.length)
  assert.ok(keys.every((key) => /^[\w.:-]{8,128}$/.test(key) && forms.startedBy('s', 'A-1', key)))
})
