import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { completeChallenge } from '../simulators/worldpay/index.ts'
import { account, type Bed, card, cardModule, linkOf, onBed, settle } from './bed.test-data.ts'
import type { Counterfoil, PaymentResult } from './api.ts'
import { Machine, Outage } from './outage.test-data.ts'

const MINUTE_MS = 60_000
const browser = { accept: 'text/html', userAgent: 'Mozilla/5.0', javaScript: true, deviceSession: '0_1' }
const modules = [cardModule({ gateway: account.direct })]

/** The bank wants to see the payer, and the journal is away when that is said. */
async function askedFor(
  bed: Bed,
  outage: Outage,
  cf: Counterfoil,
  holder = '3DS_V2_CHALLENGE_IDENTIFIED',
): Promise<PaymentResult> {
  bed.network.on('charge', { kind: 'held' })
  const paying = cf.pay(bed.request({ card: card(holder), browser, waitMs: 1_000 }))
  for (let turn = 0; turn < 10; turn++) await settle()
  outage.isAway = true
  bed.network.release()
  await bed.advance(1_000)
  return paying
}

/** The payer's page, once it shows the way to the bank, and back from there. */
async function goOn(bed: Bed, cf: Counterfoil, result: PaymentResult): Promise<string> {
  const page = await cf.payerPage(linkOf(result))
  assert.ok(page?.framed === true, 'the payer is shown the bank')
  const { reference, handedOver } = bed.charge(result.id)
  const waiting = bed.network.psp.authentications[reference]
  assert.ok(waiting !== undefined, 'the bank waits')
  assert.ok(completeChallenge(bed.network.psp, waiting.transactionId, 'passed', bed.clock.nowMs))
  const token = handedOver?.returnToken ?? ''
  const back = await cf.payerReturned({ link: linkOf(result), door: 'challenge', token, browser })
  return back.status
}

describe('a challenge that the journal could not take', () => {
  it(
    'is shown to the payer once the journal is back, and they go on with it',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const cf = await bed.engine({ modules, spool: new Machine().spool() })
      const result = await askedFor(bed, outage, cf)
      assert.equal(result.next.kind, 'wait')
      // Nobody tries to write it any more.
      await bed.advance(3 * MINUTE_MS)
      outage.isAway = false
      await bed.advance(MINUTE_MS)
      assert.equal(bed.charge(result.id).state, 'challenged')
      assert.equal(await goOn(bed, cf, result), 'paid')
      assert.equal(bed.network.times('charge'), 2)
      assert.equal(bed.network.times('inquiry'), 0)
    }),
  )

  it(
    'is shown by a later process too, as far as the PSP goes on without the card',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const cf = await bed.engine({ modules, spool: machine.spool() })
      const result = await askedFor(bed, outage, cf)
      const stopping = cf.stop({ deadlineMs: 1_000 })
      await bed.advance(5_000)
      await stopping
      machine.powerCut()
      outage.isAway = false
      const next = await bed.engine({ modules, spool: machine.spool() })
      await bed.advance(5_000)
      assert.equal(bed.charge(result.id).state, 'challenged')
      assert.equal(next.spool?.entries, 0)
      const status = await goOn(bed, next, result)
      assert.ok(status === 'paid' || status === 'in-progress', status)
      assert.ok((bed.network.ledger(bed.charge(result.id).reference)?.liveExecutions ?? 0) <= 1)
    }),
  )

  it(
    'that is over by then is not shown: it ends by evidence, and the order is free',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const cf = await bed.engine({ modules, spool: new Machine().spool() })
      const result = await askedFor(bed, outage, cf)
      await bed.advance(20 * MINUTE_MS)
      outage.isAway = false
      await bed.advance(2_000)
      assert.equal(await cf.payerPage(linkOf(result)), undefined)
      await bed.advance(40 * MINUTE_MS)
      assert.equal(bed.charge(result.id).state, 'abandoned')
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.equal(bed.network.times('charge'), 1)
    }),
  )

  it(
    'that a refusal asks for needs the card: it is begun while this process has it',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const cf = await bed.engine({ modules, spool: new Machine().spool() })
      const result = await askedFor(bed, outage, cf, 'SOFT_DECLINE')
      await bed.advance(3 * MINUTE_MS)
      outage.isAway = false
      await bed.advance(MINUTE_MS)
      assert.deepEqual(
        bed.payment(result.id).operations.map(({ state }) => state),
        ['declined', 'challenged'],
      )
      assert.equal(bed.network.times('charge'), 2)
      assert.ok(await cf.payerPage(linkOf(result)), 'the payer is shown the bank')
    }),
  )

  it(
    'that a refusal asks for is not begun by a process without the card: the payment is declined',
    onBed(async (bed) => {
      const outage = new Outage(bed)
      const machine = new Machine()
      const cf = await bed.engine({ modules, spool: machine.spool() })
      const result = await askedFor(bed, outage, cf, 'SOFT_DECLINE')
      const stopping = cf.stop({ deadlineMs: 1_000 })
      await bed.advance(5_000)
      await stopping
      outage.isAway = false
      await bed.engine({ modules, spool: machine.spool() })
      await bed.advance(5_000)
      assert.equal(bed.payment(result.id).status, 'declined')
      assert.equal(bed.network.times('charge'), 1)
    }),
  )
})
