import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Counterfoil } from '../../engine/api.ts'
import { type Answer, type Browser, type Stage, stage } from '../fake-counterfoil.test.ts'

type PayerPage = NonNullable<Awaited<ReturnType<Counterfoil['payerPage']>>>

const hosted: PayerPage = {
  method: 'GET',
  url: `https://psp.example/pay?order=1&x="><script>`,
  fields: {},
  framed: false,
}
const posted: PayerPage = {
  method: 'POST',
  url: 'https://psp.example:8443/pay',
  fields: { JWT: 'a.b.c', submit: `"><script>` },
  framed: false,
}

async function sentTo(s: Stage, page: PayerPage): Promise<{ browser: Browser; url: string }> {
  s.cf.onPay = (id) => s.cf.sendTo(id, page)
  const browser = s.browser()
  const { location } = await browser.begin(s)
  return { browser, url: location }
}

function policyOf({ headers }: Answer): Record<string, string> {
  const parts = (headers.get('content-security-policy') ?? '').split('; ').map((part) => {
    const [name = '', ...values] = part.split(' ')
    return [name, values.join(' ')] as const
  })
  return Object.fromEntries(parts)
}

describe('the way to the page of the provider', () => {
  it('is a page that moves on by itself, for no redirect may follow a form to another site', async () => {
    await using s = await stage({ modules: ['hosted'] })
    const { browser, url } = await sentTo(s, hosted)
    const answer = await browser.get(url)
    assert.equal(answer.status, 200)
    const escaped = 'https://psp.example/pay?order=1&amp;x=&quot;&gt;&lt;script&gt;'
    assert.ok(answer.body.includes(`<meta http-equiv="refresh" content="0;url=${escaped}">`))
    assert.ok(answer.body.includes(`<a class="button" href="${escaped}">Continue to the payment page</a>`))
    assert.equal(policyOf(answer)['form-action'], "'none'")
    assert.equal(policyOf(answer)['script-src'], undefined)
  })

  it('is a form that is sent at once, to that origin and no other, and has a button too', async () => {
    await using s = await stage({ modules: ['hosted'] })
    const { browser, url } = await sentTo(s, posted)
    const answer = await browser.get(url)
    assert.match(
      answer.body,
      /<form method="post" action="https:\/\/psp\.example:8443\/pay" data-send-at-once>/,
    )
    assert.match(answer.body, /<input type="hidden" name="JWT" value="a\.b\.c">/)
    assert.match(answer.body, /name="submit" value="&quot;&gt;&lt;script&gt;"/)
    assert.match(answer.body, /<button class="button" type="submit">Continue to the payment page/)
    const policy = policyOf(answer)
    assert.equal(policy['form-action'], 'https://psp.example:8443')
    assert.equal(policy['frame-src'], undefined)
    assert.equal(policy['connect-src'], undefined)
    assert.match(policy['script-src'] ?? '', /^http:\/\/127\.0\.0\.1:\d+\/pay\/assets\/[0-9a-f]+\.js$/)
  })

  it('shows the challenge of a bank in a frame, and in a page of its own where that is wanted', async () => {
    await using s = await stage({ modules: ['hosted'] })
    const { browser, url } = await sentTo(s, { ...posted, framed: true })
    const answer = await browser.get(url)
    assert.match(answer.body, /<h1>Your bank wants to know that it is you<\/h1>/)
    assert.match(answer.body, /<iframe class="challenge" name="challenge" title="The question of your bank">/)
    assert.match(answer.body, /<form method="post" action="[^"]*" target="challenge" data-send-at-once/)
    assert.match(answer.body, /<button class="button" type="submit">Show the question of your bank/)
    assert.match(answer.body, /href="[^"]*\/go\?page">Open the question in a page of its own/)
    const status = s.cf.payments.get('pay-1')?.statusUrl
    assert.ok(answer.body.includes(`<a class="standing" href="${status}">I cannot answer it</a>`))
    const policy = policyOf(answer)
    assert.equal(policy['form-action'], 'https://psp.example:8443')
    // The frame comes back to us, and must be let in.
    assert.equal(policy['frame-src'], `https://psp.example:8443 https: ${s.url}/payments/`)
    assert.equal(policy['connect-src'], `${s.url}/payments/`)
    assert.equal(policy['frame-ancestors'], "'none'")
    const own = await browser.get(`${url}?page`)
    assert.match(own.body, /<form method="post" action="[^"]*" data-send-at-once>/)
    assert.doesNotMatch(own.body, /<iframe/)
    assert.equal(policyOf(own)['frame-src'], undefined)
  })

  it('shows a framed page that is reached by a link too', async () => {
    await using s = await stage({ modules: ['hosted'] })
    const { browser, url } = await sentTo(s, { ...hosted, url: 'https://acs.example/q', framed: true })
    const answer = await browser.get(url)
    assert.match(answer.body, /<iframe [^>]*src="https:\/\/acs\.example\/q">/)
    assert.equal(policyOf(answer)['form-action'], "'none'")
  })

  it('leads to the page of the payment when nothing is left to do there', async () => {
    await using s = await stage({ modules: ['hosted'] })
    const { browser, url } = await sentTo(s, hosted)
    s.cf.sendTo('pay-1', undefined)
    const answer = await browser.get(url)
    assert.equal(answer.status, 303)
    assert.equal(answer.location, `${s.cf.payments.get('pay-1')?.statusUrl}?sent`)
  })

  it('leads to no address that is not of the web', async () => {
    await using s = await stage({ modules: ['hosted'] })
    const { browser, url } = await sentTo(s, hosted)
    for (const page of [hosted, posted, { ...posted, framed: true }]) {
      s.cf.sendTo('pay-1', { ...page, url: 'javascript:alert(1)' })
      const answer = await browser.get(url)
      assert.equal(answer.status, 500)
      assert.doesNotMatch(answer.body, /javascript:/)
    }
  })

  it('is the very same 404 for a wrong link as for any', async () => {
    await using s = await stage({ modules: ['hosted'] })
    const { browser, url } = await sentTo(s, hosted)
    const nothing = await browser.get(`${s.url}/nothing`)
    for (const wrong of [url.replace(/.\/go$/, 'x/go'), `${s.url}/payments/x/go`, `${url}/`]) {
      const answer = await browser.get(wrong)
      assert.deepEqual([answer.status, answer.body], [404, nothing.body], wrong)
    }
  })
})
