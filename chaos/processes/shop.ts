import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { addToBasket } from '../../examples/shop/baskets.ts'
import { openShopDatabase } from '../../examples/shop/database.ts'
import { orderMail } from '../../examples/shop/mail.ts'
import { startMailSink } from '../../examples/shop/mail-sink.ts'
import { markCancelled, payableOrder, placeOrder } from '../../examples/shop/orders.ts'
import { shopPort } from '../../examples/shop/shop-port.ts'
import { doOnce } from '../../examples/shop/told.ts'
import type { ActionAnswer, PaymentChange } from '../../src/index.ts'
import { amountsAsText, type ShopCall, withAmounts } from '../remote-shop.ts'
import { LOOPBACK, type ShopSettings } from '../settings.ts'
import { endsWithItsParent } from './ending.ts'

/*
 * The shop of examples/shop, in a process of its own, with its own database and mails: the nodes call it over HTTP. It
 * does what it is told, each key once, and prints its address.
 */

/** One call by a node: it gives up by itself before. */
const CALL_WITHIN_MS = 30_000
const BODY_BYTES_MAX = 100_000

const { dataFolder } = JSON.parse(process.argv[2] ?? '') as ShopSettings
const database = openShopDatabase(join(dataFolder, 'shop.db'))
const sink = await startMailSink(join(dataFolder, 'mail'))
const mail = orderMail({ database, host: LOOPBACK, port: sink.port, shopUrl: 'http://shop.invalid' })
const port = shopPort(database, mail)

/** What a person puts into the basket and orders. */
interface OrderBody {
  readonly formKey: string
  readonly email: string
  readonly sku: string
  readonly quantity: number
}

async function answerTo(method: string, path: string, body: string): Promise<unknown> {
  if (method === 'GET' && path.startsWith('/orders/')) {
    return payableOrder(database, decodeURIComponent(path.slice('/orders/'.length)))
  }
  switch (`${method} ${path}`) {
    case 'POST /orders': {
      const { formKey, email, sku, quantity } = JSON.parse(body) as OrderBody
      addToBasket(database, formKey, sku, quantity)
      return placeOrder(database, { formKey, visitor: formKey, email, promotionCode: undefined })
    }
    case 'POST /cancelled':
      markCancelled(database, (JSON.parse(body) as { readonly orderId: string }).orderId)
      return {}
    case 'POST /call':
      return (await call(JSON.parse(body) as ShopCall)) ?? {}
    default:
      return undefined
  }
}

function call({ method, telling }: ShopCall): Promise<ActionAnswer | void> | ActionAnswer {
  const told = {
    ...withAmounts(telling),
    signal: AbortSignal.timeout(CALL_WITHIN_MS),
  } as unknown as PaymentChange
  if (method === 'tellWarehouse') return doOnce(database, method, told, () => ({ kind: 'done' }))
  const known = port[method]
  if (known === undefined) throw new Error(`the shop has no ${method}`)
  return known(told)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > BODY_BYTES_MAX) throw new Error('the body is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const server = createServer((request, response) => {
  bodyOf(request)
    .then((body) => answerTo(request.method ?? '', request.url ?? '', body))
    .then(
      (value) =>
        response.writeHead(value === undefined ? 404 : 200).end(JSON.stringify(value ?? {}, amountsAsText)),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
        response.writeHead(500).end()
      },
    )
})
endsWithItsParent(async () => {
  server.close()
  server.closeAllConnections()
  mail.close()
  await sink.close()
  database.close()
})
server.listen(0, LOOPBACK, () => {
  const address = server.address()
  const number = typeof address === 'object' && address !== null ? address.port : ''
  process.stdout.write(`http://${LOOPBACK}:${number}\n`)
})
