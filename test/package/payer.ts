import assert from 'node:assert/strict'
import type { Simulator } from 'counterfoil/simulators'
import { Browser, visa } from '../../src/server/browser.test-data.ts'
import { END_WITHIN_MS, eventually } from '../e2e/limits.ts'

/** What the shop of every example sells. */
const PRICE = '£4.50'
const PRICE_MINOR = 450n

/**
 * Buys a pound of tea in the shop of an example and pays it by card, by requests alone, as a browser without JavaScript
 * sends them. Fails unless the shop is told, and the provider has taken the money once.
 */
export async function buyTea(shopUrl: string, { worldpay }: Simulator): Promise<void> {
  const earlier = worldpay.ledger().orders.length
  const browser = new Browser(shopUrl, [])
  assert.match((await browser.get('/')).body, /Buy a pound of tea/)
  const { status, location: orderUrl } = await browser.post('/orders', {})
  assert.equal(status, 303)
  assert.ok(orderUrl.startsWith(`${shopUrl}/pay/orders/`), orderUrl)
  assert.ok((await browser.get(orderUrl)).body.includes(PRICE))

  const form = await browser.openForm({ server: { checkoutUrl: () => orderUrl } })
  const sent = await browser.post(form.url, { ...visa, ...form.hidden })
  assert.equal(sent.status, 303, sent.body)
  // The stream ends with the payment: what has become of it is then on its page.
  const events = await browser.get(sent.location.replace('?sent', '/events'))
  assert.match(events.headers.get('content-type') ?? '', /^text\/event-stream/)
  assert.match(events.body, /data: \{"status":"paid","finished":true/)
  assert.match((await browser.get(sent.location)).body, /your payment is complete/)
  // The same form is the same payment, however often it is sent.
  assert.equal((await browser.post(form.url, { ...visa, ...form.hidden })).location, sent.location)

  await eventually('the shop shows the order as paid', END_WITHIN_MS, async () => {
    const { body } = await browser.get('/')
    return body.includes(`${orderIdIn(orderUrl)}: paid`) ? true : undefined
  })
  assert.deepEqual(
    worldpay
      .ledger()
      .orders.slice(earlier)
      .map(({ executions, liveMinor }) => ({ executions, liveMinor })),
    [{ executions: 1, liveMinor: PRICE_MINOR }],
  )
}

/** An order's link is its id and a signature. */
function orderIdIn(orderUrl: string): string {
  const link = decodeURIComponent(new URL(orderUrl).pathname.split('/').at(-1) ?? '')
  return link.slice(0, link.lastIndexOf('.'))
}
