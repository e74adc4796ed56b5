import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '../errors.ts'
import { stage, type Stage, visa } from './fake-counterfoil.test.ts'

const XML = '<?xml version="1.0"?><paymentService>\r\n <notify> ü </notify></paymentService>\n'

async function notify(
  s: Stage,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
  path = 'worldpay',
): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const answer = await fetch(`${s.url}/notifications/${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/xml', ...headers },
  })
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
}

describe('a notification of a provider', () => {
  it('reaches the engine as it came, with headers in small letters and where it came from', async () => {
    await using s = await stage()
    for (const type of [
      'text/xml',
      'text/xml; charset=UTF-8',
      'application/xml',
      'application/json; charset=utf-8',
      'application/x-www-form-urlencoded',
    ]) {
      await notify(s, XML, { 'content-type': type, Authorization: 'Basic eDp5', 'X-More': 'a' })
      const { raw, headers, path, callerAddress } = s.cf.notifications.at(-1) ?? {}
      assert.equal(raw, XML, type)
      assert.deepEqual([path, callerAddress], ['worldpay', '127.0.0.1'])
      assert.equal(headers?.['authorization'], 'Basic eDp5')
      assert.equal(headers?.['x-more'], 'a')
      assert.equal(headers?.['content-type'], type)
    }
  })

  it('believes X-Forwarded-For from the proxies that are named only', async () => {
    for (const [trustProxy, address] of [
      [undefined, '127.0.0.1'],
      [['127.0.0.1'], '203.0.113.9'],
    ] as const) {
      await using s = await stage(trustProxy === undefined ? {} : { trustProxy })
      await notify(s, XML, { 'x-forwarded-for': '203.0.113.9' })
      assert.equal(s.cf.notifications[0]?.callerAddress, address)
    }
  })

  it('is acknowledged to the byte, without a cookie', async () => {
    await using s = await stage()
    for (const acknowledgement of [
      { status: 200, contentType: 'text/plain', body: '[OK]' },
      { status: 202, contentType: 'text/xml', body: '<ok>ü</ok>\r\n' },
      { status: 200, contentType: 'application/json', body: '{}' },
      { status: 200, contentType: 'text/plain; charset=ISO-8859-1', body: '' },
    ]) {
      s.cf.answer = () => acknowledgement
      const { status, headers, bytes } = await notify(s, XML)
      assert.equal(status, acknowledgement.status)
      assert.equal(headers.get('content-type'), acknowledgement.contentType)
      assert.deepEqual(bytes, Buffer.from(acknowledgement.body))
      assert.equal(headers.get('content-length'), String(bytes.length))
      assert.deepEqual(headers.getSetCookie(), [])
      assert.equal(headers.get('cache-control'), 'no-store')
    }
  })

  it('is read up to its own limit, which is not the one of our forms', async () => {
    await using s = await stage()
    assert.equal((await notify(s, 'x'.repeat(65_536))).status, 200)
    assert.equal(s.cf.notifications[0]?.raw.length, 65_536)
    const long = await notify(s, 'x'.repeat(65_537))
    assert.deepEqual([long.status, long.bytes.toString()], [413, 'CF_NOTIFICATION_REFUSED\n'])
    await using small = await stage({ limits: { notificationBytesMax: 10 } })
    assert.equal((await notify(small, 'x'.repeat(11))).status, 413)
    assert.equal(small.cf.notifications.length, 0)
    const browser = s.browser()
    const { url, hidden } = await browser.openForm(s)
    assert.equal((await browser.post(url, { ...visa, ...hidden, more: 'x'.repeat(17_000) })).status, 413)
  })

  it('that is refused is answered for a program: code, status, and when to come again', async () => {
    await using s = await stage()
    for (const [code, status, again] of [
      ['CF_NOTIFICATION_REFUSED', 403, null],
      ['CF_LINK_INVALID', 404, null],
      ['CF_OVERLOADED', 503, '30'],
      ['CF_JOURNAL_UNAVAILABLE', 503, '30'],
      ['CF_NOT_STARTED', 503, '30'],
    ] as const) {
      s.cf.answer = () => {
        throw failure(code, 'words for developers only')
      }
      const answer = await notify(s, XML)
      assert.equal(answer.status, status)
      assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
      assert.equal(answer.headers.get('retry-after'), again)
      assert.equal(answer.bytes.toString(), `${code}\n`)
    }
  })

  it('is never written to the log, whatever happens', async () => {
    await using s = await stage()
    s.cf.answer = () => {
      throw new TypeError(`no way to read ${visa.number}`)
    }
    const answer = await notify(s, `<n>${visa.number} canary</n>`, {}, 'canary-path')
    assert.deepEqual([answer.status, answer.bytes.toString()], [500, 'HTTP 500\n'])
    assert.match(s.logged[0]?.message ?? '', /^POST \/notifications\/:path: TypeError/)
    assert.doesNotMatch(JSON.stringify(s.logged), /canary|4444 3333/)
  })

  it('of another type, or none, is refused without a page', async () => {
    await using s = await stage()
    for (const type of ['text/html', 'multipart/form-data; boundary=x', 'application/octet-stream']) {
      const answer = await notify(s, XML, { 'content-type': type })
      assert.deepEqual([answer.status, answer.bytes.toString()], [415, 'HTTP 415\n'])
    }
    assert.equal(s.cf.notifications.length, 0)
  })

  it('that takes too long is answered in time, so that the provider repeats it', async () => {
    await using s = await stage({ limits: { answerWithinMs: 60 } })
    s.cf.receive = async () => {
      await delay(150)
      return { status: 200, contentType: 'text/plain', body: '[OK]' }
    }
    const answer = await notify(s, XML)
    assert.deepEqual([answer.status, answer.bytes.toString()], [504, 'HTTP 504\n'])
    await delay(120)
  })

  it('is taken by POST at its own address and nowhere else', async () => {
    await using s = await stage()
    const nothing = await s.browser().get(`${s.url}/nothing`)
    for (const path of ['notifications/worldpay', 'notifications/', 'notifications/a/b']) {
      const answer = await s.browser().get(`${s.url}/${path}`)
      assert.deepEqual([answer.status, answer.body], [404, nothing.body])
    }
    assert.equal(s.cf.notifications.length, 0)
  })

  it('whose body the host has read is refused by name', async () => {
    await using s = await stage({
      before: async (request) => {
        for await (const _ of request);
      },
    })
    const answer = await notify(s, XML)
    assert.deepEqual([answer.status, answer.bytes.toString()], [500, 'CF_BODY_CONSUMED\n'])
  })
})
