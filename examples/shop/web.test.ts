import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CounterfoilError, type PaymentView } from 'counterfoil'
import { addToBasket, basketOf } from './baskets.ts'
import type { Payments } from './context.ts'
import { orderById, ordersOf } from './orders.ts'
import { orderOf } from './sample-shop.test-data.ts'
import { ATTACK, Browser, open, SHOP_URL } from './sample-web.test-data.ts'

test('from the shelves to the payment page: the order is made of the basket, once', async (t) => {
  const { context, browser } = await open(t)
  assert.match((await browser.get('/')).body, /Brass fountain pen/)
  await browser.get('/products/ledger')
  const added = await browser.post('/basket', { sku: 'ledger', quantity: '2' })
  assert.deepEqual([added.statusCode, added.headers.location], [303, '/basket'])
  assert.match((await browser.get('/basket')).body, /£48\.00/)
  const form = /name="form" value="([a-z]+)"/.exec((await browser.get('/checkout')).body)?.[1] ?? ''
  const fields = { form, email: 'jane@example.com', promotion: 'welcome10' }
  const [first, second] = [await browser.post('/checkout', fields), await browser.post('/checkout', fields)]
  assert.equal(first.statusCode, 303)
  assert.equal(first.headers.location, second.headers.location)
  const [order, ...more] = ordersOf(context.database, browser.visitor)
  assert.equal(more.length, 0)
  assert.equal(order?.totalMinor, 4_320n)
  assert.equal(first.headers.location, `${SHOP_URL}/pay/orders/${order?.id}`)
  assert.match((await browser.get('/orders')).body, new RegExp(`/orders/${order?.id}`))
})

test('hostile input comes back as text on every page that shows it', async (t) => {
  const { browser } = await open(t)
  await browser.get('/products/ledger')
  await browser.post('/basket', { sku: 'ledger', quantity: '1' })
  const form = /name="form" value="([a-z]+)"/.exec((await browser.get('/checkout')).body)?.[1] ?? ''
  const refused = await browser.post('/checkout', { form, email: ATTACK, promotion: ATTACK })
  const pages = [
    refused,
    await browser.get('/mail'),
    await browser.get(`/products/${encodeURIComponent(ATTACK)}`),
  ]
  assert.equal(refused.statusCode, 422)
  for (const { body } of pages) assert.equal(body.includes('<script'), false)
  assert.match(refused.body, /value="&quot;&gt;&lt;script&gt;/)
  assert.match(pages[1]?.body ?? '', /&lt;script&gt;/)
})

test('a form without its token, with that of another browser, or from another site changes nothing', async (t) => {
  const { context, app, browser } = await open(t)
  const other = new Browser(app)
  await other.get('/products/ledger')
  await browser.get('/products/ledger')
  const fields = { sku: 'ledger', quantity: '1' }
  const refused = [
    await browser.post('/basket', { ...fields, token: '' }),
    await browser.post('/basket', { ...fields, token: other.token }),
    await browser.post('/basket', fields, { origin: 'https://elsewhere.example' }),
    await browser.post('/basket', fields, { 'sec-fetch-site': 'cross-site' }),
    await browser.post('/basket', fields, { cookie: '' }),
  ]
  assert.deepEqual(
    refused.map(({ statusCode }) => statusCode),
    [403, 403, 403, 403, 403],
  )
  assert.match(refused[0]?.body ?? '', /This form has expired/)
  assert.deepEqual(basketOf(context.database, browser.visitor), [])
  const own = await browser.post('/basket', fields, { origin: SHOP_URL, 'sec-fetch-site': 'same-origin' })
  assert.equal(own.statusCode, 303)
})

test("a made-up cookie gets a new name, and somebody else's order is not there", async (t) => {
  const { context, browser } = await open(t)
  await browser.get('/')
  const { orderId, visitor } = orderOf(context.database, { ledger: 1 })
  assert.equal((await browser.get(`/orders/${orderId}`)).statusCode, 404)
  browser.cookie = `stub-and-quill=${visitor}.forged`
  assert.equal((await browser.get(`/orders/${orderId}`)).statusCode, 404)
  assert.notEqual(browser.visitor, visitor)
})

test('numbers, addresses and sizes that will not do are refused with a page', async (t) => {
  const { context, browser } = await open(t)
  await browser.get('/products/ledger')
  for (const quantity of ['0', '-1', '1e3', '100', '1.5', '']) {
    assert.equal((await browser.post('/basket', { sku: 'ledger', quantity })).statusCode, 422)
  }
  assert.equal((await browser.post('/basket', { sku: '__proto__', quantity: '1' })).statusCode, 404)
  const large = await browser.post('/basket', { sku: 'x'.repeat(20_000), quantity: '1' })
  assert.equal(large.statusCode, 413)
  assert.match(large.headers['content-type'] ?? '', /text\/html/)
  assert.deepEqual(basketOf(context.database, browser.visitor), [])
  assert.equal((await browser.get('/nothing')).statusCode, 404)
})

test('every page has the strict headers and no script', async (t) => {
  const { browser } = await open(t)
  const urls = ['/', '/products/ledger', '/basket', '/orders', '/mail', '/break', '/faults', '/nothing']
  for (const url of urls) {
    const { headers, body } = await browser.get(url)
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; style-src 'self';/)
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(/<script|\sstyle=|\son[a-z]+=/.test(body), false, url)
  }
})

