import assert from 'node:assert/strict'
import { it } from 'node:test'
import { memoryTries } from './memory-tries.ts'
import { tryStoreConformance } from './try-store-conformance.test-data.ts'

tryStoreConformance('tries in memory', async (options) => {
  const store = memoryTries(options)
  return { store, reopen: undefined, dispose: () => store.close() }
})

it('refuses a bound that is none', () => {
  for (const entriesMax of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => memoryTries({ entriesMax }), { code: 'CF_CONFIG', message: /entriesMax/ })
  }
})

it('counts thirty thousand tries fast enough for every payment', async () => {
  const store = memoryTries({ entriesMax: 20_000 })
  const startedMs = performance.now()
  for (let index = 0; index < 30_000; index++) {
    const names = [`order ${index}`, `address ${index % 1_000}`]
    const counts = names.map((name) => ({ name, max: 1_000, withinMs: 10_000 }))
    await store.take({ id: `t${index}`, counts, nowMs: index })
  }
  assert.ok(performance.now() - startedMs < 5_000, 'what takes longer with each entry would take minutes')
})
