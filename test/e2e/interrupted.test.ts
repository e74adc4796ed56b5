import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { assertBooks, assertNothingUnknown, paymentsOf } from './books.ts'
import { Viewer } from './browser.ts'
import { Demo } from './demo.ts'
import { assertNoCardInAnswers, assertNoCardOnDisk } from './leaks.ts'
import { OPEN_WITHIN_MS } from './limits.ts'
import { openOrderAtRest, PAID, placeOrder, pressPay, seeHeading, typeCard, UNPAID } from './shopper.ts'

/** The POST waits 1.5 s for the provider; this is longer, so that the payer sees the page that waits. */
const ANSWER_LATE_MS = 2_500
const CLIPS_MINOR = 360n

describe('payments that are interrupted', () => {
  let demo: Demo
  let viewer: Viewer
  const starts: number[] = []
  const start = async (): Promise<void> => {
    await demo.start()
    starts.push(demo.answeredAfterMs)
  }
  before(async () => {
    demo = await Demo.open({ timeScale: 240, notifications: 'off' })
    starts.push(demo.answeredAfterMs)
    viewer = await Viewer.open('interrupted')
  })
  after(async () => {
    await viewer?.close()
    await demo?.close()
  })
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  it('end paid after kill -9 while the provider has charged and says nothing; the page that waits comes back', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await demo.setFault({ kind: 'hang', on: 'charge' })
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, 'Please wait')
    await viewer.picture(page, 'please-wait')
    assert.deepEqual(await demo.kill(), { code: null, signal: 'SIGKILL' })
    const [before] = await paymentsOf(demo, placed.orderId)
    assert.equal(before?.status, 'started', 'nothing was known when it was killed')
    await start()
    assert.ok(demo.answeredAfterMs < 2 * OPEN_WITHIN_MS, `the shop answered after ${demo.answeredAfterMs} ms`)
    await seeHeading(page, PAID)
    await openOrderAtRest(page, demo.shopUrl, placed)
    await viewer.picture(page, 'order-after-kill')
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('end refused by the waiting rule after kill -9 when the provider never charged; the order can be paid again', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await demo.setFault({ kind: 'hang', on: 'charge', when: 'before' })
    await typeCard(page)
    await pressPay(page)
    await demo.whenStruck()
    await demo.kill()
    await start()
    await page.goto(placed.payUrl)
    await seeHeading(page, 'A payment is under way')
    await viewer.picture(page, 'under-way')
    await page.getByRole('link', { name: 'See how your payment is going' }).click()
    await seeHeading(page, 'Still checking')
    assert.match(await page.locator('main').innerText(), /Do not pay again/)
    await viewer.picture(page, 'still-checking')
    await seeHeading(page, UNPAID)
    await viewer.picture(page, 'unpaid-by-the-waiting-rule')
    await assertBooks(demo, placed.orderId, { paidMinor: 0n })
    await page.getByRole('link', { name: 'Try another card' }).click()
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR, payments: 2 })
    await buyer.leave()
  })

  it('end paid when the window was closed, whether the answer comes late or never', async () => {
    const buyer = await viewer.visitor()
    const hanging = await buyer.page()
    const never = await placeOrder(hanging, demo.shopUrl)
    await demo.setFault({ kind: 'hang', on: 'charge' })
    await typeCard(hanging)
    await pressPay(hanging)
    await demo.whenStruck()
    // Before there was any answer: the payer knows no more than the address that she came from.
    await hanging.close()

    const another = await viewer.visitor()
    const waiting = await another.page()
    const late = await placeOrder(waiting, demo.shopUrl)
    await demo.setFault({ kind: 'late', on: 'charge', delayMs: ANSWER_LATE_MS })
    await typeCard(waiting)
    await pressPay(waiting)
    await seeHeading(waiting, 'Please wait')
    const link = waiting.url()
    await another.leave()
    // Anybody who has the link may look, on another machine too.
    const elsewhere = await viewer.visitor()
    const reopened = await elsewhere.page()
    await reopened.goto(link)
    await seeHeading(reopened, PAID)
    await assertBooks(demo, late.orderId, { paidMinor: CLIPS_MINOR })

    const back = await buyer.page()
    await back.goto(never.payUrl)
    await seeHeading(back, /A payment is under way|This order is paid/)
    await back.getByRole('link', { name: /See (how )?your payment/ }).click()
    await seeHeading(back, PAID)
    await assertBooks(demo, never.orderId, { paidMinor: CLIPS_MINOR })
    await openOrderAtRest(back, demo.shopUrl, never)
    await elsewhere.leave()
    await buyer.leave()
  })

  it('are brought to their end by Ctrl-C, which ends with exit code 0', async () => {
    const buyer = await viewer.visitor()
    const page = await buyer.page()
    const placed = await placeOrder(page, demo.shopUrl)
    await demo.setFault({ kind: 'late', on: 'charge', delayMs: ANSWER_LATE_MS })
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, 'Please wait')
    assert.deepEqual(await demo.end('SIGINT'), { code: 0, signal: null })
    assert.match(demo.printed, /Stopping: finishing what is under way[^]*Stopped\.\n$/)
    const [payment] = await paymentsOf(demo, placed.orderId)
    assert.equal(payment?.status, 'paid', 'what was under way has ended')
    await start()
    await seeHeading(page, PAID)
    await assertBooks(demo, placed.orderId, { paidMinor: CLIPS_MINOR })
    await buyer.leave()
  })

  it('need a shop, which answers within 5 s of its start', () => {
    // Where others keep the machine busy one of its starts may take longer.
    assert.equal(starts.length, 4)
    assert.ok(Math.min(...starts) < OPEN_WITHIN_MS, `the shop answered after ${starts.join(', ')} ms`)
  })

  it('have charged nothing that the journal does not know', async () => {
    await assertNothingUnknown(demo)
  })

  it('leave the card in no answer, file or output, also where the process was killed', async () => {
    assertNoCardInAnswers(viewer.recorder)
    assertNoCardOnDisk(demo, [/payments\.db-wal$/])
    await demo.kill()
    assertNoCardOnDisk(demo, [/payments\.db-wal$/])
  })
})
