import { readFileSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import formbody from '@fastify/formbody'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type ShopContext, sendPageWithoutShop } from './context.ts'
import { addBasket } from './pages/basket.ts'
import { addCheckout } from './pages/checkout.ts'
import { addBreaking } from './pages/breaking.ts'
import { html } from './pages/html.ts'
import { addMail } from './pages/mail.ts'
import { liveScript } from './pages/live-script.ts'
import { addMoney } from './pages/money.ts'
import { addOrder } from './pages/order.ts'
import { addOrders } from './pages/orders.ts'
import { addShelves } from './pages/shelves.ts'
import { policyFor } from './security-policy.ts'
import { notFound, ShopError } from './shop-error.ts'
import { addVisitors } from './visitor.ts'

/** The shop's longest form has less than 1 kB. */
const BODY_BYTES_MAX = 16 * 1024

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': policyFor({ scripts: false }),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** One sheet, in parts; a later one may refine what an earlier one has said. */
const STYLES = ['base.css', 'shop.css', 'order.css', 'breaking.css', 'timeline.css']

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="7" width="28" height="18" rx="2" fill="#0b5c4b"/><path d="M11 7v18" stroke="#fff" stroke-width="2" stroke-dasharray="2 2"/><path d="M15 13h11M15 19h7" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>'

/** The shop's pages. `makeServer` puts them behind a server of the caller's, which may serve more than the shop. */
export async function shopWeb(
  context: ShopContext,
  makeServer?: (handler: RequestListener) => Server,
): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    ...(makeServer === undefined ? {} : { serverFactory: makeServer }),
  })
  const style = STYLES.map((name) => readFileSync(new URL(`./pages/${name}`, import.meta.url), 'utf8')).join(
    '\n',
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    return oneHostOnly(context, request, reply)
  })
  await addVisitors(app, { secret: context.secret, origin: new URL(context.shopUrl).origin })
  await app.register(formbody, { bodyLimit: BODY_BYTES_MAX })
  app.setErrorHandler((error, _request, reply) => showError(context, error, reply))
  app.setNotFoundHandler((_request, reply) => showError(context, notFound(), reply))
  app.get('/assets/shop.css', (_request, reply) => asset(reply, 'text/css; charset=utf-8', style))
  app.get('/assets/live.js', (_request, reply) => asset(reply, 'text/javascript; charset=utf-8', liveScript))
  app.get('/assets/icon.svg', (_request, reply) => asset(reply, 'image/svg+xml', ICON))
  for (const add of [addShelves, addBasket, addCheckout, addOrders, addOrder, addMoney, addMail]) {
    add(app, context)
  }
  if (context.breaking !== undefined) addBreaking(app, context, context.breaking)
  return app
}

function asset(reply: FastifyReply, type: string, body: string): FastifyReply {
  return reply.type(type).header('cache-control', 'max-age=300').send(body)
}

/** Cookies belong to a host: whoever comes by 127.0.0.1 is sent to localhost, so that baskets do not get lost. */
async function oneHostOnly(
  { shopUrl }: ShopContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  if (request.host === new URL(shopUrl).host) return undefined
  if (request.method === 'GET' || request.method === 'HEAD') {
    const path = request.url.startsWith('/') ? request.url : '/'
    return reply.redirect(`${shopUrl}${path}`, 302)
  }
  throw new ShopError(421, 'This is another address of the shop', `Use ${shopUrl} instead.`)
}

interface Shown {
  readonly status: number
  readonly title: string
  readonly remedy: string
}

function showError(context: ShopContext, error: unknown, reply: FastifyReply): FastifyReply {
  const { status, title, remedy } = shownOf(error)
  // What nobody foresaw is for whoever runs the shop; the page does not show it.
  if (status >= 500 && !(error instanceof ShopError)) process.stderr.write(`shop: ${String(error)}\n`)
  if (status === 503) reply.header('retry-after', '5')
  return sendPageWithoutShop(context, reply, {
    status,
    title,
    content: html`<h1>${title}</h1><p class="lead">${remedy}</p><p class="actions"><a class="button" href="/">To the shelves</a> <a class="button plain" href="/orders">Your orders</a></p>`,
  })
}

function shownOf(error: unknown): Shown {
  if (error instanceof ShopError) {
    return { status: error.status, title: error.message, remedy: error.remedy }
  }
  const status = statusOf(error)
  if (status >= 400 && status < 500) {
    return { status, title: 'That request will not do', remedy: 'Go back to the page and try it from there.' }
  }
  return {
    status: 500,
    title: 'Something broke in the shop',
    remedy: 'Try again in a moment. Payments are not touched by this: they are looked after elsewhere.',
  }
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : 500
}
