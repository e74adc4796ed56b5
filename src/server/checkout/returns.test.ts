import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failure } from '../../errors.ts'
import { type Answer, Browser, type Stage, type StageOptions, stage } from '../fake-counterfoil.test.ts'

const HOSTED = { method: 'GET', url: 'https://psp.example/pay', fields: {}, framed: false } as const
const CHALLENGE = {
  method: 'POST',
  url: 'https://acs.example/',
  fields: { creq: 'x' },
  framed: true,
} as const

/** A payment whose payer was sent to the provider, and a browser that comes back without any cookie. */
async function away(options: StageOptions = {}, page: typeof HOSTED | typeof CHALLENGE = HOSTED) {
  const s = await stage({ modules: ['hosted', 'card'], ...options })
  s.cf.onPay = (id) => s.cf.sendTo(id, page)
  await s.browser().begin(s)
  const url = s.cf.payments.get('pay-1')?.statusUrl ?? ''
  return { s, url, back: s.browser() }
}

/** As a bank's page posts: from another site, without cookies. */
const crossSite = { origin: 'https://acs.example', cookie: undefined, 'sec-fetch-site': 'cross-site' }

function policyOf({ headers }: Answer): string {
  return headers.get('content-security-policy') ?? ''
}

const state = (s: Stage): unknown => structuredClone([...s.cf.payments.values()])

