import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CloseSettlementRequest, ReconcileRequest } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import { memoryOrderBook } from '../../shop/order-book/memory.ts'
import { type ApiStage, apiStage, KEY } from './api-bed.test-data.ts'
import { SETTLEMENT_BODY_BYTES_MAX } from './settlement-schemas.ts'

const line = {
  lineNumber: 2,
  reference: 'o-1',
  kind: 'captured',
  amountMinor: 1999,
  feeMinor: '-30',
  currency: 'GBP',
  at: '2026-01-31T10:15:00Z',
}
const request = { gateway: 'worldpay', report: 'january.csv', lines: [line] }

const ANN = 'the-key-of-ann-who-looks-after-cases-00'
const asAnn = { 'content-type': 'application/json', authorization: `Bearer ${ANN}` }

/** The API with a client, which shows no key of its own here, and an operator. */
async function operated(): Promise<ApiStage> {
  const orders = memoryOrderBook()
  const sealed = (text: string) => ({ reveal: () => text })
  const keys = [{ client: 'web-shop', secret: sealed(KEY) }]
  return apiStage({ api: { orders, keys, operators: [{ name: 'ann', secret: sealed(ANN) }] } })
}

const post = (s: ApiStage, path: string, body: unknown) => s.send('POST', path, asAnn, JSON.stringify(body))

describe('POST /v1/settlements', () => {
  it('hands the lines to the engine in our words, and answers what each has come to', async () => {
    await using s = await operated()
    const asked: ReconcileRequest[] = []
    s.cf.reconcile = async (given) => {
      asked.push(given)
      return {
        lines: [{ lineNumber: 2, outcome: 'agrees', repeated: false, paymentId: 'p-1', orderId: 'A-1001' }],
        totals: [{ account: 'bank', currency: 'GBP', amountMinor: 10n ** 20n }],
      }
    }
    const answer = await post(s, '/v1/settlements', {
      ...request,
      account: 'SHOP',
      lines: [line, { ...line, modification: 're-1', pspReference: 'T1', occurrence: 2 }],
    })
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.json, {
      lines: [{ lineNumber: 2, outcome: 'agrees', repeated: false, paymentId: 'p-1', orderId: 'A-1001' }],
      totals: [{ account: 'bank', currency: 'GBP', amountMinor: '100000000000000000000' }],
    })
    const words = {
      lineNumber: 2,
      reference: 'o-1',
      kind: 'captured',
      amountMinor: 1999n,
      feeMinor: -30n,
    } as const
    const first = { ...words, currency: 'GBP', atMs: Date.UTC(2026, 0, 31, 10, 15), occurrence: 1 }
    assert.deepEqual(asked, [
      {
        gateway: 'worldpay',
        account: 'SHOP',
        report: 'january.csv',
        lines: [first, { ...first, modification: 're-1', pspReference: 'T1', occurrence: 2 }],
      },
    ])
  })

  it('refuses what does not fit, and names it', async () => {
    await using s = await operated()
    const wrong: readonly (readonly [object, number, RegExp])[] = [
      [{ ...request, lines: [] }, 400, /lines/],
      [{ ...request, lines: Array.from({ length: 501 }, () => line) }, 400, /lines/],
      [{ ...request, lines: [{ ...line, amountMinor: -1 }] }, 400, /amountMinor/],
      [{ ...request, lines: [{ ...line, amountMinor: '1e3' }] }, 400, /amountMinor/],
      [{ ...request, lines: [{ ...line, at: '2026-01-31' }] }, 400, /at/],
      [{ ...request, lines: [{ ...line, at: '2026-13-31T00:00:00Z' }] }, 400, /is no time/],
      [{ ...request, lines: [{ ...line, kind: 'paid' }] }, 400, /kind/],
      [{ ...request, lines: [{ ...line, reference: '' }] }, 400, /only a fee/],
      [{ ...request, lines: [{ ...line, currency: 'XXX' }] }, 422, /XXX/],
      [{ ...request, lines: [{ ...line, other: 1 }] }, 400, /not known/],
      [{ ...request, pages: 1 }, 400, /not known/],
    ]
    for (const [body, status, detail] of wrong) {
      const answer = await post(s, '/v1/settlements', body)
      assert.equal(answer.status, status, JSON.stringify(body).slice(0, 200))
      assert.match(answer.json.detail, detail)
    }
    const long = await s.send('POST', '/v1/settlements', asAnn, ' '.repeat(SETTLEMENT_BODY_BYTES_MAX + 1))
    assert.equal(long.status, 413)
    assert.equal((await s.get('/v1/settlements')).status, 405)
    const nobody = await s.send('POST', '/v1/settlements', { authorization: undefined }, '{}')
    assert.equal(nobody.status, 401)
  })

  it('has room for 500 lines with everything that a line can have', async () => {
    await using s = await operated()
    let count = 0
    s.cf.reconcile = async ({ lines }) => {
      count = lines.length
      return { lines: [], totals: [] }
    }
    const most = {
      ...line,
      lineNumber: 999_999_999,
      reference: 'r'.repeat(64),
      modification: 'm'.repeat(64),
      kind: 'chargeback-reversed',
      amountMinor: '9'.repeat(15),
      feeMinor: `-${'9'.repeat(15)}`,
      pspReference: '\u20ac'.repeat(100),
      occurrence: 999_999,
    }
    const answer = await post(s, '/v1/settlements', {
      ...request,
      lines: Array.from({ length: 500 }, () => most),
    })
    assert.deepEqual([answer.status, count], [200, 500])
  })

  it('is for operators: the key of a client opens no case and sees no book', async () => {
    await using s = await operated()
    const reached: string[] = []
    s.cf.reconcile = async () => {
      reached.push('reconcile')
      return { lines: [], totals: [] }
    }
    s.cf.closeSettlement = async () => {
      reached.push('closeSettlement')
      return { looked: 0, missing: [], totals: [] }
    }
    const asked = [
      ['/v1/settlements', request],
      ['/v1/settlements/period-end', { gateway: 'worldpay', until: '2026-02-01T00:00:00Z' }],
    ] as const
    for (const [path, body] of asked) {
      const asClient = { 'content-type': 'application/json' }
      const refused = await s.send('POST', path, asClient, JSON.stringify(body))
      assert.deepEqual([refused.status, refused.json.code], [403, 'CF_API_KEY_ROLE'])
      assert.match(refused.json.detail, /key of an operator/)
    }
    assert.deepEqual(reached, [])
    for (const [path, body] of asked) assert.equal((await post(s, path, body)).status, 200)
    assert.deepEqual(reached, ['reconcile', 'closeSettlement'])
  })

  it("answers the engine's refusals as problems", async () => {
    await using s = await operated()
    s.cf.reconcile = async () => {
      throw failure('CF_QUERY', "gateway: 'opayo' has no settlement reports here")
    }
    const answer = await post(s, '/v1/settlements', request)
    assert.deepEqual([answer.status, answer.json.code], [400, 'CF_QUERY'])
    assert.match(answer.json.detail, /opayo/)
  })
})

