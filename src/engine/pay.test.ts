import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CounterfoilError } from '../errors.ts'
import { reserveStock } from '../pipeline/steps/index.ts'
import { Bed, card, cardModule, NUMBER, onBed, settle } from './bed.test-data.ts'

const DECLINED = 'REFUSED'

describe('a sale', () => {
  it(
    'costs two appends until it is answered, and tells the shop in a later one',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const result = await cf.pay(bed.request())
      assert.equal(bed.appends.length, 2)
      assert.equal(result.status, 'paid')
      assert.deepEqual(result.next, { kind: 'done', status: 'paid', statusUrl: result.statusUrl })
      await settle()
      assert.equal(bed.appends.length, 3)
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      assert.equal((await cf.payment(result.id))?.page, 'success')
      const [first, second, third] = cf.history === undefined ? [] : await cf.history(result.id)
      assert.deepEqual(
        first?.events.map(({ type }) => type),
        ['payment-opened', 'step-completed', 'operation-intended'],
      )
      assert.ok(second?.events.some(({ type }) => type === 'operation-moved'))
      assert.ok(third?.events.every(({ type }) => type === 'work-done'))
    }),
  )

  it(
    'costs a third append with an action step',
    onBed(async (bed) => {
      const modules = [cardModule({ pipelines: { process: (p) => p.insertBefore('charge', reserveStock) } })]
      const cf = await bed.engine({ modules })
      await cf.pay(bed.request())
      assert.equal(bed.appends.length, 3)
      assert.equal(bed.words()[0], 'reserve')
    }),
  )

  it(
    'is written down before it is sent, and claims the order in the append that records the approval',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine()
      const paying = cf.pay(bed.request())
      await settle()
      assert.equal(bed.network.executed, 1)
      assert.equal(bed.only().operations[0]?.state, 'intended')
      assert.equal((await cf.order('order-1')).state, 'held')
      bed.network.release()
      assert.equal((await paying).status, 'paid')
      const claim = bed.appends.find(({ change }) => change.order?.record.state === 'claimed')
      const types = claim?.change.payment?.events.map(({ type }) => type)
      assert.ok(types?.includes('operation-moved'))
    }),
  )

  it(
    'answers wait after waitMs, and goes on all the same',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine()
      const paying = cf.pay(bed.request({ waitMs: 2_000 }))
      await bed.advance(2_000)
      const result = await paying
      assert.deepEqual(result.next, { kind: 'wait', statusUrl: result.statusUrl })
      assert.equal(result.status, 'started')
      bed.network.release()
      await settle()
      assert.equal((await cf.paymentByLink(result.statusUrl.split('/').at(-1) ?? ''))?.status, 'paid')
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
    }),
  )

  it(
    'that is declined frees the order, tells the shop and says so',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const result = await cf.pay(bed.request({ card: card(DECLINED) }))
      assert.deepEqual(result.next, { kind: 'done', status: 'declined', statusUrl: result.statusUrl })
      await settle()
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.deepEqual(bed.words(), ['cancelled'])
      assert.equal((await cf.loadOrder('order-1'))?.amountMinor, 1999n)
    }),
  )
})

describe('an idempotency key', () => {
  it(
    'stands for one payment: also concurrently, after its end, and after a restart',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine()
      const both = [cf.pay(bed.request()), cf.pay(bed.request({ waitMs: 0 }))]
      await bed.advance(1)
      bed.network.release()
      const [first, second] = await Promise.all(both)
      assert.equal(first?.id, second?.id)
      const third = await cf.pay(bed.request())
      const other = await bed.engine()
      const fourth = await other.pay(bed.request({ card: card('Somebody Else') }))
      assert.equal(third.id, first?.id)
      assert.equal(fourth.id, first?.id)
      assert.equal(fourth.status, 'paid')
      assert.equal(bed.network.times('charge'), 1)
    }),
  )

  it(
    'cannot be used for another order or module',
    onBed(async (bed) => {
      bed.order('order-2', 500n)
      const cf = await bed.engine({ modules: [cardModule(), cardModule({}, 'other')] })
      await cf.pay(bed.request())
      await assert.rejects(cf.pay(bed.request({ orderId: 'order-2' })), { code: 'CF_KEY_REUSED' })
      await assert.rejects(cf.pay(bed.request({ module: 'other' })), { code: 'CF_KEY_REUSED' })
      assert.equal(bed.network.times('charge'), 1)
      assert.equal((await cf.order('order-2')).state, 'open')
    }),
  )

  it(
    'of a declined payment repeats its answer; a new one is a new payment with a new reference',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const declined = await cf.pay(bed.request({ card: card(DECLINED) }))
      const again = await cf.pay(bed.request({ card: card() }))
      assert.equal(again.id, declined.id)
      assert.equal(again.status, 'declined')
      const next = await cf.pay(bed.request({ key: 'key-00000002' }))
      assert.equal(next.status, 'paid')
      assert.notEqual(next.operations[0]?.reference, declined.operations[0]?.reference)
      assert.match(next.operations[0]?.reference ?? '', /^[A-Za-z0-9-]{1,40}$/)
      assert.equal(bed.network.times('charge'), 2)
    }),
  )

  it(
    'must have 8 to 128 characters of its alphabet',
    onBed(async (bed) => {
      const cf = await bed.engine()
      for (const key of ['', '1234567', 'x'.repeat(129), 'with spaces', 'ümlaut-key']) {
        await assert.rejects(cf.pay(bed.request({ key })), { code: 'CF_KEY_MISSING' })
      }
      assert.equal(bed.appends.length, 0)
    }),
  )
})

