import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Clock } from './clock.ts'
import { cardModule, onBed, settle } from './bed.test-data.ts'
import { START_MS, VirtualClock, virtualWorld } from './virtual-world.test-data.ts'

const HOUR_MS = 3_600_000

describe('the clock of the engine', () => {
  it('goes on with the monotonic clock when the machine is set, forwards or backwards', async () => {
    const time = new VirtualClock()
    let setByMs = 0
    const clock = new Clock({ ...virtualWorld(time, 'node-1'), nowMs: () => time.nowMs + setByMs })
    clock.follow(clock.nowMs(), clock.nowMs(), clock.world.monotonicMs())
    for (const byMs of [HOUR_MS, -HOUR_MS]) {
      setByMs = byMs
      await time.advance(1_000)
      assert.equal(clock.nowMs(), time.nowMs)
      assert.equal(clock.world.nowMs(), time.nowMs)
      assert.equal(clock.machineMs(), time.nowMs + byMs)
    }
  })

  it('takes the time of a journal that has its own', async () => {
    const time = new VirtualClock()
    const clock = new Clock(virtualWorld(time, 'node-1'))
    assert.equal(clock.nowMs(), START_MS)
    clock.follow(START_MS - HOUR_MS, START_MS, clock.world.monotonicMs())
    await time.advance(5_000)
    assert.equal(clock.nowMs(), START_MS - HOUR_MS + 5_000)
  })

  it('loses nothing by the way of an echo, however long it takes', async () => {
    const time = new VirtualClock()
    const clock = new Clock(virtualWorld(time, 'node-1'))
    for (let beat = 0; beat < 10; beat++) {
      const [toldMs, atMs] = [clock.nowMs(), clock.world.monotonicMs()]
      await time.advance(700)
      clock.follow(toldMs, toldMs, atMs)
    }
    assert.equal(clock.nowMs(), time.nowMs)
  })
})

describe('an engine whose machine is set an hour ahead while a charge is in doubt', () => {
  it(
    'ends the doubt no earlier for it (F14)',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: false })
      let setByMs = 0
      const { clock } = bed
      const world = { ...virtualWorld(clock, 'node-9'), nowMs: () => clock.nowMs + setByMs }
      const cf = await bed.engine({ world, modules: [cardModule()] })
      const { id } = await cf.pay(bed.request())
      setByMs = HOUR_MS
      await bed.advance(10 * 60_000)
      assert.equal(bed.charge(id).state, 'intended')
      await bed.advance(HOUR_MS)
      assert.equal(bed.charge(id).state, 'not-seen')
    }),
  )

  it(
    'sends nothing that was written down before it was suspended, though its monotonic clock stood still',
    onBed(async (bed) => {
      let suspendedMs = 0
      const { clock } = bed
      const world = { ...virtualWorld(clock, 'node-9'), nowMs: () => clock.nowMs + suspendedMs }
      bed.network.on('charge', { kind: 'late' })
      const cf = await bed.engine({ world })
      const paying = cf.pay(bed.request())
      await settle()
      suspendedMs = HOUR_MS
      bed.network.release()
      const { id } = await paying
      assert.equal(bed.network.times('charge'), 0)
      assert.equal(bed.charge(id).state, 'not-sent')
    }),
  )
})