describe('a payer who comes back from the page of the provider', () => {
  for (const door of ['success', 'failure', 'pending', 'cancel', 'error'] as const) {
    it(`by the door ${door} is shown the payment, which the door does not change`, async () => {
      const { s, url, back } = await away()
      await using _s = s
      const before = state(s)
      for (const round of [1, 2, 3]) {
        const answer = await back.get(`${url}/return/${door}?paymentStatus=AUTHORISED&status=paid&page=x`)
        assert.equal(answer.status, 303, `${round}`)
        assert.ok(answer.location.startsWith(`${url}?`), answer.location)
        assert.match((await back.get(answer.location)).body, /Continue to the payment page/)
      }
      assert.deepEqual(state(s), before)
      const { browser, ...visit } = s.cf.visits[0] ?? {}
      assert.equal(browser?.userAgent, 'node')
      assert.deepEqual(visit, {
        door,
        link: url.split('/').at(-1),
        query: { paymentStatus: 'AUTHORISED', status: 'paid', page: 'x' },
        waitMs: 1500,
      })
    })
  }

  it('needs neither cookie nor token, and is given no cookie by the door', async () => {
    const { s, url, back } = await away()
    await using _s = s
    const answer = await back.post(`${url}/return/success`, { cres: 'abc' }, crossSite)
    assert.equal(answer.status, 303)
    assert.deepEqual(answer.headers.getSetCookie(), [])
    assert.deepEqual(s.cf.visits[0]?.query, { cres: 'abc' })
  })

  it('is never told "not paid" while the provider is being asked, and is after that', async () => {
    let nowMs = Date.now()
    const { s, url, back } = await away({ nowMs: () => nowMs })
    await using _s = s
    const { location } = await back.get(`${url}/return/success`)
    const asking = await back.get(location)
    assert.match(asking.body, /We are checking with the payment provider/)
    assert.doesNotMatch(asking.body, /not paid|not been charged/i)
    assert.match(asking.body, /data-still-after-ms="30000"/)
    assert.match(asking.body, /<noscript><meta http-equiv="refresh" content="3"><\/noscript>/)
    nowMs += 30_000
    assert.match((await back.get(location)).body, /<h1>You have not paid yet/)
    // By hand: a time that is not of now says nothing.
    for (const asked of [nowMs + 60_000, 0, 'x', '-1']) {
      assert.match((await back.get(`${url}?asked=${asked}`)).body, /<h1>You have not paid yet/)
    }
    s.cf.paid('pay-1')
    assert.match((await back.get(location)).body, /your payment is complete/)
  })

  it('by a door of failure is told at once that it is not paid, and never sent there again by us', async () => {
    const { s, url, back } = await away()
    await using _s = s
    const { location } = await back.get(`${url}/return/cancel`)
    assert.equal(location, `${url}?sent`)
    assert.match((await back.get(location)).body, /<h1>You have not paid yet/)
  })

  it('sees the outcome whatever the door says, and moves on to the page of the shop', async () => {
    const { s, url, back } = await away()
    await using _s = s
    s.cf.onReturn = (id) => {
      s.cf.paid(id, { page: 'https://shop.example/thanks' })
      return undefined
    }
    const { location } = await back.get(`${url}/return/error`)
    const shown = await back.get(location)
    assert.equal(shown.status, 200)
    assert.match(shown.body, /your payment is complete/)
    assert.match(shown.body, /content="0;url=https:\/\/shop\.example\/thanks"/)
  })

  it('reads the reason of a step of the shop there and then, and nowhere later', async () => {
    const { s, url, back } = await away()
    await using _s = s
    s.cf.onReturn = () => 'Please <wait> for the parcel.'
    const answer = await back.post(`${url}/return/success`, {}, crossSite)
    assert.equal(answer.status, 200)
    assert.match(answer.body, /Please &lt;wait&gt; for the parcel\./)
    assert.deepEqual(answer.headers.getSetCookie(), [])
    // It looks again at the page of the payment: here that would bring the payer back once more.
    assert.ok(answer.body.includes(`data-page="${url}"`))
    assert.match(answer.body, /http-equiv="refresh" content="3;url=[^"]*\?asked=\d+"/)
    assert.doesNotMatch(answer.body, /<form/)
    assert.doesNotMatch((await back.get(url)).body, /parcel/)
  })

  it('brings at most thirty fields of bounded size', async () => {
    const { s, url, back } = await away()
    await using _s = s
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}`, 'x']))
    const query = new URLSearchParams({ twice: '1', long: 'y'.repeat(4_097) })
    await back.post(`${url}/return/success?${query.toString()}&twice=2&__proto__=p`, { twice: '3', ...many })
    const fields = s.cf.visits[0]?.query ?? {}
    assert.equal(Object.keys(fields).length, 30)
    assert.equal(fields['twice'], '1')
    assert.equal(fields['long'], undefined)
    assert.equal(Object.getPrototypeOf(fields), Object.prototype)
  })

  it('finds nothing at a wrong link or door: the very same 404', async () => {
    const { s, url, back } = await away()
    await using _s = s
    const nothing = await back.get(`${s.url}/nothing`)
    for (const wrong of [
      `${url}x/return/success`,
      `${s.url}/payments/x/return/success`,
      `${s.url}/payments/x/return/challenge/t`,
      `${url}/return/other`,
      `${url}/return/challenge`,
      `${url}/return/`,
      `${url}/return/__proto__`,
    ]) {
      for (const answer of [await back.get(wrong), await back.post(wrong, {}, crossSite)]) {
        assert.deepEqual([answer.status, answer.body], [404, nothing.body], wrong)
      }
    }
    assert.equal(s.logged.length, 0)
  })
})

describe('a payer who comes back from a challenge', () => {
  it('is led out of the frame, by the only page that may stand in one', async () => {
    const { s, url, back } = await away({}, CHALLENGE)
    await using _s = s
    s.cf.onReturn = (id) => {
      s.cf.sendTo(id, undefined)
      return undefined
    }
    const headers = { ...crossSite, 'sec-fetch-dest': 'iframe' }
    const answer = await back.post(`${url}/return/challenge/tok-1`, { cres: 'abc' }, headers)
    assert.equal(answer.status, 200)
    assert.ok(answer.body.includes(`href="${url}?sent" target="_top" data-top>Continue</a>`))
    assert.match(policyOf(answer), /frame-ancestors 'self'/)
    assert.match(policyOf(answer), /form-action 'none'/)
    assert.equal(answer.headers.get('x-frame-options'), 'SAMEORIGIN')
    assert.deepEqual(answer.headers.getSetCookie(), [])
    const { browser: _browser, ...visit } = s.cf.visits[0] ?? {}
    assert.deepEqual(visit, {
      door: 'challenge',
      token: 'tok-1',
      link: url.split('/').at(-1),
      query: { cres: 'abc' },
      waitMs: 1500,
    })
  })

  it('goes on to the next page of the provider where there is one', async () => {
    const { s, url, back } = await away({}, CHALLENGE)
    await using _s = s
    const answer = await back.post(`${url}/return/challenge/tok`, {}, crossSite)
    assert.ok(answer.body.includes(`href="${url}/go" target="_top"`))
  })

  it('is redirected where the challenge had a window of its own', async () => {
    const { s, url, back } = await away({}, CHALLENGE)
    await using _s = s
    s.cf.onReturn = (id) => {
      s.cf.paid(id)
      return undefined
    }
    const headers = { ...crossSite, 'sec-fetch-dest': 'document' }
    const answer = await back.post(`${url}/return/challenge/tok`, {}, headers)
    assert.deepEqual([answer.status, answer.location], [303, `${url}?sent`])
  })

  it('meets no page of errors in the frame, and the error is written down', async () => {
    const { s, url, back } = await away({}, CHALLENGE)
    await using _s = s
    s.cf.onReturn = () => {
      throw failure('CF_JOURNAL_UNAVAILABLE', 'gone')
    }
    const answer = await back.post(`${url}/return/challenge/one-time-7`, {}, crossSite)
    assert.equal(answer.status, 503)
    assert.ok(answer.body.includes(`href="${url}" target="_top"`))
    assert.equal(s.logged[0]?.code, 'CF_JOURNAL_UNAVAILABLE')
    assert.doesNotMatch(JSON.stringify(s.logged), /pay-1|one-time/)
    const headers = { ...crossSite, 'sec-fetch-dest': 'document' }
    const own = await back.post(`${url}/return/challenge/one-time-7`, {}, headers)
    assert.equal(own.status, 503)
    assert.match(policyOf(own), /frame-ancestors 'none'/)
  })
})

it('lets nothing in from another site but those who come back', async () => {
  const { s, url } = await away()
  await using _s = s
  const payer = new Browser(new URL(s.url).origin, [])
  const before = state(s)
  for (const address of [
    `${url}/another-way`,
    `${s.server.checkoutUrl('A-1')}/pay/hosted`,
    `${s.server.checkoutUrl('A-1')}/pay/card`,
  ]) {
    assert.equal((await payer.post(address, {}, crossSite)).status, 403, address)
  }
  for (const address of [url, `${url}/go`, `${url}/events`]) {
    assert.equal((await payer.post(address, {}, crossSite)).status, 404, address)
  }
  assert.deepEqual(state(s), before)
  assert.equal(s.cf.requests.length, 1)
  assert.equal(s.cf.changes.length, 0)
})
