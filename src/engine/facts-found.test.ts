import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeAndCaptureProcess } from '../pipeline/defaults.ts'
import { backOffice, dueNotifications } from '../simulators/worldpay/index.ts'
import { account, type Bed, cardModule, onBed } from './bed.test-data.ts'
import type { Counterfoil } from './api.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const CALLED = { notificationUrl: 'kept' }
const RARELY = { dueEveryMs: 60_000, heartbeatEveryMs: 60_000, nodeDeadAfterMs: 240_000 }

interface Taken {
  readonly cf: Counterfoil
  readonly id: string
  readonly reference: string
}

/** A payment whose money is taken. */
async function captured(bed: Bed): Promise<Taken> {
  const modules = [cardModule({ gateway: account.direct })]
  const cf = await bed.engine({ modules, limits: RARELY })
  const { id } = await cf.pay(bed.request())
  await bed.advance(10 * MINUTE_MS)
  await bed.calls(cf)
  await bed.advance(10 * MINUTE_MS)
  return { cf, id, reference: bed.charge(id).reference }
}

/** Somebody does something at the PSP, which calls. */
async function happens(
  bed: Bed,
  { cf, reference }: Taken,
  action: Parameters<typeof backOffice>[2],
  amountMinor?: bigint,
): Promise<void> {
  assert.deepEqual(backOffice(bed.network.psp, reference, action, amountMinor, bed.clock.nowMs), { ok: true })
  await bed.advance(20 * MINUTE_MS)
  await bed.calls(cf)
}

const facts = (bed: Bed, id: string): readonly string[] =>
  bed.store
    .history(id)
    .flatMap(({ events }) => events)
    .flatMap((event) => (event.type === 'fact-recorded' ? [event.fact] : []))

describe('a fact that was hinted at', () => {
  for (const [name, way] of [
    ['is not answered', { kind: 'unknown', executed: false }],
    ['gets an answer with another amount', { kind: 'answer', fault: { kind: 'wrong-amount' } }],
  ] as const) {
    it(
      `is asked about again when the question ${name}`,
      onBed(async (bed) => {
        const taken = await captured(bed)
        bed.network.on('inquiry', way, 8)
        await happens(bed, taken, 'charge-back')
        await bed.advance(2 * HOUR_MS)
        assert.equal(bed.payment(taken.id).status, 'disputed')
      }, CALLED),
    )
  }

  it(
    'becomes a case when it can never be asked about',
    onBed(async (bed) => {
      const taken = await captured(bed)
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 9_999)
      await happens(bed, taken, 'charge-back')
      await bed.advance(26 * HOUR_MS)
      assert.deepEqual(
        bed.payment(taken.id).cases.map(({ reason }) => reason),
        ['doubt-unresolved'],
      )
    }, CALLED),
  )

  for (const action of ['charge-back', 'refund'] as const) {
    it(
      `is not lost in a capture of ours that is under way: ${action}`,
      onBed(async (bed) => {
        const process = authorizeAndCaptureProcess
        const modules = [cardModule({ gateway: account.direct, pipelines: { process } })]
        const cf = await bed.engine({ modules, limits: RARELY })
        // What the PSP shows is older than the fact, and not older than the capture.
        const lag = { kind: 'answer', fault: { kind: 'lagging-inquiry', lagMs: 4 * MINUTE_MS } } as const
        bed.network.on('inquiry', lag, 6)
        const { id } = await cf.pay(bed.request())
        await bed.advance(3 * MINUTE_MS)
        backOffice(bed.network.psp, bed.charge(id).reference, action, undefined, bed.clock.nowMs)
        await bed.advance(MINUTE_MS)
        await bed.calls(cf)
        await bed.advance(HOUR_MS)
        assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
        assert.equal(bed.payment(id).status, action === 'refund' ? 'refunded' : 'disputed')
      }, CALLED),
    )
  }

  it(
    'is not lost when it is told before the capture that it is of',
    onBed(async (bed) => {
      const cf = await bed.engine({
        modules: [cardModule({ gateway: account.direct, believe: 'source' })],
        limits: RARELY,
      })
      const { id } = await cf.pay(bed.request())
      await bed.advance(10 * MINUTE_MS)
      const { reference } = bed.charge(id)
      backOffice(bed.network.psp, reference, 'refund', 500n, bed.clock.nowMs)
      await bed.advance(10 * MINUTE_MS)
      const due = dueNotifications(bed.network.psp, bed.clock.nowMs, 9)
      for (const { document } of due.toReversed()) await bed.call(cf, document)
      await bed.advance(HOUR_MS)
      assert.equal(bed.payment(id).balances.refundedMinor, 500n)
    }, CALLED),
  )

  it(
    'in the very same words as an earlier one is no copy of it',
    onBed(
      async (bed) => {
        const taken = await captured(bed)
        for (const action of ['charge-back', 'reverse-charge-back', 'charge-back'] as const) {
          await happens(bed, taken, action)
          await bed.advance(HOUR_MS)
        }
        assert.deepEqual(facts(bed, taken.id).slice(1), [
          'charged-back',
          'chargeback-reversed',
          'charged-back',
        ])
        assert.equal(bed.payment(taken.id).status, 'disputed')
      },
      { ...CALLED, notificationJournal: false },
    ),
  )
})

