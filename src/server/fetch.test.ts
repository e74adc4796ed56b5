import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate, setTimeout as delay } from 'node:timers/promises'
import type { LogLine } from '../engine/api.ts'
import { Browser, FakeCounterfoil, SECRET, visa } from './fake-counterfoil.test.ts'
import { http, type HttpServer } from './http.ts'
import type { HttpOptions } from './options.ts'

/** About 1 MB of them: more than all the buffers between a stream and its reader. */
const EVENTS_NOBODY_HOLDS = 12_000
const ORIGIN = 'https://shop.example'

interface WebStage extends AsyncDisposable {
  readonly cf: FakeCounterfoil
  readonly server: HttpServer
  readonly logged: readonly LogLine[]
  browser(): Browser
}

/** The pages without any server: only `fetch`. */
function webStage({
  base = '/pay',
  ...options
}: Partial<HttpOptions> & { readonly base?: string } = {}): WebStage {
  const cf = new FakeCounterfoil(ORIGIN + base)
  const logged: LogLine[] = []
  const server = http(cf, { secret: SECRET, log: (line) => logged.push(line), ...options })
  return {
    cf,
    server,
    logged,
    browser: () => new Browser(ORIGIN, [], (request) => server.fetch(request)),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** A payment under way, and the address of its stream. */
async function begun({ cf, browser }: WebStage, server: HttpServer): Promise<string> {
  await browser().pay({ server })
  return `${cf.payments.get('pay-1')?.statusUrl}/events`
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    if (holds()) return
    await delay(5)
  }
  assert.fail(`there was never: ${what}`)
}

const textOf = (chunk: Uint8Array | undefined): string => Buffer.from(chunk ?? []).toString()

/** A form that a payer could send, with everything that belongs to it; `sent` may replace its body and add to it. */
async function formOf(
  { server }: WebStage,
  browser: Browser,
): Promise<{ readonly fields: string; sent(change?: RequestInit): Request }> {
  const { url, hidden } = await browser.openForm({ server })
  const fields = new URLSearchParams({ ...visa, ...hidden }).toString()
  const own = {
    origin: ORIGIN,
    cookie: browser.cookie,
    'content-type': 'application/x-www-form-urlencoded',
  }
  return {
    fields,
    sent: ({ headers, ...change } = {}) =>
      new Request(url, {
        method: 'POST',
        body: fields,
        duplex: 'half',
        headers: { ...own, ...(headers as Record<string, string>) },
        ...change,
      }),
  }
}

describe('fetch', () => {
  it('takes a form with its cookie, and shows the payment', async () => {
    await using s = webStage()
    const browser = s.browser()
    const sent = await browser.pay(s)
    assert.equal(sent.status, 303)
    assert.equal(s.cf.cards[0]?.number, visa.number.replaceAll(' ', ''))
    assert.match((await browser.get(sent.location)).body, /Please wait/)
    s.cf.paid('pay-1')
    assert.match((await browser.get(sent.location)).body, /your payment is complete/)
  })

  it('leaves nothing of a body behind the request, whatever its method', async () => {
    await using s = webStage()
    for (const method of ['DELETE', 'OPTIONS', 'PUT']) {
      const body = 'GET /pay/livez HTTP/1.1\r\nHost: x\r\n\r\n'
      const answer = await s.server.fetch(new Request(`${ORIGIN}/pay/nowhere`, { method, body }))
      assert.equal(answer.status, 404, method)
      assert.match(await answer.text(), /<html/)
    }
  })

  it('gives every header of ours, and none that belongs to a connection', async () => {
    await using s = webStage()
    const { headers, status } = await s.server.fetch(new Request(`${s.server.checkoutUrl('A-1')}/pay/card`))
    assert.equal(status, 200)
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'/)
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(
      headers.getSetCookie().join('\n'),
      /^__Host-counterfoil=[\w-]{24}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    for (const name of ['connection', 'keep-alive', 'transfer-encoding'])
      assert.equal(headers.get(name), null, name)
  })

  it('answers without a body where there is none', async () => {
    await using s = webStage()
    const head = await s.server.fetch(new Request(s.server.checkoutUrl('A-1'), { method: 'HEAD' }))
    assert.deepEqual([head.status, head.body], [200, null])
    const url = await begun(s, s.server)
    s.cf.paid('pay-1')
    const { version } = s.cf.payments.get('pay-1') ?? {}
    const over = await s.server.fetch(new Request(`${url}?after=${version}`))
    assert.deepEqual([over.status, over.body], [204, null])
  })

  it('finds its pages at the root, and behind a host that has cut the path off', async () => {
    await using root = webStage({ base: '' })
    assert.equal((await root.browser().pay(root)).status, 303)
    await using s = webStage()
    const cut = new Browser(ORIGIN, [], (request) =>
      s.server.fetch(new Request(request.url.replace('/pay/', '/'), request)),
    )
    assert.equal((await cut.pay(s)).status, 303)
    assert.equal((await s.browser().get('/pay/nothing')).status, 404)
  })

  it('does not believe a length that is not that of the body', async () => {
    await using s = webStage()
    const form = await formOf(s, s.browser())
    const headers = { 'content-length': '9000', expect: '100-continue' }
    assert.equal((await s.server.fetch(form.sent({ headers }))).status, 303)
  })
})

describe('the event stream of fetch', () => {
  it('streams while things happen, and ends with the payment', async () => {
    await using s = webStage()
    const answer = await s.server.fetch(new Request(await begun(s, s.server)))
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    let text = ''
    while (!text.includes('id: 1\n')) text += textOf((await reader.read()).value)
    assert.doesNotMatch(text, /id: 2\n/)
    s.cf.move('pay-1', { status: 'in-progress' })
    while (!text.includes('id: 2\n')) text += textOf((await reader.read()).value)
    s.cf.paid('pay-1')
    for (let last = await reader.read(); !last.done; last = await reader.read()) text += textOf(last.value)
    assert.match(text, /id: 3\nevent: payment\ndata: \{"status":"paid","finished":true\}\n\n$/)
    await until('nobody who watches', () => s.cf.watchers === 0)
  })

  it('ends when the request is aborted, and its reader hears why', async () => {
    await using s = webStage()
    const left = new AbortController()
    const answer = await s.server.fetch(new Request(await begun(s, s.server), { signal: left.signal }))
    const reading = answer.text()
    await until('a watcher', () => s.cf.watchers === 1)
    left.abort(new Error('the tab was closed'))
    await assert.rejects(reading, /the tab was closed/)
    await until('nobody who watches', () => s.cf.watchers === 0)
  })

  it('ends when its reader lets go', async () => {
    await using s = webStage()
    const answer = await s.server.fetch(new Request(await begun(s, s.server)))
    await until('a watcher', () => s.cf.watchers === 1)
    await answer.body?.cancel()
    await until('nobody who watches', () => s.cf.watchers === 0)
  })

  it('is cut when nobody reads it and too much waits in it, and the server can close', async () => {
    const s = webStage({ limits: { streamBufferBytesMax: 1_000 } })
    const answer = await s.server.fetch(new Request(await begun(s, s.server)))
    await until('a watcher', () => s.cf.watchers === 1)
    for (let moves = 0; moves < EVENTS_NOBODY_HOLDS && s.cf.watchers > 0; moves++) {
      s.cf.move('pay-1', {})
      await setImmediate()
    }
    await until('nobody who watches', () => s.cf.watchers === 0)
    await s.server.close()
    await assert.rejects(answer.text())
  })
})

describe('a body of fetch', () => {
  it('that is too long is refused, and not read on', async () => {
    await using s = webStage()
    const form = await formOf(s, s.browser())
    let pulls = 0
    let isCancelled = false
    const endless = new ReadableStream({
      pull: (to) => {
        pulls++
        to.enqueue(new Uint8Array(1_024).fill(97))
      },
      cancel: () => {
        isCancelled = true
      },
    })
    const answer = await s.server.fetch(form.sent({ body: endless }))
    assert.equal(answer.status, 413)
    assert.match(await answer.text(), /You have not been charged/)
    await until('the end of the reading', () => isCancelled)
    assert.ok(pulls < 1_000, String(pulls))
    assert.equal(s.cf.requests.length, 0)
  })

  it('that never ends is answered in time', async () => {
    await using s = webStage({ limits: { answerWithinMs: 60 } })
    const form = await formOf(s, s.browser())
    const body = new ReadableStream({ pull: () => new Promise(() => undefined) })
    assert.equal((await s.server.fetch(form.sent({ body }))).status, 408)
  })

  it('that breaks off pays nothing', async () => {
    await using s = webStage()
    const form = await formOf(s, s.browser())
    const body = new ReadableStream({
      start: (to) => {
        to.enqueue(Buffer.from(form.fields))
        setTimeout(() => to.error(new Error('the line is dead')), 20)
      },
    })
    assert.equal((await s.server.fetch(form.sent({ body }))).status, 499)
    assert.equal(s.cf.requests.length, 0)
  })

  it('that the host has read, or is reading, is a named error at once', async () => {
    await using s = webStage()
    const form = await formOf(s, s.browser())
    for (const read of [
      (request: Request) => request.text(),
      (request: Request) => request.body?.getReader(),
    ]) {
      const request = form.sent()
      await read(request)
      const answer = await s.server.fetch(request)
      assert.equal(answer.status, 500)
      assert.match(await answer.text(), /You have not been charged/)
    }
    assert.deepEqual(
      s.logged.map(({ code }) => code),
      ['CF_BODY_CONSUMED', 'CF_BODY_CONSUMED'],
    )
    assert.equal(s.cf.requests.length, 0)
  })
})

describe('a payer who goes away', () => {
  it('ends the waiting, and not the payment', async () => {
    await using s = webStage()
    const form = await formOf(s, s.browser())
    let letAnswer = (): void => undefined
    s.cf.onPay = () =>
      new Promise((resolve) => {
        letAnswer = resolve
      })
    const left = new AbortController()
    const paying = s.server.fetch(form.sent({ signal: left.signal }))
    await until('a payment', () => s.cf.payments.size === 1)
    left.abort(new Error('the tab was closed'))
    assert.equal((await paying).status, 499)
    // Nobody waits for the answer any more, on either side.
    const late = delay(5_000, 'late', { ref: false })
    assert.notEqual(await Promise.race([s.server.close(), late]), 'late')
    letAnswer()
    assert.equal(s.cf.payments.size, 1)
  })

  it('before the request was looked at has sent nothing', async () => {
    await using s = webStage()
    const form = await formOf(s, s.browser())
    const { status } = await s.server.fetch(form.sent({ signal: AbortSignal.abort() }))
    assert.deepEqual([status, s.cf.requests.length], [499, 0])
  })
})

describe('the address of the payer', () => {
  it("is nobody's unless the host names it, and no header is believed then", async () => {
    for (const [options, caller, ip] of [
      [{}, undefined, undefined],
      [{ trustProxy: ['127.0.0.1'] }, undefined, undefined],
      [{}, { address: '198.51.100.7' }, '198.51.100.7'],
      [{ trustProxy: ['10.0.0.0/8'] }, { address: '198.51.100.7' }, '198.51.100.7'],
      [{ trustProxy: ['127.0.0.1'] }, { address: '127.0.0.1' }, '203.0.113.9'],
    ] as const) {
      await using s = webStage(options)
      const form = await formOf(s, s.browser())
      const headers = { 'x-forwarded-for': '192.0.2.1, 203.0.113.9' }
      const answer = await s.server.fetch(form.sent({ headers }), caller)
      assert.equal(answer.status, 303)
      assert.equal(s.cf.requests[0]?.payerIp, ip)
    }
  })

  it('must be an address', async () => {
    await using s = webStage()
    for (const address of ['', '203.0.113.9, 10.0.0.1', '203.0.113.9:443']) {
      await assert.rejects(s.server.fetch(new Request(`${ORIGIN}/pay/livez`), { address }), {
        code: 'CF_CONFIG',
        message: /address must be one IP address/,
      })
    }
  })
})

describe('closing', () => {
  it('ends the streams, answers what has begun, and refuses the rest', async () => {
    await using s = webStage()
    const url = await begun(s, s.server)
    const stream = (await s.server.fetch(new Request(url))).text()
    s.cf.loads = () => delay(60)
    const order = s.server.fetch(new Request(s.server.checkoutUrl('A-1')))
    await delay(20)
    const closing = s.server.close()
    const refused = await s.server.fetch(new Request(`${ORIGIN}/pay/livez`))
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5'])
    assert.equal((await order).status, 200)
    assert.match(await stream, /id: 1\n/)
    await closing
  })
})
