import assert from 'node:assert/strict'
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible } from './axe.ts'
import { assertBooks, paymentsOf, untilNothingIsDueFor } from './books.ts'
import { SCREENS, takePicture, Viewer } from './browser.ts'
import { Demo } from './demo.ts'
import { END_WITHIN_MS, eventually, PAGE_WITHIN_MS } from './limits.ts'
import { answerBank, goToProvider, payThere } from './payer.ts'
import { openOrderAtRest, PAID, placeOrder, pressPay, seeHeading, typeCard, UNPAID } from './shopper.ts'

const DESK = { width: 1280, height: 900 }
const looks = {
  light: { viewport: DESK, colorScheme: 'light' },
  dark: { viewport: DESK, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
} as const
const NARROW = { width: 320, height: 640 }
const CLIPS_MINOR = 360n

/**
 * Looks at the page in each way, takes its picture, and fails when somebody could not use it. `checked` are the looks in
 * which that is tried: a page that differs from another one in its words only needs it once.
 */
async function assertGood(
  page: Page,
  name: string,
  checked: readonly (keyof typeof looks)[] = ['dark', 'phone'],
): Promise<void> {
  for (const [look, { viewport, colorScheme }] of Object.entries(looks)) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await takePicture(page, `shop-${look}-${name}.png`)
    if (checked.some((each) => each === look)) await assertAccessible(page, `${name}, ${look}`)
    await assertFits(page, name)
  }
  await page.setViewportSize(NARROW)
  await assertFits(page, name)
  await page.setViewportSize(DESK)
}

/** Nobody has to push the page sideways. What is wide scrolls in its own box. */
async function assertFits(page: Page, name: string): Promise<void> {
  const beyond = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.equal(beyond, 0, `${name} is too wide for ${page.viewportSize()?.width} px`)
}

/** What is drawn of the latest payment, as it reads from the top down. */
async function drawn(page: Page): Promise<string> {
  const texts = await page.evaluate<readonly string[]>(
    `[...document.querySelector('svg.story').querySelectorAll('text')].map((text) =>
      [...text.querySelectorAll('tspan')].map(({ textContent }) => textContent).join(' ') || text.textContent)`,
  )
  return texts.join(' | ')
}

async function seeDrawn(page: Page, words: RegExp): Promise<string> {
  return eventually(`${words} is drawn`, END_WITHIN_MS, async () => {
    if ((await page.locator('svg.story').count()) === 0) return undefined
    const text = await drawn(page)
    return words.test(text) ? text : undefined
  })
}

