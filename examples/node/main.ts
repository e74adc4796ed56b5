import { createServer } from 'node:http'
import { secret } from 'counterfoil'
import { http } from 'counterfoil/server'
import { openShop, port, shopPage, shopUrl } from './tea-shop.ts'

const shop = openShop()
await shop.cf.start()
const pages = http(shop.cf, { secret: secret(process.env['COUNTERFOIL_SECRET']), brand: 'Tea', shopUrl })

const server = createServer((request, response) => {
  const { method, url = '/' } = request
  // Nobody may have read the body before: Counterfoil reads its forms itself.
  if (url.startsWith('/pay/')) pages.node(request, response)
  else if (method === 'GET' && url === '/') {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(shopPage(shop))
  } else if (method === 'POST' && url === '/orders') {
    response.writeHead(303, { location: pages.checkoutUrl(shop.placeOrder()) }).end()
  } else response.writeHead(404).end()
})
server.listen(port, '127.0.0.1', () => console.log(`The shop is open at ${shopUrl}`))

process.once('SIGTERM', () => void stop())

async function stop(): Promise<void> {
  server.close()
  await pages.close()
  await shop.cf.stop()
}
