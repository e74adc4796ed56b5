import type { Page } from 'playwright-core'
import { failure } from '../../src/errors.ts'
import { type Stage, type StageOptions, stage } from '../../src/server/fake-counterfoil.test.ts'

/** One page of the checkout, and how a browser gets there. */
export interface CheckoutPage {
  /** The first part of its pictures' names. */
  readonly name: string
  readonly options?: StageOptions
  readonly open: (page: Page, at: Stage) => Promise<unknown>
}

const HOUR_MS = 3_600_000
const HOSTED = { method: 'GET', url: 'https://psp.example/pay', fields: {}, framed: false } as const
const POSTED = { ...HOSTED, method: 'POST', fields: { token: 'x' } } as const
const CHALLENGE = { ...POSTED, url: 'https://bank.example/question', framed: true } as const
const BOTH: StageOptions = { modules: ['card', 'hosted'] }
const THERE: StageOptions = { modules: ['hosted', 'card'] }

export const card = {
  number: '4444333322221111',
  expiryMonth: '12',
  expiryYear: '2035',
  securityCode: '739',
  holder: 'Jane Doe',
}

export const orderUrl = ({ server }: Stage): string => server.checkoutUrl('A-1')
export const formUrl = (at: Stage): string => `${orderUrl(at)}/pay/card`

/** Fills the card form in. */
export async function typeCard(page: Page, fields: Partial<typeof card> = {}): Promise<void> {
  for (const [name, text] of Object.entries({ ...card, ...fields })) await page.locator(`#${name}`).fill(text)
}

/** Pays by card; what comes of it is what the stage was told. */
async function payByCard(page: Page, at: Stage): Promise<void> {
  await page.goto(formUrl(at))
  await typeCard(page)
  await page.locator('form[data-card] button').click()
  await page.waitForURL((url) => url.href !== formUrl(at))
}

/** Sends the card form and stays on the address that it was sent to. */
async function refused(page: Page, at: Stage): Promise<void> {
  await page.goto(formUrl(at))
  await typeCard(page)
  await page.locator('form[data-card] button').click()
  await page.locator('.ending').waitFor()
}

/** Begins a payment on the provider's page, which does not answer in these tests. */
async function leave(page: Page, at: Stage, to: typeof HOSTED | typeof CHALLENGE): Promise<string> {
  at.cf.onPay = (id) => at.cf.sendTo(id, to)
  await page.route('https://psp.example/**', (route) => route.abort())
  await page.goto(orderUrl(at))
  // Only then does the browser go nowhere else by itself.
  const left = page.waitForRequest((request) => request.url().startsWith(to.url))
  await page.locator('form .choice').click({ noWaitAfter: true })
  await left
  return at.cf.payments.get('pay-1')?.statusUrl ?? ''
}

const failing = (code: Parameters<typeof failure>[0]) => async (page: Page, at: Stage) => {
  at.cf.onPay = () => {
    throw failure(code, 'as the test wants it')
  }
  await refused(page, at)
}

let nowMs = Date.now()

