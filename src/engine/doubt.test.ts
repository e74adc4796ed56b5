import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FaultRequest } from '../simulators/worldpay/index.ts'
import type { PaymentView } from './api.ts'
import { type Bed, card, onBed, settle } from './bed.test-data.ts'

const MINUTE_MS = 60_000
/** Delivery, processing and lag of the gateway, and the second inquiry's lag, with a little more. */
const WAITING_MS = (16 + 2 + 5 + 5 + 2) * MINUTE_MS
/** What recovery concludes is told within that. */
const TOLD_MS = 35_000
/** For tests over hours: fewer rounds. */
const SELDOM = { dueEveryMs: 30_000, heartbeatEveryMs: 60_000, nodeDeadAfterMs: 600_000 }

async function viewOf(bed: Bed, cf: { payment(id: string): Promise<PaymentView | undefined> }, id: string) {
  await settle()
  const view = await cf.payment(id)
  assert.ok(view !== undefined, `payment ${id} of ${bed.appends.length} appends`)
  return view
}

const reasons = (view: PaymentView): readonly string[] => view.cases.map(({ reason }) => reason)
const states = (view: PaymentView): readonly string[] =>
  view.operations.map(({ kind, state }) => `${kind} ${state}`)

describe('a charge of which no byte left (F2)', () => {
  it(
    'ends at once, releases the order, and the next try is a new payment',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'notSent' })
      const cf = await bed.engine()
      const result = await cf.pay(bed.request())
      assert.equal(result.status, 'cancelled')
      assert.deepEqual(states(result), ['sale not-sent'])
      assert.equal(bed.network.executed, 0)
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.equal((await cf.pay(bed.request({ key: 'key-00000002' }))).status, 'paid')
    }),
  )

  it(
    'is also one whose send deadline had passed when the connection was there',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'late' })
      const cf = await bed.engine()
      const paying = cf.pay(bed.request())
      await settle()
      await bed.advance(10_001)
      bed.network.release()
      assert.deepEqual(states(await paying), ['sale not-sent'])
      assert.equal(bed.network.executed, 0)
    }),
  )

  it(
    'is also one of a node that the journal has not heard of for half of the time after which it counts as dead (F13)',
    onBed(async (bed) => {
      const limits = { sendWithinMs: 60_000, nodeDeadAfterMs: 20_000 }
      bed.network.on('charge', { kind: 'late' })
      const cf = await bed.engine({ limits })
      const paying = cf.pay(bed.request())
      await settle()
      const heartbeat = bed.store.heartbeat.bind(bed.store)
      bed.store.heartbeat = () => {
        throw new Error('the journal is away')
      }
      await bed.advance(12_000)
      bed.network.release()
      assert.deepEqual(states(await paying), ['sale not-sent'])
      assert.equal(bed.network.executed, 0)
      bed.store.heartbeat = heartbeat
    }),
  )
})

