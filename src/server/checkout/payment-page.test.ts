import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OperationView, PaymentView } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import { type Browser, type Stage, stage } from '../fake-counterfoil.test.ts'

/** Pays in a new browser; the payment is then moved by the test. */
async function begun(s: Stage): Promise<{ browser: Browser; url: string; view: () => PaymentView }> {
  const browser = s.browser()
  const { location } = await browser.pay(s)
  return {
    browser,
    url: location.replace('?sent', ''),
    view: () => s.cf.payments.get('pay-1') as PaymentView,
  }
}

function sale(intendedAtMs: number, change: Partial<OperationView> = {}): OperationView {
  return {
    reference: 'r',
    kind: 'sale',
    state: 'intended',
    inDoubt: false,
    amountMinor: 4250n,
    currency: 'GBP',
    intendedAtMs,
    code: undefined,
    text: undefined,
    ...change,
  }
}

describe('the page of a payment', () => {
  it('asks to wait, looks again by itself without JavaScript, and listens with it', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    const { status, body } = await browser.get(url)
    assert.equal(status, 200)
    assert.match(body, /<noscript><meta http-equiv="refresh" content="3"><\/noscript>/)
    assert.match(body, /Please wait/)
    const path = /data-events="([^"]*)"/.exec(body)?.[1] ?? ''
    assert.equal(new URL(path, url).href, `${url}/events?after=1`)
    assert.match(body, /<script src="\/pay\/assets\/[0-9a-f]+\.js" defer><\/script>/)
    assert.match(body, /data-still-after-ms="30000"/)
  })

  it('says "still checking" from the server once it is in progress or has waited for long', async () => {
    const nowMs = 1_800_000_000_000
    await using s = await stage({ nowMs: () => nowMs })
    const { browser, url } = await begun(s)
    s.cf.move('pay-1', { operations: [sale(nowMs - 29_999)] })
    assert.doesNotMatch((await browser.get(url)).body, /class="ending still"/)
    s.cf.move('pay-1', { operations: [sale(nowMs - 30_000)] })
    const late = await browser.get(url)
    assert.match(late.body, /class="ending still"/)
    assert.match(late.body, /Do not pay again/)
    s.cf.move('pay-1', { operations: [sale(nowMs)], status: 'in-progress' })
    assert.match((await browser.get(url)).body, /class="ending still"/)
  })

  it('shows success with order, amount and masked card, and needs neither script nor refresh', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    s.cf.paid('pay-1')
    const { body } = await browser.get(url)
    for (const part of ['Tea for two', '£42.50', '•••• 1111', 'href="http://shop.example/"']) {
      assert.ok(body.includes(part), part)
    }
    assert.doesNotMatch(body, /<script|http-equiv="refresh"/)
  })

  it('sends the payer to the page that the shop named, and lets the page move on by itself after a form', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    s.cf.paid('pay-1', { page: 'https://shop.example/thanks?a=1&b=2' })
    const answer = await browser.get(url)
    assert.equal(answer.status, 303)
    assert.equal(answer.location, 'https://shop.example/thanks?a=1&b=2')
    const sent = await browser.get(`${url}?sent`)
    assert.equal(sent.status, 200)
    assert.ok(sent.body.includes('content="0;url=https://shop.example/thanks?a=1&amp;b=2"'))
  })

  it('waits a little for the shop to name its page, and not for long', async () => {
    await using s = await stage({ limits: { pageGraceMs: 60 } })
    const { browser, url } = await begun(s)
    s.cf.paid('pay-1', { page: undefined })
    assert.match((await browser.get(url)).body, /your payment is complete/)
    const asking = browser.get(url)
    setTimeout(() => s.cf.move('pay-1', { page: 'https://shop.example/thanks' }), 20)
    assert.equal((await asking).location, 'https://shop.example/thanks')
    assert.equal(s.cf.watchers, 0)
  })

  it('takes no address that is not of the web', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    s.cf.paid('pay-1', { page: 'javascript:alert(1)' })
    const answer = await browser.get(url)
    assert.equal(answer.status, 200)
    assert.doesNotMatch(answer.body, /javascript:/)
  })

  it('shows what the engine says, whatever the query says', async () => {
    await using s = await stage()
    const { browser, url, view } = await begun(s)
    const added = new URLSearchParams({
      amount: '1',
      amountMinor: '1',
      currency: 'JPY',
      status: 'paid',
      orderId: 'A-2',
      module: 'other',
      settled: 'true',
      page: 'https://evil.example/',
    })
    for (const move of [() => undefined, () => s.cf.declined('pay-1'), () => s.cf.paid('pay-1')]) {
      move()
      const before = view()
      const plain = await browser.get(url)
      const asked = await browser.get(`${url}?${added.toString()}`)
      assert.deepEqual([asked.status, asked.body], [plain.status, plain.body])
      assert.doesNotMatch(asked.body, /evil\.example|JPY|A-2/)
      assert.equal((await browser.post(`${url}?${added.toString()}`, Object.fromEntries(added))).status, 404)
      assert.deepEqual(view(), before)
    }
    assert.equal(s.cf.requests.length, 1)
  })

  it('says the same of every decline, and leads to a new form with a new key', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    const bodies: string[] = []
    for (const [code, text] of [
      ['5', 'REFUSED'],
      ['51', 'insufficient funds'],
      ['43', 'STOLEN CARD'],
    ] as const) {
      s.cf.declined('pay-1', { operations: [sale(0, { state: 'declined', code, text })] })
      bodies.push((await browser.get(url)).body)
    }
    assert.equal(new Set(bodies).size, 1)
    const [body = ''] = bodies
    assert.match(body, /You have not been charged/)
    const form = /class="button" href="([^"]*)">Try another card/.exec(body)?.[1] ?? ''
    const before = s.cf.requests[0]?.key
    assert.equal(new URL(form, url).href, (await browser.openForm(s)).url)
    assert.equal((await browser.pay(s)).status, 303)
    assert.notEqual(s.cf.requests[1]?.key, before)
  })

  it('does not say "not charged" before that is certain', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    for (const status of ['declined', 'cancelled'] as const) {
      s.cf.move('pay-1', { status, settled: false })
      assert.doesNotMatch((await browser.get(url)).body, /not been charged/)
      s.cf.move('pay-1', { status, settled: true })
      assert.match((await browser.get(url)).body, /not been charged/)
    }
  })

  it('gives the reason of a refusal that a step of the shop put in words', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    s.cf.declined('pay-1', { status: 'cancelled', refusal: 'Sold <out>' })
    assert.match((await browser.get(url)).body, /Sold &lt;out&gt;/)
  })

  it('shows a refund with its amount', async () => {
    await using s = await stage()
    const { browser, url, view } = await begun(s)
    s.cf.paid('pay-1')
    s.cf.move('pay-1', { status: 'refunded', balances: { ...view().balances, refundedMinor: 4000n } })
    assert.match((await browser.get(url)).body, /refunded[\s\S]*£40\.00/)
  })

  it('answers a wrong token, an unknown id and any other address with the very same 404', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    const last = url.at(-1) === '0' ? '1' : '0'
    const bodies = new Set<string>()
    for (const wrong of [
      `${url.slice(0, -1)}${last}`,
      url.slice(0, -1),
      `${s.url}/payments/pay-9.${'0'.repeat(32)}`,
      `${s.url}/payments/x`,
      `${s.url}/payments/`,
      `${s.url}/nothing`,
      `${s.url}/payments/%zz`,
      `${s.url}/payments/${'x'.repeat(9000)}`,
      `${url.slice(0, -1)}${last}/events`,
    ]) {
      const answer = await browser.get(wrong)
      assert.equal(answer.status, 404, wrong)
      bodies.add(answer.body)
    }
    assert.equal(bodies.size, 1)
    assert.equal(s.logged.length, 0)
  })

  it('never says "not charged" of a payment that it cannot look up', async () => {
    await using s = await stage()
    const { browser, url } = await begun(s)
    s.cf.paymentByLink = async () => {
      throw failure('CF_JOURNAL_UNAVAILABLE', 'gone')
    }
    const answer = await browser.get(url)
    assert.equal(answer.status, 503)
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    assert.doesNotMatch(answer.body, /not been charged/)
    assert.match(answer.body, /Do not pay again/)
    assert.match(answer.body, /<meta http-equiv="refresh" content="5">/)
  })
})
