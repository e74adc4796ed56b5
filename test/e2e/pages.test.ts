import assert from 'node:assert/strict'
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { assertAccessible, assertFits } from './axe.ts'
import { SCREENS, takePicture, Viewer } from './browser.ts'
import { card, checkoutPages, formUrl, openStage, orderUrl, typeCard } from './checkout-pages.ts'

const DESK = { width: 1024, height: 800 }
const looks = {
  light: { viewport: DESK, colorScheme: 'light' },
  dark: { viewport: DESK, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
} as const
/** The pages with the most to say. */
const WORDY = new Set(['order', 'card-form', 'card-form-errors', 'failure', 'form-expired'])
const NARROW = { width: 320, height: 640 }
type Look = keyof typeof looks

async function show(page: Page, look: Look): Promise<void> {
  const { viewport, colorScheme } = looks[look]
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
}

/** Pictures of an earlier run would tell of pages that are no more. */
function clear(): void {
  for (const file of globSync(`*-{${Object.keys(looks).join(',')}}.png`, { cwd: SCREENS })) {
    rmSync(join(SCREENS, file))
  }
}

describe('every page of the checkout', () => {
  let viewer: Viewer
  before(async () => {
    clear()
    viewer = await Viewer.open('pages')
  })
  after(() => viewer?.close())
  afterEach(() => assert.deepEqual(viewer.complaints, [], 'no page has broken its policy or a script'))

  const picture = (page: Page, name: string, look: Look): Promise<void> =>
    takePicture(page, `${name}-${look}.png`)

  for (const shown of checkoutPages) {
    it(`${shown.name} can be read and used by everybody, light, dark and on a phone`, async () => {
      await using at = await openStage(shown)
      const visitor = await viewer.visitor()
      const page = await visitor.page()
      await shown.open(page, at)
      await page.locator('h1:visible').waitFor()
      for (const look of Object.keys(looks) as Look[]) {
        await show(page, look)
        // What light has for itself at the desk, the phone has as well.
        if (look !== 'light') await assertAccessible(page, `${shown.name}, ${look}`)
        await assertFits(page, shown.name)
        await picture(page, shown.name, look)
      }
      await page.setViewportSize(NARROW)
      await assertFits(page, shown.name)
      await visitor.leave()
    })
  }

  for (const [language, heading] of [
    ['de', 'Ihre Bestellung'],
    ['fr', 'Votre commande'],
  ] as const) {
    it(`speaks ${language} to who understands it, in room for its words`, async () => {
      for (const shown of checkoutPages.filter(({ name }) => WORDY.has(name))) {
        await using at = await openStage(shown)
        const visitor = await viewer.visitor({ locale: language })
        const page = await visitor.page()
        await shown.open(page, at)
        await page.locator('h1:visible').waitFor()
        assert.equal(await page.locator('html').getAttribute('lang'), language)
        if (shown.name === 'order') assert.equal(await page.locator('h1').innerText(), heading)
        await page.setViewportSize(NARROW)
        await assertFits(page, `${shown.name} in ${language}`)
        if (['order', 'card-form', 'failure'].includes(shown.name)) {
          for (const look of ['light', 'phone'] as const) {
            await show(page, look)
            await picture(page, `${shown.name}-${language}`, look)
          }
        }
        await visitor.leave()
      }
    })
  }

  it('is enough to pay by keyboard alone, from the order to the end', async () => {
    await using at = await openStage({})
    at.cf.onPay = (id) => at.cf.paid(id)
    const visitor = await viewer.visitor()
    const page = await visitor.page()
    await page.goto(orderUrl(at))
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await tabTo(page, '.button')
    await press('Enter')
    await page.waitForURL(formUrl(at))
    for (const name of ['number', 'expiryMonth', 'expiryYear', 'securityCode', 'holder'] as const) {
      await tabTo(page, `#${name}`)
      await page.keyboard.type(card[name])
    }
    await tabTo(page, 'form[data-card] button')
    await press('Enter')
    await page.getByRole('heading', { name: 'Thank you, your payment is complete' }).waitFor()
    assert.equal(at.cf.cards.length, 1)
    await visitor.leave()
  })

  it('pays without JavaScript, and takes the number as it stands on the card', async () => {
    await using at = await openStage({})
    at.cf.onPay = (id) => at.cf.paid(id)
    const visitor = await viewer.visitor({ javaScript: false })
    const page = await visitor.page()
    await page.goto(orderUrl(at))
    await page.locator('.button').click()
    await typeCard(page, { number: '4444 3333 2222 1111', securityCode: '7' })
    await page.locator('form[data-card] button').click()
    await seesFocus(page, '.errors')
    await page.locator('.errors a').click()
    await seesFocus(page, '#securityCode')
    await typeCard(page, { number: '4444-3333-2222-1111' })
    await page.locator('form[data-card] button').click()
    await page.getByRole('heading', { name: 'Thank you, your payment is complete' }).waitFor()
    assert.equal(at.cf.cards[0]?.number, card.number)
    await visitor.leave()
  })

  it('groups the number while it is typed, changed and pasted, and leaves the caret where it was', async () => {
    await using at = await openStage({})
    const visitor = await viewer.visitor()
    const page = await visitor.page()
    await page.goto(formUrl(at))
    const number = page.locator('#number')
    const caret = (): Promise<unknown> => page.evaluate(`document.querySelector('#number').selectionStart`)
    await number.pressSequentially('4444333322221111')
    assert.equal(await number.inputValue(), '4444 3333 2222 1111')
    await number.press('Home')
    for (let step = 0; step < 6; step++) await number.press('ArrowRight')
    await number.press('Delete')
    assert.deepEqual([await number.inputValue(), await caret()], ['4444 3332 2221 111', 6])
    await number.pressSequentially('9')
    assert.deepEqual([await number.inputValue(), await caret()], ['4444 3933 2222 1111', 7])
    await number.press('Home')
    for (let step = 0; step < 5; step++) await number.press('ArrowRight')
    await number.press('Backspace')
    assert.deepEqual([await number.inputValue(), await caret()], ['4443 9332 2221 111', 3])
    await number.fill('')
    await number.pressSequentially('371449635398431')
    assert.equal(await number.inputValue(), '3714 496353 98431')
    await number.fill('')
    await page.evaluate(`document.querySelector('#number').focus()`)
    await page.keyboard.insertText(' 5555-4444 33331111 ')
    assert.equal(await number.inputValue(), '5555 4444 3333 1111')
    await number.fill('not a number')
    assert.equal(await number.inputValue(), 'not a number')
    await visitor.leave()
  })

  it('puts what is wrong first, gives it the focus, and leads from there to each field', async () => {
    await using at = await openStage({})
    const visitor = await viewer.visitor()
    const page = await visitor.page()
    await page.goto(formUrl(at))
    await typeCard(page, { number: '4', expiryYear: '2001' })
    await page.locator('form[data-card] button').click()
    await page.locator('.errors').waitFor()
    await seesFocus(page, '.errors')
    assert.deepEqual(await page.locator('.errors li').allInnerTexts(), [
      'Check the card number: it has 12 to 19 digits.',
      'This card has expired. Use another card.',
    ])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await seesFocus(page, '#number')
    assert.equal(await page.locator('#holder').inputValue(), card.holder)
    assert.equal(await page.locator('#securityCode').inputValue(), '')
    assert.equal(await page.locator('#number').getAttribute('aria-invalid'), 'true')
    const description = await page.evaluate<string>(
      `document.getElementById(document.querySelector('#expiryYear').getAttribute('aria-describedby')).innerText`,
    )
    assert.match(description, /This card has expired/)
    await visitor.leave()
  })

  it('announces how the payment goes on, politely, and then shows its end', async () => {
    await using at = await openStage({})
    const visitor = await viewer.visitor()
    const page = await visitor.page()
    await page.goto(formUrl(at))
    await typeCard(page)
    await page.locator('form[data-card] button').click()
    const status = page.getByRole('status')
    await status.getByRole('heading', { name: 'Please wait' }).waitFor()
    at.cf.move('pay-1', { status: 'in-progress' })
    await status.getByRole('heading', { name: 'Still checking' }).waitFor()
    at.cf.paid('pay-1')
    await page.getByRole('heading', { name: 'Thank you, your payment is complete' }).waitFor()
    await visitor.leave()
  })

  it('keeps the language of the link for the visit, whatever the browser asks for', async () => {
    await using at = await openStage({})
    const visitor = await viewer.visitor({ locale: 'fr-FR' })
    const page = await visitor.page()
    await page.goto(at.server.checkoutUrl('A-1', { language: 'de-AT' }))
    assert.equal(await page.locator('h1').innerText(), 'Ihre Bestellung')
    await page.locator('.button').click()
    await page.getByRole('heading', { name: 'Kartendaten' }).waitFor()
    assert.match(await page.locator('.due .amount').innerText(), /^42,50\s£$/)
    const cookies = await visitor.context.cookies()
    const language = cookies.find(({ name }) => name.endsWith('counterfoil-language'))
    assert.deepEqual(
      [language?.value, language?.httpOnly, language?.secure, language?.sameSite, language?.expires],
      ['de', true, true, 'Lax', -1],
    )
    await visitor.leave()
  })
})

/** Presses Tab until the element has the focus; fails when the keyboard does not get there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let tries = 0; tries < 12; tries++) {
    await page.keyboard.press('Tab')
    if ((await page.locator(`${selector}:focus`).count()) === 1) return
  }
  assert.fail(`Tab never came to ${selector}`)
}

/** A page that has just been opened gives the focus a moment later. */
async function seesFocus(page: Page, selector: string): Promise<void> {
  await page.locator(`${selector}:focus`).waitFor()
}
