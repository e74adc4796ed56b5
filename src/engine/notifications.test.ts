import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dueNotifications } from '../simulators/worldpay/index.ts'
import { checkCallerAddress } from '../pipeline/steps/index.ts'
import { defaultPipelines } from '../pipeline/defaults.ts'
import { account, CALLED, cardModule, hostedModule, onBed, RARELY, settle } from './bed.test-data.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const believing = (options = {}): ReturnType<typeof cardModule> =>
  cardModule({ gateway: account.direct, believe: 'source', ...options })

describe('a notification', () => {
  it(
    'is durable before it is acknowledged, and refused while the journal is away',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()] })
      await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      bed.payThere(bed.only().operations[0]?.reference ?? '')
      const [call] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      assert.ok(call !== undefined)
      bed.inboxFault = true
      await assert.rejects(bed.call(cf, call.document), { code: 'CF_JOURNAL_UNAVAILABLE' })
      assert.equal(bed.store.inbox(10).length, 0)
      assert.equal(bed.only().status, 'in-progress')
      bed.inboxFault = false
      await bed.call(cf, call.document)
      assert.equal(bed.only().status, 'paid')
    }, CALLED),
  )

  it(
    'that comes a thousand times over ten days makes one transition',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      bed.payThere(bed.charge(id).reference)
      const [call] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      assert.ok(call !== undefined)
      for (let copy = 0; copy < 1_000; copy++) {
        await bed.call(cf, call.document)
        if (copy % 50 === 0) await bed.advance(DAY_MS / 2)
      }
      const moved = bed.store
        .history(id)
        .flatMap(({ events }) => events)
        .filter((event) => event.type === 'operation-moved' && event.to === 'approved')
      assert.equal(moved.length, 1)
      assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail'])
      assert.equal(bed.store.inbox(10).length, 0)
    }, CALLED),
  )

  it(
    'without the credentials is turned away at the door and leaves nothing',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()] })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      bed.payThere(bed.charge(id).reference)
      const [call] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      for (const forged of [undefined, 'Basic d3JvbmcK', 'Bearer x']) {
        const request = { path: 'worldpay', raw: call?.document ?? '', headers: { authorization: forged } }
        await assert.rejects(cf.receive(request), { code: 'CF_NOTIFICATION_REFUSED' })
      }
      await assert.rejects(cf.receive({ path: 'elsewhere', raw: '', headers: {} }), {
        code: 'CF_LINK_INVALID',
      })
      assert.equal(bed.store.inbox(10).length, 0)
      assert.equal(bed.payment(id).status, 'in-progress')
    }, CALLED),
  )

  it(
    'under "inquire" is a hint: what it says becomes true only when the PSP says so when asked',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule({ believe: 'inquire' })] })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      await settle()
      const { reference } = bed.charge(id)
      bed.payThere(reference)
      const [call] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      const forged = (call?.document ?? '').replace('value="1999"', 'value="1"')
      bed.network.on('inquiry', { kind: 'unknown', executed: false })
      await bed.call(cf, forged)
      assert.equal(bed.payment(id).status, 'in-progress', 'believed in nothing')
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid', 'asked about, and so found')
      assert.equal(bed.charge(id).evidence?.source, 'inquiry')
    }, CALLED),
  )

  it(
    'that speaks of another amount is not believed, whoever sends it',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()] })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      await settle()
      bed.payThere(bed.charge(id).reference)
      const [call] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 99)
      await bed.call(cf, (call?.document ?? '').replaceAll('value="1999"', 'value="199900"'))
      assert.equal(bed.payment(id).status, 'in-progress')
      bed.network.clear()
      await bed.advance(30 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
    }, CALLED),
  )

  it(
    'about a reference that nobody knows is parked, delays nobody, and is given up after a day',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      await settle()
      const { reference } = bed.charge(id)
      bed.payThere(reference)
      const [call] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      await bed.call(cf, (call?.document ?? '').replaceAll(reference, 'somebody-elses'))
      assert.equal(bed.store.inbox(10).length, 1)
      await bed.call(cf, call?.document ?? '')
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.store.inbox(10).length, 1)
      await bed.advance(DAY_MS + MINUTE_MS)
      assert.equal(bed.store.inbox(10).length, 0)
      assert.ok(bed.logs.some(({ message }) => message.includes('given up')))
    }, CALLED),
  )

  it(
    'is not kept out by calls about the payments of others, which make room for it',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()], limits: { inboxMax: 3 } })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      const { reference } = bed.charge(id)
      bed.payThere(reference)
      const [call] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      for (let index = 0; index < 5; index++) {
        await bed.call(cf, (call?.document ?? '').replaceAll(reference, `stranger-${index}`))
      }
      assert.equal(bed.store.inbox(10).length, 3)
      await bed.call(cf, call?.document ?? '')
      assert.equal(bed.payment(id).status, 'paid')
    }, CALLED),
  )

  it(
    'is refused when too many of ours wait, so that the PSP repeats it',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()], limits: { inboxMax: 3 } })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      await settle()
      bed.payThere(bed.charge(id).reference)
      const [call] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      bed.unreadable = true
      for (const copy of [1, 2, 3]) {
        await bed.call(cf, (call?.document ?? '').replace('</notify>', `</notify><!-- ${copy} -->`))
      }
      await assert.rejects(bed.call(cf, call?.document ?? ''), { code: 'CF_OVERLOADED' })
      bed.unreadable = false
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.store.inbox(10).length, 0)
    }, CALLED),
  )

  it(
    'that newer ones have pushed off the list of its payment is written down once more, and goes',
    onBed(async (bed) => {
      let isAway = true
      bed.between = ({ journal, transport }) => {
        const removeFromInbox: typeof journal.removeFromInbox = async (id, recordedBy) => {
          if (isAway) throw new Error('the test took it away')
          return journal.removeFromInbox(id, recordedBy)
        }
        return { transport, journal: { ...journal, removeFromInbox } }
      }
      const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
      const { id } = await cf.pay(bed.pageRequest())
      await settle()
      bed.payThere(bed.charge(id).reference)
      const call = bed.nextCall()
      await bed.call(cf, call)
      const [first] = bed.store.inbox(1)
      assert.ok(first !== undefined)
      isAway = false
      for (let copy = 0; copy < 100; copy++) {
        await bed.call(cf, call.replace('</notify>', `</notify><!-- ${copy} -->`))
      }
      assert.equal(bed.payment(id).notices.includes(first.id), false)
      assert.deepEqual(bed.store.inbox(10), [first])
      await bed.advance(2 * MINUTE_MS)
      assert.equal(bed.payment(id).notices.at(-1), first.id)
      assert.deepEqual(bed.store.inbox(10), [])
      assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail'])
    }, CALLED),
  )

  it(
    'that cannot be read is acknowledged, logged, and holds back nothing',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()] })
      await bed.call(cf, '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
      assert.equal(bed.store.inbox(10).length, 0)
      assert.ok(bed.logs.some(({ message }) => message.includes('unreadable')))
    }),
  )

  it(
    'passes the checks of confirm, of which the most cautious counts',
    onBed(async (bed) => {
      const confirm = defaultPipelines.confirm.prepend(checkCallerAddress(['10.0.0.0/8']))
      const cf = await bed.engine({ modules: [hostedModule({ pipelines: { confirm } })] })
      const { id } = await cf.pay({ orderId: 'order-1', module: 'worldpay', key: 'key-00000001' })
      await settle()
      bed.payThere(bed.charge(id).reference)
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 99)
      await bed.calls(cf)
      assert.equal(bed.payment(id).status, 'in-progress')
      assert.ok(bed.logs.some(({ message }) => message.includes('turned away')))
      assert.equal(bed.store.inbox(10).length, 0)
    }, CALLED),
  )
})

