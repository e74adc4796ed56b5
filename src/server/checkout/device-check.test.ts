import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Counterfoil } from '../../engine/api.ts'
import { stage, visa } from '../fake-counterfoil.test.ts'

const device: ReturnType<Counterfoil['deviceData']> = {
  url: 'https://ddc.example/collect',
  fields: { JWT: 'a.b"c' },
  cardPrefixField: 'Bin',
  messageOrigin: 'https://ddc.example',
  sessionMember: 'SessionId',
}

describe('the card form of a module with 3-D Secure', () => {
  it('has a hidden form for the provider beside it, and may send it to that origin only', async () => {
    await using s = await stage()
    s.cf.device = device
    const { body, headers } = await s.browser().get(`${s.server.checkoutUrl('A-1')}/pay/card`)
    assert.match(
      body,
      /<form method="post" action="https:\/\/ddc\.example\/collect" target="device-check" hidden data-message-origin="https:\/\/ddc\.example" data-session-member="SessionId" data-wait-ms="3000">/,
    )
    assert.match(body, /name="JWT" value="a\.b&quot;c"/)
    assert.match(body, /name="Bin" value="" data-card-prefix/)
    assert.match(body, /<iframe name="device-check" title="[^"]+" hidden><\/iframe>/)
    const policy = (headers.get('content-security-policy') ?? '').split('; ')
    assert.ok(policy.includes("form-action 'self' https://ddc.example"))
    assert.ok(policy.includes('frame-src https://ddc.example'))
    assert.ok(
      policy.some((part) =>
        /^script-src( http:\/\/127\.0\.0\.1:\d+\/pay\/assets\/[0-9a-f]+\.js){2}$/.test(part),
      ),
    )
    assert.ok(!policy.some((part) => part.startsWith('connect-src')))
  })

  it('stays as it was without', async () => {
    await using s = await stage()
    const { body, headers } = await s.browser().get(`${s.server.checkoutUrl('A-1')}/pay/card`)
    assert.doesNotMatch(body, /<iframe|deviceSession/)
    assert.equal(body.match(/<script/g)?.length, 1, 'the one that groups the digits')
    assert.doesNotMatch(headers.get('content-security-policy') ?? '', /frame-src/)
  })

  it('keeps it when the card has to be typed again', async () => {
    await using s = await stage()
    s.cf.device = device
    const answer = await s.browser().pay(s, { number: '1' })
    assert.equal(answer.status, 422)
    assert.match(answer.body, /data-card-prefix/)
  })

  it('leads on to the bank where it asks', async () => {
    await using s = await stage()
    s.cf.device = device
    const page = { method: 'POST', url: 'https://acs.example/', fields: {}, framed: true } as const
    s.cf.onPay = (id) => s.cf.sendTo(id, page)
    const { location } = await s.browser().pay(s)
    assert.equal(location, `${s.cf.payments.get('pay-1')?.statusUrl}/go`)
  })
})

describe("the payer's browser", () => {
  it('is described by its headers, and by what the script has found', async () => {
    await using s = await stage()
    const browser = s.browser()
    const form = await browser.openForm(s)
    const fields = { ...visa, ...form.hidden, deviceSession: '0_3f2c:a.b-1', javaScript: '1' }
    await browser.post(form.url, fields, { accept: 'text/html', 'user-agent': 'Mozilla/5.0 (X)' })
    assert.deepEqual(s.cf.requests[0]?.browser, {
      accept: 'text/html',
      userAgent: 'Mozilla/5.0 (X)',
      javaScript: true,
      deviceSession: '0_3f2c:a.b-1',
    })
  })

  for (const session of ['', ' ', 'a b', '<a>', 'x'.repeat(101), visa.number, '4444333322221111', 'é']) {
    it(`has no device session when the form says ${JSON.stringify(session.slice(0, 20))}`, async () => {
      await using s = await stage()
      const browser = s.browser()
      const form = await browser.openForm(s)
      await browser.post(form.url, { ...visa, ...form.hidden, deviceSession: session, javaScript: 'yes' })
      const { deviceSession, javaScript } = s.cf.requests[0]?.browser ?? {}
      assert.deepEqual([deviceSession, javaScript], [undefined, false])
    })
  }

  it('is cut to a sane length, and holds no card number', async () => {
    await using s = await stage()
    const browser = s.browser()
    const form = await browser.openForm(s)
    const headers = {
      'user-agent': `Mozilla ${visa.number} é ${'x'.repeat(900)}`,
      accept: `*/*;${'y'.repeat(900)}`,
    }
    await browser.post(form.url, { ...visa, ...form.hidden }, headers)
    const { userAgent = '', accept = '' } = s.cf.requests[0]?.browser ?? {}
    assert.deepEqual([userAgent.length, accept.length], [256, 256])
    assert.match(userAgent, /^Mozilla \*{4}1111 [ -~]* x+$/)
  })
})
