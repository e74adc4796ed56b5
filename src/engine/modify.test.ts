import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { capture as captureStep } from '../pipeline/steps/capture.ts'
import { authorizeProcess } from '../pipeline/defaults.ts'
import type { Counterfoil } from './api.ts'
import { type Bed, card, cardModule, onBed, settle } from './bed.test-data.ts'

const MINUTE_MS = 60_000
const LATER = [cardModule({ pipelines: { process: authorizeProcess } })]
const KEY = 'modify-00000001'

async function authorized(bed: Bed): Promise<{ cf: Counterfoil; id: string; charge: string }> {
  const cf = await bed.engine({ modules: LATER })
  const { id, operations, status } = await cf.pay(bed.request())
  assert.equal(status, 'paid')
  await settle()
  return { cf, id, charge: operations[0]?.reference ?? '' }
}

async function sold(bed: Bed): Promise<{ cf: Counterfoil; id: string; charge: string }> {
  const cf = await bed.engine()
  const { id, operations } = await cf.pay(bed.request())
  await bed.advance(10_000)
  return { cf, id, charge: operations[0]?.reference ?? '' }
}

const states = (bed: Bed, id: string): readonly string[] =>
  bed.payment(id).operations.map(({ kind, state }) => `${kind} ${state}`)

describe('a capture', () => {
  it(
    'of all there is by default, is submitted first and done once the PSP has booked it',
    onBed(async (bed) => {
      const { cf, id, charge } = await authorized(bed)
      const { operation, payment } = await cf.capture({ paymentId: id, key: KEY })
      assert.deepEqual(
        [operation.kind, operation.state, operation.amountMinor],
        ['capture', 'accepted', 1999n],
      )
      assert.equal(payment.balances.capturingMinor, 1999n)
      assert.equal(payment.balances.capturedMinor, 0n)
      await bed.advance(10_000)
      assert.deepEqual(states(bed, id), ['authorize approved', 'capture done'])
      assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
      assert.equal(bed.network.ledger(charge)?.capturedMinor, 1999n)
    }),
  )

  it(
    'in parts never exceeds what is authorized; each waits for the one before',
    onBed(async (bed) => {
      const { cf, id, charge } = await authorized(bed)
      await cf.capture({ paymentId: id, key: 'part-00001', amountMinor: 500n })
      await assert.rejects(cf.capture({ paymentId: id, key: 'part-00002', amountMinor: 1n }), {
        code: 'CF_PAYMENT_STATE',
      })
      await bed.advance(10_000)
      await assert.rejects(cf.capture({ paymentId: id, key: 'part-00003', amountMinor: 1500n }), {
        code: 'CF_AMOUNT_EXCEEDED',
      })
      for (const amountMinor of [0n, -1n]) {
        await assert.rejects(cf.capture({ paymentId: id, key: 'part-00004', amountMinor }), {
          code: 'CF_AMOUNT_EXCEEDED',
        })
      }
      await cf.capture({ paymentId: id, key: 'part-00005' })
      await bed.advance(10_000)
      assert.equal(bed.payment(id).balances.capturedMinor, 1999n)
      await assert.rejects(cf.capture({ paymentId: id, key: 'part-00006' }), { code: 'CF_PAYMENT_STATE' })
      assert.equal(bed.network.times('capture'), 2)
      assert.equal(bed.network.ledger(charge)?.capturedMinor, 1999n)
    }),
  )

  it(
    'is one operation per key: concurrently, later, and after a restart; another use of the key is refused',
    onBed(async (bed) => {
      const { cf, id } = await authorized(bed)
      const request = { paymentId: id, key: KEY, amountMinor: 700n }
      const both = await Promise.all([cf.capture(request), cf.capture(request)])
      const other = await bed.engine({ modules: LATER })
      const later = await other.capture(request)
      const references = new Set([...both, later].map(({ operation }) => operation.reference))
      assert.equal(references.size, 1)
      assert.equal(bed.network.times('capture'), 1)
      await assert.rejects(cf.capture({ ...request, amountMinor: 701n }), { code: 'CF_KEY_REUSED' })
      await assert.rejects(cf.refund(request), { code: 'CF_KEY_REUSED' })
      await assert.rejects(cf.capture({ paymentId: id, key: 'short' }), { code: 'CF_KEY_MISSING' })
      await assert.rejects(cf.capture({ paymentId: 'nobody', key: KEY }), { code: 'CF_PAYMENT_UNKNOWN' })
    }),
  )

  it(
    'of which no byte left ends so, and can be asked for again with a new key',
    onBed(async (bed) => {
      const { cf, id } = await authorized(bed)
      bed.network.on('capture', { kind: 'notSent' })
      assert.equal((await cf.capture({ paymentId: id, key: KEY })).operation.state, 'not-sent')
      assert.equal((await cf.capture({ paymentId: id, key: KEY })).operation.state, 'not-sent')
      const again = await cf.capture({ paymentId: id, key: 'modify-00000002' })
      assert.equal(again.operation.state, 'accepted')
      assert.equal(bed.network.times('capture'), 1)
    }),
  )

  it(
    'in doubt is settled by the balance that moved, blocks the next until then, and is sent once',
    onBed(async (bed) => {
      const { cf, id } = await authorized(bed)
      bed.network.on('capture', { kind: 'unknown', executed: true })
      const { operation } = await cf.capture({ paymentId: id, key: KEY, amountMinor: 400n })
      assert.equal(operation.inDoubt, true)
      await assert.rejects(cf.capture({ paymentId: id, key: 'modify-00000002' }), {
        code: 'CF_PAYMENT_STATE',
      })
      await bed.advance(30_000)
      assert.deepEqual(states(bed, id), ['authorize approved', 'capture done'])
      assert.equal(bed.payment(id).balances.capturedMinor, 400n)
      assert.equal(bed.network.times('capture'), 1)
    }),
  )

  it(
    'in doubt that never arrived is never closed by "not moved": it becomes a case',
    onBed(async (bed) => {
      const limits = {
        dueEveryMs: 30_000,
        heartbeatEveryMs: 60_000,
        nodeDeadAfterMs: 600_000,
        doubtCaseAfterMs: 30 * MINUTE_MS,
      }
      const cf = await bed.engine({ modules: LATER, limits })
      const { id } = await cf.pay(bed.request())
      bed.network.on('capture', { kind: 'unknown', executed: false })
      await cf.capture({ paymentId: id, key: KEY })
      await bed.advance(3 * 60 * MINUTE_MS)
      assert.deepEqual(states(bed, id), ['authorize approved', 'capture intended'])
      assert.deepEqual(
        bed.payment(id).cases.map(({ reason }) => reason),
        ['modification-unresolved'],
      )
      assert.equal(bed.network.times('capture'), 1)
      assert.equal(bed.payment(id).balances.capturedMinor, 0n)
    }),
  )

  it(
    'that the PSP took on and then failed is failed, and counts no more',
    onBed(async (bed) => {
      const { cf, id } = await authorized(bed)
      bed.network.on('capture', { kind: 'answer', fault: { kind: 'fails-later' } })
      await cf.capture({ paymentId: id, key: KEY })
      await bed.advance(MINUTE_MS)
      assert.deepEqual(states(bed, id), ['authorize approved', 'capture failed'])
      assert.equal(bed.payment(id).balances.capturingMinor, 0n)
    }),
  )

  it(
    'that a pipeline asks for is written down with the approval and sent off the path of the payer',
    onBed(async (bed) => {
      bed.network.on('capture', { kind: 'held' })
      const process = authorizeProcess.insertAfter('authorize', captureStep)
      const cf = await bed.engine({ modules: [cardModule({ pipelines: { process } })] })
      const result = await cf.pay(bed.request())
      assert.equal(result.status, 'paid')
      const { change } = bed.appends[1] ?? assert.fail()
      const written = change.payment?.events.map(({ type }) => type) ?? []
      assert.ok(written.includes('operation-moved') && written.includes('operation-intended'))
      bed.network.release()
      await bed.advance(15_000)
      assert.deepEqual(states(bed, result.id), ['authorize approved', 'capture done'])
      assert.equal(bed.network.times('capture'), 1)
      assert.ok(bed.payment(result.id).completed.includes('capture'))
    }),
  )

  it(
    'that a module waits for makes it paid only once it is booked',
    onBed(async (bed) => {
      const process = authorizeProcess.insertAfter('authorize', captureStep)
      const modules = [cardModule({ paidWhen: 'captured', pipelines: { process } })]
      const cf = await bed.engine({ modules })
      const result = await cf.pay(bed.request())
      assert.equal(result.status, 'in-progress')
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(result.id).status, 'paid')
      assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail'])
    }),
  )

  it(
    'of a payment that was declined or is still in doubt is refused',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: LATER })
      const declined = await cf.pay(bed.request({ card: card('REFUSED') }))
      await assert.rejects(cf.capture({ paymentId: declined.id, key: KEY }), { code: 'CF_PAYMENT_STATE' })
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const doubtful = await cf.pay(bed.request({ key: 'key-00000002' }))
      await assert.rejects(cf.capture({ paymentId: doubtful.id, key: KEY }), { code: 'CF_PAYMENT_STATE' })
      assert.equal(bed.network.times('capture'), 0)
    }),
  )
})

