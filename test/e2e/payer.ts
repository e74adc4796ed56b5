import type { Page } from 'playwright-core'
import { CARD } from '../crash/canary.ts'
import { PAGE_WITHIN_MS } from './limits.ts'

/**
 * What a payer does on the pages of the provider and of the bank. She has them before her: what is clicked in a window
 * behind another one may get lost on its way into a frame.
 */

/** From the order to the provider's page. */
export async function goToProvider(page: Page): Promise<void> {
  await page.getByRole('button', { name: /on the next page/ }).click()
  await page.waitForURL('**/worldpay/hosted**', { timeout: PAGE_WITHIN_MS })
}

/** Types a card there and presses Pay; the name on the card decides what the issuer says. */
export async function payThere(page: Page, holder = 'Jane Doe'): Promise<void> {
  await page.bringToFront()
  await page.getByLabel(/card number/i).fill(CARD.number)
  await page.getByLabel(/name/i).first().fill(holder)
  await page.getByLabel(/month/i).selectOption('12')
  await page.getByLabel(/year/i).selectOption(String(new Date().getFullYear() + 3))
  await page.getByLabel(/security/i).fill(CARD.securityCode)
  await page.getByRole('button', { name: /^Pay/ }).click({ noWaitAfter: true })
}

/** Presses a button of the bank's page in the frame. */
export async function answerBank(page: Page, button: 'Confirm' | 'Refuse' | 'Come back'): Promise<void> {
  await page.bringToFront()
  await page
    .frameLocator('iframe[name=challenge]')
    .getByRole('button', { name: new RegExp(button) })
    .click({ noWaitAfter: true, timeout: PAGE_WITHIN_MS })
}