describe('answer, notification and return', () => {
  const orders = [
    ['answer', 'call', 'return'],
    ['answer', 'return', 'call'],
    ['call', 'answer', 'return'],
    ['call', 'return', 'answer'],
    ['return', 'answer', 'call'],
    ['return', 'call', 'answer'],
  ] as const

  for (const order of orders) {
    it(
      `of a card payment come to the same in the order ${order.join(', ')}`,
      onBed(async (bed) => {
        const cf = await bed.engine({ modules: [believing()] })
        bed.network.on('charge', { kind: 'held' })
        const paying = cf.pay(bed.request({ waitMs: 1 }))
        await bed.advance(5)
        const { statusUrl, id } = await paying
        const link = statusUrl.slice(statusUrl.lastIndexOf('/') + 1)
        for (const what of order) {
          if (what === 'answer') bed.network.release()
          if (what === 'call') await bed.calls(cf, 2)
          if (what === 'return') await cf.payerReturned({ link, door: 'success', waitMs: 1 })
          await settle()
        }
        await bed.advance(MINUTE_MS)
        assert.equal(bed.payment(id).status, 'paid')
        assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
        assert.equal(bed.payment(id).cases.length, 0)
        assert.equal(bed.network.ledger(bed.charge(id).reference)?.executions, 1)
      }, CALLED),
    )
  }
})
