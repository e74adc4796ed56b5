import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Type from 'typebox'
import type { Order } from '../payment/order.ts'
import { done } from '../shop/shop.ts'
import {
  ACTION_DEADLINE_MS,
  EFFECT_DEADLINE_MS,
  ok,
  PARK_AFTER_MS,
  refuse,
  type StepBuilders,
  steps,
} from './build-steps.ts'
import { value } from './step.ts'

const { local, action, gateway, effect } = steps()

describe('the builders of steps', () => {
  it('fill in what is not said', () => {
    const empty = { formerly: [], needs: [], gives: [], calls: [] }
    const look = local('look', { run: () => ok() })
    assert.deepEqual({ ...look, run: undefined }, { ...empty, name: 'look', kind: 'local', run: undefined })
    const reserve = action('reserve', { run: async () => done() })
    assert.equal(reserve.kind, 'action')
    assert.equal(reserve.deadlineMs, ACTION_DEADLINE_MS)
    assert.equal(reserve.undo, undefined)
    const tell = effect('tell', { run: async () => {} })
    assert.deepEqual(
      [tell.kind, tell.deadlineMs, tell.parkAfterMs, tell.undo],
      ['effect', EFFECT_DEADLINE_MS, PARK_AFTER_MS, undefined],
    )
    const ask = gateway('ask', { operation: () => ({ kind: 'capture', amountMinor: 1n }) })
    assert.deepEqual([ask.kind, ask.asksFor], ['gateway', []])
  })

  it('keep what is said, and freeze it', () => {
    const risk = value('risk', Type.Number())
    const undo = async (): Promise<void> => {}
    const reserve = action('reserve', {
      deadlineMs: 5,
      formerly: ['hold'],
      needs: [risk],
      gives: [risk],
      calls: ['reserveStock'],
      run: async () => done(),
      undo,
    })
    assert.deepEqual([reserve.deadlineMs, reserve.formerly, reserve.needs], [5, ['hold'], [risk]])
    assert.deepEqual([reserve.gives, reserve.calls, reserve.undo], [[risk], ['reserveStock'], undo])
    for (const step of [reserve, local('l', { run: () => ok() })]) assert.ok(Object.isFrozen(step))
    assert.ok(Object.isFrozen(risk))
  })

  it('refuse a name that is not kebab-case', () => {
    for (const name of ['', 'Look', 'look_up', 'look-', '-look', 'look--up', '1st', 'look up', 'lôok']) {
      assert.throws(
        () => local(name, { run: () => ok() }),
        { code: 'CF_PIPELINE', message: /kebab-case/ },
        name,
      )
    }
    assert.equal(local('look-up-2', { run: () => ok() }).name, 'look-up-2')
  })

  it('refuse a deadline that is not a positive number, naming the step', () => {
    const refusal = { code: 'CF_PIPELINE', message: /step 'tell': a deadline must be a positive/ }
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => action('tell', { deadlineMs: wrong, run: async () => done() }), refusal)
      assert.throws(() => effect('tell', { deadlineMs: wrong, run: async () => {} }), refusal)
      assert.throws(() => effect('tell', { parkAfterMs: wrong, run: async () => {} }), refusal)
    }
  })

  it("see the shop's own type of order", () => {
    interface MyOrder extends Order {
      readonly warehouse: string
    }
    const mine: StepBuilders<MyOrder> = steps<MyOrder>()
    const tell = mine.effect('tell', { run: async ({ order }) => order.warehouse.length })
    // @ts-expect-error -- Without the shop's own type there is no warehouse.
    const wrong = effect('tell', { run: async ({ order }) => order.warehouse })
    assert.deepEqual([tell.name, wrong.name], ['tell', 'tell'])
  })
})

describe('the answers of a local step', () => {
  it('go on, with or without values', () => {
    assert.deepEqual(ok(), { kind: 'ok' })
    assert.deepEqual(ok({ risk: 1 }), { kind: 'ok', values: { risk: 1 } })
  })

  it('end the payment with a reason', () => {
    assert.deepEqual(refuse('too dear'), { kind: 'refused', reason: 'too dear' })
  })
})
