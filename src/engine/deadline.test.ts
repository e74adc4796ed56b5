import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { within } from './deadline.ts'
import { settle, VirtualClock, virtualWorld } from './virtual-world.test-data.ts'

describe('a call within a deadline', () => {
  it('answers what the call answered, at once, and leaves no timer', async () => {
    const clock = new VirtualClock()
    const result = await within(virtualWorld(clock, 'node-1'), 5_000, async () => 'value')
    assert.deepEqual(result, { kind: 'done', value: 'value' })
  })

  it('answers what the call threw, also before it waited for anything', async () => {
    const world = virtualWorld(new VirtualClock(), 'node-1')
    const error = new Error('no')
    const result = await within(world, 5_000, () => {
      throw error
    })
    assert.deepEqual(result, { kind: 'failed', error })
  })

  it('is late after the deadline, aborts the signal then, and not before', async () => {
    const clock = new VirtualClock()
    const signals: AbortSignal[] = []
    const waiting = within(virtualWorld(clock, 'node-1'), 5_000, (signal) => {
      signals.push(signal)
      return new Promise<never>(() => undefined)
    })
    await clock.advance(4_999)
    assert.equal(signals[0]?.aborted, false)
    await clock.advance(1)
    assert.deepEqual(await waiting, { kind: 'late' })
    assert.equal(signals[0]?.aborted, true)
  })

  it('does not abort the signal of a call that was in time', async () => {
    const clock = new VirtualClock()
    const signals: AbortSignal[] = []
    await within(virtualWorld(clock, 'node-1'), 5_000, async (signal) => signals.push(signal))
    await clock.advance(10_000)
    await settle()
    assert.equal(signals[0]?.aborted, false)
  })
})
