import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hiddenIn, stage, visa } from '../fake-counterfoil.test.ts'

const page = { method: 'GET', url: 'https://psp.example/pay?order=1', fields: {}, framed: false } as const

describe('a module whose payers pay on the page of the provider', () => {
  it('is begun by one button on the page of the order, and leads on to the page of the provider', async () => {
    await using s = await stage({ modules: ['hosted'] })
    s.cf.onPay = (id) => s.cf.sendTo(id, page)
    const browser = s.browser()
    const order = await browser.get(s.server.checkoutUrl('A-1'))
    assert.match(order.body, /<button class="button" type="submit">Pay £42\.50<\/button>/)
    assert.match(order.headers.get('content-security-policy') ?? '', /form-action 'self';/)
    const answer = await browser.begin(s)
    assert.equal(answer.status, 303)
    assert.equal(answer.location, `${s.cf.payments.get('pay-1')?.statusUrl}/go`)
    const { key = '', ...rest } = s.cf.requests[0] ?? {}
    assert.match(key, /^[A-Za-z0-9._:-]{8,128}$/)
    assert.deepEqual(rest, {
      orderId: 'A-1',
      module: 'hosted',
      payerIp: '127.0.0.1',
      browser: { accept: '*/*', userAgent: 'node', javaScript: false, deviceSession: undefined },
      waitMs: 1500,
    })
  })

  it('leads to the page of the payment when the provider has not answered yet', async () => {
    await using s = await stage({ modules: ['hosted'] })
    assert.equal((await s.browser().begin(s)).location, `${s.cf.payments.get('pay-1')?.statusUrl}?sent`)
  })

  it('serves no card field anywhere, and takes no card', async () => {
    await using s = await stage({ modules: ['hosted', 'hosted-switch'] })
    s.cf.onPay = (id) => s.cf.sendTo(id, page)
    const browser = s.browser()
    const order = s.server.checkoutUrl('A-1')
    await browser.get(order)
    for (const name of ['hosted', 'hosted-switch']) {
      const form = await browser.get(`${order}/pay/${name}`)
      assert.equal(form.status, 303)
      assert.equal(new URL(form.location, s.url).href, order)
    }
    assert.equal((await browser.get(`${order}/pay/card`)).status, 404)
    const hidden = hiddenIn((await browser.get(order)).body)
    const { location } = await browser.post(`${order}/pay/hosted`, { ...visa, ...hidden })
    await browser.get(location)
    await browser.get(location.replace('/go', ''))
    s.cf.declined('pay-1')
    await browser.get(location.replace('/go', ''))
    assert.doesNotMatch(s.sent.join('\n'), /cc-number|securityCode|name="number"|another card/)
    assert.equal(s.cf.cards.length, 0)
    assert.equal(s.cf.requests[0]?.card, undefined)
  })

  it('stands beside a card, under its own label, with a form of its own in one session', async () => {
    await using s = await stage({ modules: ['card', 'hosted', 'hosted-switch'] })
    const browser = s.browser()
    const { body, headers } = await browser.get(s.server.checkoutUrl('A-1'))
    assert.match(body, /<a class="choice"[^>]*>Card<span/)
    assert.match(body, /<button class="choice" type="submit">Pay on the next page<span/)
    assert.equal(headers.getSetCookie().length, 1)
    assert.equal(new Set(body.match(/name="key" value="[^"]*"/g)).size, 2)
    // Both forms of this very page are of the session that it began.
    for (const [index, name] of ['hosted', 'hosted-switch'].entries()) {
      const hidden = hiddenIn(body.split('<form')[index + 1] ?? '')
      const answer = await browser.post(`${s.server.checkoutUrl('A-1')}/pay/${name}`, hidden)
      assert.equal(answer.status, index === 0 ? 303 : 409, name)
    }
  })

  it('sets no cookie where there is only a card', async () => {
    await using s = await stage()
    const { headers } = await s.browser().get(s.server.checkoutUrl('A-1'))
    assert.deepEqual(headers.getSetCookie(), [])
  })

  it('makes one payment of a button that is pressed twice', async () => {
    await using s = await stage({ modules: ['hosted'] })
    s.cf.onPay = (id) => s.cf.sendTo(id, page)
    const browser = s.browser()
    const order = s.server.checkoutUrl('A-1')
    const hidden = hiddenIn((await browser.get(order)).body)
    const [one, two] = await Promise.all([
      browser.post(`${order}/pay/hosted`, hidden),
      browser.post(`${order}/pay/hosted`, hidden),
    ])
    assert.equal(one.location, two.location)
    assert.equal(s.cf.payments.size, 1)
  })

  it('is begun by nobody but the payer on our own page', async () => {
    await using s = await stage({ modules: ['hosted', 'hosted-switch'] })
    const browser = s.browser()
    const order = s.server.checkoutUrl('A-1')
    const hidden = hiddenIn((await browser.get(order)).body)
    for (const [path, fields, headers] of [
      ['hosted', hidden, { origin: 'https://psp.example' }],
      ['hosted', hidden, { origin: 'null' }],
      ['hosted', hidden, { cookie: '' }],
      ['hosted', {}, {}],
      ['hosted-switch', hidden, {}],
    ] as const) {
      assert.equal((await browser.post(`${order}/pay/${path}`, fields, headers)).status, 403)
    }
    assert.equal(s.cf.requests.length, 0)
  })
})
