import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Bed, cardModule, hostedModule, onBed, settle } from './bed.test-data.ts'
import type { Counterfoil, PaymentResult } from './api.ts'
import { cancelHosted, payHosted, returnQuery } from '../simulators/worldpay/index.ts'
import { authorizeAndCaptureProcess } from '../pipeline/defaults.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const CALLED = { notificationUrl: 'kept' }

const request = { orderId: 'order-1', module: 'worldpay', key: 'key-00000001', payerIp: '192.0.2.1' }

const linkOf = (result: Pick<PaymentResult, 'statusUrl'>): string =>
  result.statusUrl.slice(result.statusUrl.lastIndexOf('/') + 1)

/** An engine with a payment whose payer is on the PSP's page. */
async function away(
  bed: Bed,
  options: Parameters<typeof hostedModule>[0] = {},
): Promise<{ cf: Counterfoil; id: string; link: string; reference: string; page: string }> {
  const cf = await bed.engine({ modules: [hostedModule(options)] })
  const result = await cf.pay(request)
  assert.ok(result.next.kind === 'redirect', result.next.kind)
  await settle()
  const { reference } = bed.charge(result.id)
  return { cf, id: result.id, link: linkOf(result), reference, page: result.next.url }
}

describe('a payment on the page of the PSP', () => {
  it(
    'sends the payer there once the registration is written down, with every door of ours',
    onBed(async (bed) => {
      const { id, page, link } = await away(bed)
      assert.equal(bed.charge(id).state, 'awaiting-payer')
      assert.equal(bed.payment(id).status, 'in-progress')
      assert.equal(bed.committed(), 3, "two on the payer's path, and one for what the shop was told")
      const url = new URL(page)
      for (const door of ['success', 'failure', 'pending', 'cancel', 'error']) {
        assert.equal(
          url.searchParams.get(`${door}URL`),
          `https://shop.example/pay/payments/${link}/return/${door}`,
        )
      }
      assert.match(bed.network.sent[0]?.body ?? '', /timeToLiveInMin="60"/)
    }),
  )

  for (const order of ['return first', 'call first', 'return alone', 'call alone', 'neither'] as const) {
    it(
      `ends paid, once, with: ${order}`,
      onBed(async (bed) => {
        const { cf, id, link, reference } = await away(bed)
        await bed.advance(MINUTE_MS)
        assert.equal(bed.payThere(reference), 'authorised')
        const comesBack = async (): Promise<void> => {
          const returned = { orderCode: reference, amountMinor: 1999n, currency: 'GBP', status: 'AUTHORISED' }
          const query = returnQuery(bed.network.psp.options, returned)
          const after = await cf.payerReturned({ link, door: 'success', query, waitMs: 5_000 })
          assert.equal(after.status, 'paid')
        }
        if (order.startsWith('return')) await comesBack()
        if (order === 'return first' || order.startsWith('call')) await bed.calls(cf, 3)
        if (order === 'call first') await comesBack()
        if (order === 'neither') await bed.advance(HOUR_MS)
        await settle()
        assert.equal(bed.payment(id).status, 'paid')
        assert.equal(bed.charge(id).state, 'approved')
        assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail'])
        assert.equal(bed.payment(id).cases.length, 0)
        assert.equal(bed.network.ledger(reference)?.liveExecutions, 1)
      }, CALLED),
    )
  }

  it(
    'is not ended by a refusal there: the payer tries another card under the same reference',
    onBed(async (bed) => {
      const { cf, id, reference } = await away(bed)
      assert.equal(bed.payThere(reference, 'REFUSED'), 'refused')
      await bed.calls(cf)
      assert.equal(bed.charge(id).state, 'awaiting-payer')
      assert.equal(bed.charge(id).refusedAttempts, 1)
      assert.equal((await cf.payment(id))?.payerTask?.refusedOnce, true)
      await bed.advance(20 * MINUTE_MS)
      assert.equal(bed.charge(id).state, 'awaiting-payer', 'an inquiry that finds the refusal ends nothing')
      assert.equal(bed.payThere(reference), 'authorised')
      await bed.calls(cf)
      assert.equal(bed.payment(id).status, 'paid')
    }, CALLED),
  )

  it(
    'is asked about at its time when the payer comes back by a second door, and not half a minute later',
    onBed(async (bed) => {
      const { cf, id, link, reference } = await away(bed)
      await cf.payerReturned({ link, door: 'cancel', waitMs: 5_000 })
      assert.equal(bed.payThere(reference), 'authorised')
      // The first door has prompted an inquiry: the next one waits a second or two.
      await cf.payerReturned({ link, door: 'success', waitMs: 1 })
      assert.equal(bed.payment(id).status, 'in-progress')
      await bed.advance(3_000)
      assert.equal(bed.payment(id).status, 'paid')
    }),
  )

  it(
    'is left to the payer again when a method was in progress there and is refused then',
    onBed(async (bed) => {
      const { cf, id, link, reference } = await away(bed)
      const { ticket = '' } = bed.network.psp.registrations[reference] ?? {}
      const ideal = { method: 'IDEAL-SSL', result: 'pending-failed' } as const
      assert.equal(payHosted(bed.network.psp, ticket, ideal, bed.clock.nowMs).kind, 'pending')
      await cf.payerReturned({ link, door: 'pending', waitMs: 5_000 })
      assert.equal(bed.charge(id).state, 'pending')
      assert.equal(await cf.payerPage(link), undefined, 'what is in progress is not begun again')
      assert.equal((await cf.changeMind(link)).kind, 'under-way')
      await bed.advance(2 * MINUTE_MS)
      await bed.calls(cf)
      assert.equal(bed.payment(id).status, 'in-progress')
      assert.equal((await cf.payerPage(link))?.method, 'GET')
      assert.equal((await cf.changeMind(link)).kind, 'held')
      assert.equal(bed.payThere(reference), 'authorised')
      await bed.calls(cf)
      assert.equal(bed.payment(id).status, 'paid')
    }, CALLED),
  )

  it(
    'that nobody pays ends after the page has closed, by two inquiries, and frees the order',
    onBed(async (bed) => {
      const { cf, id, link } = await away(bed)
      const doors = ['cancel', 'failure', 'error', 'success'] as const
      for (const door of doors) {
        const after = await cf.payerReturned({ link, door, waitMs: 5_000 })
        assert.equal(after.status, 'in-progress', 'no door decides anything')
      }
      await bed.advance(HOUR_MS)
      assert.equal(bed.charge(id).state, 'awaiting-payer', 'the slowest method may still be at work')
      await bed.advance(2 * HOUR_MS)
      assert.equal(bed.charge(id).state, 'abandoned')
      assert.equal(bed.payment(id).status, 'cancelled')
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.equal((await cf.payerReturned({ link, door: 'success' })).next.kind, 'done')
    }, CALLED),
  )

  it(
    'believes no door, however good its mac2 is, and asks at most now and then',
    onBed(async (bed) => {
      const { cf, id, link, reference } = await away(bed)
      const query = { orderKey: 'x', paymentStatus: 'AUTHORISED', paymentAmount: '1999', mac2: 'forged' }
      for (let time = 0; time < 20; time++) await cf.payerReturned({ link, door: 'success', query })
      assert.equal(bed.charge(id).state, 'awaiting-payer')
      assert.equal(bed.network.times('inquiry'), 1, 'the same door again is no news')
      const heard = bed.store
        .history(id)
        .flatMap(({ events }) => events)
        .filter((event) => event.type === 'notified')
      assert.equal(heard.length, 1)
      assert.match(heard[0]?.evidence.text ?? '', /mac2/)
      assert.equal(bed.network.ledger(reference), undefined)
      await assert.rejects(cf.payerReturned({ link: `${id}.wrong`, door: 'success' }), {
        code: 'CF_LINK_INVALID',
      })
    }, CALLED),
  )

  it(
    'is registered again when the answer gets lost, under the same reference, and the payer gets one address',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const cf = await bed.engine({ modules: [hostedModule()] })
      const result = await cf.pay(request)
      assert.equal(result.next.kind, 'wait')
      assert.equal(await cf.payerPage(linkOf(result)), undefined)
      await bed.advance(5_000)
      assert.equal(bed.network.times('charge'), 2)
      assert.equal(bed.charge(result.id).leg, 2)
      assert.equal(bed.charge(result.id).state, 'awaiting-payer')
      assert.equal((await cf.payerPage(linkOf(result)))?.method, 'GET')
    }),
  )

  it(
    'that could never be registered ends by one look, since no payer ever had its address',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: false }, 3)
      const cf = await bed.engine({ modules: [hostedModule()] })
      const { id } = await cf.pay(request)
      await bed.advance(MINUTE_MS)
      assert.equal(bed.network.times('charge'), 3)
      assert.equal(bed.charge(id).state, 'abandoned')
      assert.equal((await cf.order('order-1')).state, 'open')
    }),
  )

  it(
    'is reversed when the order was closed meanwhile, with a case',
    onBed(async (bed) => {
      const { cf, id, reference } = await away(bed)
      await cf.closeOrder({ orderId: 'order-1' })
      bed.payThere(reference)
      await bed.calls(cf)
      await bed.advance(2 * HOUR_MS)
      assert.equal(bed.payment(id).status, 'cancelled')
      assert.deepEqual(
        bed.payment(id).cases.map(({ reason }) => reason),
        ['late-approval'],
      )
      assert.equal(bed.network.ledger(reference)?.liveMinor, 0n)
    }, CALLED),
  )

  it(
    'takes no card, and a card module no page',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule(), cardModule()] })
      const { card } = bed.request()
      await assert.rejects(cf.pay({ ...request, ...(card === undefined ? {} : { card }) }), {
        code: 'CF_CARD_INVALID',
      })
      await assert.rejects(cf.pay({ ...request, module: 'card' }), { code: 'CF_CARD_INVALID' })
      assert.equal(bed.network.sent.length, 0)
    }),
  )
})

