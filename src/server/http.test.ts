import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import fastify from 'fastify'
import {
  type Answer,
  FakeCounterfoil,
  hiddenIn,
  SECRET,
  type StageOptions,
  stage,
  visa,
} from './fake-counterfoil.test.ts'
import { http } from './http.ts'

/** Every kind of page and answer that there is. */
async function everyAnswer(options: StageOptions = {}): Promise<Record<string, Answer>> {
  await using s = await stage(options)
  const browser = s.browser()
  const order = await browser.get(s.server.checkoutUrl('A-1'))
  const form = await browser.openForm(s)
  const shown = await browser.get(form.url)
  const invalid = await browser.post(form.url, { ...visa, ...form.hidden, expiryMonth: '' })
  const forged = await browser.post(form.url, { ...visa })
  const sent = await browser.post(form.url, { ...visa, ...form.hidden })
  const wait = await browser.get(sent.location)
  const held = await browser.get(s.server.checkoutUrl('A-1'))
  s.cf.declined('pay-1')
  const declined = await browser.get(sent.location)
  s.cf.paid('pay-1')
  const paid = await browser.get(sent.location)
  const claimed = await browser.get(s.server.checkoutUrl('A-1'))
  s.cf.move('pay-1', { status: 'refunded' })
  const refunded = await browser.get(sent.location)
  s.cf.hold('A-1', 'closed')
  const closed = await browser.get(s.server.checkoutUrl('A-1'))
  const missing = await browser.get(`${s.url}/x`)
  const undecodable = await browser.get(`${s.url}/orders/%zz`)
  const live = await browser.get(`${s.url}/livez`)
  const ready = await browser.get(`${s.url}/readyz`)
  const assets = [...wait.body.matchAll(/(?:href|src)="([^"]*\/assets\/[^"]*)"/g)]
  const [style, script] = await Promise.all(assets.map(([, path = '']) => browser.get(path)))
  assert.ok(style !== undefined && script !== undefined)
  const pages = { order, shown, invalid, forged, sent, wait, held, declined, paid, claimed, refunded, closed }
  return { ...pages, missing, undecodable, live, ready, style, script }
}

/** The pages that lead to the provider and back. */
async function everyProviderAnswer(): Promise<Record<string, Answer>> {
  await using s = await stage({ modules: ['hosted', 'card'] })
  const url = 'https://psp.example/pay'
  s.cf.onPay = (id) => s.cf.sendTo(id, { method: 'GET', url, fields: {}, framed: false })
  s.cf.mind = (payment) => ({ kind: 'held', untilMs: 4_000_000_000_000, payment })
  const browser = s.browser()
  const choice = await browser.get(s.server.checkoutUrl('A-1'))
  const { location: go } = await browser.begin(s)
  const status = go.replace('/go', '')
  const moving = await browser.get(go)
  const returned = await browser.get(`${status}/return/success`)
  const asking = await browser.get(returned.location)
  const unpaidYet = await browser.get(status)
  const heldForPayer = await browser.get(s.server.checkoutUrl('A-1'))
  const heldUntil = await browser.post(`${status}/another-way`, hiddenIn(unpaidYet.body))
  s.cf.onReturn = () => 'A reason of the shop'
  const notice = await browser.get(`${status}/return/pending`)
  s.cf.onReturn = () => undefined
  s.cf.sendTo('pay-1', { method: 'POST', url, fields: { a: 'b' }, framed: false })
  const posting = await browser.get(go)
  s.cf.sendTo('pay-1', { method: 'POST', url, fields: { a: 'b' }, framed: true })
  const framed = await browser.get(go)
  const breakOut = await browser.post(`${status}/return/challenge/token`, { cres: 'x' })
  s.cf.hold('A-1', 'open')
  s.cf.device = {
    url: 'https://psp.example/ddc',
    fields: { JWT: 'j' },
    cardPrefixField: 'Bin',
    messageOrigin: 'https://psp.example',
    sessionMember: 'SessionId',
  }
  const device = await browser.get(`${s.server.checkoutUrl('A-1')}/pay/card`)
  const there = { choice, moving, returned, asking, unpaidYet, heldForPayer, heldUntil, notice }
  return { ...there, posting, framed, breakOut, device }
}

