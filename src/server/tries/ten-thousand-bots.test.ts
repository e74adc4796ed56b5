import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { engineStage } from '../engine-stage.test-data.ts'
import { addressOf, AT_ONCE, BOTS, type Figures } from './town.test-data.ts'
import { cardNumber, Door, Visitor } from './visitor.test-data.ts'

const HOUR_MS = 3_600_000
const REACHED_SHARE_MAX = 0.01
const LINES_PER_MINUTE_MAX = 6

describe('ten thousand bots that try stolen cards', () => {
  it('get at most one try in a hundred to the provider, and honest payers among them pay', async (t) => {
    const worker = new Worker(new URL('./town-worker.test-data.ts', import.meta.url))
    const [figures] = (await once(worker, 'message')) as [Figures]
    const { rows, tries, reached, payers, paid, unhappy, logged, tookMs } = figures
    t.diagnostic(`${BOTS} bots, 2 simulated hours in ${(tookMs / 1_000).toFixed(1)} s:`)
    for (const row of rows) t.diagnostic(row)
    t.diagnostic(`honest payers: ${paid} of ${payers} paid`)
    assert.ok(tries >= 2 * BOTS, `they tried ${tries} times`)
    assert.ok(reached > 0, 'the first ones are not known for what they are')
    assert.ok(reached <= tries * REACHED_SHARE_MAX, `${reached} of ${tries} tries reached the provider`)
    assert.deepEqual(unhappy, [], 'every honest payer has paid')
    assert.deepEqual([paid, payers], [120, 120])
    assert.ok(logged <= 121 * LINES_PER_MINUTE_MAX, `${logged} lines were logged`)
  })

  it('with nothing in common are stopped by the limit for everyone alone, which leaves other ways to pay', async (t) => {
    const everyone = { max: 20, withinMs: HOUR_MS }
    await using stage = await engineStage({ trustProxy: ['127.0.0.1'], tries: { everyone } })
    stage.psp.word = () => 'declined'
    const door = new Door(stage.origin, stage.server)
    const bots = 1_000
    let index = 0
    const worker = async (): Promise<void> => {
      while (index < bots) {
        const own = index++
        await new Visitor(door, addressOf(own)).pay(`Z-${own}`, cardNumber(own))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    t.diagnostic(`${stage.psp.seen.length} of ${bots} tries reached the provider`)
    assert.equal(stage.psp.seen.length, everyone.max)
    const honest = new Visitor(door, '203.0.113.77')
    assert.equal((await honest.pay('A-1', cardNumber(9_999))).status, 429)
    assert.equal((await honest.openPage('A-1')).status, 303)
    await door.close()
  })
})
