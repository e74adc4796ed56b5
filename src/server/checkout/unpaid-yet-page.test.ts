import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, type Stage, type StageOptions, stage } from '../fake-counterfoil.test.ts'

const HOSTED = { method: 'GET', url: 'https://psp.example/pay', fields: {}, framed: false } as const
const CHALLENGE = {
  method: 'POST',
  url: 'https://acs.example/',
  fields: { creq: 'x' },
  framed: true,
} as const

async function waiting(
  page: typeof HOSTED | typeof CHALLENGE,
  options: StageOptions = {},
): Promise<{ s: Stage; browser: Browser; url: string }> {
  const s = await stage({ modules: ['hosted', 'card'], ...options })
  s.cf.onPay = (id) => s.cf.sendTo(id, page, Date.UTC(2099, 0, 31, 14, 5))
  const browser = s.browser()
  await browser.begin(s)
  return { s, browser, url: s.cf.payments.get('pay-1')?.statusUrl ?? '' }
}

describe('the page of a payment that waits for its payer', () => {
  for (const [page, title, go] of [
    [HOSTED, 'You have not paid yet', 'Continue to the payment page'],
    [CHALLENGE, 'Your bank is waiting for you', 'Continue to your bank'],
  ] as const) {
    it(`says "${title}", until when, and how to go on`, async () => {
      const { s, browser, url } = await waiting(page)
      await using _s = s
      const { body, headers } = await browser.get(url)
      assert.match(body, new RegExp(`<h1>${title}</h1>`))
      const path = new URL(url).pathname
      assert.ok(body.includes(`<a class="button" href="${path}/go">${go}</a>`))
      assert.ok(body.includes('<time datetime="2099-01-31T14:05:00.000Z">31 Jan, 14:05 UTC</time>'))
      assert.ok(body.includes(`<form method="post" action="${path}/another-way">`))
      assert.match(body, /<button class="button plain" type="submit">Pay another way<\/button>/)
      assert.match(headers.get('content-security-policy') ?? '', /form-action 'self';/)
      assert.doesNotMatch(body, /not been charged/)
    })
  }

  it('says that a card was refused there, and neither that nothing was charged nor that all is lost', async () => {
    const { s, browser, url } = await waiting(HOSTED)
    await using _s = s
    const [id = ''] = s.cf.payments.keys()
    s.cf.move(id, { payerTask: { kind: 'hosted-page', untilMs: Date.UTC(2099, 0), refusedOnce: true } })
    const { body } = await browser.get(url)
    assert.match(body, /did not accept a card\. You can try another one on its page/)
    assert.doesNotMatch(body, /not been charged|has not told us/)
  })

  it('is not finished: it listens, and says to the browser what it waits for', async () => {
    const { s, browser, url } = await waiting(HOSTED)
    await using _s = s
    const { body } = await browser.get(url)
    assert.match(body, /data-events="[^"]*\/events\?after=2" data-task="hosted-page"/)
    const stream = browser.get(`${url}/events`)
    while (s.cf.watchers === 0) await delay(2)
    s.cf.sendTo('pay-1', undefined)
    s.cf.paid('pay-1')
    const { body: events } = await stream
    assert.match(events, /data: \{"status":"in-progress","finished":false,"task":"hosted-page"\}/)
    assert.match(events, /data: \{"status":"paid","finished":true\}\n\n$/)
  })

  it('promises nothing and says nothing of "not paid" after the time to pay is over', async () => {
    const { s, browser, url } = await waiting(HOSTED, { nowMs: () => Date.UTC(2099, 0, 31, 14, 5) })
    await using _s = s
    const { body } = await browser.get(url)
    assert.match(body, /We are still checking with the payment provider/)
    assert.doesNotMatch(body, /not paid|Continue to/)
    assert.match(body, /Pay another way/)
  })

  it('leads who has just sent the form on, and nobody else', async () => {
    await using s = await stage()
    const browser = s.browser()
    const { location } = await browser.pay(s)
    assert.match((await browser.get(location)).body, /data-go="[^"]*\/go"/)
    assert.doesNotMatch((await browser.get(location.replace('?sent', ''))).body, /data-go/)
  })
})

describe('the page of a payment', () => {
  it("shows the shop's own word for how it stands, escaped", async () => {
    await using s = await stage()
    const browser = s.browser()
    const { location } = await browser.pay(s)
    for (const change of [
      { status: 'in-progress' },
      { status: 'paid', settled: true },
      { status: 'refunded', settled: true },
      { status: 'declined', settled: true },
    ] as const) {
      s.cf.move('pay-1', { ...change, page: 'success', statusWord: 'Packed & <sent>' })
      assert.match((await browser.get(location)).body, /<dd>Packed &amp; &lt;sent&gt;<\/dd>/)
    }
  })

  it('reads like paid to the payer when the bank disputes it', async () => {
    await using s = await stage()
    const browser = s.browser()
    const { location } = await browser.pay(s)
    s.cf.paid('pay-1')
    const paid = await browser.get(location)
    s.cf.move('pay-1', { status: 'disputed' })
    assert.equal((await browser.get(location)).body, paid.body)
    s.cf.move('pay-1', { page: 'https://shop.example/thanks' })
    assert.equal((await browser.get(location.replace('?sent', ''))).location, 'https://shop.example/thanks')
    assert.match((await browser.get(location.replace('?sent', '/events'))).body, /"disputed","finished":true/)
  })

  it('speaks of no card where none was typed here', async () => {
    await using s = await stage({ modules: ['hosted'] })
    const browser = s.browser()
    const { location } = await browser.begin(s)
    s.cf.declined('pay-1')
    const declined = await browser.get(location)
    assert.match(declined.body, /You have not been charged/)
    s.cf.move('pay-1', { status: 'refunded', settled: true })
    const refunded = await browser.get(location)
    assert.doesNotMatch(declined.body + refunded.body, /\bcard\b(?!")/i)
  })
})
