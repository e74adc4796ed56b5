import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultRequest } from '../../src/simulators/worldpay/index.ts'
import { Random } from '../simulation/random.ts'
import { Bed, type Site } from './bed.ts'
import { Payers } from './payers.ts'

const KILLS = 16
/** Most processes die so long after they began to serve, */
const LIFE_MS = [20, 1_000] as const
/** and some so long after their start: many of them before they serve, while they recover. */
const UNBORN_CHANCE = 0.25
const UNBORN_LIFE_MS = [50, 700] as const
const PAYERS = 24
const ORDERS = 6_000
const SETTLE_WITHIN_MS = 38_000

/** Each strikes with its own probability as long as it is set. Where nothing is said, the charge was executed. */
function faults(seed: number): readonly FaultRequest[] {
  const plan: readonly FaultRequest[] = [
    { kind: 'hang', on: 'charge', probability: 0.03 },
    { kind: 'hang', on: 'charge', when: 'before', probability: 0.02 },
    { kind: 'cut', on: 'charge', probability: 0.03 },
    { kind: 'cut', on: 'charge', atByte: 180, probability: 0.03 },
    { kind: 'cut', on: 'charge', when: 'before', probability: 0.02 },
    { kind: 'late', on: 'charge', delayMs: 300, probability: 0.1 },
    { kind: 'late', on: 'charge', delayMs: 2_500, probability: 0.02 },
    { kind: 'process-late', on: 'charge', delayMs: 250, probability: 0.05 },
    { kind: 'http-error', on: 'charge', probability: 0.03 },
    { kind: 'http-error', on: 'charge', when: 'before', probability: 0.02 },
    { kind: 'html', on: 'charge', probability: 0.01 },
    { kind: 'truncated', on: 'charge', probability: 0.02 },
    { kind: 'wrong-reference', on: 'charge', probability: 0.01 },
    { kind: 'wrong-amount', on: 'charge', probability: 0.01 },
    { kind: 'hang', on: 'cancel', probability: 0.05 },
    { kind: 'unavailable', on: 'cancel', probability: 0.1 },
    { kind: 'lagging-inquiry', probability: 0.2 },
    { kind: 'unavailable', on: 'inquiry', probability: 0.15 },
    { kind: 'cut', on: 'inquiry', atByte: 100, probability: 0.05 },
    { kind: 'hang', on: 'inquiry', probability: 0.03 },
  ]
  return plan.map((fault, index) => ({ ...fault, seed: seed + index }))
}

describe('a server that is killed again and again while people pay (F9)', () => {
  const seed = Number(process.env['CRASH_SEED'] ?? randomInt(1_000_000))
  let bed: Bed
  let site: Site
  before(async () => {
    // Such a PSP would take the money twice, if anything were ever sent twice.
    bed = await Bed.open({ dedup: false })
    site = bed.site()
  })
  after(() => bed.close())

  it(`charges nobody twice and forgets nothing (CRASH_SEED=${seed})`, { timeout: 75_000 }, async (t) => {
    const random = new Random(seed)
    const orders = Array.from({ length: ORDERS }, (_, index) => ({
      id: `order-${index + 1}`,
      amountMinor: BigInt(random.between(100, 99_999)),
    }))
    site.shop.addOrders(orders)
    for (const fault of faults(seed)) await bed.setFault(fault)

    const startedMs = performance.now()
    let node = site.start()
    const payers = new Payers(
      site,
      random.fork(),
      orders.map(({ id }) => id),
      PAYERS,
    )
    let unready = 0
    for (let kills = 0; kills < KILLS; kills++) {
      const unborn = random.chance(UNBORN_CHANCE)
      if (!unborn) await node.whenReady()
      const [leastMs, mostMs] = unborn ? UNBORN_LIFE_MS : LIFE_MS
      await sleep(random.between(leastMs, mostMs))
      if (!node.serves) unready++
      assert.deepEqual(await node.kill(), { code: null, signal: 'SIGKILL' }, node.printed)
      node = site.start()
    }
    const killedMs = performance.now()
    await node.whenReady()
    await payers.goHome()
    const struck = (await bed.faults()).filter(({ struck }) => struck > 0)
    await bed.clearFaults()
    const atHomeMs = performance.now()
    const payments = await site.settle(SETTLE_WITHIN_MS)
    await site.assertAgreement(payers.shown)

    const seconds = (fromMs: number, untilMs: number): string => ((untilMs - fromMs) / 1_000).toFixed(1)
    t.diagnostic(
      `killed for ${seconds(startedMs, killedMs)} s, at rest after ${seconds(atHomeMs, performance.now())} s`,
    )
    const count = (status: string): number => payments.filter((payment) => payment.status === status).length
    const takenOver = payments.filter(({ fence }) => fence > 1).length
    const cases = payments.flatMap((payment) => payment.cases.map(({ reason }) => reason))
    t.diagnostic(
      `${KILLS} kills (${unready} before the process served), ${payments.length} payments: ${count('paid')} paid, ` +
        `${count('declined')} declined, ${count('cancelled')} cancelled, ${takenOver} taken over, ` +
        `${cases.length} cases (${[...new Set(cases)].join(', ')}), ${struck.length} kinds of faults struck`,
    )
    // A run in which nothing happened would prove nothing.
    assert.ok(count('paid') > 50, `${count('paid')} payments were paid`)
    assert.ok(takenOver > 10, `${takenOver} payments were taken over from a dead process`)
    assert.ok(struck.length > 10, `${struck.length} kinds of faults struck`)
  })

  it('leaves the card in no file and in nothing that was printed (S8)', () => bed.assertNoCard())
})
