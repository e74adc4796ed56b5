import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Clock } from './clock.ts'
import { type Bed, cardModule, onBed, settle } from './bed.test-data.ts'
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

describe('the clock of the engine, where the journal has its own', () => {
  /** A journal whose clock is off by so much, asked by a process whose machine is right. */
  function following(): { readonly time: VirtualClock; readonly clock: Clock; beat(offMs: number): number } {
    const time = new VirtualClock()
    const world = virtualWorld(time, 'node-1')
    // As a real one it does not tick in whole milliseconds.
    const clock = new Clock({ ...world, monotonicMs: () => world.monotonicMs() + 0.625 })
    const beat = (offMs: number): number =>
      clock.follow(time.nowMs + offMs, clock.nowMs() - 1, clock.world.monotonicMs())
    return { time, clock, beat }
  }

  it('knows since when its time has passed as it says, also after it was set back', async () => {
    const { time, clock, beat } = following()
    assert.equal(beat(0), 0)
    assert.equal(clock.steadySinceMs(), Number.NEGATIVE_INFINITY)
    await time.advance(2_000)
    assert.equal(beat(HOUR_MS), HOUR_MS)
    const jumpedAtMs = time.nowMs
    await time.advance(2_000)
    assert.equal(beat(HOUR_MS), 0, 'a jump is seen once')
    assert.equal(clock.steadySinceMs(), jumpedAtMs + HOUR_MS)
    assert.equal(beat(0), 0, 'nothing is shortened by a jump back')
    assert.equal(clock.steadySinceMs(), jumpedAtMs)
    assert.equal(beat(10 * 60_000), 10 * 60_000, 'but by the next one ahead')
  })

  it('takes slow answers for no jump, and a clock that runs ahead little by little for one', async () => {
    const { time, clock, beat } = following()
    beat(0)
    for (const slowMs of [30_000, 50, 9_000]) {
      const atMs = clock.world.monotonicMs()
      const answeredMs = time.nowMs
      await time.advance(slowMs)
      assert.equal(clock.follow(answeredMs, answeredMs - 1, atMs), 0)
      assert.equal(beat(0), 0, 'the next one is quick')
    }
    const jumps: number[] = []
    for (let offMs = 0; offMs <= 12_000; offMs += 1_000) jumps.push(beat(offMs))
    assert.equal(jumps.filter((byMs) => byMs > 0).length, 2)
  })

  it('at its start believes nothing of what was before, where the journal is ahead of the machine', async () => {
    const { time, clock, beat } = following()
    assert.equal(beat(HOUR_MS), HOUR_MS)
    assert.equal(clock.steadySinceMs(), time.nowMs + HOUR_MS)
    // Who was seen since it cannot know: all of it is by the journal's time.
    assert.equal(clock.agoMs(20_000), time.nowMs + HOUR_MS - 20_000)
    const behind = following()
    assert.equal(behind.beat(-HOUR_MS), 0)
    assert.equal(behind.clock.steadySinceMs(), Number.NEGATIVE_INFINITY)
  })

  it('takes nobody for dead who had no time to be heard of since a jump', async () => {
    const { time, clock, beat } = following()
    beat(0)
    await time.advance(2_000)
    const others = time.nowMs
    await time.advance(100)
    beat(HOUR_MS)
    assert.ok(clock.agoMs(20_000) < others)
    await time.advance(20_000)
    assert.equal(clock.agoMs(20_000), time.nowMs + HOUR_MS - 20_000)
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

describe('an engine whose journal is set an hour ahead while a charge is in doubt', () => {
  /** A journal of several nodes, with a clock of its own. */
  const databaseOf = (bed: Bed): { aheadMs: number } => {
    const database = { aheadMs: 0 }
    bed.between = ({ journal, transport }) => ({
      transport,
      journal: {
        ...journal,
        heartbeat: (nodeId) => journal.heartbeat(nodeId, bed.clock.nowMs + database.aheadMs),
      },
    })
    return database
  }

  it(
    'ends the doubt no earlier for it, and says so (F14)',
    onBed(async (bed) => {
      const database = databaseOf(bed)
      bed.network.on('charge', { kind: 'unknown', executed: false })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance(10 * 60_000)
      database.aheadMs = HOUR_MS
      // What the waiting rule waits for, but for a minute.
      await bed.advance(27 * 60_000)
      assert.equal(bed.charge(id).state, 'intended')
      assert.ok(bed.network.times('inquiry') > 3, 'it is asked about all the while')
      assert.ok(bed.logs.some(({ message }) => message.includes('clock is 3600 s ahead')))
      await bed.advance(10 * 60_000)
      assert.equal(bed.charge(id).state, 'not-seen')
    }),
  )

  it(
    'ends it no earlier when it is started after that, on a machine that is right',
    onBed(async (bed) => {
      const database = databaseOf(bed)
      bed.network.on('charge', { kind: 'unknown', executed: false })
      const first = await bed.engine()
      const { id } = await first.pay(bed.request())
      const stopping = first.stop()
      await bed.advance(60_000)
      await stopping
      database.aheadMs = HOUR_MS
      await bed.engine()
      await bed.advance(27 * 60_000)
      assert.equal(bed.charge(id).state, 'intended')
      await bed.advance(10 * 60_000)
      assert.equal(bed.charge(id).state, 'not-seen')
    }),
  )

  it(
    'takes nothing over from a node that lives',
    onBed(async (bed) => {
      const database = databaseOf(bed)
      const limits = { answerWithinMs: 20_000 }
      const first = await bed.engine({ limits })
      await bed.advance(1_000)
      await bed.engine({ limits })
      bed.network.on('charge', { kind: 'held' })
      const paying = first.pay(bed.request())
      await settle()
      const { paymentId } = bed.only()
      // The second one is the first to hear of it, a second before the owner.
      await bed.advance(1_500)
      database.aheadMs = HOUR_MS
      await bed.advance(15_000)
      bed.network.release()
      await paying
      assert.deepEqual([bed.payment(paymentId).fence, bed.payment(paymentId).status], [1, 'paid'])
    }),
  )
})