describe('a chargeback', () => {
  it(
    'that comes while a refund is under way takes what the refund has left',
    onBed(async (bed) => {
      const cf = await bed.engine({
        modules: [cardModule({ gateway: account.direct, believe: 'source' })],
        limits: RARELY,
      })
      const { id } = await cf.pay(bed.request())
      await bed.advance(10 * MINUTE_MS)
      await bed.calls(cf)
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 9_999)
      await cf.refund({ paymentId: id, key: 'refund-0001', amountMinor: 500n })
      await bed.advance(10_000)
      backOffice(bed.network.psp, bed.charge(id).reference, 'charge-back', undefined, bed.clock.nowMs)
      await bed.advance(10 * MINUTE_MS)
      const due = dueNotifications(bed.network.psp, bed.clock.nowMs, 9)
      for (const { document } of due.toReversed()) await bed.call(cf, document)
      const { balances, status } = bed.payment(id)
      assert.deepEqual([balances.refundedMinor, balances.chargedBackMinor], [500n, 1499n])
      assert.equal(status, 'disputed')
    }, CALLED),
  )
})

describe('a refund made elsewhere', () => {
  it(
    'is not hidden by one of ours that came after it and failed',
    onBed(async (bed) => {
      const taken = await captured(bed)
      const { cf, id: paymentId } = taken
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 3)
      await happens(bed, taken, 'refund', 1_000n)
      bed.network.on('refund', { kind: 'answer', fault: { kind: 'fails-later' } })
      await cf.refund({ paymentId, key: 'refund-0001', amountMinor: 500n })
      await bed.advance(HOUR_MS)
      assert.equal(bed.payment(paymentId).operations.at(-1)?.state, 'failed')
      assert.equal(facts(bed, paymentId).at(-1), 'refunded-elsewhere')
      assert.equal(bed.payment(paymentId).balances.refundedMinor, 1_000n)
    }, CALLED),
  )
})

describe('an expiry that was told while a refund was under way', () => {
  it(
    'is asked about again once people have said what became of the refund',
    onBed(async (bed) => {
      const modules = [cardModule({ gateway: account.direct, believe: 'source' })]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { id: paymentId } = await cf.pay(bed.request())
      const { reference } = bed.charge(paymentId)
      assert.ok(backOffice(bed.network.psp, reference, 'expire', undefined, bed.clock.nowMs).ok)
      bed.network.on('refund', { kind: 'unknown', executed: true })
      await cf.refund({ paymentId, key: 'refund-0001', amountMinor: 500n })
      await bed.advance(30 * HOUR_MS)
      await bed.calls(cf)
      const unresolved = bed
        .payment(paymentId)
        .cases.find(({ reason }) => reason === 'modification-unresolved')
      const close = { paymentId, caseId: unresolved?.caseId ?? '', action: 'close' } as const
      for (const [by, key] of [
        ['ann', 'close-0001'],
        ['bob', 'close-0002'],
      ] as const) {
        await cf.resolveCase({ ...close, key, by, why: 'the refund is not in the books of the provider' })
      }
      assert.equal(bed.payment(paymentId).operations.at(-1)?.state, 'failed')
      await bed.advance(HOUR_MS)
      assert.ok(facts(bed, paymentId).includes('expired'))
      assert.equal(bed.payment(paymentId).status, 'cancelled')
    }, CALLED),
  )
})

