import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secret } from '../gateway/secret.ts'
import { worldpay } from '../gateways/worldpay/index.ts'
import { internalModule } from '../pipeline/module.ts'
import { CALLED, hostedModule, onBed, RARELY, settle } from './bed.test-data.ts'

/** Another account of the same shop, whose calls show credentials of their own. */
const other = worldpay({
  url: 'http://127.0.0.1:4010/worldpay/jsp/merchant/xml/paymentService.jsp',
  merchantCode: 'OTHERSHOP',
  username: 'OTHERSHOP',
  password: secret('other-password'),
  notifications: { username: 'other', password: secret('the-calls-of-the-other') },
})
const OTHERS_CREDENTIALS = `Basic ${Buffer.from('other:the-calls-of-the-other').toString('base64')}`

describe('a call of the PSP about a payment of ours', () => {
  it(
    'is turned away with the credentials of another account, which vouch for payments of that one only',
    onBed(async (bed) => {
      const modules = [hostedModule(), internalModule('other', { gateway: other.direct, believe: 'source' })]
      const cf = await bed.engine({ modules })
      const { id } = await cf.pay(bed.pageRequest())
      await settle()
      bed.payThere(bed.charge(id).reference)
      const document = bed.nextCall()
      await assert.rejects(bed.call(cf, document, OTHERS_CREDENTIALS), { code: 'CF_NOTIFICATION_REFUSED' })
      await bed.advance(1_000)
      assert.equal(bed.store.inbox(10).length, 0)
      assert.equal(bed.payment(id).status, 'in-progress')
      await bed.call(cf, document)
      assert.equal(bed.payment(id).status, 'paid')
    }, CALLED),
  )

  it(
    'is not kept out by a thousand of another system of the merchant, which fill the inbox',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()], limits: RARELY })
      const { id } = await cf.pay(bed.pageRequest())
      await settle()
      const { reference } = bed.charge(id)
      bed.payThere(reference)
      const document = bed.nextCall()
      for (let count = 0; count < 1_000; count++) {
        await bed.call(cf, document.replaceAll(reference, `another-system-${count}`))
      }
      assert.equal(bed.store.inbox(1_000).length, 1_000)
      await bed.call(cf, document)
      assert.equal(bed.payment(id).status, 'paid')
    }, CALLED),
  )

  it(
    'is used whole, also when it is longer than what is kept of it as evidence',
    onBed(async (bed) => {
      const cf = await bed.engine({ modules: [hostedModule()] })
      const { id } = await cf.pay(bed.pageRequest())
      await settle()
      bed.payThere(bed.charge(id).reference)
      const riskScore = `<riskScore value="${'0'.repeat(8_000)}"/>`
      bed.network.on('inquiry', { kind: 'unknown', executed: false }, 99)
      await bed.call(cf, bed.nextCall().replace('</payment>', `${riskScore}</payment>`))
      assert.equal(bed.payment(id).status, 'paid')
      assert.equal(bed.charge(id).evidence?.source, 'notification')
    }, CALLED),
  )
})
