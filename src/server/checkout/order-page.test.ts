import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stage } from '../fake-counterfoil.test.ts'

describe('the page of an order', () => {
  it('shows lines and total, and a way to pay with each module', async () => {
    await using s = await stage({ modules: ['card', 'other'] })
    const url = s.server.checkoutUrl('A-1')
    const { status, body } = await s.browser().get(url)
    assert.equal(status, 200)
    for (const part of ['Darjeeling First Flush', '× 2', '£30.00', '£12.50', '£42.50', 'Tea for two']) {
      assert.ok(body.includes(part), part)
    }
    for (const name of ['card', 'other']) {
      assert.ok(body.includes(`href="${new URL(url).pathname}/pay/${name}"`))
    }
    assert.match(body, />Another &lt;card&gt;<span/)
  })

  it('tells who started the payment its link, and others only that there is one', async () => {
    await using s = await stage()
    const payer = s.browser()
    await payer.pay(s)
    const url = s.server.checkoutUrl('A-1')
    const link = s.cf.payments.get('pay-1')?.statusUrl ?? ''
    const own = await payer.get(url)
    assert.ok(own.body.includes(`href="${link}"`))
    assert.match(own.body, /http-equiv="refresh"/)
    const strange = await s.browser().get(url)
    assert.doesNotMatch(strange.body, /pay-1/)
    assert.match(strange.body, /Do not pay again/)
    s.cf.paid('pay-1')
    assert.ok((await payer.get(url)).body.includes(`href="${link}"`))
    const paid = await s.browser().get(url)
    assert.match(paid.body, /This order is paid/)
    assert.doesNotMatch(paid.body, /pay-1/)
  })

  it('knows its payer by the key, in a server that was started anew too', async () => {
    await using s = await stage()
    const payer = s.browser()
    await payer.pay(s)
    await using later = await stage()
    later.cf.history = (id) => s.cf.history(id)
    later.cf.payment = (id) => s.cf.payment(id)
    later.cf.order = (id) => s.cf.order(id)
    const again = later.browser()
    again.cookie = payer.cookie
    const { body } = await again.get(later.server.checkoutUrl('A-1'))
    assert.match(body, /See how your payment is going/)
  })

  it('offers no payment for a closed order', async () => {
    await using s = await stage()
    s.cf.hold('A-1', 'closed')
    const { body } = await s.browser().get(s.server.checkoutUrl('A-1'))
    assert.match(body, /This order is closed/)
    assert.doesNotMatch(body, /\/pay\/card/)
  })

  it('answers every link that it did not sign with the same 404', async () => {
    await using s = await stage()
    const url = s.server.checkoutUrl('A-1')
    const signature = url.slice(url.lastIndexOf('.') + 1)
    // Base64url of 32 bytes has two bits to spare in its last character: another spelling is another link.
    const spelling = signature.slice(0, -1) + String.fromCodePoint((signature.codePointAt(42) ?? 0) + 1)
    await using other = await stage({ secret: 'some other secret, just as long as it' })
    const bodies = new Set<string>()
    for (const path of [
      `A-2.${signature}`,
      `A-1.${signature.slice(0, -1)}`,
      `A-1.${spelling}`,
      `A-1.${signature}x`,
      `A-1.`,
      'A-1',
      `.${signature}`,
      new URL(other.server.checkoutUrl('A-1')).pathname.split('/').at(-1),
      new URL(s.server.checkoutUrl('A-9')).pathname.split('/').at(-1),
    ]) {
      for (const rest of ['', '/pay/card']) {
        const answer = await s.browser().get(`${s.url}/orders/${path}${rest}`)
        assert.equal(answer.status, 404, path)
        bodies.add(answer.body)
      }
    }
    bodies.add((await s.browser().get(`${url}/pay/cheque`)).body)
    assert.equal(bodies.size, 1)
  })

  it('bears an order whose every text is hostile', async () => {
    await using s = await stage()
    const evil = `"><script>alert(1)</script><img src=x onerror='x'>\`\u2028 & /../%2e.`
    s.cf.orders.set(evil, {
      id: evil,
      amountMinor: 1n,
      currency: 'BHD',
      description: evil,
      lines: [{ sku: evil, name: evil, quantity: 3, amountMinor: 1n }],
    })
    const browser = s.browser()
    const url = s.server.checkoutUrl(evil)
    const order = await browser.get(url)
    assert.equal(order.status, 200)
    assert.match(order.body, /BHD.0\.001/)
    const form = await browser.openForm(s, evil)
    const wrong = await browser.post(form.url, { ...form.hidden, holder: evil, expiryMonth: evil })
    assert.equal(wrong.status, 422)
    s.cf.hold(evil, 'held', evil)
    const held = await browser.get(url)
    for (const { body } of [order, wrong, held]) {
      assert.doesNotMatch(body, /<script(?! src="\/pay\/assets\/)|<img|onerror='/)
      assert.match(body, /&lt;script&gt;alert\(1\)/)
    }
  })
})
