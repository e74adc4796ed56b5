import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failure } from '../errors.ts'
import { type ApiAnswer, type ApiStage, apiStage, KEY, newKey, tea } from './api/api-bed.test-data.ts'
import { memoryOrderBook } from '../shop/order-book/memory.ts'

const ANN = 'the-key-of-ann-who-looks-after-cases-00'
const json = { 'content-type': 'application/json' }
const asAnn = { ...json, authorization: `Bearer ${ANN}` }
const line = {
  lineNumber: 2,
  reference: 'o-1',
  kind: 'captured',
  amountMinor: 1999,
  feeMinor: 30,
  currency: 'GBP',
  at: '2026-01-31T10:15:00Z',
}
const settlement = { gateway: 'worldpay', report: 'january.csv', lines: [line] }

/** The API with a client and an operator. */
async function withOperator(): Promise<ApiStage> {
  const book = memoryOrderBook()
  const sealed = (text: string) => ({ reveal: () => text })
  return apiStage({
    book,
    api: {
      orders: book,
      keys: [{ client: 'web-shop', secret: sealed(KEY) }],
      operators: [{ name: 'ann', secret: sealed(ANN) }],
    },
  })
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
}

/** Each operation of the document, as it would be called. */
async function operationsOf(s: ApiStage): Promise<readonly { method: string; path: string }[]> {
  const { paths } = (await s.get('/v1/openapi.json')).json as OpenApi
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  )
}

