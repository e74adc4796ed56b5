import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { isEnd } from '../../src/payment/operation-states.ts'
import { assertBooks, paymentsOf } from './books.ts'
import { Viewer } from './browser.ts'
import { Demo } from './demo.ts'
import { assertNoCardOnDisk } from './leaks.ts'
import { END_WITHIN_MS, eventually } from './limits.ts'
import { goToProvider, payThere } from './payer.ts'
import { openOrderAtRest, PAID, placeOrder, pressPay, seeHeading, typeCard } from './shopper.ts'

const CLIPS_MINOR = 360n
const NOT_PAID = 'You have not paid yet'

describe("paying on the provider's page, in a browser", () => {
  let demo: Demo
  let viewer: Viewer
  before(async () => {
    demo = await Demo.open({ timeScale: 300 })
    viewer = await Viewer.open('redirect')
  })
  after(async () => {
    await viewer?.close()
    await demo?.close()
  })
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  for (const javaScript of [true, false]) {
    it(`sells ${javaScript ? 'with' : 'without'} scripts: there, refused once, paid, and back`, async () => {
      const buyer = await viewer.visitor({ javaScript })
      const page = await buyer.page()
      const placed = await placeOrder(page, demo.shopUrl)
      await goToProvider(page)
      await viewer.picture(page, 'provider')
      await payThere(page, 'REFUSED')
      await page
        .getByText(/another card/i)
        .first()
        .waitFor()
      await payThere(page)
      await seeHeading(page, PAID)
      await viewer.picture(page, 'paid')
      await openOrderAtRest(page, demo.shopUrl, placed)
      await viewer.picture(page, 'order')
      await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
      await buyer.leave()
    })
  }

  it('ends paid although the payer closes the window once she has paid there', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    // She never gets back: as if the window was closed with the answer on its way.
    await page.route('**/pay/payments/**', (route) => route.abort())
    await payThere(page)
    await eventually('she has paid there', END_WITHIN_MS, async () => {
      const [payment] = await paymentsOf(demo, placed.orderId)
      const order = (await demo.ledger()).find(
        ({ orderCode }) => orderCode === payment?.operations[0]?.reference,
      )
      return order?.authorisedMinor === String(CLIPS_MINOR) ? true : undefined
    })
    await page.close()
    const later = await buyer.page()
    await openOrderAtRest(later, demo.shopUrl, placed)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await later.goto(placed.payUrl)
    await seeHeading(later, 'This order is paid')
    await viewer.picture(later, 'closed-window')
    await buyer.leave()
  })

  it('lets her go back in the browser and continue on the same page', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    await page.goto(placed.payUrl)
    await seeHeading(page, 'A payment is under way')
    await viewer.picture(page, 'under-way')
    await page.getByRole('link', { name: 'Continue to the payment page' }).click()
    await page.waitForURL('**/worldpay/hosted**')
    await payThere(page)
    await seeHeading(page, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('believes no door: opened by hand, each shows the state and changes nothing', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    const success = new URL(page.url()).searchParams.get('successURL') ?? ''
    for (const door of ['success', 'pending', 'failure', 'cancel', 'error']) {
      const query = 'paymentStatus=AUTHORISED&paymentAmount=360&paymentCurrency=GBP&mac2=0'
      await page.goto(`${success.replace(/success$/, door)}?${query}`)
      assert.doesNotMatch(await mainOf(page), /complete|not successful/i)
    }
    const [payment] = await paymentsOf(demo, placed.orderId)
    assert.equal(payment?.operations[0]?.state, 'awaiting-payer')
    await buyer.leave()
  })

  it('shows a chargeback where the shop looks', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    await payThere(page)
    await seeHeading(page, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    const [payment] = await paymentsOf(demo, placed.orderId)
    await demo.backOffice(payment?.operations[0]?.reference ?? '', 'charge-back')
    await eventually('the payment is disputed', END_WITHIN_MS, async () => {
      const [now] = await paymentsOf(demo, placed.orderId)
      return now?.status === 'disputed' ? true : undefined
    })
    await page.goto(`${demo.shopUrl}/orders/${placed.orderId}`)
    assert.match(await mainOf(page), /charged.back/)
    await viewer.picture(page, 'charged-back')
    await buyer.leave()
  })

  it('leaves no card on the disk', () => assertNoCardOnDisk(demo, []))
})

describe('a payer who changes her mind where the shop lets her wait', () => {
  let demo: Demo
  let viewer: Viewer
  before(async () => {
    // Nobody should wait for an hour here: the page closes after nine seconds.
    demo = await Demo.open({ timeScale: 400 })
    viewer = await Viewer.open('wait')
  })
  after(async () => {
    await viewer?.close()
    await demo?.close()
  })
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  it('holds the order of a payer who cancels there, lets her go on, and frees it once the page has closed', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    await page.getByRole('button', { name: /^Cancel/ }).click()
    await seeHeading(page, NOT_PAID)
    await viewer.picture(page, 'cancelled')
    await page.getByRole('button', { name: 'Pay another way' }).click()
    await seeHeading(page, 'This order is held for your payment')
    assert.match(await mainOf(page), /held until/)
    await viewer.picture(page, 'held')
    await eventually('the page has closed', 2 * END_WITHIN_MS, async () => {
      const [payment] = await paymentsOf(demo, placed.orderId)
      return payment?.operations.every(({ state }) => isEnd(state)) === true ? true : undefined
    })
    await page.goto(placed.payUrl)
    await seeHeading(page, 'Your order')
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR, payments: 2 })
    await buyer.leave()
  })
})

describe('a payer who changes her mind where the shop lets her switch', () => {
  let demo: Demo
  let viewer: Viewer
  before(async () => {
    // The provider's page stays open for half a minute, which is more than it takes to pay beside it.
    demo = await Demo.open({ timeScale: 120, changeOfMind: 'switch' })
    viewer = await Viewer.open('switch')
  })
  after(async () => {
    await viewer?.close()
    await demo?.close()
  })
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  it('pays by card instead; what she then pays on the first page too is given back', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    const second = await buyer.page()
    await second.goto(placed.payUrl)
    await second.getByRole('button', { name: 'Pay another way' }).click()
    await seeHeading(second, 'Your order')
    await viewer.picture(second, 'other-ways')
    await typeCard(second)
    await pressPay(second)
    await seeHeading(second, PAID)
    await payThere(page)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR, payments: 2, authorized: 2 })
    await seeHeading(page, 'This order is paid by your other payment')
    await viewer.picture(page, 'not-needed')
    const text = await openOrderAtRest(second, demo.shopUrl, placed)
    assert.doesNotMatch(text, /differ/, 'the books of the loser agree as well')
    await viewer.picture(second, 'order')
    await buyer.leave()
  })
})

async function mainOf(page: Page): Promise<string> {
  return page.locator('main').innerText()
}