describe('a change of mind on the page of the PSP', () => {
  it(
    'waits: the order is held until the page has closed, and the payer can go on there',
    onBed(async (bed) => {
      const { cf, id, link, reference } = await away(bed)
      cancelHosted(bed.network.psp, bed.network.psp.registrations[reference]?.ticket ?? '', bed.clock.nowMs)
      const mind = await cf.changeMind(link)
      assert.ok(mind.kind === 'held', mind.kind)
      assert.ok(mind.untilMs > bed.clock.nowMs + HOUR_MS)
      await assert.rejects(cf.pay({ ...request, key: 'key-00000002' }), { code: 'CF_ORDER_HELD' })
      assert.equal((await cf.payerPage(link))?.method, 'GET')
      assert.equal(bed.payThere(reference), 'authorised')
      await bed.calls(cf)
      assert.equal(bed.payment(id).status, 'paid')
    }, CALLED),
  )

  const switching = [
    hostedModule({ onChangeOfMind: 'switch' }),
    cardModule({ pipelines: { process: authorizeAndCaptureProcess } }),
  ]

  for (const first of ['the card', 'the page'] as const) {
    it(
      `switches: of two that are paid, ${first} first, one alone takes money and the other is undone`,
      onBed(async (bed) => {
        const cf = await bed.engine({ modules: switching })
        const one = await cf.pay(request)
        assert.equal((await cf.changeMind(linkOf(one))).kind, 'free')
        const { reference } = bed.charge(one.id)
        const pays = async (): Promise<PaymentResult> => cf.pay(bed.request({ key: 'key-00000002' }))
        if (first === 'the page') bed.payThere(reference)
        const two = await pays()
        if (first === 'the card') assert.equal(bed.payThere(reference), 'authorised')
        await bed.calls(cf)
        await bed.advance(3 * HOUR_MS)
        const cardCharge = bed.charge(two.id).reference
        assert.equal(bed.payment(two.id).status, 'paid', 'the card has taken the order')
        assert.equal(bed.payment(one.id).status, 'cancelled')
        assert.equal(bed.payment(one.id).cases.length, 0, "a loser is nobody's case")
        assert.equal(bed.network.ledger(reference)?.liveMinor, 0n)
        assert.equal(bed.network.ledger(reference)?.capturedMinor, 0n)
        assert.equal(bed.network.ledger(cardCharge)?.capturedMinor, 1999n)
        assert.equal(bed.words().includes('cancelled'), false, 'what is told late must not undo what is paid')
      }, CALLED),
    )
  }

  it(
    'switches back: the first page is paid after the second try has ended, and takes the order',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: switching })
      const one = await cf.pay(request)
      const { card: _, ...declined } = bed.request({ key: 'key-00000002' })
      bed.network.on('charge', { kind: 'notSent' })
      const two = await cf.pay({ ...declined, ...bed.request(), key: 'key-00000002' })
      assert.equal(two.status, 'cancelled')
      bed.payThere(bed.charge(one.id).reference)
      await bed.calls(cf)
      assert.equal(bed.payment(one.id).status, 'paid')
      assert.equal((await cf.order('order-1')).paymentId, one.id)
    }, CALLED),
  )

  it('is refused where a module takes money with the charge', () => {
    const bed = new Bed()
    assert.throws(
      () => bed.unstarted({ modules: [hostedModule({ onChangeOfMind: 'switch' }), cardModule()] }),
      {
        code: 'CF_CONFIG',
        message: /'card' takes money with the charge/,
      },
    )
  })
})
