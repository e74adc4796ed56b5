import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backOffice, dueNotifications } from '../simulators/worldpay/index.ts'
import { authorizeAndCaptureProcess, authorizeProcess } from '../pipeline/defaults.ts'
import { account, type Bed, CALLED, cardModule, onBed, RARELY } from './bed.test-data.ts'
import type { Counterfoil } from './api.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const believing = (options = {}): ReturnType<typeof cardModule> =>
  cardModule({ gateway: account.direct, believe: 'source', ...options })

/** A payment whose money is taken. */
async function captured(bed: Bed, options = {}): Promise<{ cf: Counterfoil; id: string; reference: string }> {
  const cf = await bed.engine({ modules: [believing(options)], limits: RARELY })
  const { id, status } = await cf.pay(bed.request())
  assert.equal(status, 'paid')
  await bed.advance(10 * MINUTE_MS)
  await bed.calls(cf)
  await bed.advance(10 * MINUTE_MS)
  const { reference } = bed.charge(id)
  assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
  return { cf, id, reference }
}

describe('notifications about captures and refunds', () => {
  it(
    'end them by our own reference, before our own answer and after it',
    onBed(async (bed) => {
      const cf = await bed.engine({
        modules: [believing({ pipelines: { process: authorizeAndCaptureProcess } })],
      })
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 999)
      const { id } = await cf.pay(bed.request())
      await bed.advance(2 * MINUTE_MS)
      await bed.calls(cf)
      const capture = bed.payment(id).operations.find(({ kind }) => kind === 'capture')
      assert.equal(capture?.state, 'done')
      assert.equal(capture?.evidence?.source, 'notification')
      bed.network.on('refund', { kind: 'held' })
      const refunding = cf.refund({ paymentId: id, key: 'refund-0001', amountMinor: 500n })
      await bed.advance(10_000)
      await bed.calls(cf)
      bed.network.release()
      const { operation } = await refunding
      assert.equal(operation.state, 'accepted')
      await bed.advance(5 * MINUTE_MS)
      await bed.calls(cf)
      assert.equal(bed.payment(id).balances.refundedMinor, 500n)
      assert.equal(bed.payment(id).operations.at(-1)?.evidence?.source, 'notification')
      assert.equal(
        bed.words().filter((word) => word === 'changed').length,
        1,
        'the shop hears that it is done',
      )
    }, CALLED),
  )

  it(
    'without a journal are asked about, and end by the balance that moved',
    onBed(
      async (bed) => {
        const { cf, id } = await captured(bed)
        await cf.refund({ paymentId: id, key: 'refund-0001', amountMinor: 500n })
        await bed.advance(10 * MINUTE_MS)
        await bed.calls(cf)
        await bed.advance(10 * MINUTE_MS)
        assert.equal(bed.payment(id).balances.refundedMinor, 500n)
      },
      { ...CALLED, notificationJournal: false },
    ),
  )
})