describe('an order', () => {
  it(
    "that is held refuses with the holder's page",
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine()
      const first = cf.pay(bed.request({ waitMs: 0 }))
      await bed.advance(1)
      const { id, statusUrl } = await first
      await assert.rejects(cf.pay(bed.request({ key: 'key-00000002' })), (error: unknown) => {
        assert.ok(error instanceof CounterfoilError)
        assert.equal(error.code, 'CF_ORDER_HELD')
        assert.deepEqual(error.details, { paymentId: id, statusUrl })
        return true
      })
      assert.equal(bed.network.times('charge'), 1)
    }),
  )

  it(
    'that is paid, closed or unknown refuses, and nothing is sent',
    onBed(async (bed) => {
      bed.order('order-2', 500n)
      const cf = await bed.engine()
      await cf.pay(bed.request())
      await cf.closeOrder({ orderId: 'order-2' })
      const code = async (orderId: string): Promise<unknown> =>
        cf
          .pay(bed.request({ orderId, key: `key-for-${orderId}` }))
          .catch((error: CounterfoilError) => error.code)
      assert.equal(await code('order-1'), 'CF_ORDER_PAID')
      assert.equal(await code('order-2'), 'CF_ORDER_CLOSED')
      assert.equal(await code('order-3'), 'CF_ORDER_UNKNOWN')
      assert.equal(bed.network.times('charge'), 1)
      await assert.rejects(cf.closeOrder({ orderId: 'order-1' }), { code: 'CF_ORDER_PAID' })
      assert.equal((await cf.closeOrder({ orderId: 'order-2' })).state, 'closed')
    }),
  )

  it(
    'that two pay at once is charged once; the other meets the holder',
    onBed(async (bed) => {
      const first = await bed.engine()
      const second = await bed.engine()
      const both = await Promise.allSettled([
        first.pay(bed.request()),
        second.pay(bed.request({ key: 'key-00000002' })),
      ])
      assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
      assert.equal(bed.network.times('charge'), 1)
    }),
  )

  it(
    'that is closed while its charge is in flight stays closed; the approval is reversed and a case (F17)',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine()
      const paying = cf.pay(bed.request())
      await settle()
      await cf.closeOrder({ orderId: 'order-1' })
      bed.network.release()
      const result = await paying
      assert.notEqual(result.status, 'paid')
      await bed.advance(15 * 60_000)
      const { status, cases, operations } = (await cf.payment(result.id)) ?? assert.fail()
      assert.equal(status, 'cancelled')
      assert.deepEqual(
        cases.map(({ reason }) => reason),
        ['late-approval'],
      )
      assert.deepEqual(
        operations.map(({ kind, state }) => [kind, state]),
        [
          ['sale', 'abandoned'],
          ['reversal', 'done'],
        ],
      )
      assert.equal((await cf.order('order-1')).state, 'closed')
      assert.equal(bed.network.ledger(operations[0]?.reference ?? '')?.liveMinor, 0n)
      assert.ok(!bed.words().includes('paid'))
    }),
  )

  it(
    'that cannot be paid as it is refuses before anything is written',
    onBed(async (bed) => {
      bed.order('empty', 0n)
      bed.order('odd', 100n, { lines: [{ sku: 'A', name: 'A', quantity: 1, amountMinor: 99n }] })
      bed.order('foreign', 100n, { currency: 'XXX' })
      const cf = await bed.engine()
      const code = async (orderId: string): Promise<unknown> =>
        cf.pay(bed.request({ orderId })).catch((error: CounterfoilError) => error.code)
      assert.equal(await code('odd'), 'CF_ORDER_REFUSED')
      assert.equal(await code('foreign'), 'CF_MONEY_CURRENCY')
      assert.match(String(await code('empty')), /^CF_(ORDER_REFUSED|MONEY_AMOUNT)$/)
      await assert.rejects(cf.pay(bed.request({ module: 'nonesuch' })), /none of: card/)
      const { card: _card, ...without } = bed.request()
      await assert.rejects(cf.pay(without), { code: 'CF_CARD_INVALID' })
      assert.equal(bed.appends.length, 0)
      assert.equal(bed.network.sent.length, 0)
    }),
  )

  it(
    'whose shop fails or is late refuses, and nothing is sent',
    onBed(async (bed) => {
      const failing = await bed.engine({
        shop: { loadOrder: () => Promise.reject(new Error('no database')) },
      })
      await assert.rejects(failing.pay(bed.request()), { code: 'CF_SHOP_UNAVAILABLE' })
      const late = await bed.engine({ shop: { loadOrder: () => new Promise(() => undefined) } })
      const refused = assert.rejects(late.pay(bed.request()), { code: 'CF_SHOP_UNAVAILABLE' })
      await bed.advance(5_000)
      await refused
      assert.equal(bed.appends.length, 0)
    }),
  )
})

