import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { assertBooks, paymentsOf } from './books.ts'
import { Viewer } from './browser.ts'
import { Demo } from './demo.ts'
import { assertNoCardInAnswers, assertNoCardOnDisk } from './leaks.ts'
import { END_WITHIN_MS, eventually } from './limits.ts'
import { answerBank } from './payer.ts'
import { PAID, placeOrder, pressPay, seeHeading, typeCard, UNPAID } from './shopper.ts'

const CLIPS_MINOR = 360n
const CHALLENGED = '3DS_V2_CHALLENGE_IDENTIFIED'
const AT_THE_BANK = 'Your bank wants to know that it is you'

describe('3-D Secure in a browser', () => {
  let demo: Demo
  let viewer: Viewer
  before(async () => {
    demo = await Demo.open({ timeScale: 300 })
    viewer = await Viewer.open('challenge')
  })
  after(async () => {
    await viewer?.close()
    await demo?.close()
  })
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  for (const [holder, title] of [
    [CHALLENGED, 'is paid once the bank was told that it is her'],
    ['SOFT_DECLINE', 'is paid after a soft decline, which asks the bank'],
  ] as const) {
    it(title, async () => {
      const buyer = await viewer.visitor()
      const page = await buyer.page()
      const placed = await placeOrder(page, demo.shopUrl)
      await typeCard(page, holder)
      await pressPay(page)
      await seeHeading(page, AT_THE_BANK)
      await viewer.picture(page, 'bank')
      await answerBank(page, 'Confirm')
      await seeHeading(page, PAID)
      await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
      await buyer.leave()
    })
  }

  it('sends what the browser has shown of its device, and asks for nothing where the issuer wants nothing', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await typeCard(page, '3DS_V2_FRICTIONLESS_IDENTIFIED')
    await page.locator('input[name=deviceSession]').waitFor({ state: 'attached' })
    await eventually('the device is known', END_WITHIN_MS, async () =>
      (await page.locator('input[name=deviceSession]').inputValue()) === '' ? undefined : true,
    )
    await pressPay(page)
    await seeHeading(page, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('without scripts the bank is reached by a button, and the payment ends as with them', async () => {
    const buyer = await viewer.visitor({ javaScript: false })
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await typeCard(page, CHALLENGED)
    await pressPay(page)
    await seeHeading(page, AT_THE_BANK)
    await page.locator('main form button').first().click()
    await answerBank(page, 'Confirm')
    await viewer.picture(page, 'bank-without-scripts')
    await eventually('the payment is paid', END_WITHIN_MS, async () => {
      // The bank's page and ours each have a button where a script would go on by itself.
      for (const frame of page.frames().slice(1)) {
        const button = frame.getByRole('button').first()
        if (await button.isVisible().catch(() => false)) await button.click().catch(() => undefined)
      }
      const [payment] = await paymentsOf(demo, placed.orderId)
      return payment?.status === 'paid' ? true : undefined
    })
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('is not charged when the bank refuses, and can pay again', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await typeCard(page, CHALLENGED)
    await pressPay(page)
    await seeHeading(page, AT_THE_BANK)
    await answerBank(page, 'Refuse')
    await seeHeading(page, UNPAID)
    await viewer.picture(page, 'refused')
    await page.getByRole('link', { name: 'Try another card' }).click()
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR, payments: 2 })
    await buyer.leave()
  })

  it('abandoned at the bank is given up when she wants another way, at once', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await typeCard(page, CHALLENGED)
    await pressPay(page)
    await seeHeading(page, AT_THE_BANK)
    await page.getByRole('link', { name: 'I cannot answer it' }).click()
    await page.getByRole('button', { name: 'Pay another way' }).click()
    await seeHeading(page, 'Your order')
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR, payments: 2 })
    await buyer.leave()
  })

  it('returned to twice sends one second leg, and shows the same end', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await typeCard(page, CHALLENGED)
    await pressPay(page)
    await seeHeading(page, AT_THE_BANK)
    const before = viewer.recorder.sent.length
    await answerBank(page, 'Confirm')
    await seeHeading(page, PAID)
    const returned = viewer.recorder.sent
      .slice(before)
      .find(({ url }) => url.pathname.includes('/return/challenge/'))
    assert.ok(returned !== undefined, 'the browser came back from the bank')
    const again = await buyer.page()
    await again.goto(returned.url.href)
    await seeHeading(again, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    const [payment] = await paymentsOf(demo, placed.orderId)
    assert.equal(payment?.operations[0]?.leg, 2)
    await buyer.leave()
  })

  it('leaves no card on the disk and in no answer', () => {
    assertNoCardOnDisk(demo, [])
    assertNoCardInAnswers(viewer.recorder)
  })
})
