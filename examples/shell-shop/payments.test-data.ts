import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createCounterfoil, internalModule, secret, webhookPipelines } from 'counterfoil'
import { sqliteOrderBook } from 'counterfoil/order-book'
import { http } from 'counterfoil/server'
import { defaultWorldpayOptions, startSimulator } from 'counterfoil/simulators'
import { sqliteJournal } from 'counterfoil/sqlite'
import { webhookShop } from 'counterfoil/webhooks'
import { worldpay } from 'counterfoil/worldpay'

export interface PaymentServer extends AsyncDisposable {
  /** Where orders are handed over. */
  readonly url: string
}

/** Counterfoil as it runs beside a shop in another language, with a simulated provider. */
export async function paymentServer(options: {
  readonly folder: string
  readonly webhookUrl: string
  readonly webhookSecret: string
  readonly apiKey: string
}): Promise<PaymentServer> {
  // What was begun is ended in reverse, also when the next beginning fails.
  await using begun = new AsyncDisposableStack()
  const simulator = await startSimulator({ port: 0 })
  begun.defer(() => simulator.close())
  const orders = sqliteOrderBook(`${options.folder}/orders.db`)
  await orders.open()
  begun.defer(() => orders.close())
  let pages: ReturnType<typeof http> | undefined
  const host = createServer((request, response) => pages?.node(request, response))
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  begun.defer(async () => {
    host.closeAllConnections()
    await new Promise((resolve) => host.close(resolve))
  })
  const url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/pay`
  const provider = worldpay({
    url: simulator.worldpayUrls.paymentService,
    merchantCode: defaultWorldpayOptions.merchantCode,
    username: defaultWorldpayOptions.username,
    password: secret(defaultWorldpayOptions.password),
  })
  const cf = createCounterfoil({
    journal: sqliteJournal(`${options.folder}/payments.db`, { reserveBytes: 65_536 }),
    shop: webhookShop({
      orders,
      url: options.webhookUrl,
      secrets: [secret(options.webhookSecret)],
      allowLoopback: true,
    }),
    modules: [internalModule('card', { gateway: provider.direct, pipelines: webhookPipelines })],
    publicUrl: url,
  })
  await cf.start()
  begun.defer(() => cf.stop())
  const server = http(cf, {
    secret: secret('a secret of thirty-two bytes or more'),
    api: { keys: [{ client: 'shell-shop', secret: secret(options.apiKey) }], orders },
  })
  begun.defer(() => server.close())
  pages = server
  const owned = begun.move()
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