describe('a refund', () => {
  it(
    'gives back what was captured, in parts, never more',
    onBed(async (bed) => {
      const { cf, id, charge } = await sold(bed)
      await cf.refund({ paymentId: id, key: 'back-00001', amountMinor: 999n })
      await assert.rejects(cf.refund({ paymentId: id, key: 'back-00002', amountMinor: 1n }), {
        code: 'CF_PAYMENT_STATE',
      })
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(id).balances.refundedMinor, 999n)
      assert.equal(bed.payment(id).status, 'paid')
      await assert.rejects(cf.refund({ paymentId: id, key: 'back-00003', amountMinor: 1001n }), {
        code: 'CF_AMOUNT_EXCEEDED',
      })
      await cf.refund({ paymentId: id, key: 'back-00004' })
      await bed.advance(MINUTE_MS)
      assert.equal(bed.payment(id).status, 'refunded')
      assert.equal(bed.network.ledger(charge)?.refundedMinor, 1999n)
      await assert.rejects(cf.refund({ paymentId: id, key: 'back-00005' }), { code: 'CF_PAYMENT_STATE' })
      assert.equal((await cf.order('order-1')).state, 'claimed')
    }),
  )

  it(
    'in doubt is sent once and settled by what is left to refund',
    onBed(async (bed) => {
      const { cf, id, charge } = await sold(bed)
      bed.network.on('refund', { kind: 'unknown', executed: true })
      await cf.refund({ paymentId: id, key: KEY, amountMinor: 300n })
      assert.equal((await cf.refund({ paymentId: id, key: KEY })).operation.inDoubt, true)
      await bed.advance(2 * MINUTE_MS)
      assert.deepEqual(states(bed, id), ['sale approved', 'refund done'])
      assert.equal(bed.network.times('refund'), 1)
      assert.equal(bed.network.ledger(charge)?.refundedMinor, 300n)
    }),
  )

  it(
    'of what is not captured yet is refused by the PSP, definitely',
    onBed(async (bed) => {
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request())
      const { operation } = await cf.refund({ paymentId: id, key: KEY })
      assert.equal(operation.state, 'failed')
      assert.match(operation.text ?? '', /not ready/)
      await bed.advance(10_000)
      assert.equal((await cf.refund({ paymentId: id, key: 'modify-00000002' })).operation.state, 'accepted')
    }),
  )
})