describe('a payer lock', () => {
  it(
    'refuses before anything is written, and is released once the payment has ended',
    onBed(async (bed) => {
      let held = 0
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine({
        payerLock: {
          acquire: async ({ payerIp }) => {
            if (held > 0) return { refused: `one payment at a time from ${payerIp}` }
            held++
            return { release: () => held-- }
          },
        },
      })
      const paying = cf.pay(bed.request())
      await settle()
      bed.order('order-2', 500n)
      const other = bed.request({ orderId: 'order-2', key: 'key-00000002' })
      await assert.rejects(cf.pay(other), /one payment at a time from 192\.0\.2\.1/)
      assert.equal(held, 1)
      bed.network.release()
      await paying
      await settle()
      assert.equal(held, 0)
      // Also when it is refused, and when its key is known.
      await assert.rejects(cf.pay(bed.request({ key: 'key-00000003' })), { code: 'CF_ORDER_PAID' })
      await cf.pay(bed.request())
      assert.equal(held, 0)
    }),
  )
})

describe('the description of an order', () => {
  it(
    'is kept with the payment as it was when it began, cut to what pages show',
    onBed(async (bed) => {
      bed.order('wordy', 100n, { description: `Tea${'!'.repeat(600)}` })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request({ orderId: 'wordy' }))
      bed.order('wordy', 100n, { description: 'Something else' })
      assert.equal((await cf.payment(id))?.description, `Tea${'!'.repeat(497)}`)
    }),
  )
})

describe('card data', () => {
  it('in the order id, the key or the description is refused before anything is written', async () => {
    const bed = new Bed()
    bed.order(NUMBER, 100n)
    bed.order('chatty', 100n, { description: 'paid with 4444 3333 2222 1111' })
    const cf = await bed.engine()
    const requests = [
      bed.request({ orderId: NUMBER }),
      bed.request({ key: `key-${NUMBER}` }),
      bed.request({ orderId: 'chatty' }),
    ]
    for (const request of requests) await assert.rejects(cf.pay(request), { code: 'CF_CARD_DATA_LEAK' })
    assert.equal(bed.appends.length, 0)
    assert.equal(bed.network.sent.length, 0)
    await bed.close()
  })

  it(
    'that the PSP repeats unmasked in its answer is in no change and no log line',
    onBed(async (bed) => {
      bed.network.on('charge', {
        kind: 'altered',
        alter: (body) =>
          body.replace(
            '</payment>',
            `<paymentId>${NUMBER}</paymentId></payment><note>4444 3333 2222 1111</note>`,
          ),
      })
      const cf = await bed.engine()
      await cf.pay(bed.request())
      bed.network.on('inquiry', { kind: 'altered', alter: () => `<html>${NUMBER} Quilla</html>` })
      await bed.advance(60_000)
    }),
  )
})