/** A body that fits, so that nothing but the caller can be wrong. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /v1/orders': tea,
  'POST /v1/cases/{paymentId}/{caseId}/resolutions': { action: 'close', why: 'It was meant so.' },
  'POST /v1/settlements': settlement,
  'POST /v1/settlements/period-end': { gateway: 'worldpay', until: '2026-02-01T00:00:00Z' },
}

function call(
  s: ApiStage,
  { method, path }: { method: string; path: string },
  key?: string,
): Promise<ApiAnswer> {
  const body = BODIES[`${method} ${path}`]
  assert.ok(method !== 'POST' || body !== undefined, `a body for ${method} ${path}`)
  const authorization = key === undefined ? undefined : `Bearer ${key}`
  const headers = { authorization, 'idempotency-key': newKey(), ...(body === undefined ? {} : json) }
  return s.send(method, path.replaceAll(/\{\w+\}/g, 'x-1'), headers, body && JSON.stringify(body))
}

describe('each operation of the API', () => {
  it('is for those with a key alone, but for what errors mean', async () => {
    await using s = await withOperator()
    const open: string[] = []
    for (const operation of await operationsOf(s)) {
      const { status } = await call(s, operation)
      if (status !== 401) open.push(`${operation.method} ${operation.path}`)
    }
    assert.deepEqual(open, ['GET /v1/errors/{code}'])
  })

  it('that hands over orders is not for operators, and that resolves cases or compares reports not for clients; no other asks', async () => {
    await using s = await withOperator()
    const refused: string[] = []
    for (const operation of await operationsOf(s)) {
      for (const [name, key] of [
        ['client', KEY],
        ['operator', ANN],
      ] as const) {
        const { status, json: problem } = await call(s, operation, key)
        assert.notEqual(status, 401)
        if (problem?.code === 'CF_API_KEY_ROLE') refused.push(`${name} ${operation.method} ${operation.path}`)
      }
    }
    assert.deepEqual(refused.toSorted(), [
      'client POST /v1/cases/{paymentId}/{caseId}/resolutions',
      'client POST /v1/settlements',
      'client POST /v1/settlements/period-end',
      'operator POST /v1/orders',
    ])
  })
})

describe('a key of the API', () => {
  it('stands in no log line and in no answer, wherever it is shown and whatever fails', async () => {
    await using s = await withOperator()
    const gone = (): Promise<never> => Promise.reject(failure('CF_JOURNAL_UNAVAILABLE', 'gone'))
    const bug = (): Promise<never> => Promise.reject(new TypeError('a bug'))
    const answers: ApiAnswer[] = []
    for (const fail of [gone, bug]) {
      Object.assign(s.cf, { payment: fail, list: fail, cases: fail, case: fail, order: fail, inDoubt: fail })
      Object.assign(s.cf, { resolveCase: fail, reconcile: fail, closeSettlement: fail })
      for (const key of [KEY, ANN]) {
        for (const operation of await operationsOf(s)) answers.push(await call(s, operation, key))
        for (const path of [
          `/v1/payments/${key}`,
          `/v1/orders/${key}`,
          `/v1/cases/${key}/${key}`,
          `/v1/${key}`,
        ])
          answers.push(
            await s.get(path, { authorization: `Bearer ${key}` }),
            await s.get(`${path}?key=${key}`),
          )
        answers.push(await s.get(`/v1/cases?caseId=${key}`, { authorization: `Bearer ${key}x` }))
        answers.push(await s.get(`/v1/in-doubt?${key}=${key}`, { authorization: `Basic ${key}` }))
        answers.push(await s.handOver(`{"${key}":"${key}`, { authorization: `Bearer ${key}` }))
        answers.push(await s.handOver({ ...tea, [key]: key }, { 'idempotency-key': key }))
        answers.push(await s.handOver(tea, { 'content-type': `text/${key}` }))
      }
    }
    assert.ok(s.logged.length >= 10, 'failures were logged')
    const said = JSON.stringify([s.logged, answers.map(({ body, headers }) => [body, [...headers]])])
    for (const key of [KEY, ANN]) {
      for (const form of [key, encodeURIComponent(key), Buffer.from(key).toString('base64').slice(0, 40)])
        assert.equal(said.includes(form), false, form)
    }
  })
})

describe('a batch of a settlement report', () => {
  it('with names that mean something to JavaScript is refused, and changes no object of the process', async () => {
    await using s = await withOperator()
    let reached = 0
    s.cf.reconcile = async () => {
      reached++
      return { lines: [], totals: [] }
    }
    const text = JSON.stringify(settlement)
    const inLine = (field: string): string => text.replace('{"lineNumber"', `{${field},"lineNumber"`)
    const evil = '{"isAdmin":true,"amountMinor":1}'
    for (const body of [
      text.replace('{', `{"__proto__":${evil},`),
      text.replace('{', `{"constructor":{"prototype":${evil}},`),
      inLine(`"__proto__":${evil}`),
      inLine(`"\\u005f_proto__":${evil}`),
      inLine(`"constructor":{"prototype":${evil}}`),
      text.replace(/\[.*\]/, `{"__proto__":${evil},"length":1,"0":${JSON.stringify(line)}}`),
      text.replace('1999', evil),
      text.replace('"o-1"', `{"toString":"x"}`),
      text.replace('"captured"', '"__proto__"'),
      text.replace('"captured"', '"constructor"'),
    ]) {
      const answer = await s.send('POST', '/v1/settlements', asAnn, body)
      assert.deepEqual([answer.status, answer.json.code], [400, 'CF_REQUEST_INVALID'], body)
    }
    assert.equal(reached, 0)
    assert.equal((await s.send('POST', '/v1/settlements', asAnn, text)).status, 200)
    const plain: Readonly<Record<string, unknown>> = {}
    assert.deepEqual([plain['isAdmin'], plain['amountMinor'], [].length], [undefined, undefined, 0])
  })

  it('whose texts hold U+0000, half a character or SQL is refused, or reaches the engine as a text', async () => {
    await using s = await withOperator()
    const seen: string[] = []
    s.cf.reconcile = async ({ report, lines }) => {
      seen.push(report, ...lines.map(({ reference }) => reference))
      return { lines: [], totals: [] }
    }
    const post = (more: object): Promise<ApiAnswer> =>
      s.send('POST', '/v1/settlements', asAnn, JSON.stringify({ ...settlement, ...more }))
    const drop = "');DROP"
    assert.equal((await post({ report: drop, lines: [{ ...line, reference: drop }] })).status, 200)
    assert.deepEqual(seen, [drop, drop])
    for (const reference of ['a\u0000b', '\ud800', 'a b', 'x'.repeat(65)])
      assert.equal((await post({ lines: [{ ...line, reference }] })).status, 400, JSON.stringify(reference))
    assert.equal((await post({ lines: [{ ...line, pspReference: '\udc00' }] })).status, 400)
    assert.equal(seen.length, 2)
  })
})
