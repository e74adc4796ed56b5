import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Value } from 'typebox/value'
import { type CaseBed, caseBed, type Caller } from './case-bed.test-data.ts'
import { CaseDetails, CaseList, Resolution } from './case-schemas.ts'
import { apiSettingsFrom } from './options.ts'

const REFUND = { action: 'refund', why: 'Paid twice, see the ticket.', amountMinor: 500 }
let keys = 0

function resolve(
  bed: CaseBed,
  caller: Caller,
  path: string,
  body: unknown,
  key = `resolution-${keys++}`,
): ReturnType<CaseBed['ask']> {
  return bed.ask(caller, 'POST', `/cases/${path}/resolutions`, body, { 'idempotency-key': key })
}

describe('GET /v1/cases', () => {
  it('lists the open cases with what can be done, for operators and clients', async () => {
    await using bed = await caseBed()
    for (const caller of ['ann', 'web-shop'] as const) {
      const { status, json } = await bed.ask(caller, 'GET', '/cases')
      assert.equal(status, 200)
      assert.deepEqual(Value.Errors(CaseList, json), [])
      assert.deepEqual(
        json.cases.map((one: { caseId: string }) => one.caseId),
        ['p3:statusOk:send-order-mail', 'case-2', 'case-1'],
      )
      assert.equal(json.next, undefined)
      assert.equal(json.cases[2].text, 'sale of 19.99 GBP: nobody answers')
    }
  })

  it('answers page by page, of one reason, or one by its id; and refuses another query', async () => {
    await using bed = await caseBed()
    const first = await bed.ask('ann', 'GET', '/cases?limit=2')
    assert.equal(first.json.next, 'p2')
    const second = await bed.ask('ann', 'GET', `/cases?limit=2&before=${first.json.next}`)
    assert.deepEqual([second.json.cases.length, second.json.cases[0].caseId], [1, 'case-1'])
    const one = await bed.ask('ann', 'GET', '/cases?reason=doubt-unresolved')
    assert.deepEqual(
      one.json.cases.map(({ paymentId }: { paymentId: string }) => paymentId),
      ['p2'],
    )
    const found = await bed.ask('ann', 'GET', '/cases?caseId=case-1')
    assert.equal(found.json.cases[0].paymentId, 'p1')
    assert.deepEqual((await bed.ask('ann', 'GET', '/cases?caseId=none')).json.cases, [])
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'all=1', 'before=']) {
      const { status, json } = await bed.ask('ann', 'GET', `/cases?${query}`)
      assert.deepEqual([status, json.code], [400, 'CF_REQUEST_INVALID'], query)
    }
  })
})

describe('GET /v1/cases/{paymentId}/{caseId}', () => {
  it('answers all that is known of a case, also once it is closed', async () => {
    await using bed = await caseBed()
    const { status, json } = await bed.ask('ann', 'GET', '/cases/p1/case-1')
    assert.equal(status, 200)
    assert.deepEqual(Value.Errors(CaseDetails, json), [])
    assert.deepEqual(
      json.actions.map(({ action, people }: { action: string; people: number }) => [action, people]),
      [
        ['reverse', 2],
        ['refund', 2],
        ['close', 1],
      ],
    )
    assert.deepEqual([json.actions[1].mostMinor, json.payment.id], [1999, 'p1'])
    await resolve(bed, 'ann', 'p1/case-1', { action: 'close', why: 'It was meant so.' })
    const after = await bed.ask('ann', 'GET', '/cases/p1/case-1')
    assert.deepEqual([after.json.closed.by, after.json.actions], ['ann', []])
    assert.deepEqual((await bed.ask('ann', 'GET', '/payments/p1')).json.cases[0].closed.action, 'close')
    const path = encodeURIComponent('p3:statusOk:send-order-mail')
    assert.equal((await bed.ask('ann', 'GET', `/cases/p3/${path}`)).json.reason, 'effect-parked')
    for (const unknown of ['p1/none', 'none/case-1', `p1/${'x'.repeat(500)}`]) {
      assert.deepEqual((await bed.ask('ann', 'GET', `/cases/${unknown}`)).json.status, 404, unknown)
    }
  })
})