test('another name of this machine leads to the one address that cookies are for', async (t) => {
  const { app } = await open(t)
  const moved = await app.inject({ url: '/basket?x=1', headers: { host: '127.0.0.1:3000' } })
  assert.deepEqual([moved.statusCode, moved.headers.location], [302, `${SHOP_URL}/basket?x=1`])
  const posted = await app.inject({ method: 'POST', url: '/basket', headers: { host: 'evil.example' } })
  assert.equal(posted.statusCode, 421)
})

test('an order is closed at Counterfoil before the shop calls it cancelled', async (t) => {
  let refuse = true
  const closeOrder = async () => {
    if (refuse) throw new CounterfoilError('CF_ORDER_PAID', 'order 1 is paid')
    return {} as Awaited<ReturnType<Payments['closeOrder']>>
  }
  const { context, browser } = await open(t, { closeOrder })
  await browser.get('/products/ledger')
  const { orderId, visitor } = orderOf(context.database, { ledger: 1 })
  context.database.sql.run`UPDATE shop_order SET visitor = ${browser.visitor} WHERE visitor = ${visitor}`
  await browser.get(`/orders/${orderId}`)
  const refused = await browser.post(`/orders/${orderId}/cancel`, {})
  assert.equal(refused.statusCode, 409)
  assert.match(refused.body, /Void or refund its payment instead/)
  assert.equal(orderById(context.database, orderId)?.status, 'open')
  refuse = false
  assert.equal((await browser.post(`/orders/${orderId}/cancel`, {})).statusCode, 303)
  assert.equal(orderById(context.database, orderId)?.status, 'cancelled')
})

test('money is moved only for payments of the own order, with the key of the form', async (t) => {
  const asked: unknown[] = []
  const refund = async (request: unknown) => {
    asked.push(request)
    return {} as Awaited<ReturnType<Payments['refund']>>
  }
  const { context, browser } = await open(t, {
    list: async () => [{ id: 'mine' } as PaymentView],
    refund,
  })
  await browser.get('/products/ledger')
  const { orderId, visitor } = orderOf(context.database, { ledger: 1 })
  context.database.sql.run`UPDATE shop_order SET visitor = ${browser.visitor} WHERE visitor = ${visitor}`
  const other = await browser.post(`/orders/${orderId}/money`, { do: 'refund', payment: 'other', key: 'k' })
  assert.equal(other.statusCode, 404)
  const odd = await browser.post(`/orders/${orderId}/money`, { do: 'give', payment: 'mine', key: 'k' })
  assert.equal(odd.statusCode, 404)
  const own = await browser.post(`/orders/${orderId}/money`, { do: 'refund', payment: 'mine', key: 'k' })
  assert.equal(own.statusCode, 303)
  assert.deepEqual(asked, [{ paymentId: 'mine', key: 'k' }])
})

test('a journal that is away takes nothing from the order page but the payments', async (t) => {
  const list = async () => {
    throw new CounterfoilError('CF_JOURNAL_UNAVAILABLE', 'the disk is gone')
  }
  const { context, browser } = await open(t, { list })
  await browser.get('/')
  const { orderId, visitor } = orderOf(context.database, { ledger: 1 })
  context.database.sql.run`UPDATE shop_order SET visitor = ${browser.visitor} WHERE visitor = ${visitor}`
  const page = await browser.get(`/orders/${orderId}`)
  assert.equal(page.statusCode, 200)
  assert.match(page.body, /The journal does not answer/)
  assert.match(page.body, /Ledger, 192 pages/)
})

test('a basket with more than is left is told so before an order is made', async (t) => {
  const { context, browser } = await open(t)
  await browser.get('/products/fountain-pen')
  addToBasket(context.database, browser.visitor, 'fountain-pen', 4)
  const form = /name="form" value="([a-z]+)"/.exec((await browser.get('/checkout')).body)?.[1] ?? ''
  const refused = await browser.post('/checkout', { form, email: 'jane@example.com', promotion: '' })
  assert.equal(refused.statusCode, 422)
  assert.match(refused.body, /There are only 3 left of: Brass fountain pen/)
  assert.deepEqual(ordersOf(context.database, browser.visitor), [])
})
