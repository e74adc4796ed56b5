import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  authorizeAndCapturePreprocess,
  authorizeAndCaptureProcess,
  authorizeProcess,
} from '../pipeline/defaults.ts'
import {
  account,
  CALLED,
  card,
  cardModule,
  hostedModule,
  linkOf,
  onBed,
  RARELY,
  settle,
} from './bed.test-data.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe('a call of the PSP that overtakes our own answer', () => {
  it(
    'has the capture that it brings sent, once',
    onBed(async (bed) => {
      const process = authorizeAndCaptureProcess
      const modules = [cardModule({ gateway: account.direct, believe: 'source', pipelines: { process } })]
      const cf = await bed.engine({ modules })
      bed.network.on('charge', { kind: 'held' })
      const paying = cf.pay(bed.request({ waitMs: 1 }))
      await bed.advance(5)
      const { id } = await paying
      await bed.calls(cf)
      assert.deepEqual(bed.operations(id), ['authorize approved', 'capture accepted'])
      bed.network.release()
      await bed.advance(10 * MINUTE_MS)
      assert.equal(bed.network.times('capture'), 1)
      assert.deepEqual(bed.operations(id), ['authorize approved', 'capture done'])
    }, CALLED),
  )

  it(
    'leaves the payment to who has the card in memory, which a soft decline in that answer wants',
    onBed(async (bed) => {
      const pipelines = { process: authorizeProcess }
      const modules = [cardModule({ gateway: account.direct, believe: 'inquire', pipelines })]
      const cf = await bed.engine({ modules })
      const other = await bed.engine({ modules })
      const browser = { accept: '*/*', userAgent: 'x', javaScript: true, deviceSession: undefined }
      bed.network.on('charge', { kind: 'held' })
      const paying = cf.pay(bed.request({ card: card('SOFT_DECLINE'), browser, waitMs: 1 }))
      await bed.advance(5)
      const { id } = await paying
      assert.deepEqual(await bed.calls(other), ['REFUSED'])
      await bed.advance(5_000)
      assert.deepEqual(bed.operations(id), ['authorize intended'], 'it is a hint, and its answer is awaited')
      assert.equal(bed.payment(id).owner, 'node-1')
      bed.network.release()
      await settle()
      assert.deepEqual(bed.operations(id), ['authorize declined', 'authorize challenged'])
      assert.match(bed.network.sent[1]?.body ?? '', /challengeMandated/)
    }, CALLED),
  )
})

describe('a call of the PSP while we inquire for a payer at the door', () => {
  it(
    'has the capture that it brings sent, once',
    onBed(async (bed) => {
      const modules = [hostedModule({ pipelines: { preprocess: authorizeAndCapturePreprocess } })]
      const cf = await bed.engine({ modules, limits: RARELY })
      const result = await cf.pay(bed.pageRequest())
      await settle()
      await bed.advance(MINUTE_MS)
      const { reference } = bed.charge(result.id)
      bed.payThere(reference)
      bed.network.on('inquiry', { kind: 'held' })
      const back = cf.payerReturned({ link: linkOf(result), door: 'success', waitMs: 1 })
      await bed.advance(5)
      await back
      await bed.calls(cf)
      bed.network.release()
      await bed.advance(HOUR_MS)
      assert.equal(bed.network.times('capture'), 1)
      assert.deepEqual(bed.operations(result.id), ['authorize approved', 'capture done'])
      assert.equal(bed.network.ledger(reference)?.capturedMinor, 1999n)
      assert.deepEqual(bed.reasons(result.id), [])
    }, CALLED),
  )

  it(
    'has the loser of two payments reversed at once',
    onBed(async (bed) => {
      const process = authorizeAndCaptureProcess
      const modules = [
        hostedModule({ onChangeOfMind: 'switch' }),
        cardModule({ gateway: account.direct, believe: 'source', pipelines: { process } }),
      ]
      const cf = await bed.engine({ modules, limits: RARELY })
      const first = await cf.pay(bed.pageRequest())
      await settle()
      const second = await cf.pay(bed.request({ key: 'key-00000002' }))
      assert.equal(second.status, 'paid')
      await settle()
      const { reference } = bed.charge(first.id)
      bed.payThere(reference)
      bed.network.on('inquiry', { kind: 'held' })
      const back = cf.payerReturned({ link: linkOf(first), door: 'success', waitMs: 1 })
      await bed.advance(5)
      await back
      await bed.calls(cf)
      bed.network.release()
      await bed.advance(MINUTE_MS)
      assert.equal(bed.network.times('reversal'), 1)
      await bed.advance(HOUR_MS)
      assert.equal(bed.network.ledger(reference)?.liveMinor, 0n)
      assert.equal(bed.payment(second.id).status, 'paid')
    }, CALLED),
  )
})
