import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { assertBooks, assertNothingUnknown, paymentsOf } from './books.ts'
import { leaveFor, Viewer } from './browser.ts'
import { Demo } from './demo.ts'
import { assertNoCardInAnswers, assertNoCardOnDisk } from './leaks.ts'
import { eventually, LOAD_EVERY_MS, PAGE_WITHIN_MS } from './limits.ts'
import { assertStrictCookies, assertStrictPages, tryToInject } from './policy.ts'
import {
  openOrderAtRest,
  PAID,
  payButton,
  placeOrder,
  pressPay,
  seeHeading,
  stockOf,
  typeCard,
  UNPAID,
} from './shopper.ts'

/** Long enough that a second click or tab comes before the answer to the first. */
const ANSWER_LATE_MS = 1_000
/** The form's answer waits 1.5 s for the provider; then the payer sees the page that waits. */
const LATER_THAN_THE_FORM_WAITS_MS = 2_500
/** A form that was sent waits up to 3 s for what the bank wants to know of the device. */
const LATER_THAN_ANY_FORM_LEAVES_MS = 4_000
const CLIPS_MINOR = 360n

describe('paying in a browser', () => {
  let demo: Demo
  let viewer: Viewer
  before(async () => {
    demo = await Demo.open({ timeScale: 120, notifications: 'off' })
    viewer = await Viewer.open('paying')
  })
  after(async () => {
    await viewer?.close()
    await demo?.close()
  })
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  const postsSince = (before: number) =>
    viewer.recorder.sent.slice(before).filter(({ method }) => method === 'POST')
  const main = (page: Page): Promise<string> => page.locator('main').innerText()

  it('sells: from the shelves to the paid order, its mail, its stock and equal books', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const stock = await stockOf(page, demo.shopUrl, 'ledger')
    await page.goto(demo.shopUrl)
    await viewer.picture(page, 'shelves')
    await page.getByRole('link', { name: 'Ledger, 192 pages' }).click()
    await viewer.picture(page, 'product')
    await page.getByLabel('How many').fill('2')
    await page.getByRole('button', { name: 'Put into the basket' }).click()
    await page.waitForURL('**/basket')
    await viewer.picture(page, 'basket')
    await page.getByRole('link', { name: 'Check out' }).click()
    await viewer.picture(page, 'check-out')
    await page.getByLabel('Email').fill('buyer@shop.example')
    await page.getByRole('button', { name: 'Order, and go to the payment' }).click()
    await seeHeading(page, 'Your order')
    assert.match(await main(page), /£48\.00/)
    await viewer.picture(page, 'payment-order')
    await typeCard(page)
    await viewer.picture(page, 'card-form')
    await pressPay(page)
    await seeHeading(page, PAID)
    assert.match(await main(page), /£48\.00/)
    await viewer.picture(page, 'paid')

    await page.getByRole('link', { name: 'Back to the shop' }).click()
    await seeHeading(page, 'Your orders')
    await viewer.picture(page, 'orders')
    await page.locator('.orders a').click()
    const orderId = page.url().split('/').at(-1) ?? ''
    await openOrderAtRest(page, demo.shopUrl, { orderId, payUrl: '', email: '' })
    await viewer.picture(page, 'order')
    await assertBooks(demo, orderId, { paidMinor: 4_800n })
    const lookForMail = async (): Promise<string | undefined> => {
      await page.goto(`${demo.shopUrl}/mail`)
      const mails = await page.locator('article.mail', { hasText: 'buyer@shop.example' }).allInnerTexts()
      assert.ok(mails.length <= 1, 'one mail at most')
      return mails.find((mail) => /is paid/.test(mail) && /Ledger, 192 pages/.test(mail))
    }
    await eventually('the mail arrives', PAGE_WITHIN_MS, lookForMail, LOAD_EVERY_MS)
    await viewer.picture(page, 'mail')
    assert.equal(await stockOf(page, demo.shopUrl, 'ledger'), stock - 2)
    await page.goto(`${demo.shopUrl}/basket`)
    assert.match(await main(page), /nothing in it/)
    await buyer.leave()
  })

  it('declines in the same words whatever the reason, and takes another card', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    const words: string[] = []
    for (const holder of ['REFUSED', 'FRAUD']) {
      await typeCard(page, holder)
      await pressPay(page)
      await seeHeading(page, UNPAID)
      words.push(await main(page))
      if (holder === 'REFUSED') await viewer.picture(page, 'declined')
      await page.getByRole('link', { name: 'Try another card' }).click()
      await seeHeading(page, 'Card details')
    }
    assert.equal(words[0], words[1])
    assert.match(words[0] ?? '', /You have not been charged/)
    assert.doesNotMatch(words.join(), /refused|fraud|stolen|honou?r|issuer|code/i)
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, PAID)
    await openOrderAtRest(page, demo.shopUrl, placed)
    await viewer.picture(page, 'order-after-decline')
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR, payments: 3 })
    await buyer.leave()
  })

  it('charges once when Pay is pressed twice', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await typeCard(page)
    await demo.setFault({ kind: 'late', on: 'charge', delayMs: ANSWER_LATE_MS })
    const before = viewer.recorder.sent.length
    const { x, y } = await placeOfPay(page)
    await page.mouse.dblclick(x, y)
    // The first may be withdrawn by the second before it leaves the browser; this one comes when one has left.
    await eventually('the form leaves', PAGE_WITHIN_MS, () => postsSince(before)[0])
    await page.mouse.click(x, y)
    await seeHeading(page, PAID)
    const posts = postsSince(before)
    assert.ok(posts.length >= 2, `the form was sent ${posts.length} times`)
    assert.equal(new Set(posts.map(({ form }) => form.get('key'))).size, 1, 'with one key')
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('charges once when two tabs pay at once; the one that comes second sees the page of the first', async () => {
    const buyer = await viewer.visitor()
    const first = await buyer.page()
    const placed = await placeOrder(first, demo.shopUrl)
    const second = await buyer.page()
    await second.goto(placed.payUrl)
    await typeCard(first)
    await typeCard(second)
    await demo.setFault({ kind: 'late', on: 'charge', delayMs: LATER_THAN_ANY_FORM_LEAVES_MS })
    const before = viewer.recorder.sent.length
    await Promise.all([pressPay(first), pressPay(second)])
    const toldToWait = await Promise.all([first, second].map((page) => followTheWinner(viewer, page)))
    assert.equal(toldToWait.filter(Boolean).length, 1, 'one of them was told not to pay again')
    const posts = postsSince(before)
    assert.equal(new Set(posts.map(({ form }) => form.get('key'))).size, 2, 'each form has a key of its own')
    assert.equal(new URL(first.url()).pathname, new URL(second.url()).pathname)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('charges nothing more when the payer goes back, or sends a form that she left open', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    const stale = await buyer.page()
    await stale.goto(placed.payUrl)
    await typeCard(stale)
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, PAID)
    await page.reload()
    await seeHeading(page, PAID)
    await page.goBack()
    await seeHeading(page, 'This order is paid')
    assert.equal(await page.getByLabel('Card number').count(), 0, 'there is no form any more')
    await viewer.picture(page, 'back-after-paying')
    await page.getByRole('link', { name: 'See your payment' }).click()
    await seeHeading(page, PAID)
    await pressPay(stale)
    await seeHeading(stale, 'This order is already paid')
    assert.match(await main(stale), /You have not been charged for this attempt/)
    await viewer.picture(stale, 'stale-form-sent')
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('needs no JavaScript: the page that waits looks again by itself until it is paid', async () => {
    const buyer = await viewer.visitor({ javaScript: false })
    const page = await buyer.page()
    const stock = await stockOf(page, demo.shopUrl, 'stamps')
    const placed = await placeOrder(page, demo.shopUrl, { sku: 'stamps', quantity: 3 })
    await demo.setFault({ kind: 'late', on: 'charge', delayMs: LATER_THAN_THE_FORM_WAITS_MS })
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, 'Please wait')
    await viewer.picture(page, 'please-wait-without-javascript')
    await seeHeading(page, PAID)
    await openOrderAtRest(page, demo.shopUrl, placed)
    await assertBooks(demo, placed.orderId, { paidMinor: 3_960n })
    assert.equal(await stockOf(page, demo.shopUrl, 'stamps'), stock - 3)
    await buyer.leave()
  })

  it('shows what is wrong with a card, and gives neither number nor code back', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await typeCard(page)
    const number = await page.getByLabel('Card number').inputValue()
    const markup = '"><script>document.title = "taken over"</script>'
    await page.getByLabel('Name on the card').fill(markup)
    await page.getByLabel('Month').fill('13')
    await pressPay(page)
    await seeHeading(page, 'Card details')
    await page.getByRole('alert').waitFor()
    await viewer.picture(page, 'card-problems')
    assert.equal(await page.getByLabel('Name on the card').inputValue(), markup, 'it came back as text')
    assert.match(await page.title(), /Check your card details/)
    assert.equal(await page.getByLabel('Card number').inputValue(), '')
    assert.equal(await page.getByLabel('Security code').inputValue(), '')
    // Whoever types the number into another field does not get it back from there.
    await page.getByLabel('Name on the card').fill(number)
    await pressPay(page)
    await page.locator('#holder[value=""]').waitFor()
    assert.deepEqual(await paymentsOf(demo, placed.orderId), [])
    await buyer.leave()
  })

  it('runs no script that is not its own, and loads nothing from elsewhere', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    await placeOrder(page, demo.shopUrl)
    // The page that waits stays until all has been tried on it.
    await demo.setFault({ kind: 'hang', on: 'charge' })
    await typeCard(page)
    await tryToInject(page)
    await pressPay(page)
    await seeHeading(page, 'Please wait')
    await tryToInject(page)
    await leaveFor(page, `${demo.shopUrl}/faults`)
    await seeHeading(page, 'Break something')
    await viewer.picture(page, 'faults')
    await tryToInject(page)
    assert.ok(buyer.complaints.length >= 9, 'the browser said so each time')
    buyer.complaints.length = 0
    assert.deepEqual(viewer.recorder.elsewhere, [])
    await buyer.leave()
  })

  it('has sent strict headers and cookies with every page', () => {
    assertStrictPages(viewer.recorder.exchanges)
    assertStrictCookies(viewer.recorder.exchanges)
  })

  it('has charged nothing that the journal does not know', async () => {
    await assertNothingUnknown(demo)
  })

  it('has given the card back in no answer, and kept it in no file', () => {
    assertNoCardInAnswers(viewer.recorder)
    assertNoCardOnDisk(demo, [/payments\.db-wal$/, /shop\.db-wal$/])
  })
})

/** The middle of the button: a person's clicks do not wait for pages to load. */
async function placeOfPay(page: Page): Promise<{ readonly x: number; readonly y: number }> {
  const box = await payButton(page).boundingBox()
  assert.ok(box !== null, 'the button is on the screen')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** Waits for the paid page; the tab that came second goes there by the link that it is given, and answers true. */
async function followTheWinner(viewer: Viewer, page: Page): Promise<boolean> {
  const paid = page.getByRole('heading', { name: PAID })
  const underWay = page.getByRole('heading', { name: 'A payment is already under way' })
  await paid.or(underWay).waitFor()
  const second = await underWay.isVisible()
  if (second) {
    await viewer.picture(page, 'second-tab')
    await page.getByRole('link', { name: 'See how your payment is going' }).click()
  }
  await paid.waitFor()
  return second
}