describe('every answer', () => {
  it('has the headers that keep it to itself', async () => {
    for (const [name, { headers }] of Object.entries(await everyAnswer())) {
      assert.equal(headers.get('x-content-type-options'), 'nosniff', name)
      assert.equal(headers.get('strict-transport-security'), null, name)
      if (headers.get('content-type')?.startsWith('text/html') !== true) continue
      const policy = (headers.get('content-security-policy') ?? '').split('; ')
      assert.ok(policy.includes("default-src 'none'"), name)
      assert.ok(policy.includes("frame-ancestors 'none'"), name)
      assert.ok(policy.includes("base-uri 'none'"), name)
      const form = name === 'shown' || name === 'invalid'
      assert.ok(policy.includes(`form-action ${form ? "'self'" : "'none'"}`), name)
      assert.equal(
        policy.some((part) => part.startsWith('script-src')),
        ['wait', 'held', 'shown', 'invalid'].includes(name),
        name,
      )
      assert.doesNotMatch(policy.join(';'), /unsafe|\*/)
      assert.equal(headers.get('referrer-policy'), form ? 'same-origin' : 'no-referrer', name)
      assert.equal(headers.get('cache-control'), 'no-store', name)
    }
  })

  it('on the way to the provider and back is allowed what it needs, and no more', async () => {
    const forms: Record<string, string> = {
      choice: "'self'",
      unpaidYet: "'self'",
      asking: "'self'",
      heldForPayer: "'self'",
      posting: 'https://psp.example',
      framed: 'https://psp.example',
      device: "'self' https://psp.example",
    }
    for (const [name, { headers, status }] of Object.entries(await everyProviderAnswer())) {
      assert.equal(headers.get('x-content-type-options'), 'nosniff', name)
      if (status === 303) continue
      const policy = new Map(
        (headers.get('content-security-policy') ?? '').split('; ').map((part) => {
          const [directive = '', ...values] = part.split(' ')
          return [directive, values.join(' ')]
        }),
      )
      assert.equal(policy.get('default-src'), "'none'", name)
      assert.equal(policy.get('base-uri'), "'none'", name)
      assert.equal(policy.get('form-action'), forms[name] ?? "'none'", name)
      assert.equal(policy.get('frame-ancestors'), name === 'breakOut' ? "'self'" : "'none'", name)
      assert.equal(headers.get('x-frame-options'), name === 'breakOut' ? 'SAMEORIGIN' : 'DENY', name)
      assert.equal(policy.has('frame-src'), name === 'framed' || name === 'device', name)
      assert.doesNotMatch([...policy.values()].join(' '), /unsafe|\*|data:|https:\/\/(?!psp\.example)/, name)
      const ours = policy.get('form-action')?.includes("'self'") === true
      assert.equal(headers.get('referrer-policy'), ours ? 'same-origin' : 'no-referrer', name)
      assert.equal(headers.get('cache-control'), 'no-store', name)
    }
  })

  it('is only for https ever after, where the public address is https', async () => {
    const cf = new FakeCounterfoil('https://shop.example/pay')
    const server = http(cf, { secret: SECRET })
    await using s = await stage({ before: (request, response) => server.node(request, response) })
    const { headers, body } = await s.browser().get(`${s.url}/nothing`)
    assert.equal(headers.get('strict-transport-security'), 'max-age=31536000')
    assert.match(
      headers.get('content-security-policy') ?? '',
      /style-src https:\/\/shop\.example\/pay\/assets\//,
    )
    assert.match(body, /Secure payment/)
    await server.close()
  })

  it('never holds a card number or a security code', async () => {
    const answers = await everyAnswer()
    for (const [name, { body, headers }] of Object.entries(answers)) {
      const all = body + JSON.stringify([...headers])
      assert.doesNotMatch(all, /4444 ?3333 ?2222|739(?![\da-f])\b/, name)
    }
  })

  it('needs no script, style or handler in its text', async () => {
    const answers = { ...(await everyAnswer()), ...(await everyProviderAnswer()) }
    for (const [name, { body, headers }] of Object.entries(answers)) {
      if (headers.get('content-type')?.startsWith('text/html') !== true) continue
      assert.doesNotMatch(body, /<style|\sstyle=|\son[a-z]+=|<script(?! src=)/, name)
      assert.match(body, /^<!doctype html>\n<html lang="en">/, name)
      // Of two headings one is hidden.
      const waits = ['wait', 'asking', 'notice'].includes(name)
      assert.equal((body.match(/<h1>/g) ?? []).length, waits ? 2 : 1, name)
      assert.doesNotMatch(body, /<(iframe)(?![^>]* title="[^"]+")|<button[^>]*>\s*<|<a [^>]*>\s*</, name)
      assertOneScriptEach(body, headers.get('content-security-policy') ?? '', name)
    }
  })
})

/** The policy names exactly the scripts that the page has, each by the digest in its address. */
function assertOneScriptEach(body: string, policy: string, name: string): void {
  const has = [...body.matchAll(/<script src="([^"]*)" defer><\/script>/g)].map(([, src = '']) => src)
  const allowed = /script-src ([^;]*)/.exec(policy)?.[1]?.split(' ') ?? []
  assert.deepEqual(
    allowed.map((address) => new URL(address).pathname),
    has,
    name,
  )
}

describe('mounting', () => {
  it('works at the root', async () => {
    await using s = await stage({ base: '' })
    assert.equal((await s.browser().pay(s)).status, 303)
  })

  it('works behind a host or proxy that has cut the path off', async () => {
    const cut = (request: IncomingMessage): void => {
      request.url = request.url?.replace(/^\/pay/, '') ?? ''
    }
    await using s = await stage({ before: cut })
    const answer = await s.browser().pay(s)
    assert.equal(answer.status, 303)
    assert.match((await s.browser().get(answer.location)).body, /Please wait/)
  })

  it('works in Express, which keeps the whole address beside the cut one', async () => {
    await using s = await stage({
      base: '/orders',
      before: (request) => {
        Object.assign(request, { originalUrl: request.url })
        request.url = request.url?.slice('/orders'.length) ?? ''
      },
    })
    assert.equal((await s.browser().pay(s)).status, 303)
  })

  it("works in a host's Fastify that hands the raw request over", async () => {
    const host = fastify()
    host.removeAllContentTypeParsers()
    host.addContentTypeParser('*', (_request, _payload, done) => done(null))
    let server: ReturnType<typeof http> | undefined
    host.all('/pay/*', (request, reply) => {
      reply.hijack()
      server?.node(request.raw, reply.raw)
    })
    const origin = await host.listen({ port: 0, host: '127.0.0.1' })
    const cf = new FakeCounterfoil(`${origin}/pay`)
    const made = http(cf, { secret: SECRET })
    server = made
    const { Browser } = await import('./fake-counterfoil.test.ts')
    const answer = await new Browser(origin, []).pay({ server: made })
    assert.equal(answer.status, 303)
    assert.equal(cf.cards.length, 1)
    await host.close()
    await made.close()
  })

  it('answers with a named error, and at once, when the host has read the body', async () => {
    await using s = await stage({
      before: async (request) => {
        if (request.method === 'POST') for await (const _ of request);
      },
    })
    const answer = await s.browser().pay(s)
    assert.equal(answer.status, 500)
    assert.match(answer.body, /You have not been charged/)
    assert.equal(s.logged[0]?.code, 'CF_BODY_CONSUMED')
    assert.match(s.logged[0]?.message ?? '', /mount http\(cf\)\.node before it/)
    assert.equal(s.cf.requests.length, 0)
  })

  it('also when the host has read a part of it only', async () => {
    await using s = await stage({
      before: async (request) => {
        if (request.method !== 'POST') return
        await new Promise((resolve) => request.once('readable', resolve))
        request.read(4)
      },
    })
    assert.equal((await s.browser().pay(s)).status, 500)
    assert.equal(s.logged[0]?.code, 'CF_BODY_CONSUMED')
  })

  it('believes X-Forwarded-For only from the proxies that are named', async () => {
    for (const [trustProxy, ip] of [
      [undefined, '127.0.0.1'],
      [['10.0.0.0/8'], '127.0.0.1'],
      [['127.0.0.1'], '203.0.113.9'],
    ] as const) {
      await using s = await stage(trustProxy === undefined ? {} : { trustProxy })
      const browser = s.browser()
      const { url, hidden } = await browser.openForm(s)
      await browser.post(url, { ...visa, ...hidden }, { 'x-forwarded-for': '203.0.113.9' })
      assert.equal(s.cf.requests[0]?.payerIp, ip)
    }
  })
})

describe('life', () => {
  it('is told to a balancer, apart from being ready', async () => {
    await using s = await stage()
    s.cf.inFlight = 3
    const ready = await s.browser().get(`${s.url}/readyz`)
    assert.deepEqual(
      [ready.status, JSON.parse(ready.body)],
      [200, { ready: true, running: true, inFlight: 3, streams: 0 }],
    )
    s.cf.drain()
    assert.equal((await s.browser().get(`${s.url}/readyz`)).status, 503, 'it only finishes what it has')
    s.cf.running = false
    assert.equal((await s.browser().get(`${s.url}/readyz`)).status, 503)
    assert.equal((await s.browser().get(`${s.url}/livez`)).status, 200)
  })

  it('ends after what has begun was answered, and refuses the rest', async () => {
    await using s = await stage()
    s.cf.onPay = () => delay(60)
    const browser = s.browser()
    const { url, hidden } = await browser.openForm(s)
    const paying = browser.post(url, { ...visa, ...hidden })
    while (s.cf.requests.length === 0) await delay(2)
    let closed = false
    const closing = (async () => {
      await s.server.close()
      closed = true
    })()
    assert.equal((await browser.get(url)).status, 503)
    assert.equal(closed, false)
    assert.equal((await paying).status, 303)
    await closing
    await s.server.close()
  })

  it('has a plain cookie only where plain HTTP was asked for', async () => {
    await using s = await stage({ allowInsecure: true })
    const answer = await s.browser().get(`${s.server.checkoutUrl('A-1')}/pay/card`)
    assert.match(
      answer.headers.get('set-cookie') ?? '',
      /^counterfoil=[\w-]{24}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
  })
})
