import type { Page } from 'playwright-core'
import type { Demo } from '../../test/e2e/demo.ts'
import { END_WITHIN_MS, eventually } from '../../test/e2e/limits.ts'
import { answerBank, goToProvider, payThere } from '../../test/e2e/payer.ts'
import { openOrderAtRest, PAID, placeOrder, pressPay, seeHeading, typeCard } from '../../test/e2e/shopper.ts'
import type { Camera } from './camera.ts'

export interface Scene {
  readonly name: string
  play(stage: { readonly demo: Demo; readonly camera: Camera }): Promise<void>
}

/** What the recording shows, in this order. */
export const scenes: readonly Scene[] = [
  {
    name: 'killed while the provider has the money',
    play: async ({ demo, camera }) => {
      const page = await camera.window()
      await page.goto(demo.shopUrl)
      await camera.show('A shop with a simulated provider. Everything here can be broken, by you.', page)
      const placed = await placeOrder(page, demo.shopUrl, { sku: 'ledger' })
      await camera.show('The checkout that comes with Counterfoil: by card here, or on the next page.', page)
      await typeCard(page)
      await camera.show(
        'By card here: the shop sends it to the provider itself, and must keep the books.',
        page,
      )
      const { notificationUrl } = (await demo.control('options')) as { readonly notificationUrl: string }
      await demo.control('options', { notificationUrl: '' })
      await demo.setFault({ kind: 'late', on: 'charge', delayMs: 20_000 })
      await pressPay(page)
      await seeHeading(page, /wait/i)
      await demo.whenStruck()
      await camera.show('Written down, then sent. The provider charges the card; no answer comes.', page)
      const ledger = await camera.window()
      await ledger.goto(`http://127.0.0.1:${demo.simulatorPort}/worldpay/`)
      await camera.show(
        'The provider has the money, and nobody else knows. Now kill -9, in the middle of it.',
        ledger,
      )
      await ledger.close()
      await demo.kill()
      await demo.start()
      await seeHeading(page, PAID)
      await camera.show(
        'Started again: the journal says that a charge was sent, so the provider is asked. The page goes on by itself.',
        page,
      )
      await demo.control('options', { notificationUrl })
      await openOrderAtRest(page, demo.shopUrl, placed)
      await camera.show('One charge. Our journal and the provider’s ledger say the same.', page)
      await scrollToTimeline(page)
      await camera.show(
        'The order’s timeline, out of the journal: sent, killed, in doubt, asked, paid.',
        page,
      )
      await page.close()
    },
  },
  {
    name: 'a window that is closed',
    play: async ({ demo, camera }) => {
      const page = await camera.window()
      const placed = await placeOrder(page, demo.shopUrl, { sku: 'iron-gall-ink' })
      await goToProvider(page)
      await camera.show('On the next page: the card never touches the shop.', page)
      // The payer pays and never comes back.
      await page.route('**/pay/payments/**', (route) => route.abort())
      await payThere(page)
      await whenCharged(demo, 2)
      await page.close()
      const later = await camera.window()
      await openOrderAtRest(later, demo.shopUrl, placed)
      await scrollToTimeline(later)
      await camera.show(
        'The payer closed the window after paying. The provider’s call ends it; it may come three times.',
        later,
      )
      await later.close()
    },
  },
  {
    name: 'a challenge',
    play: async ({ demo, camera }) => {
      const page = await camera.window()
      const placed = await placeOrder(page, demo.shopUrl, { sku: 'sealing-wax' })
      await typeCard(page, '3DS_V2_CHALLENGE_IDENTIFIED')
      await pressPay(page)
      await page
        .frameLocator('iframe[name=challenge]')
        .getByRole('button', { name: /Confirm/ })
        .waitFor()
      await camera.show('3-D Secure: the bank asks in its own frame. Nothing is charged yet.', page)
      await answerBank(page, 'Confirm')
      await seeHeading(page, PAID)
      await openOrderAtRest(page, demo.shopUrl, placed)
      await scrollToTimeline(page)
      await camera.show('Each leg is written down before it is sent.', page)
      await page.close()
    },
  },
  {
    name: 'breaking',
    play: async ({ demo, camera }) => {
      const page = await camera.window()
      await page.goto(`${demo.shopUrl}/break`)
      await camera.show(
        'Break it yourself: the provider, the database, the mail, the clock, the process.',
        page,
      )
      await page.close()
    },
  },
]

async function whenCharged(demo: Demo, count: number): Promise<void> {
  await eventually(`${count} orders are charged`, END_WITHIN_MS, async () => {
    const charged = (await demo.ledger()).filter(({ liveExecutions }) => liveExecutions > 0)
    return charged.length === count ? true : undefined
  })
}

async function scrollToTimeline(page: Page): Promise<void> {
  await page
    .getByRole('heading', { name: /timeline/i })
    .first()
    .evaluate((heading) => {
      heading.scrollIntoView({ block: 'start' })
    })
}
