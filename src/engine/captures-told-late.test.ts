import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorizeAndCaptureProcess, authorizeProcess } from '../pipeline/defaults.ts'
import { backOffice } from '../simulators/worldpay/index.ts'
import { tellModification } from '../simulators/worldpay/notification-queue.ts'
import { account, CALLED, cardModule, hostedModule, onBed, RARELY, settle } from './bed.test-data.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

describe('a capture that fails after it was done', () => {
  it(
    'is a fact, also when the call that tells it names that capture',
    onBed(async (bed) => {
      const process = authorizeAndCaptureProcess
      const modules = [cardModule({ gateway: account.direct, believe: 'source', pipelines: { process } })]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { id } = await cf.pay(bed.request())
      await bed.advance(10 * MINUTE_MS)
      await bed.calls(cf)
      await bed.advance(DAY_MS)
      assert.deepEqual(bed.operations(id), ['authorize approved', 'capture done'])
      const { reference } = bed.charge(id)
      const failed = backOffice(bed.network.psp, reference, 'fail-capture', undefined, bed.clock.nowMs)
      assert.deepEqual(failed, { ok: true })
      await bed.advance(20 * MINUTE_MS)
      const document = bed.nextCall()
      assert.match(document, /CAPTURE_FAILED/)
      const ours = `<journalReference type="capture" reference="${bed.payment(id).operations[1]?.reference}"/>`
      await bed.call(cf, document.replace('</journal>', `${ours}</journal>`))
      await bed.advance(DAY_MS)
      assert.deepEqual(bed.facts(id), ['capture-failed'])
      assert.deepEqual(bed.reasons(id), ['failed-late'])
      assert.equal(bed.payment(id).balances.capturedMinor, 0n)
      assert.equal(bed.network.ledger(reference)?.capturedMinor, 0n)
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail', 'changed'])
    }, CALLED),
  )

  it(
    'can be asked for again, and the second one counts whatever the PSP still says of the first',
    onBed(
      async (bed) => {
        const pipelines = { process: authorizeProcess }
        const modules = [cardModule({ gateway: account.direct, believe: 'inquire', pipelines })]
        const cf = await bed.engine({ modules, limits: RARELY })
        const { id } = await cf.pay(bed.request())
        await cf.capture({ paymentId: id, key: 'capture-001' })
        await bed.advance(30 * MINUTE_MS)
        await bed.calls(cf)
        await bed.advance(30 * MINUTE_MS)
        assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
        const { reference } = bed.charge(id)
        backOffice(bed.network.psp, reference, 'fail-capture', undefined, bed.clock.nowMs)
        await bed.advance(20 * MINUTE_MS)
        await bed.calls(cf)
        await bed.advance(DAY_MS)
        assert.equal(bed.payment(id).balances.capturedMinor, 0n)
        await cf.capture({ paymentId: id, key: 'capture-002' })
        for (let time = 0; time < 10; time++) {
          await bed.advance(30 * MINUTE_MS)
          await bed.calls(cf)
        }
        await bed.advance(DAY_MS)
        assert.deepEqual(bed.operations(id), ['authorize approved', 'capture done', 'capture done'])
        assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
        assert.equal(bed.network.ledger(reference)?.capturedMinor, 1999n)
      },
      { ...CALLED, modifyMs: 10 * MINUTE_MS },
    ),
  )

  it(
    'is found, told and a case when both happened while no process ran',
    onBed(async (bed) => {
      const modules = [hostedModule({ believe: 'inquire' })]
      const old = await bed.engine({ modules, limits: RARELY })
      const { id } = await old.pay(bed.pageRequest())
      await settle()
      await old.stop({ deadlineMs: 1 })
      await bed.advance(10 * MINUTE_MS)
      const { reference } = bed.charge(id)
      bed.payThere(reference)
      await bed.advance(12 * HOUR_MS)
      const failed = backOffice(bed.network.psp, reference, 'fail-capture', undefined, bed.clock.nowMs)
      assert.deepEqual(failed, { ok: true })
      await bed.advance(HOUR_MS)
      await bed.engine({ modules, limits: RARELY })
      await bed.advance(DAY_MS)
      const { balances } = bed.payment(id)
      assert.deepEqual([balances.capturedMinor, balances.capturingMinor], [0n, 0n])
      assert.deepEqual(bed.facts(id), ['capture-failed'])
      assert.deepEqual(bed.reasons(id), ['failed-late'])
      assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail', 'changed'])
    }),
  )
})

describe('a capture that somebody makes in the back office of the PSP', () => {
  it(
    'is known, and a case',
    onBed(async (bed) => {
      const pipelines = { process: authorizeProcess }
      const modules = [cardModule({ gateway: account.direct, believe: 'source', pipelines })]
      const cf = await bed.engine({ modules, limits: RARELY })
      const { id } = await cf.pay(bed.request())
      await bed.calls(cf)
      await bed.advance(DAY_MS)
      const { reference } = bed.charge(id)
      const { psp } = bed.network
      const order = psp.orders[reference] ?? assert.fail('the PSP knows it')
      const charge = order.charges.at(-1) ?? assert.fail('it was executed')
      const nowMs = bed.clock.nowMs
      const capture = { kind: 'capture', amountMinor: '1999', automatic: false, fails: false } as const
      tellModification(psp, order, charge, { ...capture, receivedMs: nowMs, effectMs: nowMs }, nowMs)
      await bed.advance(20 * MINUTE_MS)
      assert.deepEqual(await bed.calls(cf), ['CAPTURED'])
      await bed.advance(DAY_MS)
      assert.equal(bed.network.ledger(reference)?.capturedMinor, 1999n)
      assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
      assert.deepEqual(bed.facts(id), ['captured-elsewhere'])
      assert.deepEqual(bed.reasons(id), ['changed-elsewhere'])
    }, CALLED),
  )
})
