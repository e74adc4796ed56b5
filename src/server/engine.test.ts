import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createCounterfoil } from '../engine/counterfoil.ts'
import type { Exchange, Gateway } from '../gateway/gateway.ts'
import type { Transport } from '../gateway/transport.ts'
import { memoryJournal } from '../journal/memory/index.ts'
import { internalModule } from '../pipeline/module.ts'
import { Browser, SECRET, visa } from './fake-counterfoil.test.ts'
import { http } from './http.ts'

/** A PSP that answers what the test tells it to. */
function playedGateway(word: () => 'approved' | 'declined'): Gateway {
  const build = (): Exchange => ({
    movesMoney: true,
    method: 'POST',
    url: 'https://psp.example/',
    headers: {},
    body: '',
    timeoutMs: 20_000,
    answerBytesMax: 1_000,
  })
  const notes = { text: 'the words of the PSP', code: '51', maskedCard: '444433******1111' }
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
    operations: {
      sale: {
        build,
        read: (_answer, { reference, amountMinor, currency }) => ({
          ...notes,
          kind: word(),
          echo: { reference, amountMinor, currency },
          captured: true,
        }),
      },
    },
    inquire: {
      build: () => ({ ...build(), movesMoney: false }),
      read: () => ({ ...notes, kind: 'unavailable' }),
    },
    unrepresentable: () => undefined,
    scrub: (text) => text,
  }
}

/** Reads the payment's stream to its end, however long the engine takes. */
async function endOf(browser: Browser, location: string): Promise<string> {
  return (await browser.get(location.replace('?sent', '/events'))).body
}

it('takes a decline and then a sale through the real engine, watched by a stream', async () => {
  let word: 'approved' | 'declined' = 'declined'
  let letAnswer = (): void => undefined
  let answers = Promise.resolve()
  const transport: Transport = {
    send: async (_exchange, mayStart) => {
      assert.equal(mayStart(), undefined)
      await answers
      return { kind: 'answered', answer: { status: 200, headers: {}, body: new Uint8Array() } }
    },
    close: async () => undefined,
  }
  let server: ReturnType<typeof http> | undefined
  const host = createServer((request, response) => server?.node(request, response))
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`
  const told: string[] = []
  const tell = (name: string) => async (): Promise<void> => void told.push(name)
  const cf = createCounterfoil({
    journal: memoryJournal(),
    publicUrl: `${origin}/pay`,
    transport,
    modules: [internalModule('card', { gateway: playedGateway(() => word) })],
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
    },
  })
  await cf.start()
  const made = http(cf, { secret: SECRET, limits: { payWaitMs: 50 } })
  server = made
  try {
    const sent: string[] = []
    const browser = new Browser(origin, sent)
    const form = await browser.openForm({ server: made } as never, 'A-7')
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
    const next = await browser.openForm({ server: made } as never, 'A-7')
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
    assert.ok(told.includes('paid'))
  } finally {
    host.closeAllConnections()
    await made.close()
    await new Promise((resolve) => host.close(resolve))
    await cf.stop()
  }
})
