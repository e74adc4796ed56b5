import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:net'
import { type ErrorCode, errorRegistry, failure } from '../errors.ts'
import { stage, visa } from './fake-counterfoil.test.ts'

const INTERNAL = 'words for developers only'

describe('an error while paying', () => {
  for (const code of Object.keys(errorRegistry) as ErrorCode[]) {
    it(`is a page with its own status for ${code}, without its message`, async () => {
      await using s = await stage()
      s.cf.onPay = () => {
        throw failure(code, INTERNAL)
      }
      const { status, body, headers } = await s.browser().pay(s)
      const entry = errorRegistry[code]
      assert.equal(status, entry.status)
      assert.doesNotMatch(body, new RegExp(INTERNAL))
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
      if (status === 503) {
        assert.match(body, /You have not been charged[\s\S]*Try again/)
        assert.ok(Number(headers.get('retry-after')) > 0)
      }
      if (code.startsWith('CF_ORDER_') && status === 409) assert.match(body, /You have not been charged/)
      assert.equal(s.logged.length, status >= 500 ? 1 : 0)
      if (status >= 500) assert.equal(s.logged[0]?.code, code)
    })
  }

  it('gives the reason of a payer lock in its own words', async () => {
    await using s = await stage()
    s.cf.onPay = () => {
      throw failure('CF_ORDER_HELD', INTERNAL, { refusal: 'One payment at a time, <please>.' })
    }
    const { status, body } = await s.browser().pay(s)
    assert.equal(status, 409)
    assert.match(body, /One payment at a time, &lt;please&gt;\./)
    assert.match(body, /You have not been charged/)
  })

  it('that nobody foresaw says nothing about the money, shows no detail, and is written down without cards', async () => {
    await using s = await stage()
    s.cf.onPay = () => {
      throw new TypeError(`cannot read ${visa.number} of undefined`)
    }
    const { status, body } = await s.browser().pay(s)
    assert.equal(status, 500)
    assert.doesNotMatch(body, /not been charged|TypeError|undefined/)
    assert.match(body, /never pays twice/)
    assert.match(
      s.logged[0]?.message ?? '',
      /^POST \/orders\/:link\/pay\/:module: TypeError: cannot read \*{4}1111/,
    )
  })

  it('of time says that there is no answer yet', async () => {
    await using s = await stage({ limits: { answerWithinMs: 80 } })
    s.cf.onPay = () => delay(200)
    const { status, body } = await s.browser().pay(s)
    assert.equal(status, 504)
    assert.doesNotMatch(body, /not been charged/)
    assert.match(body, /Do not pay again yet/)
    await delay(150)
  })

  it('while looking at an order promises nothing about money', async () => {
    await using s = await stage()
    s.cf.loads = () => {
      throw failure('CF_SHOP_UNAVAILABLE', INTERNAL)
    }
    const { status, body } = await s.browser().get(s.server.checkoutUrl('A-1'))
    assert.equal(status, 503)
    assert.doesNotMatch(body, /charged/)
  })
})

describe('a body', () => {
  it('beyond its cap is refused', async () => {
    await using s = await stage()
    const browser = s.browser()
    const { url, hidden } = await browser.openForm(s)
    const answer = await browser.post(url, { ...visa, ...hidden, more: 'x'.repeat(17_000) })
    assert.equal(answer.status, 413)
    assert.equal(s.cf.requests.length, 0)
  })

  it('of another type is refused', async () => {
    await using s = await stage()
    const browser = s.browser()
    const { url } = await browser.openForm(s)
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const answer = await fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': type } })
      assert.equal(answer.status, 415)
      await answer.text()
    }
  })

  it('that stops in its middle ends with its time, and its connection with it', async () => {
    await using s = await stage({ limits: { answerWithinMs: 80 } })
    const { url } = await s.browser().openForm(s)
    const { port, pathname, host } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nnumber=4`,
    )
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    assert.match(answer, /^HTTP\/1\.1 408 /)
    assert.match(answer, /connection: close/i)
  })
})
