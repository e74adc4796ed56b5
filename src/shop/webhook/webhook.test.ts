import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
import { memoryOrderBook } from '../order-book/memory.ts'
import type { Shop } from '../shop.ts'
import { sampleBooking } from '../../testkit/order-book-conformance.ts'
import { TEST_CERTIFICATE } from '../../gateway/http-peers.test-data.ts'
import { webhookShop, type WebhookShopOptions } from './index.ts'
import { answering, change, type Heard, receiver, SECRET, sealed, telling } from './receiver.test-data.ts'

const orders = memoryOrderBook()
const NOW_MS = 1_800_000_000_999

/** A shop on a port of this machine. */
const shopAt = (port: number, changes: Partial<WebhookShopOptions> = {}): Required<Shop> =>
  webhookShop({
    orders,
    url: `http://127.0.0.1:${port}/webhooks?shop=1`,
    secrets: [sealed(SECRET)],
    allowLoopback: true,
    ...changes,
  }) as Required<Shop>

const UNDELIVERED = { code: 'CF_WEBHOOK_UNDELIVERED' }

describe('a webhook', () => {
  it('tells what became of a payment, in one body for each kind', async () => {
    await using shop = await receiver()
    const { markOrderPaid, markPaymentCancelled, markOrderInProgress, paymentChanged } = shopAt(shop.port)
    await markOrderPaid(telling())
    await markPaymentCancelled(telling())
    await markOrderInProgress(telling())
    await paymentChanged(change())
    const data = {
      orderId: 'A-1001',
      paymentId: 'payment-1',
      amountMinor: 4250,
      currency: 'GBP',
      sequence: 3,
    }
    const timestamp = '2023-11-14T22:13:20.123Z'
    assert.deepEqual(
      shop.heard.map(({ body }) => JSON.parse(body)),
      [
        { type: 'payment.paid', timestamp, data },
        { type: 'payment.cancelled', timestamp, data },
        { type: 'payment.in-progress', timestamp, data },
        { type: 'payment.changed', timestamp, data: { ...data, change: 'refunded', changedMinor: 250 } },
      ],
    )
    const [{ headers, path } = {} as Heard] = shop.heard
    assert.equal(path, '/webhooks?shop=1')
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['webhook-id'], 'payment-1:statusOk:mark-order-paid')
    assert.equal(headers['host'], `127.0.0.1:${shop.port}`)
  })

  it('passes the check of the reference library, and no longer with one bit of it changed', async () => {
    await using shop = await receiver()
    await shopAt(shop.port).markOrderPaid(telling())
    const [{ headers, body } = {} as Heard] = shop.heard
    const library = new Webhook(SECRET)
    assert.deepEqual(library.verify(body, headers), JSON.parse(body))
    for (let at = 0; at < body.length; at++) {
      const forged = `${body.slice(0, at)}${String.fromCharCode(body.charCodeAt(at) ^ 1)}${body.slice(at + 1)}`
      assert.throws(() => library.verify(forged, headers), WebhookVerificationError)
    }
    const otherId = { ...headers, 'webhook-id': `${headers['webhook-id']}x` }
    assert.throws(() => library.verify(body, otherId), WebhookVerificationError)
    const otherTime = { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }
    assert.throws(() => library.verify(body, otherTime), WebhookVerificationError)
    const otherSecret = `whsec_${Buffer.from('another secret of about that length').toString('base64')}`
    assert.throws(() => new Webhook(otherSecret).verify(body, headers), WebhookVerificationError)
  })

  it('is signed over id, time of sending in seconds, and body', async () => {
    await using shop = await receiver()
    await shopAt(shop.port, { nowMs: () => NOW_MS }).markOrderPaid(telling())
    const [{ headers, body } = {} as Heard] = shop.heard
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
    const signed = `payment-1:statusOk:mark-order-paid.1800000000.${body}`
    assert.equal(headers['webhook-timestamp'], '1800000000')
    assert.equal(
      headers['webhook-signature'],
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    )
  })

  it('carries a signature by each secret while one replaces another', async () => {
    await using shop = await receiver()
    const next = `whsec_${Buffer.from('the next secret, of thirty bytes or so').toString('base64')}`
    await shopAt(shop.port, { secrets: [sealed(SECRET), sealed(next)] }).markOrderPaid(telling())
    const [{ headers, body } = {} as Heard] = shop.heard
    assert.match(headers['webhook-signature'] ?? '', /^v1,\S{44} v1,\S{44}$/)
    for (const secret of [SECRET, next]) new Webhook(secret).verify(body, headers)
  })

  it('is the same to the byte when it is told again, signed at its own time', async () => {
    await using shop = await receiver()
    let nowMs = NOW_MS
    const { markOrderPaid } = shopAt(shop.port, { nowMs: () => nowMs })
    await markOrderPaid(telling())
    nowMs += 3_600_000
    await markOrderPaid(telling())
    const [first, second] = shop.heard
    assert.equal(first?.body, second?.body)
    assert.equal(first?.headers['webhook-id'], second?.headers['webhook-id'])
    assert.notEqual(first?.headers['webhook-timestamp'], second?.headers['webhook-timestamp'])
  })
})

