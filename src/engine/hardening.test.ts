import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Type from 'typebox'
import { cardModule, NUMBER, onBed, settle } from './bed.test-data.ts'
import { finding, rules, START_MS, Story } from '../payment/story.test-data.ts'
import { ok, steps } from '../pipeline/build-steps.ts'
import { authorizeProcess } from '../pipeline/defaults.ts'
import { value } from '../pipeline/step.ts'
import { capture } from '../pipeline/steps/index.ts'

const LATER = [cardModule({ pipelines: { process: authorizeProcess } })]
const AUTO = [cardModule({ pipelines: { process: authorizeProcess.insertAfter('authorize', capture) } })]
const REFUSED =
  '<?xml version="1.0"?><paymentService version="1.4" merchantCode="COUNTERFOIL"><reply><error code="5">Requested capture amount exceeds the authorised balance for this payment</error></reply></paymentService>'

describe('the word CAPTURE_FAILED or REFUND_FAILED of an earlier modification does not fail the next one', () => {
  it(
    'a capture after one that failed',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: LATER })
      const { id } = await cf.pay(bed.request())
      bed.network.on('capture', { kind: 'answer', fault: { kind: 'fails-later' } })
      await cf.capture({ paymentId: id, key: 'modify-1', amountMinor: 500n })
      await bed.advance(60_000)
      await cf.capture({ paymentId: id, key: 'modify-2', amountMinor: 500n })
      await bed.advance(60_000)
      assert.equal(bed.network.ledger(bed.charge(id).reference)?.capturedMinor, 500n)
      assert.equal(
        bed.payment(id).balances.capturedMinor,
        500n,
        'a third capture of 500 would take 1000 from the payer',
      )
    }),
  )
  it(
    'a refund after one that failed, with an inquiry that lags as the gateway declares',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance(10_000)
      bed.network.on('refund', { kind: 'answer', fault: { kind: 'fails-later' } })
      await cf.refund({ paymentId: id, key: 'refund-1', amountMinor: 500n })
      await bed.advance(20 * 60_000)
      assert.deepEqual(
        bed.payment(id).operations.map(({ state }) => state),
        ['approved', 'failed'],
      )
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'lagging-inquiry', lagMs: 60_000 } })
      await cf.refund({ paymentId: id, key: 'refund-2', amountMinor: 500n })
      await bed.advance(20 * 60_000)
      assert.equal(bed.network.ledger(bed.charge(id).reference)?.refundedMinor, 500n)
      assert.equal(bed.payment(id).balances.refundedMinor, 500n, 'the shop would refund again')
    }),
  )
})

describe('a capture step whose capture was refused or not sent is not repeated', () => {
  it(
    'refused by the PSP, definitely',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: AUTO })
      bed.network.on('capture', { kind: 'altered', alter: () => REFUSED }, 500)
      const { id } = await cf.pay(bed.request())
      await bed.advance(5 * 60_000)
      assert.ok(bed.network.times('capture') <= 3, `${bed.network.times('capture')} captures sent`)
      assert.equal(bed.payment(id).cases.length, 1)
    }),
  )
  it(
    'not sent, for a while',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: AUTO })
      bed.network.on('capture', { kind: 'notSent' }, 30)
      const { id } = await cf.pay(bed.request())
      await bed.advance(5 * 60_000)
      assert.ok(bed.payment(id).operations.length < 15, `${bed.payment(id).operations.length} operations`)
      assert.ok(bed.payment(id).cases.length <= 1, `${bed.payment(id).cases.length} cases`)
    }),
  )
})

describe('a charge that the PSP said is in progress, and then that it knows nothing of it', () => {
  it('becomes a case, and is not a move that evolve throws on in every round for ever', () => {
    const story = new Story()
    const reference = story.charge.reference
    story.conclude(reference, finding('pending', 'answer', story.nowMs))
    for (let hour = 1; hour < 60; hour++) {
      story.nowMs = START_MS + hour * 3_600_000
      story.conclude(reference, finding('not-found', 'inquiry', story.nowMs))
    }
    assert.ok(story.payment.cases.length === 1 && rules.doubtCaseAfterMs > 0)
  })
})

describe('bounds', () => {
  it(
    'paymentsInFlightMax holds for payments that come at once',
    onBed(async (bed) => {
      for (let index = 2; index <= 5; index++) bed.order(`order-${index}`, 100n)
      bed.network.on('charge', { kind: 'held' }, 5)
      const cf = await bed.engine({ limits: { paymentsInFlightMax: 1 } })
      const all = [1, 2, 3, 4, 5].map((index) =>
        cf.pay(bed.request({ orderId: `order-${index}`, key: `key-0000000${index}` })).catch(() => undefined),
      )
      await settle()
      const sent = bed.network.times('charge')
      bed.network.release()
      await Promise.all(all)
      assert.equal(sent, 1)
    }),
  )
  it(
    'a payer lock that never answers is given up',
    onBed(async (bed) => {
      const cf = await bed.engine({ payerLock: { acquire: () => new Promise(() => undefined) } })
      let over = false
      void cf
        .pay(bed.request())
        .catch(() => undefined)
        .finally(() => (over = true))
      await bed.advance(600_000)
      assert.equal(over, true)
    }),
  )
  it(
    'a local step that never answers is given up',
    onBed(async (bed) => {
      const hangs = steps().local('hangs', { run: () => new Promise(() => undefined) })
      const cf = await bed.engine({
        modules: [cardModule({ pipelines: { process: (p) => p.prepend(hangs) } })],
      })
      let over = false
      void cf
        .pay(bed.request())
        .catch(() => undefined)
        .finally(() => (over = true))
      await bed.advance(600_000)
      assert.equal(over, true)
    }),
  )
})