describe('a charge in doubt (F3)', () => {
  it(
    'that the PSP has executed is adopted by an inquiry, sent once, and told once',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const cf = await bed.engine()
      const result = await cf.pay(bed.request())
      assert.equal(result.status, 'in-progress')
      assert.equal(result.next.kind, 'wait')
      assert.equal(result.operations[0]?.inDoubt, true)
      assert.equal((await cf.order('order-1')).state, 'held')
      await bed.advance(5_000)
      const view = await viewOf(bed, cf, result.id)
      assert.equal(view.status, 'paid')
      assert.equal(view.operations[0]?.inDoubt, false)
      assert.equal(bed.network.times('charge'), 1)
      await bed.advance(TOLD_MS)
      assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail'])
      assert.deepEqual(reasons(view), [])
    }),
  )

  it(
    'that the PSP has declined ends declined',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request({ card: card('REFUSED') }))
      await bed.advance(5_000)
      assert.equal((await viewOf(bed, cf, id)).status, 'declined')
      assert.equal((await cf.order('order-1')).state, 'open')
    }),
  )

  it(
    'that never arrived holds its order until the waiting rule closes it, and not a minute less',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: false })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance((16 + 2 + 5 + 5) * MINUTE_MS - 1_000)
      assert.deepEqual(states(await viewOf(bed, cf, id)), ['sale intended'])
      await assert.rejects(cf.pay(bed.request({ key: 'key-00000002' })), { code: 'CF_ORDER_HELD' })
      await bed.advance(WAITING_MS)
      const view = await viewOf(bed, cf, id)
      assert.deepEqual(states(view), ['sale not-seen'])
      assert.equal(view.status, 'cancelled')
      assert.equal((await cf.order('order-1')).state, 'open')
    }),
  )

  it(
    'is closed sooner when the socket was reset, since nothing is delivered after that',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: false, socketReset: true })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance((2 + 5 + 5) * MINUTE_MS - 1_000)
      assert.deepEqual(states(await viewOf(bed, cf, id)), ['sale intended'])
      await bed.advance(2 * MINUTE_MS)
      assert.deepEqual(states(await viewOf(bed, cf, id)), ['sale not-seen'])
    }),
  )

  it(
    'that was closed as not seen and is found an hour later is reversed and a case',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      bed.network.on(
        'inquiry',
        { kind: 'answer', fault: { kind: 'lagging-inquiry', lagMs: 40 * MINUTE_MS } },
        99,
      )
      const cf = await bed.engine({ limits: SELDOM })
      const { id } = await cf.pay(bed.request())
      await bed.advance(WAITING_MS)
      assert.deepEqual(states(await viewOf(bed, cf, id)), ['sale not-seen'])
      bed.network.clear()
      await bed.advance(100 * MINUTE_MS)
      const view = await viewOf(bed, cf, id)
      assert.deepEqual(states(view), ['sale not-seen', 'reversal done'])
      assert.deepEqual(reasons(view), ['late-approval'])
      assert.equal(bed.network.ledger(view.operations[0]?.reference ?? '')?.liveMinor, 0n)
      assert.ok(!bed.words().includes('paid'))
    }),
  )

  it(
    'becomes a case when nobody answers for too long, and is asked about on',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'unavailable' } }, 40)
      const cf = await bed.engine({ limits: { ...SELDOM, doubtCaseAfterMs: 30 * MINUTE_MS } })
      const { id } = await cf.pay(bed.request())
      await bed.advance(80 * MINUTE_MS)
      const before = await viewOf(bed, cf, id)
      assert.deepEqual(reasons(before), ['doubt-unresolved'])
      assert.equal((await cf.cases())[0]?.paymentId, id)
      await bed.advance(20 * 60 * MINUTE_MS)
      const after = await viewOf(bed, cf, id)
      assert.equal(after.status, 'paid')
      assert.deepEqual(reasons(after), ['doubt-unresolved'])
    }),
  )
})

