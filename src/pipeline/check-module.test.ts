import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Type from 'typebox'
import type { Gateway, OperationHandler } from '../gateway/gateway.ts'
import type { OperationKind } from '../payment/events.ts'
import { done, type Shop } from '../shop/shop.ts'
import { ok, steps } from './build-steps.ts'
import { checkModule, commitsOnPath, describeModule, sells } from './check-module.ts'
import { authorizeAndCaptureProcess, authorizeProcess, defaultPipelines, saleProcess } from './defaults.ts'
import {
  type ExternalModuleOptions,
  externalModule,
  type InternalModuleOptions,
  internalModule,
} from './module.ts'
import { Pipeline, pipeline } from './pipeline.ts'
import { value } from './step.ts'
import {
  authorize,
  capture,
  charge,
  checkOrder,
  recordStatus,
  reserveStock,
  selectStatusPipeline,
} from './steps/index.ts'

const nothing = async (): Promise<void> => {}

const shop: Shop = {
  loadOrder: async () => undefined,
  markOrderPaid: nothing,
  markPaymentCancelled: nothing,
  markOrderInProgress: nothing,
  deleteBasket: nothing,
  sendOrderMail: nothing,
  paymentChanged: nothing,
  reserveStock: async () => done(),
  releaseStock: nothing,
}

/** A gateway is asked here for what it offers, never to build or read anything. */
const never: OperationHandler = {
  build: () => assert.fail('nothing is built'),
  read: () => assert.fail('nothing is read'),
}

function gatewayThatOffers(...kinds: readonly OperationKind[]): Gateway {
  return {
    name: 'acme',
    account: 'shop',
    capabilities: {
      dedupByReference: true,
      inquiryByReference: true,
      inquiryLagMs: 0,
      reversalByReference: true,
      maxProcessingMs: 1,
      maxDeliveryMs: 1,
      delayedCapture: true,
      echoes: [],
    },
    operations: Object.fromEntries(kinds.map((kind) => [kind, never])),
    inquire: { build: () => assert.fail('nothing is built'), read: () => assert.fail('nothing is read') },
    unrepresentable: () => undefined,
    scrub: (text) => text,
  }
}

function cardModule(
  pipelines: InternalModuleOptions['pipelines'] = {},
  gateway = gatewayThatOffers('sale', 'authorize', 'capture'),
) {
  return internalModule('card', { gateway, pipelines })
}

function assertRefused(pipelines: InternalModuleOptions['pipelines'], message: RegExp): void {
  assert.throws(() => checkModule(cardModule(pipelines), shop), { code: 'CF_PIPELINE', message })
}

const { local, action, gateway, effect } = steps()
const risk = value('risk', Type.Number())
const giveRisk = local('give-risk', { gives: [risk], run: () => ok({ risk: 1 }) })
const needRisk = local('need-risk', { needs: [risk], run: () => ok() })
const anAction = action('an-action', { run: async () => done() })
const anEffect = effect('an-effect', { run: nothing })

describe('a module', () => {
  it('with the default pipelines passes', () => {
    checkModule(cardModule(), shop)
  })

  it('takes the sale where the gateway has one, else authorizes and captures', () => {
    assert.deepEqual(cardModule().pipelines.process?.names, saleProcess.names)
    const without = cardModule({}, gatewayThatOffers('authorize', 'capture'))
    assert.deepEqual(without.pipelines.process?.names, authorizeAndCaptureProcess.names)
    checkModule(without, shop)
  })

  it('takes a pipeline of its own, or an edit of the default', () => {
    const own = pipeline(checkOrder, charge)
    const edited = cardModule({ process: own, statusOk: (p) => p.remove('delete-basket') })
    assert.equal(edited.pipelines.process, own)
    assert.deepEqual(
      edited.pipelines.statusOk?.names,
      defaultPipelines.statusOk.remove('delete-basket').names,
    )
    assert.equal(edited.pipelines.statusCancel, defaultPipelines.statusCancel)
  })

  it('is refused with an edit that names no step', () => {
    const edit = (): unknown => cardModule({ statusOk: (p: Pipeline) => p.remove('delete-baskets') })
    assert.throws(edit, { code: 'CF_PIPELINE', message: /no step 'delete-baskets'.*delete-basket,/ })
  })

  it('is refused with a name that is not kebab-case', () => {
    for (const name of ['', 'Card', 'my card', 'card_1']) {
      assert.throws(() => internalModule(name, { gateway: gatewayThatOffers('sale') }), {
        code: 'CF_CONFIG',
        message: /kebab-case/,
      })
    }
  })
})

