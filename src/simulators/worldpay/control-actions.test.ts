import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Simulator, startSimulator } from '../server.ts'
import { pageOf, registration, send } from './hosted-page.test-data.ts'
import { Merchant, until } from './postman.test-data.ts'
import { amount, MERCHANT, modification, order } from './samples.test-data.ts'

describe('acting through the control interface', () => {
  let merchant: Merchant
  let simulator: Simulator
  before(async () => {
    merchant = await Merchant.open()
    simulator = await startSimulator({
      port: 0,
      merchantCode: MERCHANT,
      notificationUrl: merchant.url,
      notifyBatchMs: 0,
      timeScale: 1_000,
    })
  })
  beforeEach(() => {
    simulator.worldpay.reset()
    merchant.arrived.length = 0
    merchant.answer = (response) => void response.end('[OK]')
  })
  after(async () => {
    await simulator.close()
    await merchant.close()
  })
  const call = async (method: string, path: string, value?: unknown) => {
    const body = value === undefined ? null : JSON.stringify(value)
    const reply = await fetch(simulator.worldpayUrls.control + path, { method, body })
    return { status: reply.status, value: (await reply.json()) as Record<string, unknown> }
  }

  it('pays and cancels hosted orders without a browser', async () => {
    await pageOf(simulator, registration('h1'))
    const refused = await call('POST', 'hosted/pay', { orderCode: 'h1', cardHolderName: 'REFUSED' })
    assert.equal(refused.value['kind'], 'refused')
    const paid = await call('POST', 'hosted/pay', { orderCode: 'h1' })
    assert.deepEqual([paid.value['kind'], paid.value['returnTo']], ['authorised', 'success'])
    assert.equal((paid.value['query'] as Record<string, string>)['paymentStatus'], 'AUTHORISED')
    const url = new URL(await pageOf(simulator, registration('h2')))
    const cancelled = await call('POST', 'hosted/cancel', { ticket: url.searchParams.get('Ticket') })
    assert.equal(cancelled.value['returnTo'], 'cancel')
    await pageOf(simulator, registration('h3', '<include code="IDEAL-SSL"/>'))
    const other = await call('POST', 'hosted/pay', { orderCode: 'h3', method: 'IDEAL-SSL', result: 'failed' })
    assert.equal(other.value['kind'], 'refused')

    assert.equal((await call('POST', 'hosted/pay', { orderCode: 'none' })).status, 404)
    assert.equal((await call('POST', 'hosted/pay', {})).status, 400)
    assert.equal((await call('POST', 'hosted/pay', { orderCode: 'h1', colour: 'red' })).status, 400)
    assert.equal((await call('POST', 'hosted/pay', { orderCode: 'h1', result: 'paid' })).status, 400)
    const wrong = await call('POST', 'hosted/pay', { orderCode: 'h3', method: 'IDEAL-SSL', result: 'maybe' })
    assert.match(String(wrong.value['message']), /'result' is allowed to be: paid, pending/)
  })

  it('answers a challenge once', async () => {
    const body = order({ orderCode: 'c1', holder: '3DS_V2_CHALLENGE_IDENTIFIED' })
      .replace('</paymentDetails>', '<session shopperIPAddress="192.0.2.10" id="s1"/></paymentDetails>')
      .replace('</order>', '<additional3DSData dfReferenceId="0_1"/></order>')
    await send(simulator, body)
    const done = await call('POST', 'challenge/complete', { orderCode: 'c1' })
    assert.equal(done.value['verdict'], 'passed')
    const { transactionId } = done.value
    assert.equal((await call('POST', 'challenge/complete', { transactionId, verdict: 'failed' })).status, 409)
    assert.equal((await call('POST', 'challenge/complete', { orderCode: 'none' })).status, 404)
    assert.equal(
      (await call('POST', 'challenge/complete', { orderCode: 'c1', verdict: 'maybe' })).status,
      400,
    )
  })

  it('acts in the back office, and the merchant is told', async () => {
    await send(simulator, order())
    await send(simulator, modification(`<capture>${amount(1999)}</capture>`))
    await until(() => simulator.worldpay.ledgerOf('o1')?.capturedMinor === 1999n)
    const refunded = await call('POST', 'back-office', {
      orderCode: 'o1',
      action: 'refund',
      amountMinor: '500',
    })
    assert.equal(refunded.status, 200)
    await until(() => simulator.worldpay.ledgerOf('o1')?.refundedMinor === 500n)
    await call('POST', 'back-office', { orderCode: 'o1', action: 'charge-back' })
    await until(() => simulator.worldpay.ledgerOf('o1')?.lastEvent === 'CHARGED_BACK')
    await until(() => merchant.events.includes('o1 CHARGED_BACK'))
    assert.ok(merchant.events.includes('o1 REFUNDED'), merchant.events.join())

    const impossible = await call('POST', 'back-office', { orderCode: 'o1', action: 'expire' })
    assert.equal(impossible.status, 409)
    assert.equal((await call('POST', 'back-office', { orderCode: 'none', action: 'refund' })).status, 404)
    const wrong = await call('POST', 'back-office', { orderCode: 'o1', action: 'steal' })
    assert.match(String(wrong.value['message']), /fail-capture, charge-back/)
    for (const amountMinor of ['0', '1.5', -1, 'all'])
      assert.equal(
        (await call('POST', 'back-office', { orderCode: 'o1', action: 'refund', amountMinor })).status,
        400,
      )
  })

  it('shows the notifications that wait, and delivers again', async () => {
    merchant.answer = (response) => void response.end('no')
    simulator.worldpay.setOptions({ notifyRetryMs: 3_600_000_000 / 2 })
    await send(simulator, order())
    await until(() => simulator.worldpay.postman.queue()[0]?.tries === 1)
    const { value } = await call('GET', 'notifications')
    const [first] = value['notifications'] as Record<string, unknown>[]
    assert.deepEqual([first?.['orderCode'], first?.['event'], first?.['tries']], ['o1', 'AUTHORISED', 1])
    assert.match(String(first?.['failure']), /not exactly/)
    const page = await (await fetch(simulator.worldpayUrls.page)).text()
    assert.match(page, /<td>AUTHORISED<\/td><td class="number">1<\/td>.*not exactly \[OK\]/)
    merchant.answer = (response) => void response.end('[OK]')
    assert.equal((await call('POST', 'notifications/deliver-again')).value['deliveries'], 1)
    await until(() => simulator.worldpay.postman.queue().length === 0)
    const again = await call('POST', 'notifications/deliver-again', { orderCode: 'o1', times: 2 })
    assert.equal(again.value['deliveries'], 2)
    await merchant.has(4)
    assert.equal((await call('POST', 'notifications/deliver-again', { times: 'often' })).status, 400)
  })

  it('takes every option and shows no secret', async () => {
    const secrets = { notificationPassword: 'a', macSecret: 'b', jwtSecret: 'c' }
    const { status, value } = await call('PUT', 'options', { ...secrets, adminCode: 'ADMIN2' })
    assert.equal(status, 200)
    assert.equal(value['adminCode'], 'ADMIN2')
    for (const name of [...Object.keys(secrets), 'password']) assert.equal(name in value, false, name)
    assert.equal(simulator.worldpay.state.options.macSecret, 'b')
  })

  it('is there on the page as well', async () => {
    const form = (path: string, fields: Record<string, string>) =>
      fetch(`${simulator.url}/worldpay/${path}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        redirect: 'manual',
      })
    await send(simulator, order())
    assert.match(await (await fetch(simulator.worldpayUrls.page)).text(), /<option>charge-back<\/option>/)
    const done = await form('back-office', {
      orderCode: 'o1',
      action: 'cancel',
      from: 'order',
      amountMinor: '',
    })
    assert.equal(done.headers.get('location'), '/worldpay/orders/o1')
    await until(() => simulator.worldpay.ledgerOf('o1')?.lastEvent === 'CANCELLED')
    const wrong = await form('back-office', { orderCode: 'o1', action: 'charge-back' })
    assert.equal(wrong.status, 409)
    assert.match(await wrong.text(), /role="alert">o1: /)
    await merchant.has(2)
    await until(() => simulator.worldpay.postman.queue().length === 0)
    assert.equal((await form('notifications/deliver-again', { orderCode: '', times: '1' })).status, 303)
    await merchant.has(4)
    await form('options', { notificationUrl: '' })
    assert.equal(simulator.worldpay.state.options.notificationUrl, '')
    simulator.worldpay.setOptions({ notificationUrl: merchant.url })
  })
})
