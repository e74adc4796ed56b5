import { secret } from 'counterfoil'
import { http } from 'counterfoil/server'
import fastify from 'fastify'
import { openShop, port, shopPage, shopUrl } from './tea-shop.ts'

const shop = openShop()
await shop.cf.start()
const pages = http(shop.cf, { secret: secret(process.env['COUNTERFOIL_SECRET']), brand: 'Tea', shopUrl })

const app = fastify()
// A scope of its own, in which no body is parsed: Counterfoil reads its forms itself.
await app.register(async (scope) => {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _body, done) => done(null))
  scope.all('/pay/*', (request, reply) => {
    reply.hijack()
    pages.node(request.raw, reply.raw)
  })
})

app.get('/', (_request, reply) => reply.type('text/html').send(shopPage(shop)))
// A form without fields has a body all the same, of no bytes.
app.addContentTypeParser('application/x-www-form-urlencoded', (_request, _body, done) => done(null))
app.post('/orders', (_request, reply) => reply.redirect(pages.checkoutUrl(shop.placeOrder()), 303))

// The event streams end first: Fastify waits for everyone who is connected.
app.addHook('preClose', () => pages.close())
app.addHook('onClose', () => shop.cf.stop())
await app.listen({ port, host: '127.0.0.1' })
console.log(`The shop is open at ${shopUrl}`)

process.once('SIGTERM', () => void app.close())
