import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secret } from '../gateway/secret.ts'
import { worldpay } from '../gateways/worldpay/index.ts'
import { authorizeAndCaptureProcess } from '../pipeline/defaults.ts'
import { externalModule, type PaymentModule } from '../pipeline/module.ts'
import { defaultWorldpayOptions } from '../simulators/worldpay/index.ts'
import type { PaymentResult } from './api.ts'
import {
  account,
  type Bed,
  CALLED,
  cardModule,
  hostedModule,
  linkOf,
  onBed,
  RARELY,
  settle,
} from './bed.test-data.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

function payableFor(payWithinMinutes: number): PaymentModule {
  const { hosted } = worldpay({
    url: 'http://127.0.0.1:4010/worldpay/jsp/merchant/xml/paymentService.jsp',
    merchantCode: defaultWorldpayOptions.merchantCode,
    username: defaultWorldpayOptions.username,
    password: secret(defaultWorldpayOptions.password),
    hosted: { payWithinMinutes },
  })
  return externalModule('worldpay', { gateway: hosted })
}

/** A payment whose page was registered, or not for certain, by a process that is gone since. */
async function begunBefore(bed: Bed, module: PaymentModule): Promise<PaymentResult> {
  const old = await bed.engine({ modules: [module], limits: RARELY })
  const result = await old.pay(bed.pageRequest())
  void old.stop({ deadlineMs: 1 })
  await bed.advance(10)
  return result
}

describe('a page that was registered before a deploy', () => {
  it(
    'and again after it, with a longer validity, is waited for as long as it can be paid',
    onBed(async (bed) => {
      bed.network.on('charge', { kind: 'unknown', executed: true })
      const result = await begunBefore(bed, payableFor(15))
      const cf = await bed.engine({ modules: [payableFor(1_440)], limits: RARELY })
      await bed.advance(2 * MINUTE_MS)
      assert.equal(bed.network.times('charge'), 2)
      assert.ok((await cf.payerPage(linkOf(result))) !== undefined, 'the payer has its address')
      await bed.advance(4 * HOUR_MS)
      assert.equal(bed.charge(result.id).state, 'awaiting-payer')
      assert.equal((await cf.order('order-1')).state, 'held')
      assert.equal(bed.payThere(bed.charge(result.id).reference), 'authorised')
      await bed.advance(2 * HOUR_MS)
      assert.equal(bed.payment(result.id).status, 'paid')
    }),
  )

  it(
    'as one that takes money lets no second payment begin beside it, though the policy is "switch" now',
    onBed(async (bed) => {
      const first = await begunBefore(bed, hostedModule())
      const process = authorizeAndCaptureProcess
      const modules = [
        hostedModule({ onChangeOfMind: 'switch' }),
        cardModule({ gateway: account.direct, believe: 'source', pipelines: { process } }),
      ]
      const cf = await bed.engine({ modules, limits: RARELY })
      assert.equal((await cf.changeMind(linkOf(first))).kind, 'held')
      await assert.rejects(cf.pay(bed.request({ key: 'key-00000002' })), { code: 'CF_ORDER_HELD' })
      const { reference } = bed.charge(first.id)
      bed.payThere(reference)
      await bed.calls(cf)
      await bed.advance(HOUR_MS)
      await bed.calls(cf)
      assert.equal(bed.payment(first.id).status, 'paid')
      assert.equal(bed.network.ledger(reference)?.capturedMinor, 1999n)
    }, CALLED),
  )

  it(
    'as one that authorizes only, with a capture step that is gone since, becomes a case when it is paid',
    onBed(async (bed) => {
      const { id } = await begunBefore(bed, hostedModule({ onChangeOfMind: 'switch' }))
      const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
      await settle()
      bed.payThere(bed.charge(id).reference)
      await bed.calls(cf)
      await bed.advance(2 * DAY_MS)
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.network.times('capture'), 0)
      assert.deepEqual(bed.reasons(id), ['step-gone'])
      assert.match(bed.payment(id).cases[0]?.text ?? '', /nothing is captured/)
    }, CALLED),
  )
})