describe('facts after the end', () => {
  const facts = [
    ['charge-back', 'charged-back', 'disputed', 'charged-back'],
    ['fail-capture', 'capture-failed', 'paid', 'failed-late'],
    ['refund', 'refunded-elsewhere', 'refunded', 'changed-elsewhere'],
  ] as const
  for (const [action, fact, status, reason] of facts) {
    it(
      `are told to the shop once, move balances and open a case: ${action}`,
      onBed(async (bed) => {
        const { cf, id, reference } = await captured(bed)
        assert.deepEqual(backOffice(bed.network.psp, reference, action, undefined, bed.clock.nowMs), {
          ok: true,
        })
        await bed.advance(20 * MINUTE_MS)
        await bed.calls(cf, 2)
        await bed.advance(20 * MINUTE_MS)
        const payment = bed.payment(id)
        assert.equal(payment.status, status)
        assert.deepEqual(
          payment.cases.map((open) => open.reason),
          [reason],
        )
        const recorded = bed.store
          .history(id)
          .flatMap(({ events }) => events)
          .filter((event) => event.type === 'fact-recorded' && event.fact === fact)
        assert.equal(recorded.length, 1)
        assert.equal(bed.words().filter((word) => word === 'changed').length, 1)
      }, CALLED),
    )
  }

  it(
    'a chargeback that is reversed makes the payment paid again, and the shop hears both',
    onBed(async (bed) => {
      const { cf, id, reference } = await captured(bed)
      backOffice(bed.network.psp, reference, 'charge-back', undefined, bed.clock.nowMs)
      await bed.advance(20 * MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(DAY_MS)
      assert.equal(bed.payment(id).status, 'disputed')
      backOffice(bed.network.psp, reference, 'reverse-charge-back', undefined, bed.clock.nowMs)
      await bed.advance(20 * MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(20 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.words().filter((word) => word === 'changed').length, 2)
      assert.equal(bed.words().filter((word) => word === 'paid').length, 1)
    }, CALLED),
  )

  it(
    'a copy of an old chargeback, after it was reversed, is no chargeback again',
    onBed(async (bed) => {
      const { cf, id, reference } = await captured(bed)
      backOffice(bed.network.psp, reference, 'charge-back', undefined, bed.clock.nowMs)
      await bed.advance(20 * MINUTE_MS)
      const [old] = dueNotifications(bed.network.psp, bed.clock.nowMs, 1)
      await bed.calls(cf)
      backOffice(bed.network.psp, reference, 'reverse-charge-back', undefined, bed.clock.nowMs)
      await bed.advance(20 * MINUTE_MS)
      await bed.calls(cf)
      assert.equal(bed.payment(id).status, 'paid')
      await bed.call(cf, old?.document ?? '')
      assert.equal(bed.payment(id).status, 'paid')
      await bed.advance(20 * MINUTE_MS)
      assert.equal(bed.payment(id).status, 'paid', 'the inquiry knows better')
      assert.equal(bed.words().filter((word) => word === 'changed').length, 2)
    }, CALLED),
  )

  it(
    'a chargeback that was won and lost once more, before its being won was told, is open again',
    onBed(
      async (bed) => {
        const { cf, id, reference } = await captured(bed)
        for (const action of ['charge-back', 'reverse-charge-back', 'charge-back'] as const) {
          backOffice(bed.network.psp, reference, action, undefined, bed.clock.nowMs)
          await bed.advance(20 * MINUTE_MS)
        }
        const [lost, won, lostAgain] = dueNotifications(bed.network.psp, bed.clock.nowMs, 9)
        for (const call of [lost, lostAgain, won]) await bed.call(cf, call?.document ?? '')
        await bed.advance(20 * MINUTE_MS)
        assert.equal(bed.payment(id).status, 'disputed')
        const open = bed.payment(id).cases.filter(({ closed }) => closed === undefined)
        assert.deepEqual(
          open.map(({ reason }) => reason),
          ['charged-back'],
        )
      },
      { ...CALLED, notificationJournal: false },
    ),
  )

  for (const [action, fact] of [
    ['cancel', 'voided-elsewhere'],
    ['expire', 'expired'],
  ] as const) {
    it(
      `an authorization that is gone frees the order, with a case: ${action}`,
      onBed(async (bed) => {
        const cf = await bed.engine({
          modules: [believing({ pipelines: { process: authorizeProcess } })],
          limits: RARELY,
        })
        const { id } = await cf.pay(bed.request())
        await bed.calls(cf)
        await bed.advance(DAY_MS)
        assert.deepEqual(
          backOffice(bed.network.psp, bed.charge(id).reference, action, undefined, bed.clock.nowMs),
          { ok: true },
        )
        await bed.advance(20 * MINUTE_MS)
        await bed.calls(cf)
        await bed.advance(20 * MINUTE_MS)
        assert.equal(bed.payment(id).status, 'cancelled')
        assert.equal((await cf.order('order-1')).state, 'open')
        assert.equal(bed.payment(id).cases.length, 1)
        const names = bed.store
          .history(id)
          .flatMap(({ events }) => events)
          .flatMap((event) => (event.type === 'fact-recorded' ? [event.fact] : []))
        assert.deepEqual(names, [fact])
      }, CALLED),
    )
  }

  it(
    'a refund that failed after all gives the balance back',
    onBed(async (bed) => {
      const { cf, id } = await captured(bed)
      bed.network.on('refund', { kind: 'answer', fault: { kind: 'fails-later', on: 'refund' } })
      await cf.refund({ paymentId: id, key: 'refund-0001' })
      await bed.advance(10 * MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(10 * MINUTE_MS)
      assert.equal(bed.payment(id).balances.refundedMinor, 0n)
      assert.equal(bed.payment(id).operations.at(-1)?.state, 'failed')
      assert.ok(bed.words().includes('changed'))
    }, CALLED),
  )
})

describe("a provider's word", () => {
  it(
    'can be made more cautious by configuration: in progress, or a case',
    onBed(async (bed) => {
      const words = { cautious: { AUTHORISED: 'case' }, shown: { 'in-progress': 'wird geprüft' } } as const
      const cf = await bed.engine({ modules: [believing({ words })] })
      const result = await cf.pay(bed.request())
      assert.equal(result.status, 'in-progress')
      assert.equal(result.statusWord, 'wird geprüft')
      assert.deepEqual(
        bed.only().cases.map(({ reason }) => reason),
        ['cautious-word'],
      )
      await bed.advance(30 * MINUTE_MS)
      assert.equal(bed.only().status, 'paid', 'CAPTURED is no word that it is cautious about')
    }),
  )
})
