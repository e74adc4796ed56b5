import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { engineStage } from '../../src/server/engine-stage.test-data.ts'
import { journalThatGoes, spoolInMemory } from '../../src/server/journal-that-goes.test-data.ts'
import { Viewer } from './browser.ts'
import { pressPay, seeHeading, typeCard } from './shopper.ts'

const PAID = 'Thank you, your payment is complete'

describe('a payment whose journal goes away after the send', () => {
  let viewer: Viewer
  before(async () => {
    viewer = await Viewer.open('journal-away')
  })
  after(() => viewer?.close())
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  it('is said to be processing throughout, and ends right without a hand of the payer (F7)', async () => {
    const away = journalThatGoes()
    const spool = spoolInMemory()
    const limits = { payWaitMs: 300 }
    await using stage = await engineStage({ journal: away.journal, spool, limits })
    const { psp, server } = stage
    let answer = (): void => undefined
    psp.answers = new Promise<void>((resolve) => {
      answer = resolve
    })
    const payer = await viewer.visitor()
    const page = await payer.page()
    await page.goto(`${server.checkoutUrl('A-1')}/pay/card`)
    await typeCard(page)
    await pressPay(page)
    await seeHeading(page, 'Please wait')

    away.isAway = true
    answer()
    const seen: string[] = []
    const look = async (): Promise<void> =>
      void seen.push((await page.locator('h1:visible').innerText()).trim())
    await look()
    // The payer loads the page again; and without that it stays as it is.
    await page.reload()
    await seeHeading(page, 'Your payment is being processed')
    assert.doesNotMatch(await page.locator('main').innerText(), /not been charged/)
    await viewer.picture(page, 'journal-away')
    await look()
    assert.deepEqual(seen, ['Please wait', 'Your payment is being processed'])

    away.isAway = false
    await seeHeading(page, PAID)
    assert.equal(psp.seen.length, 1)
    await payer.leave()
  })
})
