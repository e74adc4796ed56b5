import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { steps } from '../pipeline/build-steps.ts'
import { reserveStock } from '../pipeline/steps/index.ts'
import type { ActionAnswer, Telling } from '../shop/shop.ts'
import { type Bed, card, cardModule, onBed, settle } from './bed.test-data.ts'

const WITH_STOCK = [cardModule({ pipelines: { process: (p) => p.insertBefore('charge', reserveStock) } })]

const keysOf = (bed: Bed, what: string): readonly string[] =>
  bed.told.filter((entry) => entry.what === what).map(({ key }) => key)

describe('an action before the charge', () => {
  it(
    'is written down before it is called, with a key that its undo repeats after a decline',
    onBed(async (bed) => {
      let seen: readonly string[] = []
      const reserve = async (telling: Telling): Promise<ActionAnswer> => {
        seen = bed.only().started.map(({ key, state }) => `${key} ${state}`)
        bed.hear('reserve', telling)
        return { kind: 'done' }
      }
      const cf = await bed.engine({ modules: WITH_STOCK, shop: { reserveStock: reserve } })
      const { id } = await cf.pay(bed.request({ card: card('REFUSED') }))
      await settle()
      assert.deepEqual(seen, [`${id}:process:reserve-stock started`])
      assert.deepEqual(keysOf(bed, 'release'), keysOf(bed, 'reserve'))
      assert.deepEqual(bed.words(), ['reserve', 'cancelled', 'release'])
    }),
  )

  it(
    'that refuses ends the payment: nothing is sent, the order is free, the payer reads why, nothing is undone',
    onBed(async (bed) => {
      const reserve = async (): Promise<ActionAnswer> => ({ kind: 'refused', reason: 'The tea is sold out.' })
      const cf = await bed.engine({ modules: WITH_STOCK, shop: { reserveStock: reserve } })
      const result = await cf.pay(bed.request())
      await settle()
      assert.equal(result.status, 'cancelled')
      assert.equal(result.refusal, 'The tea is sold out.')
      assert.equal(bed.network.sent.length, 0)
      assert.equal((await cf.order('order-1')).state, 'open')
      assert.deepEqual(bed.words(), ['cancelled'])
    }),
  )

  it(
    'that throws is in doubt: nothing is sent, and its undo is called with the same key',
    onBed(async (bed) => {
      const reserve = async (telling: Telling): Promise<ActionAnswer> => {
        bed.hear('reserve', telling)
        throw new Error('the connection broke')
      }
      const cf = await bed.engine({ modules: WITH_STOCK, shop: { reserveStock: reserve } })
      const result = await cf.pay(bed.request())
      await settle()
      assert.equal(result.status, 'cancelled')
      assert.equal(bed.network.sent.length, 0)
      assert.deepEqual(keysOf(bed, 'release'), keysOf(bed, 'reserve'))
      assert.equal(bed.only().started[0]?.state, 'in-doubt')
    }),
  )

  it(
    'that is late is in doubt as well, its signal aborts, and what it does later changes nothing',
    onBed(async (bed) => {
      let answer: (answer: ActionAnswer) => void = () => undefined
      let signal: AbortSignal | undefined
      const reserve = (telling: Telling): Promise<ActionAnswer> => {
        signal = telling.signal
        return new Promise((resolve) => {
          answer = resolve
        })
      }
      const cf = await bed.engine({ modules: WITH_STOCK, shop: { reserveStock: reserve } })
      const paying = cf.pay(bed.request())
      await settle()
      await bed.advance(2_999)
      assert.equal(signal?.aborted, false)
      await bed.advance(1)
      const result = await paying
      assert.equal(signal?.aborted, true)
      assert.equal(result.status, 'cancelled')
      answer({ kind: 'done' })
      await settle()
      assert.equal(bed.network.sent.length, 0)
      assert.equal(keysOf(bed, 'release').length, 1)
      assert.equal((await cf.order('order-1')).state, 'open')
    }),
  )

  it(
    'whose process goes while it is called is undone by whoever takes over, and no card is charged',
    onBed(async (bed) => {
      const reserve = (telling: Telling): Promise<ActionAnswer> => {
        bed.hear('reserve', telling)
        return new Promise(() => undefined)
      }
      const first = await bed.engine({ modules: WITH_STOCK, shop: { reserveStock: reserve } })
      const paying = assert.rejects(first.pay(bed.request()), { code: 'CF_JOURNAL_UNAVAILABLE' })
      await settle()
      // It reaches the journal no more: another process does not wait for that.
      const { paymentId } = bed.only()
      bed.journalFault = (change) => (change.payment?.snapshot.owner === 'node-1' ? 'before' : undefined)
      const second = await bed.engine({ modules: WITH_STOCK })
      await bed.advance(120_000)
      await paying
      assert.equal(bed.payment(paymentId).status, 'cancelled')
      assert.equal((await second.order('order-1')).state, 'open')
      assert.equal(keysOf(bed, 'reserve').length, 1, 'it is not called again')
      assert.deepEqual(keysOf(bed, 'release'), keysOf(bed, 'reserve'))
      assert.equal(bed.payment(paymentId).started[0]?.state, 'in-doubt')
      assert.equal(bed.network.times('charge'), 0)
    }),
  )

  it(
    'is undone last first, and undos that fail are tried again until they succeed',
    onBed(async (bed) => {
      const { action } = steps()
      let failures = 2
      const make = (name: 'first-action' | 'second-action') =>
        action(name, {
          run: async (context) => {
            bed.hear(`do ${name}`, context)
            return { kind: 'done' }
          },
          undo: async (context) => {
            if (name === 'second-action' && failures-- > 0) throw new Error('not now')
            bed.hear(`undo ${name}`, context)
          },
        })
      const process = cardModule({
        pipelines: {
          process: (p) =>
            p.insertBefore('charge', make('first-action')).insertBefore('charge', make('second-action')),
        },
      })
      const cf = await bed.engine({ modules: [process] })
      await cf.pay(bed.request({ card: card('REFUSED') }))
      await settle()
      const undos = (): readonly string[] =>
        bed
          .only()
          .work.filter(({ kind }) => kind === 'undo')
          .map(({ step }) => step)
      assert.deepEqual(undos(), ['second-action', 'first-action'])
      assert.deepEqual(bed.words(), ['do first-action', 'do second-action', 'cancelled', 'undo first-action'])
      await bed.advance(10_000)
      assert.equal(bed.words().at(-1), 'undo second-action')
      assert.ok(bed.only().work.every(({ state }) => state === 'done'))
    }),
  )

  it(
    'stays as it is while the charge is in doubt, and when it turns out approved',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const cf = await bed.engine({ modules: WITH_STOCK })
      const { id } = await cf.pay(bed.request())
      await bed.advance(60_000)
      assert.equal(bed.payment(id).status, 'paid')
      assert.ok(!bed.words().includes('release'))
    }),
  )

  it(
    'that a local step refuses behind is undone',
    onBed(async (bed) => {
      const late = steps().local('look-again', { run: () => ({ kind: 'refused', reason: 'Too late.' }) })
      const modules = [
        cardModule({
          pipelines: { process: (p) => p.insertBefore('charge', reserveStock).insertBefore('charge', late) },
        }),
      ]
      const cf = await bed.engine({ modules })
      const result = await cf.pay(bed.request())
      await settle()
      assert.equal(result.refusal, 'Too late.')
      assert.deepEqual(keysOf(bed, 'release'), keysOf(bed, 'reserve'))
      assert.equal(bed.network.sent.length, 0)
    }),
  )
})
