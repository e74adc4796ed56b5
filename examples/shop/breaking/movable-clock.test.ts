import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { realWorld } from 'counterfoil'
import { aheadWords } from './breaking.ts'
import { movableClock } from './movable-clock.ts'

const DAY_MS = 86_400_000

function pathFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-clock-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'clock-ahead-ms')
}

test('the wall clock goes ahead and comes back; the monotonic one takes no notice', (t) => {
  const real = { ...realWorld(), nowMs: () => 1_000, monotonicMs: () => 7 }
  const clock = movableClock(pathFor(t), real)
  assert.equal(clock.world.nowMs(), 1_000)
  assert.ok(clock.putAhead(DAY_MS) && clock.putAhead(DAY_MS))
  assert.deepEqual(
    [clock.aheadMs, clock.world.nowMs(), clock.world.monotonicMs()],
    [2 * DAY_MS, 2 * DAY_MS + 1_000, 7],
  )
  clock.putRight()
  assert.deepEqual([clock.aheadMs, clock.world.nowMs()], [0, 1_000])
})

test('a clock that was ahead when its process died is as far ahead in the next one', (t) => {
  const path = pathFor(t)
  movableClock(path).putAhead(8 * DAY_MS)
  const next = movableClock(path)
  assert.equal(next.aheadMs, 8 * DAY_MS)
  next.putRight()
  assert.equal(movableClock(path).aheadMs, 0)
})

test('it goes no further than its bound, and a file that says nonsense is refused', (t) => {
  const path = pathFor(t)
  const clock = movableClock(path)
  assert.equal(clock.putAhead(91 * DAY_MS), false)
  assert.equal(clock.aheadMs, 0)
  for (const text of ['soon', '-1', '1e9', '999999999999']) {
    writeFileSync(path, text)
    assert.throws(() => movableClock(path), /how far the clock is ahead/)
  }
})

test('how far it is ahead is said in days and hours', () => {
  const words = [3_600_000, DAY_MS, 8 * DAY_MS, DAY_MS + 7_200_000].map((ms) => aheadWords(ms))
  assert.deepEqual(words, ['1 hour', '1 day', '8 days', '1 day and 2 hours'])
})
