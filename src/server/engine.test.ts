import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createCounterfoil } from '../engine/counterfoil.ts'
import type { Exchange, Gateway, GatewayOperation, Outcome } from '../gateway/gateway.ts'
import type { Transport } from '../gateway/transport.ts'
import { memoryJournal } from '../journal/memory/index.ts'
import { externalModule, internalModule, type PaymentModule } from '../pipeline/module.ts'
import { Browser, hiddenIn, SECRET, visa } from './fake-counterfoil.test.ts'
import { http } from './http.ts'

const notes = { text: 'the words of the PSP', code: '51', maskedCard: '444433******1111' }

const echoOf = ({ reference, amountMinor, currency }: GatewayOperation) => ({
  reference,
  amountMinor,
  currency,
})

/** A PSP that answers what the test tells it to. */
function playedGateway(answers: (operation: GatewayOperation) => Outcome): Gateway {
  const build = (): Exchange => ({
    movesMoney: true,
    method: 'POST',
    url: 'https://psp.example/',
    headers: {},
    body: '',
    timeoutMs: 20_000,
    answerBytesMax: 1_000,
  })
  return {
    name: 'played',
    account: 'TEST',
    capabilities: {
      dedupByReference: true,
      inquiryByReference: true,
      inquiryLagMs: 0,
      reversalByReference: false,
      maxProcessingMs: 20_000,
      maxDeliveryMs: 1_000,
      delayedCapture: false,
      echoes: [],
    },
    operations: { sale: { build, read: (_answer, operation) => answers(operation) } },
    inquire: {
      build: () => ({ ...build(), movesMoney: false }),
      read: () => ({ ...notes, kind: 'unavailable' }),
    },
    unrepresentable: () => undefined,
    scrub: (text) => text,
  }
}

const answered: Transport = {
  send: async (_exchange, mayStart) => {
    assert.equal(mayStart(), undefined)
    return { kind: 'answered', answer: { status: 200, headers: {}, body: new Uint8Array() } }
  },
  close: async () => undefined,
}

interface House extends AsyncDisposable {
  readonly origin: string
  readonly server: ReturnType<typeof http>
  readonly told: readonly string[]
}