describe('a capture step that is renamed while its capture is under way', () => {
  it(
    'goes on by formerly, without a case',
    onBed(async (bed) => {
      const old = await bed.engine({ modules: AUTO })
      bed.network.on('capture', { kind: 'unknown', executed: true })
      const { id } = await old.pay(bed.request())
      await settle()
      await old.stop()
      const renamed = steps().gateway('take', {
        formerly: ['capture'],
        asksFor: ['capture'],
        operation: ({ payment }) => ({ kind: 'capture', amountMinor: payment.balances.authorizedMinor }),
      })
      const process = authorizeProcess.insertAfter('authorize', renamed)
      await bed.engine({ modules: [cardModule({ pipelines: { process } })] })
      await bed.advance(120_000)
      assert.deepEqual(bed.payment(id).cases, [])
      assert.equal(bed.payment(id).refusal, undefined)
    }),
  )
})

describe('card numbers in fields that are written down', () => {
  it(
    'the key of a modification',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: LATER })
      const { id } = await cf.pay(bed.request())
      await assert.rejects(cf.capture({ paymentId: id, key: NUMBER }), { code: 'CF_CARD_DATA_LEAK' })
    }),
  )
  it(
    'the order id of closeOrder',
    onBed(async (bed) => {
      const cf = await bed.engine()
      await assert.rejects(cf.closeOrder({ orderId: NUMBER }), { code: 'CF_CARD_DATA_LEAK' })
    }),
  )
  it(
    'the id of the order that the shop answers',
    onBed(async (bed) => {
      bed.order('order-2', 100n, { id: NUMBER })
      const cf = await bed.engine()
      await assert.rejects(cf.pay(bed.request({ orderId: 'order-2' })))
      assert.equal(bed.appends.length, 0)
    }),
  )
  it(
    "the reason of a refusal by an action (the shop's text)",
    onBed(async (bed) => {
      const act = steps().action('act', { run: async () => ({ kind: 'refused', reason: `no: ${NUMBER}` }) })
      const modules = [cardModule({ pipelines: { process: (p) => p.insertBefore('charge', act) } })]
      await (await bed.engine({ modules })).pay(bed.request())
    }),
  )
  it(
    'the error of an effect',
    onBed(async (bed) => {
      const cf = await bed.engine({
        shop: { markOrderPaid: () => Promise.reject(new Error(`bad ${NUMBER}`)) },
      })
      await cf.pay(bed.request())
      await settle()
    }),
  )
  it(
    'the values of a step',
    onBed(async (bed) => {
      const token = value('token', Type.String())
      const gives = steps().local('gives', { gives: [token], run: () => ok({ token: NUMBER }) })
      const modules = [cardModule({ pipelines: { process: (p) => p.insertBefore('charge', gives) } })]
      await (await bed.engine({ modules })).pay(bed.request()).catch(() => undefined)
    }),
  )
})

describe('answers that nobody expects', () => {
  it(
    'a value that does not fit its schema is refused',
    onBed(async (bed) => {
      const token = value('count', Type.Number())
      const gives = steps().local('gives', { gives: [token], run: () => ok({ count: 'many' }) })
      const modules = [cardModule({ pipelines: { process: (p) => p.insertBefore('charge', gives) } })]
      await assert.rejects((await bed.engine({ modules })).pay(bed.request()), { code: 'CF_PIPELINE' })
    }),
  )
  it(
    'the shop answers another order than was asked for',
    onBed(async (bed) => {
      bed.order('order-a', 100n, { id: 'order-b' })
      await assert.rejects((await bed.engine()).pay(bed.request({ orderId: 'order-a' })))
    }),
  )
  it(
    'a watch ends when its engine stops',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      const { signal } = new AbortController()
      const read = (async () => {
        for await (const _view of cf.watch(id, { signal }));
      })()
      await settle()
      await cf.stop()
      await bed.advance(5_000)
      await read
    }),
  )
  it(
    'a limit that no journal takes is an error of the registry',
    onBed(async (bed) => {
      const cf = await bed.engine()
      for (const call of [cf.runDue({ limit: 0 }), cf.cases({ limit: 0 }), cf.list({ limit: 5_000 })])
        await assert.rejects(call, { name: 'CounterfoilError' })
    }),
  )
})