describe('an answer to a webhook', () => {
  it('that changes to another protocol is none, and holds no place up', { timeout: 20_000 }, async () => {
    await using shop = await receiver(({ socket }) =>
      socket?.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    )
    const { markOrderPaid } = shopAt(shop.port)
    // More than are on their way at once.
    for (let time = 0; time < 20; time++) await assert.rejects(markOrderPaid(telling()), UNDELIVERED)
  })

  it('of 2xx delivers it; every other one, a redirect too, means again later', async () => {
    let status = 0
    await using elsewhere = await receiver()
    await using shop = await receiver((response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${elsewhere.port}/` }).end('words')
    })
    const { markOrderPaid } = shopAt(shop.port)
    for (status of [200, 201, 202, 204, 299]) await markOrderPaid(telling())
    for (status of [300, 301, 302, 303, 307, 308, 400, 401, 404, 409, 410, 429, 500, 503, 599])
      await assert.rejects(markOrderPaid(telling()), {
        ...UNDELIVERED,
        message: new RegExp(`answered ${status}`),
      })
    assert.equal(elsewhere.connections, 0)
  })

  it('whose body never ends is not waited for', { timeout: 10_000 }, async () => {
    await using slow = await receiver((response) => {
      response.writeHead(200)
      response.write('and')
    })
    await shopAt(slow.port).markOrderPaid(telling())
    let sentBytes = 0
    await using endless = await receiver((response) => {
      response.writeHead(200)
      const more = (): void => {
        sentBytes += 65_536
        if (!response.destroyed) response.write(Buffer.alloc(65_536), more)
      }
      more()
    })
    await shopAt(endless.port).markOrderPaid(telling())
    assert.ok(sentBytes < 64 * 1_048_576)
  })

  it('that does not come ends with the deadline; headers without end and nonsense fail', {
    timeout: 15_000,
  }, async () => {
    await using silent = await receiver(() => undefined)
    await assert.rejects(
      shopAt(silent.port).markOrderPaid(telling({ signal: AbortSignal.timeout(50) })),
      UNDELIVERED,
    )
    await using wordy = await receiver((response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\n${'x-more: and more\r\n'.repeat(2_000)}\r\n`)
    })
    await assert.rejects(shopAt(wordy.port).markOrderPaid(telling()), UNDELIVERED)
    await using nonsense = await receiver((response) => void response.socket?.end('no HTTP at all\r\n\r\n'))
    await assert.rejects(shopAt(nonsense.port).markOrderPaid(telling()), UNDELIVERED)
    await using cut = await receiver((response) => void response.socket?.destroy())
    await assert.rejects(shopAt(cut.port).markOrderPaid(telling()), /ECONNRESET/)
  })

  it('need not be waited for by more than sixteen at once; the others take their turn', async () => {
    let open = 0
    let most = 0
    await using shop = await receiver((response) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        response.writeHead(204).end()
      }, 20)
    })
    const { markOrderPaid } = shopAt(shop.port)
    const given = new AbortController()
    const late = Array.from({ length: 48 }, () => markOrderPaid(telling()))
    const givenUp = markOrderPaid(telling({ signal: given.signal }))
    given.abort()
    await assert.rejects(givenUp, UNDELIVERED)
    await Promise.all(late)
    assert.equal(shop.heard.length, 48)
    assert.ok(most <= 16, `${most} at once`)
  })
})

