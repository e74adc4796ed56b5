import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { PaymentQuery } from '../../journal/journal.ts'
import { sqliteOrderBook } from '../../shop/order-book/sqlite/index.ts'
import type { OrderBook } from '../../shop/order-book.ts'
import { memoryOrderBook } from '../../shop/order-book/memory.ts'
import { apiStage, newKey, OTHER_KEY, tea } from './api-bed.test-data.ts'

describe('an order that is handed over', () => {
  it('is answered with 201, itself, and the address for its payer, which opens its page', async () => {
    await using s = await apiStage()
    const answer = await s.handOver(tea)
    assert.equal(answer.status, 201, answer.body)
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(answer.headers.get('set-cookie'), null)
    assert.equal(answer.headers.get('access-control-allow-origin'), null)
    const { checkoutUrl, ...order } = answer.json
    assert.deepEqual(order, tea)
    assert.equal(checkoutUrl, s.server.checkoutUrl('A-1001'))
    assert.equal(
      (await s.get(new URL(answer.headers.get('location') ?? '', s.url).pathname.replace('/pay', ''))).status,
      200,
    )
    assert.deepEqual((await s.book.find('A-1001'))?.order, {
      ...tea,
      amountMinor: 4250n,
      lines: tea.lines.map((line) => ({ ...line, amountMinor: BigInt(line.amountMinor) })),
    })
  })

  it('may give amounts as strings of digits, and no lines and no payer', async () => {
    await using s = await apiStage()
    const { lines: _, payer: __, ...bare } = tea
    const answer = await s.handOver({ ...bare, amountMinor: '1000000000000000' })
    assert.equal(answer.status, 201, answer.body)
    assert.equal(answer.json.amountMinor, 1e15)
    assert.equal((await s.book.find('A-1001'))?.order.amountMinor, 10n ** 15n)
  })

  it('is the same order again with any key, and stays as it is when other content comes', async () => {
    await using s = await apiStage()
    const first = await s.handOver(tea)
    const again = await s.handOver({ ...tea, amountMinor: '4250' })
    assert.deepEqual([again.status, again.body], [200, first.body])
    assert.equal(again.headers.get('idempotent-replayed'), null)
    for (const change of [{ amountMinor: 4251, lines: [] }, { description: 'Tea' }, { payer: {} }]) {
      const other = await s.handOver({ ...tea, ...change })
      assert.equal(other.status, 409)
      assert.equal(other.json.code, 'CF_ORDER_DIFFERS')
      assert.match(other.json.detail, /A-1001/)
    }
    assert.equal((await s.book.find('A-1001'))?.order.description, 'Tea for two')
  })

  it('is refused as it is wrong, naming the field and quoting nothing', async () => {
    await using s = await apiStage()
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      ['', /not JSON/],
      ['{"id":', /not JSON/],
      ['[]', /the body must be object/],
      ['null', /missing/],
      [{ ...tea, id: undefined }, /the body must have required properties id/],
      [{ ...tea, id: '.hidden' }, /^id must match/],
      [{ ...tea, id: 'a/b' }, /^id must match/],
      [{ ...tea, id: 'x'.repeat(65) }, /^id must match/],
      [{ ...tea, amountMinor: 0 }, /^amountMinor/],
      [{ ...tea, amountMinor: -1 }, /^amountMinor/],
      [{ ...tea, amountMinor: '019' }, /^amountMinor/],
      [{ ...tea, amountMinor: '19.99' }, /^amountMinor/],
      [JSON.stringify(tea).replace('4250', '4250.0'), /whole number/],
      [JSON.stringify(tea).replace('4250', '425e1'), /whole number/],
      [JSON.stringify(tea).replace('4250', '4250.00000000000000001'), /whole number/],
      [{ ...tea, amountMinor: 10 ** 15 + 1 }, /^amountMinor/],
      [{ ...tea, amount: 4250 }, /the body has a field that is not known/],
      [{ ...tea, description: '' }, /^description/],
      [{ ...tea, description: 'a\u0000b' }, /^description must match/],
      [{ ...tea, description: 'x'.repeat(256) }, /^description/],
      [{ ...tea, currency: 'gbp' }, /^currency must match/],
      [{ ...tea, lines: [{ sku: 'a', name: 'b', quantity: 0, amountMinor: 4250 }] }, /^lines\/0\/quantity/],
      [{ ...tea, lines: Array(201).fill(tea.lines[0]) }, /^lines/],
      [{ ...tea, lines: [tea.lines[0]] }, /add up to 4500, and amountMinor is 4250/],
      [
        {
          ...tea,
          amountMinor: 1,
          lines: ['9999999999999999', '-9999999999999998'].map((of) => ({
            ...tea.lines[0],
            amountMinor: of,
          })),
        },
        /beyond 1000000000000000/,
      ],
      [{ ...tea, payer: { email: 'nobody' } }, /^payer\/email/],
      [{ ...tea, payer: { email: 'a\u0001@b' } }, /^payer\/email/],
      [{ ...tea, description: 'half \ud83c' }, /description holds half a character/],
      [{ ...tea, payer: { phone: '1' } }, /^payer has a field that is not known/],
      [`{"__proto__":{"id":"x"},${JSON.stringify(tea).slice(1)}`, /not known/],
      ['['.repeat(30_000), /not JSON/],
    ]
    for (const [order, detail] of wrong) {
      const answer = await s.handOver(order)
      assert.equal(answer.status, 400, `${JSON.stringify(order)?.slice(0, 100)}: ${answer.body}`)
      assert.match(answer.json.detail, detail)
    }
    const unknownCurrency = await s.handOver({ ...tea, currency: 'XYZ' })
    assert.deepEqual([unknownCurrency.status, unknownCurrency.json.code], [422, 'CF_MONEY_CURRENCY'])
    const tooMuch = await s.handOver({ ...tea, amountMinor: '1000000000000001', lines: [] })
    assert.deepEqual([tooMuch.status, tooMuch.json.code], [422, 'CF_MONEY_AMOUNT'])
    assert.equal(await s.book.find('A-1001'), undefined)
  })

  it('is refused with a card number anywhere in it, which stands in no answer and no log', async () => {
    await using s = await apiStage()
    const number = '4444333322221111'
    const places = [
      { id: number },
      { description: `paid by 4444 3333 2222 1111` },
      { lines: [{ ...tea.lines[0], name: number, amountMinor: 4250 }] },
      { payer: { name: number } },
      { payer: { billingAddress: { ...tea.payer.billingAddress, line2: number } } },
      { [number]: 1 },
      { amountMinor: Number(number) },
    ]
    const answers = []
    for (const place of places) answers.push(await s.handOver({ ...tea, ...place }))
    assert.deepEqual(
      answers.slice(0, 5).map(({ json }) => json.code),
      Array(5).fill('CF_CARD_DATA_LEAK'),
    )
    assert.deepEqual(
      answers.slice(5).map(({ status }) => status),
      [400, 400],
    )
    const said = JSON.stringify([answers.map(({ body }) => body), s.logged]).replaceAll(/[ -]/g, '')
    assert.equal(said.includes(number), false)
  })
})

