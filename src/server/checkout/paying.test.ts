import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failure } from '../../errors.ts'
import { hiddenIn, stage, visa } from '../fake-counterfoil.test.ts'

/** What a payer who wants to pay less, or nothing, would add to what the page sends. */
const added = {
  amount: '1',
  amountMinor: '1',
  currency: 'JPY',
  status: 'paid',
  orderId: 'A-2',
  module: 'other',
  settled: 'true',
  page: 'https://evil.example/',
}

/** A page without what is drawn at random, which may hold any digits. */
function withoutNames(body: string): string {
  return body.replaceAll(/type="hidden"[^>]*|\/orders\/[^"]*/g, '')
}

describe('the card form', () => {
  it('takes a card and leads to the page of its payment', async () => {
    await using s = await stage()
    const answer = await s.browser().pay(s)
    assert.equal(answer.status, 303)
    assert.equal(answer.location, `${s.cf.payments.get('pay-1')?.statusUrl}?sent`)
    assert.deepEqual(s.cf.cards, [{ ...visa, number: '4444333322221111' }])
    assert.equal(s.cf.requests[0]?.payerIp, '127.0.0.1')
    assert.equal(s.cf.requests[0]?.waitMs, 1500)
  })

  it('shows amount and order, and has labels, hints for autofill and a key of its own each time', async () => {
    await using s = await stage()
    const browser = s.browser()
    const url = `${s.server.checkoutUrl('A-1')}/pay/card`
    const { body } = await browser.get(url)
    assert.match(body, /£42\.50/)
    assert.match(body, /Tea for two/)
    for (const name of ['number', 'holder', 'expiryMonth', 'expiryYear', 'securityCode']) {
      assert.match(body, new RegExp(`<label for="${name}">`))
    }
    for (const hint of ['cc-number', 'cc-name', 'cc-exp-month', 'cc-exp-year', 'cc-csc']) {
      assert.match(body, new RegExp(`autocomplete="${hint}"`))
    }
    const first = hiddenIn(body)
    const second = hiddenIn((await browser.get(url)).body)
    assert.notEqual(first.key, second.key)
    assert.match(first.key, /^[A-Za-z0-9._:-]{8,128}$/)
  })

  it('makes one payment of one form that is sent twice at once, and of two tabs refuses the second', async () => {
    await using s = await stage()
    const browser = s.browser()
    const one = await browser.openForm(s)
    const other = await browser.openForm(s)
    const [left, right] = await Promise.all([
      browser.post(one.url, { ...visa, ...one.hidden }),
      browser.post(one.url, { ...visa, ...one.hidden }),
    ])
    assert.equal(left.status, 303)
    assert.equal(right.location, left.location)
    assert.equal(s.cf.cards.length, 1)
    const refused = await browser.post(other.url, { ...visa, ...other.hidden })
    assert.equal(refused.status, 409)
    assert.ok(refused.body.includes(`href="${s.cf.payments.get('pay-1')?.statusUrl}"`))
    assert.match(refused.body, /Do not pay again/)
  })

  it('never tells a stranger the link of the payment that is in the way', async () => {
    await using s = await stage()
    const stranger = s.browser()
    const form = await stranger.openForm(s)
    await s.browser().pay(s)
    const refused = await stranger.post(form.url, { ...visa, ...form.hidden })
    assert.equal(refused.status, 409)
    assert.doesNotMatch(refused.body, /pay-1/)
    const order = await stranger.get(s.server.checkoutUrl('A-1'))
    assert.doesNotMatch(order.body, /pay-1/)
    assert.match(order.body, /Do not pay again/)
  })

  it('tells all that is wrong at once, keeps what was typed, but never the number or the security code', async () => {
    await using s = await stage()
    const answer = await s.browser().pay(s, {
      number: '4444333322221112',
      securityCode: '73',
      expiryMonth: '13',
      holder: 'Jané "J" Doe',
      expiryYear: '34',
    })
    assert.equal(answer.status, 422)
    for (const name of ['number', 'expiryMonth', 'securityCode']) {
      assert.match(answer.body, new RegExp(`href="#${name}"`))
      assert.match(answer.body, new RegExp(`id="${name}"[^>]*aria-describedby="[^"]*${name}-problem"`))
      assert.match(answer.body, new RegExp(`id="${name}"[^>]*aria-invalid="true"`))
    }
    assert.match(answer.body, /value="Jané &quot;J&quot; Doe"/)
    assert.match(answer.body, /value="2034"/)
    assert.match(answer.body, /You have not been charged/)
    assert.doesNotMatch(withoutNames(answer.body), /4444|value="73"/)
    assert.equal(s.cf.requests.length, 0)
  })

  it('does not give back a number or code that stands in a wrong field', async () => {
    await using s = await stage()
    for (const holder of ['4444333322221111', '4444 3333 2222 1112', 'Jane 739']) {
      const answer = await s.browser().pay(s, { number: '', holder, expiryMonth: '739' })
      assert.equal(answer.status, 422)
      // The hidden fields are random letters and digits.
      assert.doesNotMatch(withoutNames(answer.body), /4444|739/)
    }
  })

  it('asks again in the form when the engine finds the card unusable', async () => {
    await using s = await stage()
    s.cf.onPay = () => {
      throw failure('CF_CARD_INVALID', 'securityCode: not for this brand', { field: 'securityCode' })
    }
    const answer = await s.browser().pay(s)
    assert.equal(answer.status, 422)
    assert.match(answer.body, /id="securityCode-problem"/)
    assert.equal(s.logged.length, 0)
  })

  it('takes nothing but the card from the form: fields that a browser adds change nothing', async () => {
    await using s = await stage({ modules: ['card', 'other'] })
    const other = { ...s.cf.orders.get('A-1'), id: 'A-2', amountMinor: 1n } as never
    s.cf.orders.set('A-2', other)
    const plain = s.browser()
    const { url, hidden } = await plain.openForm(s)
    const answer = await plain.post(`${url}?${new URLSearchParams(added).toString()}`, {
      ...visa,
      ...hidden,
      ...added,
    })
    assert.equal(answer.status, 303)
    const [request] = s.cf.requests
    assert.ok(request)
    const { card, ...rest } = request
    assert.deepEqual(card?.reveal(), { ...visa, number: '4444333322221111' })
    assert.deepEqual(rest, {
      orderId: 'A-1',
      module: 'card',
      key: hidden.key,
      payerIp: '127.0.0.1',
      browser: { accept: '*/*', userAgent: 'node', javaScript: false, deviceSession: undefined },
      waitMs: 1500,
    })
    const payment = s.cf.payments.get('pay-1')
    assert.deepEqual([payment?.amountMinor, payment?.currency, payment?.status], [4250n, 'GBP', 'started'])
  })

  it('sends whoever comes for a held, paid or closed order to the page that says so', async () => {
    await using s = await stage()
    for (const state of ['held', 'claimed', 'closed'] as const) {
      s.cf.hold('A-1', state, 'pay-9')
      const answer = await s.browser().get(`${s.server.checkoutUrl('A-1')}/pay/card`)
      assert.equal(answer.status, 303)
      assert.equal(new URL(answer.location, s.url).href, s.server.checkoutUrl('A-1'))
    }
  })
})

describe('a card form that was forged', () => {
  const attempts: Record<string, Record<string, string | undefined>> = {
    'another origin': { origin: 'https://evil.example' },
    'no origin at all': { origin: undefined },
    'an opaque origin': { origin: 'null' },
    'another port': { origin: 'http://127.0.0.1:1' },
    'no session': { cookie: '' },
    'the session of somebody else': { cookie: '__Host-counterfoil=AAAAAAAAAAAAAAAAAAAAAAAA' },
    'a malformed session': { cookie: '__Host-counterfoil=x' },
  }
  for (const [name, headers] of Object.entries(attempts)) {
    it(`is refused with ${name}`, async () => {
      await using s = await stage()
      const browser = s.browser()
      const { url, hidden } = await browser.openForm(s)
      const answer = await browser.post(url, { ...visa, ...hidden }, headers)
      assert.equal(answer.status, 403)
      assert.match(answer.body, /You have not been charged/)
      assert.equal(s.cf.requests.length, 0)
    })
  }

  it('is taken without Origin only when the browser says that it is ours', async () => {
    await using s = await stage()
    const browser = s.browser()
    const { url, hidden } = await browser.openForm(s)
    const headers = { origin: undefined, 'sec-fetch-site': 'same-origin' }
    assert.equal((await browser.post(url, { ...visa, ...hidden }, headers)).status, 303)
  })

  it('is refused when its key, token or order is changed, and after its time', async () => {
    let nowMs = Date.UTC(2026, 0, 1)
    await using s = await stage({ nowMs: () => nowMs, modules: ['card', 'other'] })
    const other = { ...s.cf.orders.get('A-1'), id: 'A-2' } as never
    s.cf.orders.set('A-2', other)
    const browser = s.browser()
    const { url, hidden } = await browser.openForm(s)
    const later = hidden.token.replace(/^\d+/, (expiry) => String(Number(expiry) + 1))
    const forged = [
      { url, fields: { ...hidden, key: `${hidden.key}x` } },
      { url, fields: { ...hidden, key: 'chosen-by-me' } },
      { url, fields: { ...hidden, token: later } },
      { url, fields: { ...hidden, token: '' } },
      { url, fields: { key: hidden.key } },
      { url: url.replace(/card$/, 'other'), fields: hidden },
      { url: `${s.server.checkoutUrl('A-2')}/pay/card`, fields: hidden },
    ]
    for (const { url: target, fields } of forged) {
      assert.equal((await browser.post(target, { ...visa, ...fields })).status, 403)
    }
    nowMs += 3_600_000
    assert.equal((await browser.post(url, { ...visa, ...hidden })).status, 403)
    assert.equal(s.cf.requests.length, 0)
    nowMs -= 1
    assert.equal((await browser.post(url, { ...visa, ...hidden })).status, 303)
  })
})

it('binds the session to the host by its cookie', async () => {
  await using s = await stage()
  const answer = await s.browser().get(`${s.server.checkoutUrl('A-1')}/pay/card`)
  const cookie = answer.headers.get('set-cookie') ?? ''
  assert.match(cookie, /^__Host-counterfoil=[\w-]{24};/)
  for (const part of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']) assert.ok(cookie.includes(part), part)
  assert.doesNotMatch(cookie, /Domain/)
})
