import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Value } from 'typebox/value'
import { apiStage, newKey, tea } from './api-bed.test-data.ts'

interface Operation {
  readonly operationId: string
  readonly security?: readonly unknown[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}
type Schema = Readonly<Record<string, unknown>>
interface OpenApi {
  readonly servers: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** The schema with what its references lead to in their place: nothing here is recursive. */
function whole(document: OpenApi, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((member) => whole(document, member))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref, ...rest } = schema as Schema
  if (typeof $ref === 'string')
    return whole(document, document.components.schemas[$ref.split('/').at(-1) ?? ''])
  return Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, whole(document, member)]))
}

describe('the OpenAPI document', () => {
  it('is one of OpenAPI 3.1, with the address of this server', async () => {
    await using s = await apiStage()
    const document = (await s.get('/v1/openapi.json')).json as OpenApi
    const validator = new Validator()
    const result = await validator.validate(structuredClone(document) as unknown as Record<string, unknown>)
    assert.deepEqual(result.errors ?? [], [])
    assert.equal(result.valid, true)
    assert.equal(validator.version, '3.1')
    assert.deepEqual(document.servers, [{ url: s.url }])
    const names = Object.keys(document.components.schemas)
    assert.ok(
      ['OrderRequest', 'OrderWithPayments', 'Payment', 'Problem', 'WebhookMessage'].every((name) =>
        names.includes(name),
      ),
    )
    assert.doesNotMatch(JSON.stringify(document), /def-\d|"title":"def/)
  })

  it('has every address that there is, each with its key or without', async () => {
    await using s = await apiStage()
    const { paths } = (await s.get('/v1/openapi.json')).json as OpenApi
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId, security }]) =>
          `${method} ${path} ${operationId} ${JSON.stringify(security ?? 'key')}`,
      ),
    )
    assert.deepEqual(operations.toSorted(), [
      'get /v1/cases listCases "key"',
      'get /v1/cases/{paymentId}/{caseId} readCase "key"',
      'get /v1/errors/{code} readError []',
      'get /v1/in-doubt readInDoubt "key"',
      'get /v1/orders/{id} readOrder "key"',
      'get /v1/payments/{id} readPayment "key"',
      'post /v1/cases/{paymentId}/{caseId}/resolutions resolveCase "key"',
      'post /v1/orders handOverOrder "key"',
      'post /v1/settlements compareSettlement "key"',
      'post /v1/settlements/period-end endSettlementPeriod "key"',
    ])
  })

  it('describes what is answered: every answer fits the schema of its operation and status', async () => {
    await using s = await apiStage({ limits: { apiBodyBytesMax: 5_000 } })
    const document = (await s.get('/v1/openapi.json')).json as OpenApi
    const first = await s.handOver({ ...tea, id: 'A-1' })
    const { id } = await s.cf.pay({ orderId: 'A-1', module: 'card', key: newKey() })
    s.cf.paid(id, {
      operations: [
        {
          reference: 'r',
          kind: 'sale',
          state: 'approved',
          inDoubt: false,
          amountMinor: 1n,
          currency: 'GBP',
          intendedAtMs: 0,
          code: '51',
          text: 'x',
        },
      ],
      cases: [{ caseId: 'c', reason: 'x', reference: 'r', text: 'x', atMs: 0 }],
    })
    const answers = [
      ['post', '/v1/orders', first],
      ['post', '/v1/orders', await s.handOver({ ...tea, id: 'A-1' })],
      ['post', '/v1/orders', await s.handOver({})],
      ['post', '/v1/orders', await s.handOver({ ...tea, id: 'A-1', currency: 'EUR' })],
      ['post', '/v1/orders', await s.handOver({ ...tea, id: 'A-1', currency: 'XYZ' })],
      ['post', '/v1/orders', await s.handOver('x'.repeat(6_000))],
      ['post', '/v1/orders', await s.handOver(tea, { 'content-type': 'text/plain' })],
      ['post', '/v1/orders', await s.handOver(tea, { authorization: 'none' })],
      ['get', '/v1/orders/{id}', await s.get('/v1/orders/A-1')],
      ['get', '/v1/orders/{id}', await s.get('/v1/orders/A-2')],
      ['get', '/v1/payments/{id}', await s.get(`/v1/payments/${id}`)],
      ['get', '/v1/errors/{code}', await s.get('/v1/errors/CF_CONFIG')],
      ['get', '/v1/errors/{code}', await s.get('/v1/errors/none')],
    ] as const
    for (const [method, path, { status, headers, json }] of answers) {
      const type = headers.get('content-type')?.split(';')[0] ?? ''
      const schema = document.paths[path]?.[method]?.responses[String(status)]?.content?.[type]?.schema
      assert.ok(schema !== undefined, `${method} ${path} ${status} ${type} is not described`)
      const errors = Value.Errors(whole(document, schema) as never, json)
      assert.deepEqual(errors, [], `${method} ${path} ${status}`)
    }
    assert.deepEqual(
      [...new Set(answers.map(([, , { status }]) => status))].toSorted((one, other) => one - other),
      [200, 201, 400, 401, 404, 409, 413, 415, 422],
    )
  })

  it('describes what is taken: the schema of a request refuses what the server refuses', async () => {
    await using s = await apiStage()
    const document = (await s.get('/v1/openapi.json')).json as OpenApi
    const schema = whole(
      document,
      document.paths['/v1/orders']?.['post']?.requestBody?.content?.['application/json']?.schema,
    )
    for (const order of [
      tea,
      { ...tea, amountMinor: '1' },
      { ...tea, amountMinor: '0' },
      { ...tea, more: 1 },
      { ...tea, id: '' },
    ]) {
      const taken =
        (await s.handOver({ ...order, id: order.id && `A-${newKey()}`, lines: undefined })).status === 201
      assert.equal(Value.Check(schema as never, { ...order, lines: [] }), taken, JSON.stringify(order))
    }
  })
})
