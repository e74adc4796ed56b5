import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Type from 'typebox'
import { ok, steps } from '../pipeline/build-steps.ts'
import { authorizeAndCaptureProcess, authorizeProcess } from '../pipeline/defaults.ts'
import type { PaymentModule } from '../pipeline/module.ts'
import { pipeline } from '../pipeline/pipeline.ts'
import { capture, checkOrder, reserveStock, selectStatusPipeline } from '../pipeline/steps/index.ts'
import { value } from '../pipeline/step.ts'
import { type Bed, cardModule, onBed, settle } from './bed.test-data.ts'

const { action, gateway, local, effect } = steps()

/** A payment that was begun by the first process and is in doubt, with the second one of another release. */
async function deployedInDoubt(bed: Bed, before: PaymentModule, after: PaymentModule): Promise<string> {
  bed.network.on('charge', { kind: 'unknown', executed: true })
  const old = await bed.engine({ modules: [before] })
  const { id } = await old.pay(bed.request())
  await old.stop()
  await bed.engine({ modules: [after] })
  await bed.advance(120_000)
  return id
}

describe('a payment that was begun before a deploy', () => {
  it(
    'goes on under the new name of its step',
    onBed(async (bed) => {
      const renamed = gateway('take-money', {
        formerly: ['charge'],
        asksFor: ['sale'],
        operation: ({ payment }) => ({ kind: 'sale', amountMinor: payment.amountMinor }),
      })
      const after = cardModule({
        pipelines: { process: pipeline(checkOrder, renamed, selectStatusPipeline) },
      })
      const id = await deployedInDoubt(bed, cardModule(), after)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.payment(id).pipelineEnded, true)
      assert.deepEqual(bed.payment(id).cases, [])
      assert.equal(bed.payment(id).refusal, undefined)
      assert.equal(bed.network.times('charge'), 1)
      assert.deepEqual(bed.words(), ['in-progress', 'paid', 'basket', 'mail'])
    }),
  )

  it(
    'skips a step that was removed, and one that is new before the charge',
    onBed(async (bed) => {
      let ran = 0
      const fresh = local('look-first', {
        run: () => {
          ran++
          return ok()
        },
      })
      const after = cardModule({
        pipelines: { process: (p) => p.remove('check-order').prepend(fresh) },
      })
      const id = await deployedInDoubt(bed, cardModule(), after)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(ran, 0)
      assert.deepEqual(bed.payment(id).steps, ['check-order', 'charge', 'select-status-pipeline'])
    }),
  )

  it(
    'runs a step that is new after its charge',
    onBed(async (bed) => {
      const note = value('note', Type.String())
      const fresh = local('note-it', { gives: [note], run: () => ok({ note: 'thanks' }) })
      const after = cardModule({ pipelines: { process: (p) => p.insertAfter('charge', fresh) } })
      const id = await deployedInDoubt(bed, cardModule(), after)
      const payment = bed.payment(id)
      assert.equal(payment.status, 'paid')
      assert.deepEqual(payment.values['note'], 'thanks')
      assert.equal(payment.pipelineEnded, true)
    }),
  )

  it(
    'captures with a capture step that is new, once',
    onBed(async (bed) => {
      const before = cardModule({ pipelines: { process: authorizeProcess } })
      const after = cardModule({ pipelines: { process: authorizeProcess.insertAfter('authorize', capture) } })
      const id = await deployedInDoubt(bed, before, after)
      assert.deepEqual(
        bed.payment(id).operations.map(({ kind, state }) => `${kind} ${state}`),
        ['authorize approved', 'capture done'],
      )
      assert.equal(bed.network.times('capture'), 1)
    }),
  )

  it(
    'has the undo of a removed action become a case, not silence',
    onBed(async (bed) => {
      const before = cardModule({ pipelines: { process: (p) => p.insertBefore('charge', reserveStock) } })
      bed.network.on('charge', { kind: 'unknown', executed: false, socketReset: true })
      const old = await bed.engine({ modules: [before] })
      const { id } = await old.pay(bed.request())
      await old.stop()
      await bed.engine({ modules: [cardModule()] })
      await bed.advance(40 * 60_000)
      const { status, cases, work } = bed.payment(id)
      assert.equal(status, 'cancelled')
      assert.deepEqual(
        cases.map(({ reason }) => reason),
        ['effect-parked'],
      )
      assert.match(cases[0]?.text ?? '', /reserve-stock' is gone/)
      assert.ok(work.every(({ state }) => state !== 'due'))
    }),
  )

  it(
    'has the undo of a renamed action called with the key that the action had',
    onBed(async (bed) => {
      const before = cardModule({ pipelines: { process: (p) => p.insertBefore('charge', reserveStock) } })
      const keep = action('keep-goods', {
        formerly: ['reserve-stock'],
        run: async () => ({ kind: 'done' }),
        undo: async (context) => bed.hear('give-back', context),
      })
      const after = cardModule({ pipelines: { process: (p) => p.insertBefore('charge', keep) } })
      bed.network.on('charge', { kind: 'unknown', executed: false, socketReset: true })
      const old = await bed.engine({ modules: [before] })
      await old.pay(bed.request())
      await old.stop()
      await bed.engine({ modules: [after] })
      await bed.advance(20 * 60_000)
      const [reserved, given] = ['reserve', 'give-back'].map((what) =>
        bed.told.find((entry) => entry.what === what),
      )
      assert.ok(reserved !== undefined)
      assert.equal(given?.key, reserved.key)
    }),
  )

  it(
    'has an effect whose step is gone become a case, after the time that a deploy may take, and one that was renamed go on',
    onBed(async (bed) => {
      const down = { markOrderPaid: () => Promise.reject(new Error('down')) }
      const old = await bed.engine({ shop: down })
      const { id } = await old.pay(bed.request())
      await settle()
      await old.stop()
      const renamed = effect('say-paid', {
        formerly: ['mark-order-paid'],
        run: async (context) => bed.hear('said', context),
      })
      const statusOk = pipeline(renamed)
      await bed.engine({ modules: [cardModule({ pipelines: { statusOk } })] })
      await bed.advance(60_000)
      assert.deepEqual(bed.words(), ['said'])
      assert.equal(bed.told[0]?.key, `${id}:statusOk:mark-order-paid`)
      assert.deepEqual(bed.payment(id).cases, [])
      await bed.advance(12 * 60_000)
      const reasons = bed
        .payment(id)
        .cases.map(({ reason, text }) => `${reason} ${/step '[a-z-]+'/.exec(text)?.[0]}`)
      assert.deepEqual(reasons, [
        "effect-parked step 'delete-basket'",
        "effect-parked step 'send-order-mail'",
        "effect-parked step 'go-to-success-page'",
      ])
    }),
  )

  it(
    'is left to the nodes of the version that began it with a step that the other does not have, while both are there',
    onBed(async (bed) => {
      const older = cardModule({ pipelines: { process: authorizeProcess } })
      const newer = cardModule({ pipelines: { process: authorizeAndCaptureProcess } })
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const begun = await bed.engine({ modules: [newer] })
      const { id } = await begun.pay(bed.request())
      await begun.stop()
      const left = await bed.engine({ modules: [older] })
      await bed.advance(60_000)
      assert.equal(bed.charge(id).state, 'intended')
      await bed.engine({ modules: [newer] })
      await bed.advance(60_000)
      assert.deepEqual(
        bed.payment(id).operations.map(({ kind }) => kind),
        ['authorize', 'capture'],
      )
      assert.equal(left.running, true)
    }),
  )

  it(
    'is taken up by the other version too, when its own is not there for longer than a deploy takes',
    onBed(async (bed) => {
      const newer = cardModule({ pipelines: { process: authorizeAndCaptureProcess } })
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const begun = await bed.engine({ modules: [newer] })
      const { id } = await begun.pay(bed.request())
      await begun.stop()
      await bed.engine({ modules: [cardModule({ pipelines: { process: authorizeProcess } })] })
      await bed.advance(12 * 60_000)
      assert.equal(bed.charge(id).state, 'approved')
    }),
  )

  it(
    'is left alone by a process that does not know its module, and taken up by one that does (F25)',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const old = await bed.engine()
      const { id } = await old.pay(bed.request())
      await old.stop()
      const stranger = await bed.engine({ modules: [cardModule({}, 'other')] })
      await bed.advance(60_000)
      assert.equal(bed.payment(id).status, 'in-progress')
      assert.ok(bed.logs.some(({ message }) => message.includes("unknown module 'card'")))
      await assert.rejects(stranger.cancel({ paymentId: id, key: 'modify-00000001' }), {
        code: 'CF_MODULE_UNKNOWN',
      })
      await bed.engine()
      await bed.advance(60_000)
      assert.equal(bed.payment(id).status, 'paid')
    }),
  )

  it(
    'does not keep what was paid after it from being told, when nobody has its module any more',
    onBed(async (bed) => {
      const markPaymentCancelled = async (): Promise<never> => Promise.reject(new Error('down'))
      const modules = [cardModule({}, 'gone')]
      const old = await bed.engine({ modules, shop: { markPaymentCancelled } })
      bed.network.on('charge', { kind: 'notSent' })
      assert.equal((await old.pay(bed.request({ module: 'gone' }))).status, 'cancelled')
      await old.stop()
      const cf = await bed.engine()
      const { id } = await cf.pay(bed.request({ key: 'key-00000002' }))
      await bed.advance(12 * 60_000)
      assert.deepEqual(
        bed.payment(id).work.map(({ state }) => state),
        ['done', 'done', 'done', 'done'],
      )
    }),
  )
})

describe('a value that a step gives', () => {
  it(
    'reaches the later steps and the journal; more or less than was declared is an error',
    onBed(async (bed) => {
      const risk = value('risk', Type.Number())
      const score = local('score-risk', { gives: [risk], run: () => ok({ risk: 7 }) })
      let seen: number | undefined
      const look = local('look', {
        needs: [risk],
        run: ({ value: read }) => {
          seen = read(risk)
          return ok()
        },
      })
      const edit = (first: typeof score) =>
        cardModule({
          pipelines: { process: (p) => p.insertBefore('charge', first).insertBefore('charge', look) },
        })
      const cf = await bed.engine({ modules: [edit(score)] })
      const { id } = await cf.pay(bed.request())
      assert.equal(seen, 7)
      assert.equal(bed.payment(id).values['risk'], 7)
      bed.order('order-2', 100n)
      const wrong = local('score-risk', { gives: [risk], run: () => ok({ rsik: 7 }) })
      const other = await bed.engine({ modules: [edit(wrong)] })
      await assert.rejects(other.pay(bed.request({ orderId: 'order-2', key: 'key-00000002' })), {
        code: 'CF_PIPELINE',
      })
      assert.equal(bed.network.times('charge'), 1)
    }),
  )
})