describe('the demo shop', () => {
  let demo: Demo
  let viewer: Viewer
  before(async () => {
    for (const file of globSync('shop-*.png', { cwd: SCREENS })) rmSync(join(SCREENS, file))
    demo = await Demo.open({ timeScale: 120 })
    viewer = await Viewer.open('shop')
  })
  after(async () => {
    await viewer?.close()
    await demo?.close()
  })
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  const orderUrl = (orderId: string): string => `${demo.shopUrl}/orders/${orderId}`

  it('can be read and used by everybody, light, dark and on a phone', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const see = async (name: string, path: string): Promise<void> => {
      await page.goto(demo.shopUrl + path)
      await assertGood(page, name)
    }
    await see('basket-empty', '/basket')
    await see('orders-empty', '/orders')
    await see('shelves', '/')
    await see('product', '/products/fountain-pen')
    const placed = await placeOrder(page, demo.shopUrl, { sku: 'sealing-wax', quantity: 2 })
    await see('order-open', `/orders/${placed.orderId}`)
    await see('basket', '/basket')
    await see('checkout', '/checkout')
    await page.getByLabel('Email').fill('nobody')
    await page.getByLabel('Code').fill('NONSENSE')
    await page.getByRole('button', { name: 'Order, and go to the payment' }).click()
    await page.locator('.wrong').waitFor()
    await assertGood(page, 'checkout-problems')
    await page.goto(placed.payUrl)
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, PAID)
    await openOrderAtRest(page, demo.shopUrl, placed)
    await assertGood(page, 'order-paid')
    await page.locator('summary', { hasText: 'The same in words' }).click()
    await assertGood(page, 'order-in-words', ['light'])
    await see('orders', '/orders')
    await see('mail', '/mail')
    await see('missing', '/nothing')
    await buyer.leave()
  })

  it('breaks and mends from its panel, says what to expect, and says on every page what is broken', async () => {
    const engineer = await viewer.visitor()
    const page = await engineer.page()
    await page.goto(`${demo.shopUrl}/break`)
    await assertGood(page, 'break')
    for (const [thing, broken] of [
      ['break-mail', 'mend-mail'],
      ['clock-8d', 'mend-clock'],
      ['kill-sent', 'mend-kill'],
      ['break-database', 'mend-database'],
    ]) {
      await page.locator(`#${thing}`).click()
      await page.locator(`#${broken}`).waitFor()
    }
    await page.getByRole('button', { name: 'Charge, then cut the line' }).click()
    await page.getByText('Armed: cut').waitFor()
    await assertGood(page, 'break-all')
    await page.goto(demo.shopUrl)
    await seeHeading(page, 'The shop is resting')
    await assertGood(page, 'database-away')
    await page.getByRole('link', { name: 'Mend it' }).click()
    for (const button of [
      'Bring it back: the database',
      'Bring it back: the mail',
      'Put it right',
      'Disarm',
    ]) {
      await page.getByRole('button', { name: button }).first().click()
      await page.waitForLoadState()
    }
    await page.getByRole('button', { name: 'Disarm' }).click()
    await page.getByText('Nothing is armed').waitFor()
    assert.equal(await page.locator('.broken-bar').count(), 0)
    await engineer.leave()
  })

  it('draws a payment while it goes on: declined, then a question of the bank, then given back', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    const beside = await buyer.page()
    await beside.goto(orderUrl(placed.orderId))
    await typeCard(page, 'REFUSED')
    await pressPay(page)
    await seeHeading(page, UNPAID)
    // Nobody has loaded it again: it looks by itself.
    assert.match(
      await seeDrawn(beside, /undo of reserve-stock/),
      /declined \| REFUSED: REFUSED \(5\) \| .*declined/,
    )
    await page.goto(placed.payUrl)
    await typeCard(page, '3DS_V2_CHALLENGE_IDENTIFIED')
    await pressPay(page)
    await seeDrawn(beside, /to the bank's page/)
    await answerBank(page, 'Confirm')
    await seeHeading(page, PAID)
    await seeDrawn(beside, /comes back from the bank.*leg 2.*approved.*mark-order-paid/s)
    await openOrderAtRest(beside, demo.shopUrl, placed)
    await assertGood(beside, 'order-challenge', ['light'])
    await beside.getByRole('button', { name: 'Refund £3.60' }).click()
    const text = await seeDrawn(
      beside,
      /refund of £3\.60.*(calls|asks): done.*refunded.*tell-payment-changed/s,
    )
    assert.match(text, /accepted \| refundReceived/)
    assert.equal(await beside.locator('.verdict.agree').count(), 2, 'the books of both payments agree')
    await assertGood(beside, 'order-refund', ['light'])
    await buyer.leave()
  })

  it('draws a payment on the provider’s page', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const paid = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    await payThere(page)
    await seeHeading(page, PAID)
    await openOrderAtRest(page, demo.shopUrl, paid)
    // Whether the payer or the provider's call is first is up to the two of them.
    await seeDrawn(page, /to the provider's page.*approved.*paid/s)
    await assertGood(page, 'order-redirect', ['light'])
    await buyer.leave()
  })

  it('is killed after the provider has charged: its page waits for it, and sees the payment taken over and paid', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    const beside = await buyer.page()
    await beside.goto(orderUrl(placed.orderId))
    // Payers of other tests have left pages of the provider open, which are asked about now and then.
    await untilNothingIsDueFor(demo, 8_000)
    await beside.locator('#kill-sent').click()
    await beside.locator('#mend-kill').waitFor()
    assert.match(
      await beside.locator('.breaking-bar').innerText(),
      /the next request to the provider is its last/i,
    )
    await typeCard(page)
    await pressPay(page)
    await beside.getByText('The shop does not answer').waitFor()
    await takePicture(beside, 'shop-light-order-killed.png')
    assert.deepEqual(await demo.kill(), { code: null, signal: 'SIGKILL' }, 'it was dead already')
    const [before] = await paymentsOf(demo, placed.orderId)
    assert.equal(before?.status, 'started', 'nothing was known when it was killed')
    await demo.start()
    const text = await seeDrawn(beside, /mark-order-paid/)
    assert.match(
      text,
      /another process takes over.*in doubt.*the process that sent it is gone.*approved.*paid/s,
    )
    assert.equal(await beside.locator('#live-word').count(), 0)
    assert.ok((await beside.locator('.doubt-area').count()) > 0, 'doubt is shaded')
    await openOrderAtRest(beside, demo.shopUrl, placed)
    await assertGood(beside, 'order-killed')
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('loses its mail server and its database while a payment is under way: told later, once', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    const beside = await buyer.page()
    await beside.goto(orderUrl(placed.orderId))
    await beside.locator('#break-mail').click()
    await beside.locator('#mend-mail').waitFor()
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, PAID)
    await seeDrawn(beside, /send-order-mail fails, again later/)
    await assertGood(beside, 'order-mail-away', ['light'])
    await beside.locator('#break-database').click()
    await seeHeading(beside, 'The shop is resting')
    await beside.goto(`${demo.shopUrl}/break`)
    await beside.locator('#mend-database').click()
    await beside.locator('#break-database').waitFor()
    await beside.locator('#mend-mail').click()
    await beside.locator('#break-mail').waitFor()
    await beside.goto(orderUrl(placed.orderId))
    await beside.getByText('The order mail, as it arrived').waitFor({ timeout: END_WITHIN_MS })
    await seeDrawn(beside, /send-order-mail: done/)
    await beside.goto(`${demo.shopUrl}/mail`)
    assert.equal(await beside.locator('article.mail', { hasText: placed.email }).count(), 1)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('shows an order without scripts as well, and looks again by reloading', async () => {
    const buyer = await viewer.visitor({ javaScript: false })
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    await page.goto(orderUrl(placed.orderId))
    assert.equal(await page.locator('noscript meta[http-equiv=refresh], meta[http-equiv=refresh]').count(), 1)
    await page.locator('svg.story').waitFor({ timeout: PAGE_WITHIN_MS })
    await page.locator('summary', { hasText: 'The same in words' }).click()
    assert.match(await page.locator('.timeline').innerText(), /From here: Counterfoil waits for the payer/)
    await buyer.leave()
  })

  it('leaves a page of the provider open when the clock of the machine goes ahead', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const left = await placeOrder(page, demo.shopUrl)
    await goToProvider(page)
    await page.goto(orderUrl(left.orderId))
    await seeDrawn(page, /Counterfoil waits for the payer/)
    await assertGood(page, 'order-waiting', ['light'])
    await page.locator('#clock-8d').click()
    await page.locator('#mend-clock').waitFor()
    assert.match(await page.locator('.breaking-bar').innerText(), /Its time is the journal’s/)
    await assertGood(page, 'order-clock-ahead', ['light'])
    assert.doesNotMatch(await drawn(page), /abandoned|cancelled/, 'nothing ends because a machine is wrong')
    await page.locator('#mend-clock').click()
    await page.locator('#clock-8d').waitFor()
    await buyer.leave()
  })
})
