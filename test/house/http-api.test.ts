import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Value } from 'typebox/value'
import { textOf } from '../../scripts/program.ts'
import { errorRegistry } from '../../src/errors.ts'
import { webhookTypes } from '../../src/shop/webhook/index.ts'
import { messageOf } from '../../src/shop/webhook/messages.ts'

const page = textOf('docs/reference/http-api.md')
const webhooks = textOf('docs/reference/webhooks.md')

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly enum?: readonly string[]
}
interface OpenApi {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, unknown>> }>>>
  >
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
const document = JSON.parse(textOf('docs/reference/openapi.json')) as OpenApi
const schemaOf = (name: string): Schema => document.components.schemas[name] ?? {}
const fieldsOf = (name: string): readonly string[] => Object.keys(schemaOf(name).properties ?? {})

function section(text: string, heading: string): string {
  const [, after] = text.split(`\n${heading}\n`)
  assert.ok(after !== undefined, `there is no '${heading}'`)
  return after.split(/^## /m)[0] ?? ''
}

/** The names in code of all cells at the beginning of a row. */
function firstCells(text: string): readonly string[] {
  const cells = [...text.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].map(([, cell = '']) => cell)
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

/** Everything in code. */
const named = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name))

describe('the page of the HTTP API', () => {
  it('has every operation of the document, and no other', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const listed = firstCells(page).filter((cell) => /^[A-Z]+ \/v1/.test(cell))
    assert.deepEqual(listed.toSorted(), [...operations, 'GET /v1/openapi.json'].toSorted())
  })

  it('names every field that is taken and answered, and says which are required', () => {
    const taken = section(page, '## POST /v1/orders')
    const required = [...taken.matchAll(/^\| `(\w+)` \| required \|/gm)].map(([, name]) => name)
    assert.deepEqual(required, schemaOf('OrderRequest').required)
    const nested = ['OrderRequest', 'LineRequest', 'Payer', 'Address', 'Order'].flatMap(fieldsOf)
    assert.deepEqual(
      nested.filter((field) => !named(taken).has(field)),
      [],
    )
    const read = section(page, '## GET /v1/orders/{id}')
    const added = fieldsOf('OrderWithPayments').filter((field) => !fieldsOf('Order').includes(field))
    assert.deepEqual(
      added.filter((field) => !firstCells(read).includes(field)),
      [],
    )
    const payment = section(page, '## GET /v1/payments/{id}')
    assert.deepEqual(firstCells(payment).toSorted(), fieldsOf('Payment').toSorted())
    const inside = ['Balances', 'Operation', 'Case'].flatMap(fieldsOf)
    assert.deepEqual(
      inside.filter((field) => !named(payment).has(field)),
      [],
    )
  })

  it('says what each state of an order and each status of a payment means', () => {
    const states = schemaOf('OrderWithPayments').properties?.['state']?.enum ?? []
    const listed = firstCells(section(page, '## GET /v1/orders/{id}'))
    assert.deepEqual(
      states.filter((state) => !listed.includes(state)),
      [],
    )
    const statuses = schemaOf('Payment').properties?.['status']?.enum ?? []
    assert.ok(statuses.length > 5)
    const payment = named(section(page, '## GET /v1/payments/{id}'))
    assert.deepEqual(
      statuses.filter((status) => !payment.has(status)),
      [],
    )
  })

  it('lists every status of a problem that the document has, and each code with its own', () => {
    const problems = section(page, '## Problems')
    const rows = [...problems.matchAll(/^\| ([\d, ]+) \| (?:`(CF_\w+)`)? ?\|/gm)]
    const statuses = new Set(rows.flatMap(([, list = '']) => list.split(', ')))
    const described = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).flatMap(({ responses }) => Object.keys(responses)),
    )
    assert.deepEqual(
      described.filter((status) => status >= '400' && !statuses.has(status)),
      [],
    )
    const codes = rows.filter(([, , code]) => code !== undefined)
    assert.ok(codes.length > 10)
    for (const [, status, code = ''] of codes) {
      const entry = Object.entries(errorRegistry).find(([name]) => name === code)?.[1]
      assert.equal(String(entry?.status), status, code)
    }
    assert.deepEqual(fieldsOf('Problem'), Object.keys(exampleIn(page)))
  })
})

describe('the page of the webhooks', () => {
  it('lists every type, and every field of the body', () => {
    assert.deepEqual(firstCells(section(webhooks, '## Types')), webhookTypes)
    assert.deepEqual(schemaOf('WebhookMessage').properties?.['type']?.enum, webhookTypes)
    const { type, timestamp, data } = schemaOf('WebhookMessage').properties ?? {}
    assert.ok(type !== undefined && timestamp !== undefined && data !== undefined)
    const inside = Object.keys(data.properties ?? {})
    const all = ['type', 'timestamp', ...inside.map((field) => `data.${field}`)]
    assert.deepEqual(firstCells(section(webhooks, '## Body')).toSorted(), all.toSorted())
    const example = exampleIn(webhooks) as { readonly data: object }
    assert.deepEqual(
      [Object.keys(example), Object.keys(example.data)],
      [['type', 'timestamp', 'data'], inside],
    )
  })
})

describe('a webhook as it is sent', () => {
  it('fits the schema that the document has of it', () => {
    const telling = {
      key: 'k',
      sequence: 1,
      atMs: 0,
      paymentId: 'p',
      orderId: 'o',
      amountMinor: 1n,
      currency: 'GBP',
      signal: AbortSignal.abort(),
    }
    const schema = schemaOf('WebhookMessage') as never
    for (const type of webhookTypes) {
      assert.deepEqual(Value.Errors(schema, messageOf(type, telling)), [], type)
    }
    const changed = messageOf('payment.changed', { ...telling, change: 'charged-back', changedMinor: 1n })
    assert.deepEqual(Value.Errors(schema, changed), [])
  })
})

/** The first block of JSON on a page. */
function exampleIn(text: string): object {
  const block = /^```json\n([^]*?)^```$/m.exec(text)?.[1] ?? ''
  return JSON.parse(block) as object
}