describe('POST /v1/settlements/period-end', () => {
  it('names the payments that cannot be read, where there are any', async () => {
    await using s = await operated()
    s.cf.closeSettlement = async () => ({ looked: 1, missing: [], totals: [], unreadable: ['p-2'] })
    const body = { gateway: 'worldpay', until: '2026-02-01T00:00:00Z' }
    const { json } = await post(s, '/v1/settlements/period-end', body)
    assert.deepEqual(json, { looked: 1, missing: [], totals: [], unreadable: ['p-2'] })
  })

  it('closes one page, and says where the next begins', async () => {
    await using s = await operated()
    const asked: CloseSettlementRequest[] = []
    const missing = [{ paymentId: 'p-1', orderId: 'A-1001', reference: 'o-1', text: 'captured 19.99 GBP' }]
    s.cf.closeSettlement = async (given) => {
      asked.push(given)
      return { looked: 500, missing, totals: [], ...(given.before === undefined ? { next: 'p-1' } : {}) }
    }
    const body = { gateway: 'worldpay', until: '2026-02-01T00:00:00Z', since: '2026-01-01T00:00:00.000Z' }
    const first = await post(s, '/v1/settlements/period-end', body)
    assert.deepEqual(first.json, { looked: 500, missing, totals: [], next: 'p-1' })
    const second = await post(s, '/v1/settlements/period-end', { ...body, before: 'p-1' })
    assert.equal(second.json.next, undefined)
    const times = { untilMs: Date.UTC(2026, 1, 1), sinceMs: Date.UTC(2026, 0, 1) }
    assert.deepEqual(asked, [
      { gateway: 'worldpay', ...times },
      { gateway: 'worldpay', ...times, before: 'p-1' },
    ])
    const wrong = await post(s, '/v1/settlements/period-end', { gateway: 'worldpay' })
    assert.equal(wrong.status, 400)
  })
})
