import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Browser, hiddenIn, type Stage, stage, visa } from '../fake-counterfoil.test.ts'

const HOSTED = { method: 'GET', url: 'https://psp.example/pay', fields: {}, framed: false } as const

/** The payer has left the page of the provider unpaid. */
async function left(module: 'hosted' | 'hosted-switch'): Promise<{
  s: Stage
  payer: Browser
  url: string
  order: string
  anotherWay: () => ReturnType<Browser['post']>
}> {
  const s = await stage({ modules: [module, 'card'] })
  s.cf.onPay = (id) => (id === 'pay-1' ? s.cf.sendTo(id, HOSTED, Date.UTC(2099, 0, 31, 14, 5)) : undefined)
  const payer = s.browser()
  await payer.begin(s, module)
  const url = s.cf.payments.get('pay-1')?.statusUrl ?? ''
  const anotherWay = async () => payer.post(`${url}/another-way`, hiddenIn((await payer.get(url)).body))
  return { s, payer, url, order: s.server.checkoutUrl('A-1'), anotherWay }
}

describe('a payer who wants to pay another way', () => {
  it('chooses again at the order when the payment could be closed', async () => {
    const { s, payer, order, url, anotherWay } = await left('hosted')
    await using _s = s
    s.cf.mind = (payment) => {
      s.cf.declined(payment.id, { status: 'cancelled' })
      return { kind: 'free', payment }
    }
    const answer = await anotherWay()
    assert.deepEqual([answer.status, new URL(answer.location, url).href], [303, `${order}?another`])
    assert.deepEqual(s.cf.changes, [url.split('/').at(-1)])
    const { body } = await payer.get(answer.location)
    assert.match(body, />Card<span/)
    assert.match(body, /Another &lt;card&gt;|Pay on the next page/)
  })

  it('reads until when the order is held, and may go on there', async () => {
    const { s, payer, url, anotherWay } = await left('hosted')
    await using _s = s
    s.cf.mind = (payment) => ({ kind: 'held', untilMs: Date.UTC(2099, 1, 1, 9, 30), payment })
    const { status, body } = await anotherWay()
    assert.equal(status, 200)
    assert.match(body, /held until <time datetime="2099-02-01T09:30:00\.000Z">1 Feb, 09:30 UTC<\/time>/)
    assert.ok(body.includes(`href="${new URL(url).pathname}/go">Continue to the payment page</a>`))
    // Loading the answer again is a GET of that address.
    assert.equal((await payer.get(`${url}/another-way`)).location, url)
  })

  it('waits for the end of a payment that is being decided', async () => {
    const { s, url, anotherWay } = await left('hosted')
    await using _s = s
    s.cf.mind = (payment) => ({ kind: 'under-way', payment })
    assert.equal((await anotherWay()).location, `${url}?sent`)
  })

  it('may pay another way beside the one that was left, where the module lets them', async () => {
    const { s, payer, order, url, anotherWay } = await left('hosted-switch')
    await using _s = s
    const before = await payer.get(order)
    assert.match(before.body, /A payment is under way/)
    const { body } = await payer.get((await anotherWay()).location)
    assert.match(body, /<h1>Your order<\/h1>/)
    assert.ok(
      body.includes(`href="${new URL(url).pathname}/go">Continue the payment that you have begun</a>`),
    )
    const form = await payer.openForm(s)
    assert.equal((await payer.post(form.url, { ...visa, ...form.hidden })).status, 303)
    assert.equal(s.cf.payments.get('pay-2')?.module, 'card')
  })

  it('is the one who decides that: a stranger is offered nothing beside a payment that is under way', async () => {
    const { s, order } = await left('hosted-switch')
    await using _s = s
    const stranger = s.browser()
    const { body } = await stranger.get(`${order}?another`)
    assert.match(body, /A payment is under way/)
    assert.doesNotMatch(body, /pay-1|Pay another way|Continue/)
    assert.equal((await stranger.get(`${order}/pay/card`)).status, 303)
  })

  it('is not offered another beside the one that was left, where the module holds the order', async () => {
    const { s, payer, order, url } = await left('hosted')
    await using _s = s
    const held = await payer.get(`${order}?another`)
    assert.match(held.body, /A payment is under way/)
    assert.ok(held.body.includes(`href="${new URL(url).pathname}/go">Continue to the payment page</a>`))
    assert.ok(held.body.includes(`action="${new URL(url).pathname}/another-way"`))
    assert.match(held.body, /31 Jan, 14:05 UTC/)
    const begun = await payer.get(`${order}/pay/card`)
    assert.equal(begun.status, 303)
    const { body } = await payer.get(url)
    const refused = await payer.post(`${order}/pay/hosted`, hiddenIn(body))
    assert.equal(refused.status, 403)
  })

  it('who finds the order held is led to the payment that holds it', async () => {
    const { s, payer, order, url } = await left('hosted')
    await using _s = s
    s.cf.hold('A-1', 'open')
    const hidden = hiddenIn((await payer.get(order)).body)
    s.cf.hold('A-1', 'held', 'pay-1')
    const answer = await payer.post(`${order}/pay/hosted`, hidden)
    assert.equal(answer.status, 409)
    assert.ok(answer.body.includes(`href="${url}">Continue with it or pay another way</a>`))
  })

  it('must press the button on our own page', async () => {
    const { s, payer, url } = await left('hosted')
    await using _s = s
    const hidden = hiddenIn((await payer.get(url)).body)
    const other = s.browser()
    const others = hiddenIn((await other.get(url)).body)
    for (const [fields, headers] of [
      [hidden, { origin: 'https://evil.example' }],
      [hidden, { origin: 'null' }],
      [hidden, { cookie: '' }],
      [{}, {}],
      [{ ...hidden, token: `${hidden.token}x` }, {}],
      [others, {}],
    ] as const) {
      const answer = await payer.post(`${url}/another-way`, fields, headers)
      assert.equal(answer.status, 403)
      assert.match(answer.body, /See your payment/)
    }
    // Of the same payer and the same order, and yet of another payment.
    s.cf.declined('pay-1')
    await payer.begin(s)
    s.cf.sendTo('pay-2', HOSTED)
    const second = s.cf.payments.get('pay-2')?.statusUrl ?? ''
    assert.equal((await payer.post(`${second}/another-way`, hidden)).status, 403)
    assert.equal(s.cf.changes.length, 0)
    const nothing = await payer.get(`${s.url}/nothing`)
    for (const answer of [
      await payer.post(`${url}x/another-way`, hidden),
      await payer.get(`${url}x/another-way`),
    ]) {
      assert.deepEqual([answer.status, answer.body], [404, nothing.body])
    }
  })
})
