import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addToBasket } from '../baskets.ts'
import { randomId } from '../random-id.ts'
import { open } from '../sample-web.test-data.ts'

test('the database goes away and comes back: pages answer 503 with the way to mend it', async (t) => {
  const { context, browser, breaking } = await open(t)
  await browser.get('/break')
  const broken = await browser.post('/break', { what: 'database', do: 'break' })
  assert.deepEqual([broken.statusCode, broken.headers.location], [303, '/break'])
  assert.ok(breaking.database.isAway)
  for (const url of ['/', '/products/ledger', '/basket', '/orders', '/checkout']) {
    const page = await browser.get(url)
    assert.deepEqual([page.statusCode, page.headers['retry-after']], [503, '5'], url)
    assert.match(page.body, /No payment begins while it is away/)
    assert.match(page.body, /Broken on purpose:<\/b> the shop&#39;s database is away.*href="\/break"/)
  }
  const panel = await browser.get('/break')
  assert.equal(panel.statusCode, 200)
  assert.match(panel.body, /<dt>Expect<\/dt><dd>The shop’s pages answer 503/)
  assert.match(panel.body, /<dt>What Counterfoil does<\/dt><dd>It writes down what the provider answers/)
  await browser.post('/break', { what: 'database', do: 'mend' })
  assert.equal(addToBasket(context.database, browser.visitor, 'ledger', 1), true)
  const whole = await browser.get('/basket')
  assert.equal(whole.statusCode, 200)
  assert.doesNotMatch(whole.body, /Broken on purpose/)
})

test('the mail server and the clock are broken and mended, and every page says so', async (t) => {
  const { browser, breaking } = await open(t)
  await browser.get('/break')
  await browser.post('/break', { what: 'mail', do: 'break' })
  await browser.post('/break', { what: 'clock', do: 'break', amount: '8d' })
  assert.ok(breaking.mail.isAway())
  assert.equal(breaking.clock.aheadMs, 8 * 86_400_000)
  assert.match((await browser.get('/')).body, /the mail server is away; the clock is 8 days ahead/)
  const panel = await browser.get('/break')
  assert.match(panel.body, /Bring the server back, and each mail comes once/)
  assert.match(panel.body, /evidence ends a payment/)
  await browser.post('/break', { what: 'mail', do: 'mend' })
  await browser.post('/break', { what: 'clock', do: 'mend' })
  assert.equal(breaking.mail.isAway(), false)
  assert.equal(breaking.clock.aheadMs, 0)
  assert.doesNotMatch((await browser.get('/')).body, /Broken on purpose/)
})

test('the clock goes by three steps only, and no further than its bound', async (t) => {
  const { browser, breaking } = await open(t)
  await browser.get('/break')
  for (const amount of ['2h', '', '8', 'toString', '1e9']) {
    assert.equal((await browser.post('/break', { what: 'clock', do: 'break', amount })).statusCode, 422)
  }
  assert.equal(breaking.clock.aheadMs, 0)
  assert.equal((await browser.post('/break', { what: 'clock', do: 'break', amount: '1h' })).statusCode, 303)
  const further = await browser.post('/break', { what: 'clock', do: 'break', amount: '1d' })
  assert.equal(further.statusCode, 422)
  assert.match(further.body, /at most 90 days ahead/)
})

test('the process is killed once its last page has been sent; armed, it waits for the provider, and can be disarmed', async (t) => {
  const { browser, breaking, deaths } = await open(t)
  await browser.get('/break')
  await browser.post('/break', { what: 'kill', do: 'break', when: 'sent' })
  assert.ok(breaking.death.isArmed)
  assert.match((await browser.get('/break')).body, /The next request to the provider is its last/)
  await browser.post('/break', { what: 'kill', do: 'mend' })
  assert.deepEqual([breaking.death.isArmed, deaths.count], [false, 0])
  const last = await browser.post('/break', { what: 'kill', do: 'break', when: 'now' })
  assert.deepEqual([last.statusCode, deaths.count], [202, 1])
  assert.match(last.body, /The process is gone/)
  assert.match(last.body, /http-equiv="refresh"/)
})

test('what is not there is not broken, and nothing is broken without the token of the browser', async (t) => {
  const { browser, breaking, deaths } = await open(t)
  await browser.get('/break')
  const nonsense = [
    { what: 'database' },
    { what: 'database', do: 'destroy' },
    { what: 'journal', do: 'break' },
    { what: 'constructor', do: 'mend' },
    {},
  ]
  for (const fields of nonsense) assert.equal((await browser.post('/break', fields)).statusCode, 422)
  const foreign = [
    await browser.post('/break', { what: 'kill', do: 'break', token: '' }),
    await browser.post('/break', { what: 'kill', do: 'break' }, { origin: 'https://elsewhere.example' }),
    await browser.post('/break', { what: 'database', do: 'break' }, { cookie: '' }),
  ]
  assert.deepEqual(
    foreign.map(({ statusCode }) => statusCode),
    [403, 403, 403],
  )
  assert.deepEqual([breaking.database.isAway, deaths.count], [false, 0])
})

test('a shop that may not be broken has no such page, no such form, and no word of it', async (t) => {
  const { browser } = await open(t, {}, false)
  const shelves = await browser.get('/products/ledger')
  assert.doesNotMatch(shelves.body, /\/break/)
  for (const url of ['/break', '/faults']) {
    assert.equal((await browser.get(url)).statusCode, 404)
    assert.equal((await browser.post(url, { what: 'kill', do: 'break', fault: 'hang' })).statusCode, 404)
  }
})

test('whoever comes over a network finds nothing there', async (t) => {
  const { app, browser, deaths } = await open(t)
  await browser.get('/break')
  const headers = { host: 'localhost:3000', cookie: browser.cookie }
  const seen = await app.inject({ url: '/break', headers, remoteAddress: '192.168.0.7' })
  const posted = await app.inject({
    method: 'POST',
    url: '/break',
    remoteAddress: '192.168.0.7',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ token: browser.token, what: 'kill', do: 'break' }).toString(),
  })
  assert.deepEqual([seen.statusCode, posted.statusCode, deaths.count], [404, 404, 0])
})

test('a button arms its fault at the simulator and leads back to the order that it stood beside; unknown ones are refused', async (t) => {
  const { browser, armed } = await open(t)
  await browser.get('/faults')
  const order = randomId()
  const pressed = await browser.post('/faults', { fault: 'hang', order })
  assert.deepEqual([pressed.statusCode, pressed.headers.location], [303, `/orders/${order}`])
  assert.deepEqual(armed, [{ kind: 'hang', on: 'charge' }])
  assert.match((await browser.get('/faults')).body, /Armed: hang/)
  assert.equal((await browser.post('/faults', { fault: 'toString' })).statusCode, 422)
  const elsewhere = await browser.post('/faults', { fault: 'clear', order: '/elsewhere.example' })
  assert.equal(elsewhere.headers.location, '/break')
  assert.deepEqual(armed, [])
})