describe('a void', () => {
  it(
    'gives an authorization back, tells the shop, and frees the order',
    onBed(async (bed) => {
      const { cf, id, charge } = await authorized(bed)
      await cf.void({ paymentId: id, key: KEY })
      await bed.advance(MINUTE_MS)
      assert.deepEqual(states(bed, id), ['authorize approved', 'void done'])
      assert.equal(bed.payment(id).status, 'cancelled')
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.equal(bed.network.ledger(charge)?.liveMinor, 0n)
      assert.deepEqual(bed.words(), ['paid', 'basket', 'mail', 'cancelled'])
      assert.equal((await cf.pay(bed.request({ key: 'key-00000002' }))).status, 'paid')
    }),
  )
})

describe('a cancellation', () => {
  it(
    'undoes a paid payment, once per key, and frees the order only on evidence',
    onBed(async (bed) => {
      const { cf, id, charge } = await sold(bed)
      const { operation } = await cf.cancel({ paymentId: id, key: KEY })
      assert.deepEqual([operation.kind, operation.state], ['reversal', 'accepted'])
      assert.equal((await cf.order('order-1')).state, 'claimed')
      await cf.cancel({ paymentId: id, key: KEY })
      await bed.advance(5 * MINUTE_MS)
      assert.equal(bed.network.times('reversal'), 1)
      assert.deepEqual(states(bed, id), ['sale approved', 'reversal done'])
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.equal(bed.network.ledger(charge)?.liveMinor, 0n)
      await assert.rejects(cf.cancel({ paymentId: id, key: 'modify-00000002' }), { code: 'CF_PAYMENT_STATE' })
    }),
  )

  it(
    'settles a doubt: what was executed is undone, and nobody is told that it was paid',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'held' })
      const cf = await bed.engine()
      const paying = cf.pay(bed.request())
      await settle()
      const { paymentId } = bed.only()
      await cf.cancel({ paymentId, key: KEY })
      bed.network.release()
      await paying
      await bed.advance(20 * MINUTE_MS)
      const { status, operations } = bed.payment(paymentId)
      assert.equal(status, 'cancelled')
      assert.deepEqual(
        operations.map(({ state }) => state),
        ['abandoned', 'done'],
      )
      assert.equal(bed.network.ledger(operations[0]?.reference ?? '')?.liveMinor, 0n)
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.ok(!bed.words().includes('paid'))
    }),
  )

  it(
    'that is not acknowledged is sent again with growing delays, each time written down before (F21)',
    onBed(async (bed) => {
      const { cf, id, charge } = await sold(bed)
      bed.network.on('reversal', { kind: 'unknown', executed: false }, 2)
      await cf.cancel({ paymentId: id, key: KEY })
      await bed.advance(90 * MINUTE_MS)
      assert.equal(bed.network.times('reversal'), 3)
      const retried = bed.appends
        .flatMap(({ change }) => change.payment?.events ?? [])
        .filter(({ type }) => type === 'operation-retried')
      assert.equal(retried.length, 2)
      assert.deepEqual(states(bed, id), ['sale approved', 'reversal done'])
      assert.equal(bed.network.ledger(charge)?.liveMinor, 0n)
    }),
  )

  it(
    'that never comes through becomes a case after its tries',
    onBed(async (bed) => {
      const limits = {
        reversalTriesMax: 2,
        dueEveryMs: 10_000,
        heartbeatEveryMs: 60_000,
        nodeDeadAfterMs: 600_000,
      }
      const cf = await bed.engine({ limits })
      const { id } = await cf.pay(bed.request())
      bed.network.on('reversal', { kind: 'unknown', executed: false }, 99)
      await cf.cancel({ paymentId: id, key: KEY })
      await bed.advance(180 * MINUTE_MS)
      assert.equal(bed.network.times('reversal'), 2)
      assert.deepEqual(
        bed.payment(id).cases.map(({ reason }) => reason),
        ['reversal-unresolved'],
      )
      assert.equal((await cf.order('order-1')).state, 'claimed')
    }),
  )

  it(
    'through another process takes the payment over: the answer to what the first one sent is late evidence',
    onBed(async (bed) => {
      const { cf, id } = await authorized(bed)
      bed.network.on('capture', { kind: 'held' })
      const capturing = cf.capture({ paymentId: id, key: KEY })
      await settle()
      const other = await bed.engine({ modules: LATER })
      await assert.rejects(other.cancel({ paymentId: id, key: 'modify-00000002' }), {
        code: 'CF_PAYMENT_STATE',
      })
      bed.network.release()
      assert.equal((await capturing).operation.state, 'accepted')
      await bed.advance(MINUTE_MS)
      await other.cancel({ paymentId: id, key: 'modify-00000003' })
      await bed.advance(30 * MINUTE_MS)
      assert.ok(bed.payment(id).fence >= 2)
      assert.equal(bed.network.ledger(bed.charge(id).reference)?.liveMinor, 0n)
    }),
  )
})