describe('a chargeback that was won', () => {
  it(
    'is not taken for one more chargeback because an inquiry that lags still shows it',
    onBed(async (bed) => {
      const modules = [cardModule({ gateway: account.direct, believe: 'source' })]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { id } = await cf.pay(bed.request())
      const taken = { cf, id, reference: bed.charge(id).reference }
      await bed.advance(10 * MINUTE_MS)
      await bed.calls(cf)
      await happens(bed, taken, 'charge-back')
      await bed.advance(HOUR_MS)
      const { psp } = bed.network
      assert.ok(backOffice(psp, taken.reference, 'reverse-charge-back', undefined, bed.clock.nowMs).ok)
      const lag = { kind: 'answer', fault: { kind: 'lagging-inquiry', lagMs: 4 * MINUTE_MS } } as const
      bed.network.on('inquiry', lag, 3)
      await bed.advance(MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(HOUR_MS)
      assert.deepEqual(facts(bed, id), ['captured', 'charged-back', 'chargeback-reversed'])
      assert.equal(bed.payment(id).status, 'paid')
    }, CALLED),
  )

  it(
    'and lost once more in the very same words, which an inquiry that lags does not show yet, is asked about again',
    onBed(
      async (bed) => {
        const taken = await captured(bed)
        const { cf, id, reference } = taken
        await happens(bed, taken, 'charge-back')
        await bed.advance(HOUR_MS)
        assert.ok(
          backOffice(bed.network.psp, reference, 'reverse-charge-back', undefined, bed.clock.nowMs).ok,
        )
        const lag = { kind: 'answer', fault: { kind: 'lagging-inquiry', lagMs: 4 * MINUTE_MS } } as const
        bed.network.on('inquiry', lag, 3)
        await bed.advance(MINUTE_MS)
        await bed.calls(cf)
        await bed.advance(3.4 * MINUTE_MS)
        assert.ok(backOffice(bed.network.psp, reference, 'charge-back', undefined, bed.clock.nowMs).ok)
        await bed.advance(1.2 * MINUTE_MS)
        assert.equal(facts(bed, id).at(-1), 'charged-back')
        await bed.calls(cf)
        await bed.advance(2 * MINUTE_MS)
        assert.equal(facts(bed, id).at(-1), 'chargeback-reversed')
        await bed.advance(HOUR_MS)
        assert.equal(facts(bed, id).at(-1), 'charged-back')
        assert.equal(bed.payment(id).status, 'disputed')
      },
      { ...CALLED, notificationJournal: false },
    ),
  )

  it(
    'shows what was refunded before it, of which nobody was told',
    onBed(async (bed) => {
      const taken = await captured(bed)
      const { reference } = taken
      assert.ok(backOffice(bed.network.psp, reference, 'refund', 500n, bed.clock.nowMs).ok)
      await bed.advance(20 * MINUTE_MS)
      assert.ok(backOffice(bed.network.psp, reference, 'charge-back', undefined, bed.clock.nowMs).ok)
      // Only this word is heard, and what it covers no inquiry shows either.
      const hears = async (word: string): Promise<void> => {
        await bed.advance(20 * MINUTE_MS)
        const due = dueNotifications(bed.network.psp, bed.clock.nowMs, 9)
        await bed.call(taken.cf, due.find(({ event }) => event === word)?.document ?? '')
        await bed.advance(HOUR_MS)
      }
      await hears('CHARGED_BACK')
      assert.equal(bed.payment(taken.id).status, 'disputed')

      assert.ok(backOffice(bed.network.psp, reference, 'reverse-charge-back', undefined, bed.clock.nowMs).ok)
      await hears('CHARGEBACK_REVERSED')
      assert.deepEqual(facts(bed, taken.id).slice(-2), ['chargeback-reversed', 'refunded-elsewhere'])
      assert.equal(bed.payment(taken.id).balances.refundedMinor, 500n)
      const open = bed.payment(taken.id).cases.filter(({ closed }) => closed === undefined)
      assert.deepEqual(
        open.map(({ reason }) => reason),
        ['changed-elsewhere'],
      )
    }, CALLED),
  )

  it(
    'is a case where the money had been given back in the meantime by our own books, and is told once',
    onBed(async (bed) => {
      const taken = await captured(bed)
      await happens(bed, taken, 'charge-back')
      await bed.advance(HOUR_MS)
      const { cf, id: paymentId } = taken
      await cf.cancel({ paymentId, key: 'cancel-0001' })
      await bed.advance(30 * HOUR_MS)
      const unresolved = bed.payment(paymentId).cases.find(({ reason }) => reason === 'reversal-unresolved')
      const caseId = unresolved?.caseId ?? ''
      const adopt = { paymentId, caseId, action: 'adopt', why: 'the payer has the money' } as const
      await cf.resolveCase({ ...adopt, key: 'adopt-0001', by: 'ann' })
      await cf.resolveCase({ ...adopt, key: 'adopt-0002', by: 'bob' })
      assert.equal(bed.payment(paymentId).status, 'refunded')

      for (let turn = 0; turn < 2; turn++) {
        if (turn > 0) await happens(bed, taken, 'charge-back')
        await happens(bed, taken, 'reverse-charge-back')
        await bed.advance(HOUR_MS)
      }
      const open = bed.payment(paymentId).cases.filter(({ closed }) => closed === undefined)
      assert.ok(open.some(({ reason }) => reason === 'contradiction'))
      assert.equal(facts(bed, paymentId).filter((fact) => fact === 'contradicted').length, 1)
    }, CALLED),
  )
})

describe('a capture that failed after all', () => {
  it(
    'leaves what was refunded before as it was',
    onBed(async (bed) => {
      const taken = await captured(bed)
      await taken.cf.refund({ paymentId: taken.id, key: 'refund-0001', amountMinor: 500n })
      await bed.advance(20 * MINUTE_MS)
      await bed.calls(taken.cf)
      await happens(bed, taken, 'fail-capture')
      await bed.advance(HOUR_MS)
      const { balances } = bed.payment(taken.id)
      assert.deepEqual([balances.capturedMinor, balances.refundedMinor], [500n, 500n])
    }, CALLED),
  )

  it(
    'is known for one when its authorization turns out to have expired',
    onBed(async (bed) => {
      const taken = await captured(bed)
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 5)
      await happens(bed, taken, 'fail-capture')
      await happens(bed, taken, 'expire')
      await bed.advance(3 * HOUR_MS)
      assert.deepEqual(facts(bed, taken.id).slice(1), ['capture-failed', 'expired'])
      assert.equal(bed.payment(taken.id).status, 'cancelled')
      assert.equal((await taken.cf.order('order-1')).state, 'open')
    }, CALLED),
  )

  it(
    'is followed by one of our own, which is counted once',
    onBed(async (bed) => {
      const taken = await captured(bed)
      await happens(bed, taken, 'fail-capture')
      // The charge is asked about once more after the PSP's lag: just then a capture is under way.
      await bed.advance(4.5 * MINUTE_MS)
      await taken.cf.capture({ paymentId: taken.id, key: 'capture-0001', amountMinor: 1500n })
      await bed.advance(HOUR_MS)
      const { balances } = bed.payment(taken.id)
      assert.deepEqual([balances.capturedMinor, balances.capturingMinor], [1500n, 0n])
    }, CALLED),
  )
})
