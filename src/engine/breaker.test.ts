import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onBed } from './bed.test-data.ts'
import { Breaker } from './breaker.ts'

function breaker() {
  const time = { nowMs: 0 }
  const tried = new Breaker({ monotonicMs: () => time.nowMs }, { breakerFailures: 3, breakerRestMs: 10_000 })
  const fail = (times: number): void => {
    for (; times > 0; times--) tried.heard(false)
  }
  return { time, tried, fail }
}

describe('a breaker', () => {
  it('lets payments begin until so many in a row got no answer', () => {
    const { tried, fail } = breaker()
    fail(2)
    tried.heard(true)
    fail(2)
    assert.equal(tried.mayBegin(), true)
    fail(1)
    assert.equal(tried.mayBegin(), false)
  })

  it('lets one try after its rest, and all once that one was answered', () => {
    const { time, tried, fail } = breaker()
    fail(3)
    time.nowMs = 10_000
    assert.deepEqual([tried.mayBegin(), tried.mayBegin()], [true, false])
    tried.heard(true)
    assert.deepEqual([tried.mayBegin(), tried.mayBegin()], [true, true])
  })

  it('rests longer each time that the one who tried got no answer, and a minute at most', () => {
    const { time, tried, fail } = breaker()
    fail(3)
    for (const restMs of [10_000, 20_000, 40_000, 60_000, 60_000]) {
      time.nowMs += restMs - 1
      assert.equal(tried.mayBegin(), false, `${restMs}`)
      time.nowMs += 1
      assert.equal(tried.mayBegin(), true, `${restMs}`)
      tried.heard(false)
    }
  })
})

describe('a PSP that does not answer', () => {
  it(
    'is still tried by the next payment when the one that might try does not begin',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: { breakerFailures: 2 } })
      bed.network.on('charge', { kind: 'unknown', executed: false }, 2)
      for (const id of ['o1', 'o2', 'o3']) bed.order(id, 1_000n)
      const pay = (orderId: string, key: string) => cf.pay(bed.request({ orderId, key }))
      await pay('o1', 'key-00000001')
      await pay('o2', 'key-00000002')
      await assert.rejects(pay('o3', 'key-00000003'), { code: 'CF_PROVIDER_UNAVAILABLE' })
      await bed.advance(10_000)
      await assert.rejects(pay('o1', 'key-00000004'), { code: 'CF_ORDER_HELD' })
      assert.equal((await pay('o2', 'key-00000002')).status, 'in-progress')
      assert.equal((await pay('o3', 'key-00000003')).status, 'paid')
    }),
  )

  it(
    'gets no more charges after a few, is still asked about those, and is tried again after a rest',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: { breakerFailures: 3 } })
      bed.network.on('charge', { kind: 'unknown', executed: true }, 3)
      const pay = async (index: number) => {
        bed.order(`o${index}`, 1_000n)
        return cf.pay(bed.request({ orderId: `o${index}`, key: `key-0000000${index}` }))
      }
      for (const index of [1, 2, 3]) await pay(index)
      await assert.rejects(pay(4), { code: 'CF_PROVIDER_UNAVAILABLE' })
      assert.equal(bed.network.times('charge'), 3)
      assert.equal((await cf.order('o4')).state, 'open', 'nothing was written down for it')
      const again = await cf.pay(bed.request({ orderId: 'o1', key: 'key-00000001' }))
      assert.equal(again.orderId, 'o1', 'the form that was sent before is answered with its payment')
      await bed.advance(10_000)
      assert.ok(bed.network.times('inquiry') > 0)
      assert.equal((await pay(4)).status, 'paid')
      assert.equal((await pay(5)).status, 'paid')
    }),
  )
})