/** Every page that a payer can come to see. */
export const checkoutPages: readonly CheckoutPage[] = [
  { name: 'order', options: BOTH, open: (page, at) => page.goto(orderUrl(at)) },
  { name: 'order-one-way', open: (page, at) => page.goto(orderUrl(at)) },
  {
    name: 'order-many-lines',
    open: async (page, at) => {
      const order = at.cf.orders.get('A-1')
      if (order === undefined) throw new Error('the stage has an order')
      const [line] = order.lines
      const lines = Array.from({ length: 12 }, (_, index) => ({ ...line, sku: `s-${index}` }) as never)
      at.cf.orders.set('A-1', { ...order, amountMinor: 36_000n, lines })
      await page.goto(orderUrl(at))
      await page.locator('summary').click()
    },
  },
  {
    name: 'order-held',
    options: THERE,
    open: async (page, at) => {
      await leave(page, at, HOSTED)
      await page.goto(orderUrl(at))
    },
  },
  {
    name: 'order-held-by-another',
    open: async (page, at) => {
      at.cf.hold('A-1', 'held', 'pay-9')
      await page.goto(orderUrl(at))
    },
  },
  {
    name: 'order-paid',
    open: async (page, at) => {
      at.cf.onPay = (id) => at.cf.paid(id)
      await payByCard(page, at)
      await page.goto(orderUrl(at))
    },
  },
  {
    name: 'order-closed',
    open: async (page, at) => {
      at.cf.hold('A-1', 'closed')
      await page.goto(orderUrl(at))
    },
  },
  { name: 'card-form', open: (page, at) => page.goto(formUrl(at)) },
  {
    name: 'card-form-errors',
    open: async (page, at) => {
      await page.goto(formUrl(at))
      await typeCard(page, { number: '4444 3333 2222 1112', expiryMonth: '13', securityCode: '73' })
      await page.locator('form[data-card] button').click()
      await page.locator('.errors').waitFor()
    },
  },
  { name: 'please-wait', open: payByCard },
  {
    name: 'still-checking',
    open: async (page, at) => {
      at.cf.onPay = (id) => at.cf.move(id, { status: 'in-progress' })
      await payByCard(page, at)
    },
  },
  {
    name: 'to-provider',
    options: THERE,
    open: async (page, at) => {
      at.cf.onPay = (id) => at.cf.sendTo(id, POSTED)
      // With its script the page would be gone before anybody has seen it.
      await page.route('**/*.js', (route) => route.abort())
      await page.goto(orderUrl(at))
      await page.locator('form .choice').click()
    },
  },
  {
    name: 'challenge',
    open: async (page, at) => {
      at.cf.onPay = (id) => at.cf.sendTo(id, CHALLENGE)
      const body = '<!doctype html><title>Bank</title><p>Confirm the payment in the app of your bank.</p>'
      await page.route('https://bank.example/**', (route) =>
        route.fulfill({ contentType: 'text/html', body }),
      )
      await payByCard(page, at)
      await page.frameLocator('iframe[name=challenge]').getByText('Confirm the payment').waitFor()
    },
  },
  {
    name: 'success',
    open: async (page, at) => {
      at.cf.onPay = (id) => at.cf.paid(id)
      await payByCard(page, at)
    },
  },
  {
    name: 'refunded',
    open: async (page, at) => {
      at.cf.onPay = (id) => at.cf.paid(id, { status: 'refunded' })
      await payByCard(page, at)
    },
  },
  {
    name: 'not-needed',
    open: async (page, at) => {
      at.cf.onPay = (id) => {
        at.cf.declined(id, { status: 'cancelled' })
        at.cf.hold('A-1', 'claimed', 'pay-9')
      }
      await payByCard(page, at)
    },
  },
  {
    name: 'failure',
    open: async (page, at) => {
      at.cf.onPay = (id) => at.cf.declined(id)
      await payByCard(page, at)
    },
  },
  {
    name: 'checking',
    options: THERE,
    open: async (page, at) => {
      const url = await leave(page, at, HOSTED)
      await page.goto(`${url}?asked=${Date.now()}`)
    },
  },
  {
    name: 'unpaid-yet',
    options: THERE,
    open: async (page, at) => page.goto(await leave(page, at, HOSTED)),
  },
  {
    name: 'bank-waits',
    options: THERE,
    open: async (page, at) => page.goto(await leave(page, at, CHALLENGE)),
  },
  {
    name: 'held-until',
    options: THERE,
    open: async (page, at) => {
      at.cf.mind = (payment) => ({ kind: 'held', untilMs: Date.now() + 2 * HOUR_MS, payment })
      await page.goto(await leave(page, at, HOSTED))
      await page.locator('form .button').click()
      await page.waitForURL('**/another-way')
    },
  },
  {
    name: 'form-expired',
    options: { nowMs: () => nowMs },
    open: async (page, at) => {
      await page.goto(formUrl(at))
      nowMs += 2 * HOUR_MS
      await typeCard(page)
      await page.locator('form[data-card] button').click()
      await page.locator('.ending').waitFor()
    },
  },
  { name: 'order-closed-meanwhile', open: failing('CF_ORDER_CLOSED') },
  { name: 'too-many-tries', open: failing('CF_TOO_MANY_TRIES') },
  { name: 'service-away', open: failing('CF_JOURNAL_UNAVAILABLE') },
  { name: 'our-fault', open: failing('CF_PIPELINE') },
  {
    name: 'under-way',
    open: async (page, at) => {
      await payByCard(page, at)
      // As a tab sees it that was opened before.
      at.cf.hold('A-1', 'open')
      await page.goto(formUrl(at))
      at.cf.hold('A-1', 'held', 'pay-1')
      await typeCard(page)
      await page.locator('form[data-card] button').click()
      await page.locator('.ending').waitFor()
    },
  },
  {
    name: 'payment-away',
    open: async (page, at) => {
      await payByCard(page, at)
      at.cf.paymentByLink = async () => {
        throw failure('CF_JOURNAL_UNAVAILABLE', 'as the test wants it')
      }
      await page.reload()
    },
  },
  { name: 'not-found', open: (page, at) => page.goto(`${at.url}/nothing`) },
]

/** Opens one of them on a stage of its own. */
export async function openStage({ options }: Pick<CheckoutPage, 'options'>): Promise<Stage> {
  return stage({ limits: { stillCheckingAfterMs: HOUR_MS, formValidMs: HOUR_MS }, ...options })
}