/** The real engine and its pages on a port of this machine. */
async function house(
  modules: readonly PaymentModule[],
  { transport = answered, payWaitMs = 10_000 } = {},
): Promise<House> {
  let server: ReturnType<typeof http> | undefined
  const host = createServer((request, response) => server?.node(request, response))
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
  const told: string[] = []
  const tell = (name: string) => async (): Promise<void> => void told.push(name)
  const close = async (): Promise<void> => {
    host.closeAllConnections()
    await server?.close()
    await new Promise((resolve) => host.close(resolve))
  }
  try {
    const cf = createCounterfoil({
      journal: memoryJournal(),
      publicUrl: `${origin}/pay`,
      transport,
      modules,
      shop: {
        loadOrder: async (id) => ({
          id,
          amountMinor: 4250n,
          currency: 'GBP',
          description: 'Tea',
          lines: [{ sku: 'tea', name: 'Tea', quantity: 1, amountMinor: 4250n }],
        }),
        markOrderPaid: tell('paid'),
        markPaymentCancelled: tell('cancelled'),
        markOrderInProgress: tell('in progress'),
        deleteBasket: tell('basket'),
        sendOrderMail: tell('mail'),
        paymentChanged: tell('changed'),
      },
    })
    await cf.start()
    const made = http(cf, { secret: SECRET, limits: { payWaitMs } })
    server = made
    return {
      origin,
      server: made,
      told,
      [Symbol.asyncDispose]: async () => {
        await close()
        await cf.stop()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Reads the payment's stream to its end, however long the engine takes. */
async function endOf(browser: Browser, location: string): Promise<string> {
  return (await browser.get(location.replace(/\?.*/, '/events'))).body
}

it('takes a decline and then a sale through the real engine, watched by a stream', async () => {
  let word: 'approved' | 'declined' = 'declined'
  let letAnswer = (): void => undefined
  let answers = Promise.resolve()
  const transport: Transport = {
    ...answered,
    send: async (exchange, mayStart) => {
      const sent = await answered.send(exchange, mayStart)
      await answers
      return sent
    },
  }
  const gateway = playedGateway((operation) => ({
    ...notes,
    kind: word,
    echo: echoOf(operation),
    captured: true,
  }))
  await using h = await house([internalModule('card', { gateway })], { transport, payWaitMs: 50 })
  const made = h.server
  const sent: string[] = []
  const browser = new Browser(h.origin, sent)
  const form = await browser.openForm({ server: made }, 'A-7')
  const declined = await browser.post(form.url, { ...visa, ...form.hidden })
  assert.equal(declined.status, 303)
  assert.match(await endOf(browser, declined.location), /"status":"declined","finished":true/)
  const failure = await browser.get(declined.location)
  assert.match(failure.body, /You have not been charged/)
  // The same form again is the same payment, and its page says so.
  assert.equal((await browser.post(form.url, { ...visa, ...form.hidden })).location, declined.location)

  word = 'approved'
  answers = new Promise((resolve) => {
    letAnswer = resolve
  })
  const next = await browser.openForm({ server: made }, 'A-7')
  const under = await browser.post(next.url, { ...visa, ...next.hidden })
  const waiting = await browser.get(under.location)
  assert.match(waiting.body, /Please wait/)
  const held = await browser.get(made.checkoutUrl('A-7'))
  assert.match(held.body, /See how your payment is going/)
  const path = /data-events="([^"]*)"/.exec(waiting.body)?.[1] ?? ''
  const stream = browser.get(path)
  await delay(20)
  letAnswer()
  assert.match((await stream).body, /data: \{"status":"paid","finished":true\}/)
  const success = await browser.get(under.location)
  assert.match(success.body, /your payment is complete/)
  assert.match((await browser.get(made.checkoutUrl('A-7'))).body, /This order is paid/)
  assert.equal((await browser.get(next.url)).status, 303)
  assert.doesNotMatch(sent.join('\n'), /4444 ?3333 ?2222/)
  assert.ok(h.told.includes('paid'))
})

it('sends a payer away, hears of the payment by a notification, and shows it to who comes back', async () => {
  let reference = ''
  const gateway: Gateway = {
    ...playedGateway((operation) => {
      reference = operation.reference
      return {
        ...notes,
        kind: 'awaiting-payer',
        echo: echoOf(operation),
        handover: { page: 'https://psp.example/p?1' },
      }
    }),
    hosted: { validMs: 3_600_000, readReturn: () => undefined },
    payerPage: ({ page = '' }) => ({ method: 'GET', url: page, fields: {}, framed: false }),
    notification: {
      path: 'played',
      hasCredentials: true,
      isAuthentic: ({ authorization }) => authorization === 'Basic b3VyOnM=',
      parse: (raw) => ({
        kind: 'notice',
        reference: raw,
        word: 'AUTHORISED',
        found: {
          ...notes,
          kind: 'found',
          echo: { reference: raw, amountMinor: 4250n, currency: 'GBP' },
          charge: 'approved',
          captured: true,
        },
      }),
      acknowledgement: { status: 200, contentType: 'text/plain', body: '[OK]' },
    },
  }
  await using h = await house([externalModule('hosted', { gateway, believe: 'source' })])
  const browser = new Browser(h.origin, [])
  const begun = await browser.begin({ server: h.server }, 'hosted', 'A-7')
  assert.match(begun.location, /\/go$/)
  assert.match((await browser.get(begun.location)).body, /href="https:\/\/psp\.example\/p\?1"/)
  const status = begun.location.replace('/go', '')
  const back = new Browser(h.origin, [])
  const { location } = await back.get(`${status}/return/success?paymentStatus=AUTHORISED`)
  assert.match((await back.get(location)).body, /We are checking with the payment provider/)
  const unpaid = await browser.get(status)
  assert.match(unpaid.body, /You have not paid yet/)
  const held = await browser.post(`${status}/another-way`, hiddenIn(unpaid.body))
  assert.match(held.body, /This order is held for your payment/)

  const stream = browser.get(`${status}/events`)
  const notify = async (authorization: string): Promise<Response> =>
    fetch(`${h.origin}/pay/notifications/played`, {
      method: 'POST',
      body: reference,
      headers: { 'content-type': 'text/xml', authorization },
    })
  const refused = await notify('Basic b3VyOnQ=')
  assert.deepEqual([refused.status, await refused.text()], [403, 'CF_NOTIFICATION_REFUSED\n'])
  assert.match((await browser.get(status)).body, /You have not paid yet/)
  const taken = await notify('Basic b3VyOnM=')
  assert.deepEqual([taken.status, await taken.text()], [200, '[OK]'])
  assert.match((await stream).body, /"status":"paid","finished":true/)
  assert.match((await back.get(location)).body, /your payment is complete/)
  const elsewhere = await fetch(`${h.origin}/pay/notifications/other`, { method: 'POST' })
  assert.deepEqual([elsewhere.status, await elsewhere.text()], [404, 'CF_LINK_INVALID\n'])
})

it('takes a card through a challenge, whose return is bound to its token and not to a cookie', async () => {
  const gateway: Gateway = {
    ...playedGateway((operation) =>
      operation.leg === 1
        ? { ...notes, kind: 'challenge', echo: echoOf(operation), handover: { to: 'https://acs.example/q' } }
        : { ...notes, kind: 'approved', echo: echoOf(operation), captured: true },
    ),
    payerPage: ({ to = '' }, { returnUrls }) => ({
      method: 'POST',
      url: to,
      fields: { TermUrl: returnUrls.challenge },
      framed: true,
    }),
  }
  await using h = await house([internalModule('card', { gateway })])
  const browser = new Browser(h.origin, [])
  const form = await browser.openForm({ server: h.server }, 'A-7')
  const { location: go } = await browser.post(form.url, { ...visa, ...form.hidden })
  assert.match(go, /\/go$/)
  const challenge = await browser.get(go)
  assert.match(challenge.body, /Your bank wants to know that it is you/)
  const returnUrl = /name="TermUrl" value="([^"]*)"/.exec(challenge.body)?.[1] ?? ''
  const status = go.replace('/go', '')
  assert.ok(returnUrl.startsWith(`${status}/return/challenge/`))

  const bank = new Browser(h.origin, [])
  const elsewhere = { origin: 'https://acs.example', cookie: undefined }
  const forged = await bank.post(`${status}/return/challenge/forged`, { cres: 'Y' }, elsewhere)
  assert.match(forged.body, /\/go" target="_top"/)
  assert.match((await browser.get(status)).body, /Your bank is waiting for you/)
  for (const time of ['first', 'again']) {
    const back = await bank.post(returnUrl, { cres: 'Y' }, elsewhere)
    assert.match(back.body, /\?sent" target="_top"/, time)
    assert.match((await browser.get(status)).body, /your payment is complete/)
  }
  assert.equal((await browser.get(go)).status, 303)
  assert.equal(h.told.filter((word) => word === 'paid').length, 1)
})