describe('POST /v1/cases/{paymentId}/{caseId}/resolutions', () => {
  it('proposes by the first operator and carries out by the second, by the names of their keys', async () => {
    await using bed = await caseBed()
    const proposed = await resolve(bed, 'ann', 'p1/case-1', REFUND)
    assert.equal(proposed.status, 202)
    assert.deepEqual(Value.Errors(Resolution, proposed.json), [])
    assert.deepEqual([proposed.json.outcome, proposed.json.case.proposal.by], ['proposed', 'ann'])
    assert.deepEqual(bed.sent, [])
    const again = await resolve(bed, 'ann', 'p1/case-1', REFUND)
    assert.deepEqual([again.status, again.json.code], [409, 'CF_CASE_NEEDS_ANOTHER'])
    const resolved = await resolve(bed, 'bob', 'p1/case-1', { ...REFUND, amountMinor: '500' })
    assert.equal(resolved.status, 200)
    assert.deepEqual(Value.Errors(Resolution, resolved.json), [])
    const { closed } = resolved.json.case
    assert.deepEqual([closed.by, closed.approvedBy, closed.amountMinor], ['ann', 'bob', 500])
    assert.equal(resolved.json.case.payment.operations.at(-1).reference, closed.reference)
    assert.deepEqual(bed.sent, ['refund'])
  })

  it('takes no name from the request', async () => {
    await using bed = await caseBed()
    const { status, json } = await resolve(bed, 'ann', 'p1/case-1', { ...REFUND, by: 'bob' })
    assert.deepEqual([status, json.code], [400, 'CF_REQUEST_INVALID'])
  })

  it('is not for the keys of shops, nor are orders for those of operators', async () => {
    await using bed = await caseBed()
    const shop = await resolve(bed, 'web-shop', 'p1/case-1', REFUND)
    assert.deepEqual([shop.status, shop.json.code], [403, 'CF_API_KEY_ROLE'])
    const order = { id: 'A-1', amountMinor: 1, currency: 'GBP', description: 'Tea' }
    const ann = await bed.ask('ann', 'POST', '/orders', order, { 'idempotency-key': 'order-00001' })
    assert.deepEqual([ann.status, ann.json.code], [403, 'CF_API_KEY_ROLE'])
  })

  it('answers the same key as it did the first time, of that operator alone', async () => {
    await using bed = await caseBed()
    await resolve(bed, 'ann', 'p2/case-2', { action: 'close', why: 'Not there.' }, 'the-same-key')
    const again = await resolve(
      bed,
      'ann',
      'p2/case-2',
      { action: 'close', why: 'Not there.' },
      'the-same-key',
    )
    assert.deepEqual([again.status, again.json.outcome], [202, 'proposed'])
    const bob = await resolve(bed, 'bob', 'p2/case-2', { action: 'close', why: 'I agree.' }, 'the-same-key')
    assert.deepEqual([bob.status, bob.json.case.payment.operations[0].state], [200, 'not-seen'])
    const other = await resolve(bed, 'ann', 'p2/case-2', { action: 'adopt', why: 'x' }, 'the-same-key')
    assert.deepEqual([other.status, other.json.code], [422, 'CF_KEY_REUSED'])
  })

  it('refuses what does not fit, in words that say what does', async () => {
    await using bed = await caseBed()
    const refusals = [
      ['p2/case-2', { action: 'refund', why: 'x' }, 409, 'CF_CASE_ACTION'],
      ['p1/case-1', { ...REFUND, amountMinor: 2000 }, 422, 'CF_AMOUNT_EXCEEDED'],
      ['p1/case-1', { ...REFUND, amountMinor: 0 }, 400, 'CF_REQUEST_INVALID'],
      ['p1/case-1', { action: 'burn', why: 'x' }, 400, 'CF_REQUEST_INVALID'],
      ['p1/case-1', { action: 'close' }, 400, 'CF_REQUEST_INVALID'],
      ['p1/case-1', { action: 'close', why: 'card 4444333322221111' }, 422, 'CF_CARD_DATA_LEAK'],
      ['p1/none', { action: 'close', why: 'x' }, 404, 'CF_CASE_UNKNOWN'],
      ['none/case-1', { action: 'close', why: 'x' }, 404, 'CF_CASE_UNKNOWN'],
    ] as const
    for (const [path, body, status, code] of refusals) {
      const answer = await resolve(bed, 'ann', path, body)
      assert.deepEqual([answer.status, answer.json.code], [status, code], JSON.stringify(body))
    }
    const { json } = await resolve(bed, 'ann', 'p2/case-2', { action: 'refund', why: 'x' })
    assert.match(json.detail, /what fits now: 'adopt', 'close', 'reverse'/)
    const keyless = await bed.ask('ann', 'POST', '/cases/p1/case-1/resolutions', REFUND)
    assert.equal(keyless.json.code, 'CF_KEY_MISSING')
  })

  it('has work that was given up done again', async () => {
    await using bed = await caseBed()
    const path = `p3/${encodeURIComponent('p3:statusOk:send-order-mail')}`
    const { status, json } = await resolve(bed, 'bob', path, {
      action: 'retry',
      why: 'The mail server is back.',
    })
    assert.deepEqual([status, json.case.closed.by], [200, 'bob'])
  })
})

describe('the keys of operators', () => {
  const secret = (text: string) => ({ reveal: () => text.padEnd(32, '-') })
  const ann = { name: 'ann', secret: secret('a') }

  it('may be all that the API has: then it takes no orders', () => {
    assert.equal(apiSettingsFrom({ operators: [ann] }).orders, undefined)
    assert.deepEqual(
      apiSettingsFrom({ operators: [ann, { name: 'ann', secret: secret('b') }] }).keys.map(
        ({ role }) => role,
      ),
      ['operator', 'operator'],
    )
  })

  it('name people, each by a name and a secret of their own', () => {
    const orders = { book: () => undefined, find: () => undefined } as never
    for (const [options, words] of [
      [{}, /api\.keys must list/],
      [{ operators: [] }, /api\.operators must list/],
      [{ operators: [{ ...ann, name: 'Ann' }] }, /operators\[0\]\.name must be .* such as 'ann'/],
      [{ operators: [{ ...ann, name: 'counterfoil' }] }, /operators\[0\]\.name/],
      [{ operators: [{ ...ann, secret: { reveal: () => 'short' } }] }, /operators\[0\]\.secret/],
      [{ operators: [ann, { ...ann, name: 'bob' }] }, /same secret twice/],
      [
        { orders, keys: [{ client: 'ann', secret: secret('b') }], operators: [ann] },
        /name of a client: 'ann'/,
      ],
      [{ keys: [{ client: 'shop', secret: secret('b') }], operators: [ann] }, /api\.orders/],
    ] as const) {
      assert.throws(() => apiSettingsFrom(options), words)
    }
  })
})