describe('the connection of a webhook', () => {
  const secure = (port: number, changes: Partial<WebhookShopOptions> = {}): Required<Shop> =>
    shopAt(port, { url: `https://localhost:${port}/`, resolve: answering(['127.0.0.1']), ...changes })

  it('is refused to who shows a certificate that nobody vouches for, before a byte of it is sent', async () => {
    await using shop = await receiver(undefined, 'https')
    await assert.rejects(secure(shop.port).markOrderPaid(telling()), /self-signed|DEPTH_ZERO/i)
    await assert.rejects(
      secure(shop.port, { url: `https://shop.example:${shop.port}/`, ca: TEST_CERTIFICATE }).markOrderPaid(
        telling(),
      ),
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    )
    assert.equal(shop.heard.length, 0)
  })

  it('goes to the address that was looked up, under the name that was asked for', async () => {
    await using shop = await receiver(undefined, 'https')
    const resolve = answering(['127.0.0.1'])
    await secure(shop.port, { resolve, ca: [TEST_CERTIFICATE] }).markOrderPaid(telling())
    assert.deepEqual(resolve.asked, ['localhost'])
    assert.equal(shop.heard[0]?.servername, 'localhost')
    assert.equal(shop.heard[0]?.headers['host'], `localhost:${shop.port}`)
  })

  it('is not made when the name leads elsewhere the second time it is asked (rebinding)', async () => {
    await using shop = await receiver(undefined, 'https')
    const resolve = answering(['127.0.0.1'], ['10.0.0.1'], ['127.0.0.1', '169.254.169.254'])
    const { markOrderPaid } = secure(shop.port, { resolve, ca: [TEST_CERTIFICATE] })
    await markOrderPaid(telling())
    await assert.rejects(
      markOrderPaid(telling()),
      /localhost leads to 10\.0\.0\.1, which is no address of the public/,
    )
    await assert.rejects(markOrderPaid(telling()), /leads to 169\.254\.169\.254/)
    assert.equal(resolve.asked.length, 3)
    assert.equal(shop.connections, 1)
  })
})

describe('the shop that is told by webhooks', () => {
  it('loads orders from the book', async () => {
    const book = memoryOrderBook()
    await book.open()
    const booking = sampleBooking('A-1')
    await book.book(booking)
    const { loadOrder } = shopAt(1, { orders: book })
    assert.deepEqual(await loadOrder('A-1', AbortSignal.timeout(1_000)), booking.order)
    assert.equal(await loadOrder('A-2', AbortSignal.timeout(1_000)), undefined)
  })

  it('refuses options that cannot be, without saying a secret', () => {
    const refusal = (changes: object): string => {
      try {
        webhookShop({ orders, url: 'https://shop.example/', secrets: [sealed(SECRET)], ...changes })
        return 'taken'
      } catch (error) {
        return String(error)
      }
    }
    const short = `whsec_${Buffer.alloc(23, 'x').toString('base64')}`
    const long = `whsec_${Buffer.alloc(65, 'x').toString('base64')}`
    assert.equal(refusal({}), 'taken')
    assert.match(refusal({ orders: undefined }), /orders must be an order book/)
    assert.match(refusal({ secrets: [] }), /secrets must list 1 to 3/)
    assert.match(refusal({ secrets: Array(4).fill(sealed(SECRET)) }), /secrets must list 1 to 3/)
    for (const secret of [
      short,
      long,
      SECRET.slice('whsec_'.length),
      'whsec_',
      'whsec_****',
      `${SECRET}\n`,
    ]) {
      const words = refusal({ secrets: [sealed(SECRET), sealed(secret)] })
      assert.match(words, /secrets\[1\] must be secret/)
      assert.equal(secret.length > 6 && words.includes(secret), false)
    }
    for (const bytes of [24, 64])
      assert.equal(
        refusal({ secrets: [sealed(`whsec_${Buffer.alloc(bytes, 'x').toString('base64')}`)] }),
        'taken',
      )
  })

  it('tells nothing under a key that could not be told from the signed text around it', async () => {
    const never = shopAt(1).markOrderPaid(telling({ key: 'a.b' }))
    await assert.rejects(never, /the key can be no webhook-id/)
  })
})
