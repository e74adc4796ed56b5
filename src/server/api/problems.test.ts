import assert from 'node:assert/strict'
import { request as requestHttp } from 'node:http'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { errorRegistry, failure } from '../../errors.ts'
import { memoryOrderBook } from '../../shop/order-book/memory.ts'
import { settingsFrom } from '../options.ts'
import { type ApiAnswer, apiStage, KEY, newKey, OTHER_KEY, tea } from './api-bed.test-data.ts'
import { Allowance } from './allowance.ts'

const json = { 'content-type': 'application/json' }

function assertProblem(answer: ApiAnswer, status: number, code?: string): void {
  assert.equal(answer.status, status, answer.body)
  assert.equal(answer.headers.get('content-type'), 'application/problem+json')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(answer.headers.get('set-cookie'), null)
  assert.equal(answer.json.status, status)
  assert.equal(answer.json.code, code)
  if (code === undefined) assert.equal(answer.json.type, 'about:blank')
  else assert.match(answer.json.type, new RegExp(`/pay/v1/errors/${code}$`))
}

describe('a caller without a key that is known', () => {
  it('is answered the same, whatever was shown and asked for', async () => {
    await using s = await apiStage()
    await s.handOver(tea)
    const shown = [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${KEY}x`,
      `Bearer ${KEY.slice(1)}`,
      `Basic ${KEY}`,
      KEY,
    ]
    const bodies = new Set<string>()
    for (const authorization of shown) {
      for (const path of ['/v1/orders/A-1001', '/v1/orders/none', '/v1/nowhere', '/v1', '/v1/']) {
        const answer = await s.get(path, { authorization })
        assertProblem(answer, 401, 'CF_API_KEY_REFUSED')
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="counterfoil"')
        bodies.add(answer.body)
      }
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await s.send(
        method,
        '/v1/orders',
        { authorization: undefined, 'content-type': 'text/xml' },
        '<x/>',
      )
      assertProblem(answer, 401, 'CF_API_KEY_REFUSED')
      bodies.add(answer.body)
    }
    assert.equal(bodies.size, 1)
  })

  it('may read the document and what errors mean, and every one of them says so', async () => {
    await using s = await apiStage()
    assert.equal((await s.get('/v1/openapi.json', { authorization: undefined })).status, 200)
    for (const [code, entry] of Object.entries(errorRegistry)) {
      const meaning = await s.get(`/v1/errors/${code}`, { authorization: undefined })
      assert.deepEqual(meaning.json, { code, ...entry })
    }
    assertProblem(await s.get('/v1/errors/none', { authorization: undefined }), 404, 'CF_LINK_INVALID')
    assertProblem(await s.get('/v1/errors/toString', { authorization: undefined }), 404, 'CF_LINK_INVALID')
  })

  it('finds nothing at all where there is no API', async () => {
    await using s = await apiStage({ api: undefined as never })
    const answer = await s.get('/v1/orders/A-1')
    assert.equal(answer.status, 404)
    assert.match(answer.headers.get('content-type') ?? '', /html/)
  })
})

describe('a problem of the API', () => {
  it('stands for an address, a method and a body that it does not have', async () => {
    await using s = await apiStage({ limits: { apiBodyBytesMax: 2_000 } })
    for (const path of ['/v1', '/v1/', '/v1/nowhere', '/v1/orders/a/b', '/v1?x=1'])
      assertProblem(await s.get(path), 404, 'CF_LINK_INVALID')
    assertProblem(
      await s.send('POST', '/v1/nowhere', { 'content-type': 'text/xml' }, '<x/>'),
      404,
      'CF_LINK_INVALID',
    )
    const undecodable = await s.get('/v1/orders/%zz')
    assertProblem(undecodable, 404, 'CF_LINK_INVALID')
    for (const [method, path, allow] of [
      ['GET', '/v1/orders', 'POST'],
      ['DELETE', '/v1/orders', 'POST'],
      ['OPTIONS', '/v1/orders', 'POST'],
      ['POST', '/v1/orders/A-1', 'GET, HEAD'],
      ['PATCH', '/v1/payments/x', 'GET, HEAD'],
    ] as const) {
      const answer = await s.send(method, path, method === 'POST' ? { 'content-type': 'text/xml' } : {})
      assertProblem(answer, 405)
      assert.equal(answer.headers.get('allow'), allow)
    }
    assertProblem(await s.handOver(`{"description":"${'x'.repeat(2_000)}"}`), 413)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/xml',
      'multipart/form-data; boundary=x',
    ])
      assertProblem(await s.handOver(tea, { 'content-type': type }), 415)
    assertProblem(
      await s.send('POST', '/v1/orders', { 'idempotency-key': newKey(), ...json }),
      400,
      'CF_REQUEST_INVALID',
    )
    const notUtf8 = Buffer.concat([
      Buffer.from('{"description":"Caf'),
      Buffer.from([0xe9]),
      Buffer.from('"}'),
    ])
    assertProblem(
      await s.send('POST', '/v1/orders', { 'idempotency-key': newKey(), ...json }, notUtf8),
      400,
      'CF_REQUEST_INVALID',
    )
  })

  it('says that something of ours is away, and when to come again, and nothing of where it is', async () => {
    const book = memoryOrderBook()
    const gone = (): Promise<never> =>
      Promise.reject(failure('CF_ORDER_BOOK_UNAVAILABLE', '/secret/path/orders.db: disk I/O error'))
    await using s = await apiStage({ book: { ...book, book: gone, find: gone } })
    for (const answer of [await s.handOver(tea), await s.get('/v1/orders/A-1')]) {
      assertProblem(answer, 503, 'CF_ORDER_BOOK_UNAVAILABLE')
      assert.equal(answer.headers.get('retry-after'), '5')
      assert.equal(answer.json.retry, 'later')
      assert.doesNotMatch(answer.body, /secret/)
    }
    assert.match(s.logged[0]?.message ?? '', /^POST \/v1\/orders by web-shop: .*secret/)
    s.cf.payment = () => Promise.reject(new Error('a bug at /secret/file.ts'))
    const bug = await s.get('/v1/payments/x')
    assertProblem(bug, 500)
    assert.doesNotMatch(bug.body, /secret/)
  })

  it('stands for an answer that takes too long, and for a body that does not come', async () => {
    const book = memoryOrderBook()
    await using s = await apiStage({
      book: { ...book, book: () => new Promise(() => undefined) },
      limits: { answerWithinMs: 100 },
    })
    const late = await s.handOver(tea)
    assertProblem(late, 504)
    assert.equal(late.headers.get('retry-after'), '5')
    const { port, pathname } = new URL(s.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `POST ${pathname}/v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\nidempotency-key: 12345678\r\n` +
        'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"id"',
    )
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    assert.match(text, /^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*"status":408/)
  })

  it('stands also where the server is about to end', async () => {
    await using s = await apiStage()
    await s.server.close()
    assertProblem(await s.get('/v1/orders/A-1'), 503, 'CF_NOT_STARTED')
  })

  it('answers HEAD without a body', async () => {
    await using s = await apiStage()
    await s.handOver(tea)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${KEY}` }
      requestHttp(`${s.url}/v1/orders/A-1001`, { method: 'HEAD', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    assert.equal(status, 200)
  })
})

describe('the allowance of a client', () => {
  it('is used up by its own requests alone, and answers 429 with when to come again', async () => {
    await using s = await apiStage({ limits: { apiRequestsPerMinuteMax: 2 } })
    await s.handOver(tea)
    await s.get('/v1/nowhere')
    const answer = await s.get('/v1/orders/A-1001')
    assertProblem(answer, 429, 'CF_API_BUSY')
    const seconds = Number(answer.headers.get('retry-after'))
    assert.ok(seconds >= 1 && seconds <= 30, String(seconds))
    assert.equal((await s.get('/v1/orders/A-1001', { authorization: `Bearer ${OTHER_KEY}` })).status, 200)
  })

  it('grows again with time, and never beyond a minute of it', () => {
    let nowMs = 0
    const allowance = new Allowance(60, () => nowMs)
    const takeAll = (): number => {
      for (let taken = 0; taken < 1_000; taken++) {
        try {
          allowance.take('web-shop')
        } catch {
          return taken
        }
      }
      return Number.POSITIVE_INFINITY
    }
    assert.equal(takeAll(), 60)
    nowMs += 3_000
    assert.equal(takeAll(), 3)
    nowMs += 3_600_000
    assert.equal(takeAll(), 60)
  })
})

describe('the options of the API', () => {
  const good = { client: 'web-shop', secret: { reveal: () => KEY } }
  const orders = memoryOrderBook()
  const refusal = (api: unknown): string => {
    try {
      settingsFrom('https://shop.example/pay', { secret: KEY, api: api as never })
      return 'taken'
    } catch (error) {
      return String(error)
    }
  }

  it('name the one that cannot be, and never a key', () => {
    assert.equal(refusal({ keys: [good], orders }), 'taken')
    assert.match(refusal({ keys: [], orders }), /api\.keys must list 1 to 100/)
    assert.match(refusal({ keys: [good] }), /api\.orders must be an order book/)
    assert.match(refusal({ keys: [{ ...good, client: 'Web Shop' }], orders }), /keys\[0\]\.client/)
    assert.match(refusal({ keys: [good, { ...good, client: 'b' }], orders }), /the same secret twice/)
    for (const text of ['short', 'x'.repeat(31), 'x'.repeat(513), `${KEY} with a space`]) {
      const words = refusal({ keys: [{ ...good, secret: { reveal: () => text } }], orders })
      assert.match(words, /keys\[0\]\.secret must be secret\(\.\.\.\) of 32 to 512/)
      assert.equal(words.includes(text), false)
    }
    assert.match(refusal({ keys: [{ client: 'a', secret: KEY }], orders }), /must be secret/)
  })

  it('let one client have two keys while one replaces the other', async () => {
    const second = { client: 'web-shop', secret: { reveal: () => OTHER_KEY } }
    const book = memoryOrderBook()
    await using s = await apiStage({ book, api: { keys: [good, second], orders: book } })
    const key = newKey()
    await s.handOver(tea, { 'idempotency-key': key })
    const again = await s.handOver(tea, { 'idempotency-key': key, authorization: `Bearer ${OTHER_KEY}` })
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
  })
})
