import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Simulator, startSimulator } from '../server.ts'
import { goodCard, pageOf, registration, send, SHOP, submit } from './hosted-page.test-data.ts'
import { Merchant, until } from './postman.test-data.ts'
import { inquiry, MERCHANT } from './samples.test-data.ts'

describe('the hosted page', () => {
  let merchant: Merchant
  let simulator: Simulator
  before(async () => {
    merchant = await Merchant.open()
    simulator = await startSimulator({
      port: 0,
      merchantCode: MERCHANT,
      notificationUrl: merchant.url,
      notifyRetryMs: 20,
      macSecret: '@p-p1epie',
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
  const whereTo = (answer: Response): URL => {
    assert.equal(answer.status, 303)
    return new URL(answer.headers.get('location') ?? '')
  }

  it('is where the registration says, and shows the order with a form that needs no script', async () => {
    const url = await pageOf(simulator)
    assert.ok(url.startsWith(`${simulator.worldpayUrls.hosted}?`), url)
    const answer = await fetch(url)
    assert.equal(answer.status, 200)
    const page = await answer.text()
    assert.match(page, /Two &amp; a half books.*GBP 14\.00/)
    for (const name of ['cardNumber', 'cardHolderName', 'expiryMonth', 'expiryYear', 'cvc'])
      assert.match(page, new RegExp(`name="${name}"`))
    assert.match(page, /Pay GBP 14\.00/)
    assert.doesNotMatch(page, /<script|style=/)
  })

  it('lets the payer pay, sends her back signed, and tells the merchant until he says [OK]', async () => {
    merchant.answer = (response, index) => void response.end(index < 2 ? 'not yet' : '[OK]')
    const back = whereTo(await submit(await pageOf(simulator), goodCard))
    assert.ok(back.href.startsWith(`${SHOP}/success?order=7&sig=a%2Fb&`), back.href)
    const told = Object.fromEntries(back.searchParams)
    const orderKey = `ADMIN^${MERCHANT}^h1`
    const mac2 = createHmac('sha256', '@p-p1epie').update(`${orderKey}:1400:GBP:AUTHORISED`).digest('hex')
    assert.deepEqual(told, {
      order: '7',
      sig: 'a/b',
      orderKey,
      paymentStatus: 'AUTHORISED',
      paymentAmount: '1400',
      paymentCurrency: 'GBP',
      mac2,
    })
    await merchant.has(3)
    await until(() => simulator.worldpay.postman.queue().length === 0)
    assert.deepEqual(merchant.events, Array(3).fill('h1 AUTHORISED'))
    assert.match(await (await send(simulator, inquiry('h1'))).text(), /<lastEvent>AUTHORISED/)
    assert.equal(simulator.worldpay.ledgerOf('h1')?.liveMinor, 1400n)
  })

  it('lets a refused payer try another card under the same order code, or go back', async () => {
    const url = await pageOf(simulator)
    const refused = await submit(url, { ...goodCard, cardHolderName: 'REFUSED51' })
    assert.equal(refused.status, 200)
    const page = await refused.text()
    assert.match(page, /role="alert".*Try another card/s)
    const link = (/<a href="([^"]*failure[^"]*)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&')
    assert.equal(new URL(link).searchParams.get('paymentStatus'), 'REFUSED')
    assert.doesNotMatch(page, /4444 ?3333|>555|"555"/)
    const back = whereTo(await submit(url, goodCard))
    assert.equal(back.pathname, '/back/success')
    const order = simulator.worldpay.ledgerOf('h1')
    assert.deepEqual([order?.lastEvent, order?.liveExecutions, order?.liveMinor], ['AUTHORISED', 1, 1400n])
    await merchant.has(2)
    assert.deepEqual(merchant.events, ['h1 REFUSED', 'h1 AUTHORISED'])
  })

  it('says what is wrong with a card, and puts no number back into the page', async () => {
    const url = await pageOf(simulator)
    const wrong = await submit(url, { ...goodCard, cardNumber: '4444333322221112' })
    assert.equal(wrong.status, 400)
    const page = await wrong.text()
    assert.match(page, /role="alert"/)
    assert.match(page, /name="cardHolderName"[^>]*value="Jane Doe"/)
    assert.doesNotMatch(page, /4444333322221112/)
    const misplaced = await submit(url, { ...goodCard, cardNumber: '1', cardHolderName: '4444333322221111' })
    assert.doesNotMatch(await misplaced.text(), /4444333322221111/)
    const nothing = await submit(url, { action: 'pay' })
    assert.equal(nothing.status, 400)
    assert.match(await nothing.text(), /Say how you want to pay/)
  })

  it('sends back who cancels, with the order and no status', async () => {
    const back = whereTo(await submit(await pageOf(simulator), { action: 'cancel' }))
    assert.equal(back.pathname, '/back/cancel')
    const told = Object.fromEntries(back.searchParams)
    assert.deepEqual(Object.keys(told), ['orderKey', 'orderAmount', 'orderCurrency', 'mac2'])
  })

  it('has the other methods of the mask, with the end that is chosen', async () => {
    const mask = '<include code="VISA-SSL"/><include code="IDEAL-SSL"/>'
    const url = await pageOf(simulator, registration('h2', mask))
    assert.match(await (await fetch(url)).text(), /<summary>IDEAL-SSL<\/summary>/)
    const back = whereTo(await submit(url, { action: 'pay', method: 'IDEAL-SSL', result: 'pending' }))
    assert.equal(back.pathname, '/back/pending')
    for (const again of [await fetch(url), await submit(url, goodCard)]) {
      assert.equal(again.status, 409)
      assert.match(await again.text(), /under way.*href="http:\/\/shop\.example\/back\/pending/)
    }
  })

  it('says that it is paid, expired or not known, and takes nothing then', async () => {
    const url = await pageOf(simulator)
    await submit(url, goodCard)
    for (const answer of [await fetch(url), await submit(url, goodCard)]) {
      assert.equal(answer.status, 409)
      assert.match(await answer.text(), /This order is paid.*href="http:\/\/shop\.example\/back\/success/)
    }
    assert.equal(simulator.worldpay.ledgerOf('h1')?.executions, 1)
    simulator.worldpay.setOptions({ hostedValidMs: 1 })
    const short = await pageOf(simulator, registration('h3'))
    await new Promise((resolve) => setTimeout(resolve, 5))
    simulator.worldpay.setOptions({ hostedValidMs: 3_600_000 })
    for (const answer of [await fetch(short), await submit(short, goodCard)]) {
      assert.equal(answer.status, 410)
      assert.match(await answer.text(), /expired.*href="http:\/\/shop\.example\/back\/failure"/)
    }
    const unknown = await fetch(`${simulator.worldpayUrls.hosted}?Ticket=x&errorURL=http://evil.example/`)
    assert.equal(unknown.status, 404)
    assert.doesNotMatch(await unknown.text(), /evil/)
  })

  it('says itself how it ended when the merchant has named no address, or none of the web', async () => {
    const url = await pageOf(simulator, registration('h4'), { failureURL: 'javascript:alert(1)' })
    const refused = await (await submit(url, { ...goodCard, cardHolderName: 'REFUSED' })).text()
    assert.match(refused, /Try another card/)
    assert.doesNotMatch(refused, /href="javascript/)
    const paid = await submit(url, goodCard)
    assert.equal(paid.status, 200)
    assert.match(await paid.text(), /Your payment is authorised/)
  })

  it('keeps what payers and back office did over a restart, also when nobody is notified', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-hosted-'))
    const options = { port: 0, merchantCode: MERCHANT, dataFile: join(folder, 'data.jsonl') }
    const first = await startSimulator(options)
    const paid = await pageOf(first, registration('h5'))
    const open = new URL(await pageOf(first, registration('h6'))).searchParams.get('Ticket') ?? ''
    const { status } = await submit(paid, goodCard)
    const expired = first.worldpay.backOffice('h5', 'expire')
    await first.close()
    const second = await startSimulator(options)
    const states = [new URL(paid).searchParams.get('Ticket') ?? '', open].map(
      (ticket) => second.worldpay.hostedOrder(ticket)?.state,
    )
    const lastEvent = second.worldpay.ledgerOf('h5')?.lastEvent
    await second.close()
    assert.deepEqual(
      { status, expired, states, lastEvent },
      {
        status: 303,
        expired: { ok: true },
        states: ['paid', 'open'],
        lastEvent: 'EXPIRED',
      },
    )
    rmSync(folder, { recursive: true })
  })

  it('is found by its order on the page for people, where it can be expired', async () => {
    const url = await pageOf(simulator)
    const page = await (await fetch(simulator.worldpayUrls.page)).text()
    assert.match(page, /Waiting for their payers.*<code>h1<\/code>.*GBP 14\.00/s)
    await fetch(`${simulator.worldpayUrls.page}back-office`, {
      method: 'POST',
      body: new URLSearchParams({ orderCode: 'h1', action: 'expire' }),
    })
    assert.equal((await fetch(url)).status, 410)
    assert.doesNotMatch(await (await fetch(simulator.worldpayUrls.page)).text(), /Waiting for their payers/)
  })

  it('opens from another site and in its frames, and takes forms only from itself', async () => {
    const url = await pageOf(simulator)
    const fromShop = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    const answer = await fetch(url, { headers: fromShop })
    assert.equal(answer.status, 200)
    const policy = answer.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'.*frame-ancestors \*/)
    // Browsers hold redirects of a form to this as well: the shop is on another site.
    assert.match(policy, /form-action 'self' http: https:/)
    assert.equal(answer.headers.get('x-frame-options'), null)
    const foreign = [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]
    for (const more of foreign) assert.equal((await submit(url, goodCard, more)).status, 403)
    assert.equal(simulator.worldpay.ledgerOf('h1'), undefined)
    for (const path of [
      'control/ledger',
      'control/hosted/pay',
      'back-office',
      'notifications/deliver-again',
    ]) {
      const refused = await fetch(`${simulator.url}/worldpay/${path}`, { method: 'POST', headers: fromShop })
      assert.equal(refused.status, 403, path)
    }
  })
})
