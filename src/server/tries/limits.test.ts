import assert from 'node:assert/strict'
import { it } from 'node:test'
import { settingsFrom } from '../options.ts'
import { defaultTryLimits, tryLimitsFrom } from './limits.ts'
import { memoryTries } from './memory-tries.ts'

const HOUR_MS = 3_600_000

it('each limit of tries can be set apart from the others', () => {
  assert.deepEqual(tryLimitsFrom({}), defaultTryLimits)
  const order = { max: 4, withinMs: HOUR_MS }
  const everyone = { max: 500, withinMs: HOUR_MS }
  const found = tryLimitsFrom({ order, everyone, store: memoryTries() })
  assert.deepEqual(found, { ...defaultTryLimits, order, everyone })
  const secret = 'a secret of thirty-two bytes or more'
  const store = memoryTries()
  const { tries } = settingsFrom('http://localhost', { secret, tries: { store, order } })
  assert.deepEqual([tries.store, tries.limits.order], [store, order])
})

it('a limit of tries that cannot be is refused by its name', () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ order: { max: 0, withinMs: HOUR_MS } }, /tries\.order\.max must be a whole number from 1 to 100000/],
    [{ card: { max: 1.5, withinMs: HOUR_MS } }, /tries\.card\.max/],
    [{ card: { max: '5', withinMs: HOUR_MS } }, /tries\.card\.max/],
    [{ session: { max: 1 } }, /tries\.session\.withinMs must be a whole number from 1000 to 2592000000/],
    [{ session: { max: 1, withinMs: 999 } }, /tries\.session\.withinMs/],
    [{ address: { max: 1, withinMs: HOUR_MS, perMs: 1 } }, /tries\.address\.perMs is not known/],
    [{ cards: { max: 1, withinMs: HOUR_MS } }, /tries\.cards is not known; there are store, order, card, /],
  ]
  for (const [given, message] of wrong) {
    assert.throws(() => tryLimitsFrom(given), { code: 'CF_CONFIG', message })
  }
})