describe('Idempotency-Key', () => {
  it('is a must of 8 to 128 characters', async () => {
    await using s = await apiStage()
    for (const key of [undefined, '', 'short', 'x'.repeat(129), 'with space in it', '"unclosed-quote']) {
      const answer = await s.handOver(tea, { 'idempotency-key': key })
      assert.deepEqual([answer.status, answer.json.code], [400, 'CF_KEY_MISSING'], String(key))
    }
    assert.equal((await s.handOver(tea, { 'idempotency-key': 'x'.repeat(128) })).status, 201)
  })

  it('repeats the first answer, in quotes or not; another body under it is refused with 422', async () => {
    await using s = await apiStage()
    const key = newKey()
    const first = await s.handOver(tea, { 'idempotency-key': key })
    const again = await s.handOver(tea, { 'idempotency-key': `"${key}"` })
    assert.deepEqual([again.status, again.body], [201, first.body])
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    const other = await s.handOver({ ...tea, id: 'A-1002' }, { 'idempotency-key': key })
    assert.deepEqual([other.status, other.json.code], [422, 'CF_KEY_REUSED'])
    assert.equal(await s.book.find('A-1002'), undefined)
  })

  it('belongs to its client: that of another one is another key', async () => {
    await using s = await apiStage()
    const key = newKey()
    await s.handOver(tea, { 'idempotency-key': key })
    const other = await s.handOver(
      { ...tea, id: 'A-1002' },
      { 'idempotency-key': key, authorization: `Bearer ${OTHER_KEY}` },
    )
    assert.equal(other.status, 201)
  })

  it('is answered with 409 while the first answer is being made', async () => {
    const book = memoryOrderBook()
    const gate = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const slow: OrderBook = {
      ...book,
      book: async (booking) => {
        begun.resolve()
        await gate.promise
        return book.book(booking)
      },
    }
    await using s = await apiStage({ book: slow })
    const key = newKey()
    const first = s.handOver(tea, { 'idempotency-key': key })
    await begun.promise
    const second = await s.handOver(tea, { 'idempotency-key': key })
    assert.deepEqual([second.status, second.json.code], [409, 'CF_KEY_IN_PROGRESS'])
    assert.equal(second.headers.get('retry-after'), '1')
    gate.resolve()
    assert.equal((await first).status, 201)
    assert.equal(
      (await s.handOver(tea, { 'idempotency-key': key })).headers.get('idempotent-replayed'),
      'true',
    )
  })

  it('is remembered after a restart, for as many hours as the limit says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-api-'))
    const key = newKey()
    let nowMs = Date.now()
    const during = async (
      work: (s: Awaited<ReturnType<typeof apiStage>>) => Promise<void>,
    ): Promise<void> => {
      await using s = await apiStage({
        book: sqliteOrderBook(join(folder, 'orders.db')),
        nowMs: () => nowMs,
        limits: { apiKeysKeptHours: 2 },
      })
      await work(s)
    }
    try {
      await during(async (s) => assert.equal((await s.handOver(tea, { 'idempotency-key': key })).status, 201))
      await during(async (s) => {
        const again = await s.handOver(tea, { 'idempotency-key': key })
        assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [201, 'true'])
        const other = await s.handOver({ ...tea, id: 'A-2' }, { 'idempotency-key': key })
        assert.equal(other.json.code, 'CF_KEY_REUSED')
      })
      nowMs += 2 * 3_600_000
      await during(async (s) => {
        const later = await s.handOver(tea, { 'idempotency-key': key })
        assert.deepEqual([later.status, later.headers.get('idempotent-replayed')], [200, null])
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('an order that is read', () => {
  it('says how it stands, with its payments and without the link of its payer to them', async () => {
    await using s = await apiStage()
    await s.handOver({ ...tea, id: 'A-1' })
    const stateOf = async (): Promise<string> => (await s.get('/v1/orders/A-1')).json.state
    assert.equal(await stateOf(), 'open')
    const paying = await s.cf.pay({ orderId: 'A-1', module: 'card', key: newKey() })
    assert.equal(await stateOf(), 'being-paid')
    s.cf.hold('A-1', 'claimed', paying.id)
    assert.equal(await stateOf(), 'being-paid')
    s.cf.paid(paying.id)
    assert.equal(await stateOf(), 'paid')
    const { json, body } = await s.get('/v1/orders/A-1')
    assert.deepEqual(
      json.payments.map((payment: { id: string; status: string }) => [payment.id, payment.status]),
      [[paying.id, 'paid']],
    )
    const token = paying.statusUrl.slice(paying.statusUrl.lastIndexOf('.') + 1)
    assert.equal(body.includes(token), false)
    s.cf.move(paying.id, { status: 'refunded' })
    assert.equal(await stateOf(), 'refunded')
    s.cf.move(paying.id, { status: 'disputed' })
    assert.equal(await stateOf(), 'disputed')
    s.cf.hold('A-1', 'closed')
    assert.equal(await stateOf(), 'closed')
  })

  it('names payments of it that cannot be read, beside the others', async () => {
    await using s = await apiStage()
    await s.handOver({ ...tea, id: 'A-1' })
    assert.equal('unreadable' in (await s.get('/v1/orders/A-1')).json, false)
    Object.assign(s.cf, {
      unreadable: async ({ orderId }: PaymentQuery) => (orderId === 'A-1' ? ['p-9'] : []),
    })
    const { json } = await s.get('/v1/orders/A-1')
    assert.deepEqual([json.state, json.payments, json.unreadable], ['open', [], ['p-9']])
  })

  it('is 404 for every id that was not handed over', async () => {
    await using s = await apiStage()
    for (const id of ['A-1', 'x', 'a%2Fb', 'x'.repeat(65), '%00', "'"]) {
      const answer = await s.get(`/v1/orders/${id}`)
      assert.deepEqual([answer.status, answer.json.code], [404, 'CF_ORDER_UNKNOWN'], id)
    }
  })
})

describe('a payment that is read', () => {
  it('has its operations, balances and cases', async () => {
    await using s = await apiStage()
    const { id, statusUrl } = await s.cf.pay({ orderId: 'A-1', module: 'card', key: newKey() })
    s.cf.paid(id, {
      statusWord: 'all done',
      operations: [
        {
          reference: 'ref-1',
          kind: 'sale',
          state: 'approved',
          inDoubt: false,
          amountMinor: 4250n,
          currency: 'GBP',
          intendedAtMs: 0,
          code: undefined,
          text: 'AUTHORISED',
        },
      ],
      cases: [{ caseId: 'c', reason: 'effect-parked', reference: undefined, text: 'given up', atMs: 0 }],
    })
    const { status, json, body } = await s.get(`/v1/payments/${id}`)
    assert.equal(status, 200)
    assert.deepEqual(json.operations, [
      {
        reference: 'ref-1',
        kind: 'sale',
        state: 'approved',
        inDoubt: false,
        amountMinor: 4250,
        currency: 'GBP',
        intendedAt: '1970-01-01T00:00:00.000Z',
        text: 'AUTHORISED',
      },
    ])
    assert.deepEqual(json.cases, [
      { caseId: 'c', reason: 'effect-parked', text: 'given up', openedAt: '1970-01-01T00:00:00.000Z' },
    ])
    assert.deepEqual([json.status, json.statusWord, json.settled], ['paid', 'all done', true])
    assert.equal(json.balances.capturedMinor, 0)
    assert.equal(body.includes(statusUrl.slice(-32)), false)
  })

  it('is 404 for every id that there is not', async () => {
    await using s = await apiStage()
    for (const id of ['x', 'x'.repeat(65), 'a%2Fb']) {
      const answer = await s.get(`/v1/payments/${id}`)
      assert.deepEqual([answer.status, answer.json.code], [404, 'CF_PAYMENT_UNKNOWN'])
    }
  })
})