describe('checking a module', () => {
  it('refuses kinds of steps where they cannot run, naming module, pipeline, step and what can stand there', () => {
    assertRefused(
      { process: (p) => p.append(anEffect) },
      /module 'card', pipeline 'process', step 'an-effect': .* 'effect' .*local, select, action, gateway$/,
    )
    for (const name of ['statusOk', 'statusCancel', 'statusPending'] as const) {
      for (const step of [anAction, charge, selectStatusPipeline]) {
        assertRefused(
          { [name]: pipeline(step) },
          new RegExp(`pipeline '${name}', step '${step.name}': a step of kind '${step.kind}' cannot stand`),
        )
      }
    }
  })

  it('refuses a need that no earlier step meets, naming the value and what is given', () => {
    assertRefused(
      { process: (p) => p.prepend(needRisk) },
      /step 'need-risk': it needs the value 'risk'.*\(given: none\)/,
    )
    assertRefused({ process: (p) => p.prepend(giveRisk).prepend(needRisk) }, /step 'need-risk'/)
    assertRefused({ statusOk: (p) => p.append(needRisk) }, /step 'need-risk'.*\(given: page\)/)
  })

  it('takes a need that an earlier step meets, in `process` for the status pipelines too', () => {
    checkModule(cardModule({ process: (p) => p.prepend(needRisk).prepend(giveRisk) }), shop)
    const across = {
      process: (p: Pipeline) => p.prepend(giveRisk),
      statusCancel: (p: Pipeline) => p.append(needRisk),
    }
    checkModule(cardModule(across), shop)
    checkModule(cardModule({ statusOk: (p) => p.prepend(needRisk).prepend(giveRisk) }), shop)
  })

  it('refuses a need that only another status pipeline meets, since that one may never have run', () => {
    assertRefused(
      { statusOk: (p) => p.append(giveRisk), statusPending: (p) => p.append(needRisk) },
      /'statusPending'/,
    )
  })

  it('refuses a step whose shop method is missing, naming the method', () => {
    assertRefused(
      { statusOk: (p) => p.append(effect('save', { calls: ['saveOrder'], run: nothing })) },
      /step 'save': it calls the shop's saveOrder\(\), which this shop does not have/,
    )
    const { markOrderPaid: _, ...less } = shop
    assert.throws(() => checkModule(cardModule(), less), {
      code: 'CF_PIPELINE',
      message: /markOrderPaid\(\)/,
    })
  })

  it('refuses an operation that the gateway does not offer, naming what it offers', () => {
    const refundStep = gateway('give-back', {
      asksFor: ['refund'],
      operation: () => ({ kind: 'refund', amountMinor: 1n }),
    })
    assertRefused(
      { process: (p) => p.insertAfter('charge', refundStep) },
      /step 'give-back': it asks for 'refund', .* 'acme' .*\(it offers sale, authorize, capture\)/,
    )
  })

  it('refuses a process that charges never, or twice', () => {
    assertRefused({ process: (p) => p.remove('charge') }, /exactly one step must charge, not 0 \(none\)/)
    assertRefused(
      { process: (p) => p.insertAfter('charge', authorize) },
      /exactly one step must charge, not 2 \(charge, authorize\)/,
    )
  })

  it('refuses an action after money moves', () => {
    assertRefused(
      { process: (p) => p.insertAfter('charge', anAction) },
      /step 'an-action': an action must stand before the first gateway step/,
    )
    checkModule(cardModule({ process: (p) => p.insertBefore('charge', anAction) }), shop)
  })

  it('refuses a gateway step before the charge', () => {
    assertRefused(
      { process: (p) => p.insertBefore('charge', capture) },
      /the first gateway step must be the one that charges/,
    )
  })
})

