import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { CARD } from '../crash/canary.ts'
import { END_WITHIN_MS, eventually, LOAD_EVERY_MS } from './limits.ts'

/** An order that waits for its payment. */
export interface Placed {
  readonly orderId: string
  /** The address of its payment page. */
  readonly payUrl: string
  readonly email: string
}

let placed = 0
/** What stands on a page that should say something else. */
const LOOK_WITHIN_MS = 2_000

/** From a product to the payment page; every order has a mail address of its own. */
export async function placeOrder(
  page: Page,
  shopUrl: string,
  { sku = 'paper-clips', quantity = 1 } = {},
): Promise<Placed> {
  const email = `payer-${++placed}@shop.example`
  await page.goto(`${shopUrl}/products/${sku}`)
  await page.getByLabel('How many').fill(String(quantity))
  await page.getByRole('button', { name: 'Put into the basket' }).click()
  await page.getByRole('link', { name: 'Check out' }).click()
  await page.getByLabel('Email').fill(email)
  await page.getByRole('button', { name: 'Order, and go to the payment' }).click()
  await page.waitForURL('**/pay/orders/*')
  return { orderId: orderIdIn(page.url()), payUrl: page.url(), email }
}

function orderIdIn(url: string): string {
  const link = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '')
  return link.slice(0, link.lastIndexOf('.'))
}

/** From the payment page to the card form, filled in. The name on the card decides what the issuer says. */
export async function typeCard(page: Page, holder = 'Jane Doe'): Promise<void> {
  if (!page.url().includes('/pay/card')) await page.getByRole('link', { name: /^Card(?!,)/ }).click()
  await page.getByLabel('Card number').fill(CARD.number)
  await page.getByLabel('Name on the card').fill(holder)
  await page.getByLabel('Month').fill('12')
  await page.getByLabel('Year').fill(String(new Date().getFullYear() + 3))
  await page.getByLabel('Security code').fill(CARD.securityCode)
}

export const payButton = (page: Page) => page.getByRole('button', { name: /^Pay / })

/** Presses Pay and does not wait for anything. */
export async function pressPay(page: Page): Promise<void> {
  await payButton(page).click({ noWaitAfter: true })
}

/** Waits for the heading by which every page says what it is. */
export async function seeHeading(page: Page, heading: string | RegExp): Promise<void> {
  try {
    await page.getByRole('heading', { level: 1, name: heading }).waitFor({ timeout: END_WITHIN_MS })
  } catch (error) {
    const shown = await page.locator('main').innerText({ timeout: LOOK_WITHIN_MS })
    throw new Error(`there was no '${heading}' at ${page.url()}, but: ${shown}`, { cause: error })
  }
}

export const PAID = 'Thank you, your payment is complete'
export const UNPAID = 'The payment was not successful'

/** The shop's page of an order once it is at rest, as its buyer sees it. */
export async function openOrderAtRest(page: Page, shopUrl: string, { orderId }: Placed): Promise<string> {
  const look = async (): Promise<string | undefined> => {
    await page.goto(`${shopUrl}/orders/${orderId}`)
    const text = await page.locator('main').innerText()
    const status = await page.locator('h1 .pill').innerText()
    return status === 'paid' && text.includes('journal and ledger agree') ? text : undefined
  }
  return eventually('the order is paid on its page, and the books agree', END_WITHIN_MS, look, LOAD_EVERY_MS)
}

/** What is free of a product, by its page. */
export async function stockOf(page: Page, shopUrl: string, sku: string): Promise<number> {
  await page.goto(`${shopUrl}/products/${sku}`)
  const words = await page.locator('.stock').innerText()
  const free = /\d+/.exec(words)?.[0]
  assert.ok(free !== undefined, `a number in '${words}'`)
  return Number(free)
}