describe('an answer that is none (F4)', () => {
  const faults: readonly FaultRequest[] = [
    { kind: 'http-error', when: 'after' },
    { kind: 'html', when: 'after' },
    { kind: 'truncated' },
    { kind: 'wrong-reference' },
    { kind: 'wrong-amount' },
    { kind: 'wrong-currency' },
    { kind: 'wrong-exponent' },
    { kind: 'unavailable', when: 'after' },
  ]
  for (const fault of faults) {
    it(
      `(${fault.kind}) is doubt, and a right inquiry is adopted`,
      onBed(async (bed) => {
        bed.network.on('charge', { kind: 'answer', fault })
        const cf = await bed.engine()
        const result = await cf.pay(bed.request())
        assert.equal(result.operations[0]?.inDoubt, true)
        assert.equal(result.status, 'in-progress')
        await bed.advance(5_000)
        const view = await viewOf(bed, cf, result.id)
        assert.equal(view.status, 'paid')
        assert.equal(bed.network.times('charge'), 1)
        assert.deepEqual(reasons(view), [])
      }),
    )
  }

  it(
    'wherever it is cut off',
    onBed(async (bed) => {
      const cf = await bed.engine({ limits: { breakerFailures: 1_000 } })
      for (let part = 0; part < 1; part += 0.02) {
        const orderId = `cut-at-${Math.round(part * 100)}`
        bed.order(orderId, 100n)
        const alter = (body: string): string =>
          body.trimEnd().slice(0, Math.floor(body.trimEnd().length * part))
        bed.network.on('charge', { kind: 'altered', alter })
        const { status } = await cf.pay(bed.request({ orderId, key: `key-${orderId}` }))
        assert.equal(status, 'in-progress', orderId)
      }
    }),
  )

  it(
    'with a wrong amount, that an inquiry repeats, is a mismatch: reversed, a case, and free only after it',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'answer', fault: { kind: 'wrong-amount' } })
      bed.network.on('inquiry', { kind: 'answer', fault: { kind: 'wrong-amount' } })
      bed.network.on('reversal', { kind: 'held' })
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      await bed.advance(3_000)
      const between = await viewOf(bed, cf, id)
      assert.deepEqual(states(between), ['sale mismatch', 'reversal intended'])
      assert.deepEqual(reasons(between), ['amount-mismatch'])
      assert.equal((await cf.order('order-1')).state, 'held')
      bed.network.release()
      await bed.advance(2 * MINUTE_MS)
      const view = await viewOf(bed, cf, id)
      assert.deepEqual(states(view), ['sale mismatch', 'reversal done'])
      assert.equal(view.status, 'cancelled')
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.ok(!bed.words().includes('paid'))
    }),
  )

  it(
    'that says "duplicate" on a first send is doubt and a case, never a decline',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'answer', fault: { kind: 'duplicate-text', when: 'before' } })
      const cf = await bed.engine()
      const result = await cf.pay(bed.request())
      assert.deepEqual(reasons(result), ['duplicate-reference'])
      assert.equal(result.status, 'in-progress')
      await bed.advance(2 * MINUTE_MS)
      assert.equal((await viewOf(bed, cf, result.id)).status, 'in-progress')
      await bed.advance(WAITING_MS)
      assert.deepEqual(states(await viewOf(bed, cf, result.id)), ['sale not-seen'])
    }),
  )

  it(
    'that says "in progress" keeps the order held until it is known',
    onBed(async (bed) => {
      const pending = (body: string): string =>
        body.replace('<lastEvent>AUTHORISED', '<lastEvent>SENT_FOR_AUTHORISATION')
      bed.network.on('charge', { kind: 'altered', alter: pending })
      bed.network.on('inquiry', { kind: 'altered', alter: pending }, 2)
      const cf = await bed.engine()
      const result = await cf.pay(bed.request())
      assert.deepEqual(states(result), ['sale pending'])
      assert.equal(result.status, 'in-progress')
      await bed.advance(30_000)
      assert.equal((await viewOf(bed, cf, result.id)).status, 'paid')
      await bed.advance(TOLD_MS)
      assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail'])
    }),
  )
})

describe('the process that sent it is gone (F9)', () => {
  it(
    'so that another takes over once it counts as dead, inquires and adopts; what comes back late is kept',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const first = await bed.engine()
      const paying = first.pay(bed.request())
      await settle()
      const { paymentId } = bed.only()
      // The first one hangs: its heartbeats are not heard of any more.
      const heartbeat = bed.store.heartbeat.bind(bed.store)
      bed.store.heartbeat = (nodeId, nowMs) => {
        return nodeId === 'node-1' ? nowMs : heartbeat(nodeId, nowMs)
      }
      const second = await bed.engine({ limits: { dueEveryMs: 500 } })
      await bed.advance(25_000)
      const view = await viewOf(bed, second, paymentId)
      assert.equal(view.status, 'paid')
      assert.equal(bed.payment(paymentId).owner, 'node-2')
      assert.equal(bed.payment(paymentId).fence, 2)
      bed.network.release()
      await paying
      await bed.advance(5_000)
      const kept = bed.appends.flatMap(({ change }) => change.payment?.events ?? [])
      assert.equal(kept.filter(({ type }) => type === 'evidence-kept').length, 1)
      assert.equal(bed.network.times('charge'), 1)
      await bed.advance(TOLD_MS)
      // That it was in progress is no news any more.
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail'])
      const asked = bed.network.times('inquiry')
      await bed.advance(10 * MINUTE_MS)
      assert.equal(bed.network.times('inquiry'), asked, 'late evidence is looked at once')
    }),
  )

  it(
    'before anything was sent, so that the waiting rule frees the order and no card is sent again',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'late' })
      const first = await bed.engine()
      void first.pay(bed.request({ waitMs: 0 }))
      await bed.advance(1)
      const { paymentId } = bed.only()
      const second = await bed.engine()
      await bed.advance(WAITING_MS + 2 * MINUTE_MS)
      assert.deepEqual(states(await viewOf(bed, second, paymentId)), ['sale not-seen'])
      assert.equal(bed.network.times('charge'), 0)
    }),
  )
})