describe('an external module', () => {
  const hosted = (): Gateway => ({
    ...gatewayThatOffers('sale', 'authorize', 'capture'),
    hosted: { validMs: 3_600_000, readReturn: () => undefined },
  })
  const hostedModule = (options: Partial<ExternalModuleOptions> = {}, gateway = hosted()) =>
    externalModule('worldpay', { gateway, ...options })
  const assertWrong = (
    options: Partial<ExternalModuleOptions>,
    message: RegExp,
    code = 'CF_PIPELINE',
  ): void => assert.throws(() => checkModule(hostedModule(options), shop), { code, message })

  it('has its pipelines, and passes with the default ones', () => {
    const module = hostedModule()
    checkModule(module, shop)
    assert.equal(module.pipelines.process, undefined)
    assert.deepEqual(module.pipelines.preprocess?.names, [
      'check-order',
      'register-payment',
      'redirect-payer',
    ])
    assert.equal(sells(module), true)
  })

  it('authorizes and captures where the payer may switch', () => {
    const module = hostedModule({ onChangeOfMind: 'switch' })
    checkModule(module, shop)
    assert.equal(sells(module), false)
    assert.deepEqual(module.pipelines.preprocess?.names.at(-1), 'capture')
  })

  it('refuses steps that move money or change a status where the payer only comes back', () => {
    for (const name of ['postprocess', 'cancel'] as const) {
      for (const step of [anAction, charge, anEffect, selectStatusPipeline, recordStatus]) {
        assertWrong(
          { pipelines: { [name]: pipeline(step) } },
          new RegExp(`pipeline '${name}', step '${step.name}': a step of kind '${step.kind}' cannot stand`),
        )
      }
      checkModule(hostedModule({ pipelines: { [name]: pipeline(local('look', { run: () => ok() })) } }), shop)
    }
  })

  it('refuses a preprocess that does not redirect, and a confirm that does not record', () => {
    assertWrong({ pipelines: { preprocess: (p) => p.remove('redirect-payer') } }, /redirects the payer/)
    assertWrong(
      { pipelines: { preprocess: (p) => p.move('redirect-payer', { before: 'register-payment' }) } },
      /redirects the payer/,
    )
    assertWrong({ pipelines: { confirm: (p) => p.remove('record-status') } }, /exactly one step must record/)
    assertWrong(
      { pipelines: { confirm: (p) => p.move('check-amount', { after: 'record-status' }) } },
      /'check-amount': a check must stand before 'record-status'/,
    )
  })

  it('refuses what it cannot believe, words that are less cautious, and polls that do not rise', () => {
    assertWrong({ believe: 'source' }, /needs credentials/, 'CF_CONFIG')
    const blind = hosted()
    const gateway = { ...blind, capabilities: { ...blind.capabilities, inquiryByReference: false } }
    assert.throws(() => checkModule(hostedModule({}, gateway), shop), {
      code: 'CF_CONFIG',
      message: /cannot/,
    })
    const cautious = { PENDING: 'approved' } as unknown as { PENDING: 'case' }
    assertWrong({ words: { cautious } }, /'in-progress' or 'case'/, 'CF_CONFIG')
    assertWrong({ pollUnpaidMs: [2, 1] }, /rising/, 'CF_CONFIG')
  })

  it('is no module of the other kind', () => {
    assert.throws(() => internalModule('card', { gateway: hosted() }), { code: 'CF_CONFIG' })
    assert.throws(() => hostedModule({}, gatewayThatOffers('sale')), { code: 'CF_CONFIG' })
  })
})

describe("the commits on the payer's path", () => {
  it('are two for a sale, with or without a capture behind it', () => {
    assert.equal(commitsOnPath(saleProcess), 2)
    assert.equal(commitsOnPath(authorizeProcess), 2)
    assert.equal(commitsOnPath(authorizeAndCaptureProcess), 2)
  })

  it('are one more for each action, and none for local steps', () => {
    assert.equal(commitsOnPath(saleProcess.insertBefore('charge', reserveStock)), 3)
    assert.equal(commitsOnPath(saleProcess.insertBefore('charge', reserveStock).prepend(anAction)), 4)
    assert.equal(commitsOnPath(saleProcess.prepend(giveRisk)), 2)
    assert.equal(commitsOnPath(pipeline(checkOrder)), 1)
  })
})

describe('the description of a module', () => {
  it('shows every pipeline with its steps, kinds and undos', () => {
    const module = cardModule({
      process: (p) => p.insertBefore('charge', reserveStock),
      statusPending: new Pipeline([]),
    })
    assert.equal(
      describeModule(module),
      `card (internal, gateway acme, paid when authorized), 3 commits on the payer's path
  process
    check-order                local
    reserve-stock              action, undo
    charge                     gateway
    select-status-pipeline     select
  confirm
    verify-notification        check
    find-payment               check
    check-amount               check
    record-status              record
  statusOk
    mark-order-paid            effect
    delete-basket              effect
    send-order-mail            effect
    go-to-success-page         local
  statusCancel
    mark-payment-cancelled     effect
  statusPending
    (no steps)
  statusRefunded
    tell-payment-changed       effect
  statusDisputed
    tell-payment-changed       effect
  statusFailedLate
    tell-payment-changed       effect`,
    )
  })
})
