import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refuse, steps } from '../pipeline/build-steps.ts'
import { authorizeProcess } from '../pipeline/defaults.ts'
import { capture } from '../pipeline/steps/index.ts'
import { internalModule } from '../pipeline/module.ts'
import { cardModule, gateway, onBed, settle } from './bed.test-data.ts'

const MIN = 60_000

describe('corner cases', () => {
  it(
    'a local step that refuses after the charge does not free the order (S1)',
    onBed(async (bed) => {
      const risk = steps().local('check-risk', { run: () => refuse('too risky') })
      const modules = [
        cardModule({
          pipelines: {
            process: authorizeProcess.insertAfter('authorize', risk).insertAfter('check-risk', capture),
          },
        }),
      ]
      const cf = await bed.engine({ modules })
      const first = await cf.pay(bed.request())
      assert.equal(first.status, 'paid')
      await bed.advance(3 * MIN)
      const state = (await cf.order('order-1')).state
      await assert.rejects(cf.pay(bed.request({ key: 'key-00000002' })), { code: 'CF_ORDER_PAID' })
      await bed.advance(MIN)
      const live = [...bed.store.allPayments()]
        .flatMap(({ payment }) => payment.operations)
        .filter((o) => (bed.network.ledger(o.reference)?.liveMinor ?? 0n) > 0n)
      assert.equal(
        live.length,
        1,
        `order ${state}; live charges of one order at the PSP: ${live.length}; cases ${JSON.stringify((await cf.cases()).map((c) => c.reason))}`,
      )
      assert.equal(state, 'claimed')
      assert.equal((await cf.cases()).length, 1, 'a case says that the pipeline stopped with live money')
    }),
  )

  it(
    'two hundred due payments of a module that is gone do not starve the others (F22, L3)',
    onBed(async (bed) => {
      const old = internalModule('old', { gateway })
      const n = 230
      for (let i = 0; i < n; i++) bed.order(`o-${i}`, 100n)
      bed.network.on('charge', { kind: 'unknown', executed: true }, n)
      const first = await bed.engine({ modules: [old, cardModule()] })
      await Promise.all(
        Array.from({ length: n }, (_x, i) =>
          first.pay(bed.request({ orderId: `o-${i}`, module: 'old', key: `old-key-${i}` })),
        ),
      )
      const stopped = first.stop({ deadlineMs: 10 })
      await bed.advance(100)
      await stopped
      const second = await bed.engine({ modules: [cardModule()] })
      await bed.advance(60_000)
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const { id } = await second.pay(bed.request())
      await bed.advance(10 * MIN)
      assert.equal(
        (await second.payment(id))?.status,
        'paid',
        'a charge in doubt of a known module is asked about',
      )
    }),
  )

  it(
    'what the page is told while a late approval is being reversed is not settled',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'lagging-inquiry', lagMs: 40 * MIN } }, 99)
      const cf = await bed.engine({ limits: { dueEveryMs: 60_000 } })
      const { id } = await cf.pay(bed.request())
      await bed.advance(33 * MIN)
      bed.network.clear()
      bed.network.on('reversal', { kind: 'unknown', executed: false })
      for (let i = 0; i < 100 && bed.payment(id).operations.length < 2; i++) await bed.advance(MIN)
      const view = await cf.payment(id)
      assert.equal(view?.operations[1]?.state, 'intended')
      assert.ok((bed.network.ledger(view?.operations[0]?.reference ?? '')?.liveMinor ?? 0n) > 0n)
      assert.equal(
        view?.settled,
        false,
        `status ${view?.status}, settled ${view?.settled}: the page says "You have not been charged" while the money is live`,
      )
      await bed.advance(60 * MIN)
    }),
  )

  it(
    'a code that says "never processed" ends the charge at once',
    onBed(async (bed) => {
      const cf = await bed.engine()
      bed.network.on('charge', {
        kind: 'altered',
        alter: () =>
          '<?xml version="1.0"?><paymentService version="1.4" merchantCode="COUNTERFOIL"><reply><error code="7">Invalid payment details : Expiry date = 10/2019</error></reply></paymentService>',
      })
      const r = await cf.pay(bed.request())
      assert.equal(
        r.operations[0]?.state,
        'invalid',
        `is ${r.operations[0]?.state}, in doubt ${r.operations[0]?.inDoubt}, order ${(await cf.order('order-1')).state}`,
      )
    }),
  )

  it(
    'a request that cannot be built was not sent',
    onBed(async (bed) => {
      bed.order('order-1', 1999n, {
        payer: { billingAddress: { line1: 'x', city: 'Cork', countryCode: 'IE' } as never },
      })
      const cf = await bed.engine()
      const r = await cf.pay(bed.request())
      assert.equal(r.operations[0]?.state, 'not-sent')
      assert.equal((await cf.order('order-1')).state, 'open')
    }),
  )

  it(
    'the same key again while the shop is away answers with its payment, not with "not charged"',
    onBed(async (bed) => {
      let away = false
      const shop = {
        loadOrder: async (id: string) => {
          if (away) throw new Error('away')
          return bed.orders.get(id)
        },
      }
      const cf = await bed.engine({ shop })
      assert.equal((await cf.pay(bed.request())).status, 'paid')
      away = true
      const again = await cf.pay(bed.request())
      assert.equal(again.status, 'paid')
      away = false
    }),
  )

  it(
    'a payer lock that answers too late is released',
    onBed(async (bed) => {
      let held = 0
      let give: (v: { release: () => void }) => void = () => undefined
      const payerLock = {
        acquire: () =>
          new Promise<{ release: () => void }>((resolve) => {
            give = (v) => {
              held++
              resolve(v)
            }
          }),
      }
      const cf = await bed.engine({ payerLock })
      const paying = assert.rejects(cf.pay(bed.request()), { code: 'CF_SHOP_UNAVAILABLE' })
      await bed.advance(6_000)
      await paying
      give({
        release: () => {
          held--
        },
      })
      await settle()
      assert.equal(held, 0)
    }),
  )

  it(
    'full refund of a sale in doubt before the capture is booked',
    onBed(async (bed) => {
      bed.network.on('refund', { kind: 'unknown', executed: false })
      const cf = await bed.engine()
      const { id, operations } = await cf.pay(bed.request())
      await cf.refund({ paymentId: id, key: 'refund-00001' })
      await bed.advance(5 * MIN)
      const view = await cf.payment(id)
      const ledger = bed.network.ledger(operations[0]?.reference ?? '')
      assert.ok(
        view?.status !== 'refunded' || ledger?.liveMinor === 0n,
        `journal: ${view?.status}, refund ${view?.operations[1]?.state}; PSP has ${ledger?.liveMinor} live, refunded ${ledger?.refundedMinor}`,
      )
    }),
  )

  it(
    'commit B of a receipt whose acknowledgement is lost is answered as accepted',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance(10_000)
      let once = true
      bed.journalFault = (change) =>
        once && change.payment?.events.some((e) => e.type === 'operation-moved' && e.to === 'accepted')
          ? ((once = false), 'after')
          : undefined
      const asking = cf.refund({ paymentId: id, key: 'refund-00001', amountMinor: 500n })
      await bed.advance(2_000)
      const { operation } = await asking
      assert.equal(operation.state, 'accepted', JSON.stringify(bed.logs.map((l) => l.message).slice(-3)))
    }),
  )

  it(
    'a refund that the PSP has sent is not asked for again and again by a reversal',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance(10_000)
      // The PSP has taken the refund on, and it takes a day.
      bed.network.psp.options = { ...bed.network.psp.options, modifyMs: 86_400_000 }
      void cf.cancel({ paymentId: id, key: 'cancel-00001' })
      await bed.advance(3 * 60 * MIN)
      assert.equal(bed.network.times('reversal'), 1)
    }),
  )
  it(
    'late evidence on an approved authorization, end to end',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const modules = [cardModule({ pipelines: { process: authorizeProcess } })]
      const limits = { dueEveryMs: 12_000, heartbeatEveryMs: 5_000 }
      const first = await bed.engine({ modules, limits })
      const paying = first.pay(bed.request())
      await settle()
      const { paymentId } = bed.only()
      const heartbeat = bed.store.heartbeat.bind(bed.store)
      bed.store.heartbeat = (nodeId, nowMs) => {
        return nodeId === 'node-1' ? nowMs : heartbeat(nodeId, nowMs)
      }
      const second = await bed.engine({ modules, limits })
      await bed.advance(25_000)
      bed.network.release()
      await paying
      const events = bed.store.history(paymentId).flatMap((append) => append.events)
      assert.ok(
        events.some(({ type }) => type === 'evidence-kept'),
        'the first answer came too late',
      )
      await bed.advance(26 * 60 * MIN)
      const view = await second.payment(paymentId)
      assert.deepEqual(
        view?.cases.map((c) => c.reason),
        [],
        `inquiries ${bed.network.times('inquiry')}`,
      )
    }),
  )
})
