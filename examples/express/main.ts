import { secret } from 'counterfoil'
import { http } from 'counterfoil/server'
import express from 'express'
import { openShop, port, shopPage, shopUrl } from './tea-shop.ts'

const shop = openShop()
await shop.cf.start()
const pages = http(shop.cf, { secret: secret(process.env['COUNTERFOIL_SECRET']), brand: 'Tea', shopUrl })

const app = express()
// Before every body parser: Counterfoil reads its forms itself, and nobody can read a body twice.
app.use('/pay', pages.node)
app.use(express.urlencoded())

app.get('/', (_request, response) => {
  response.send(shopPage(shop))
})
app.post('/orders', (_request, response) => {
  response.redirect(303, pages.checkoutUrl(shop.placeOrder()))
})

const server = app.listen(port, '127.0.0.1', () => console.log(`The shop is open at ${shopUrl}`))

process.once('SIGTERM', () => void stop())

async function stop(): Promise<void> {
  server.close()
  await pages.close()
  await shop.cf.stop()
}
