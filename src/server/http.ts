import type { IncomingMessage, ServerResponse } from 'node:http'
import fastifyCookie from '@fastify/cookie'
import fastifyFormbody from '@fastify/formbody'
import fastify, { type FastifyInstance } from 'fastify'
import type { Counterfoil } from '../engine/api.ts'
import { failure } from '../errors.ts'
import { refuseAtTheEnd } from './api/problems.ts'
import { registerApi } from './api/register.ts'
import { registerAssets } from './assets.ts'
import { registerChangeOfMind } from './checkout/change-of-mind.ts'
import { registerEvents, type Streams } from './checkout/events.ts'
import { registerOrderPage } from './checkout/order-page.ts'
import { registerPaying } from './checkout/paying.ts'
import { registerPaymentPage } from './checkout/payment-page.ts'
import { registerProviderPage } from './checkout/provider-page.ts'
import { registerReturns } from './checkout/returns.ts'
import { sendErrorPage, TookTooLong } from './error-page.ts'
import { fetchBy, type FetchCaller } from './fetch.ts'
import { formsWith } from './forms.ts'
import { registerHealth } from './health.ts'
import { linksFor } from './links.ts'
import { logUnexpected } from './log.ts'
import { type HttpOptions, settingsFrom } from './options.ts'
import { isConsumed, pathWithin } from './mount.ts'
import { registerNotifications } from './notifications.ts'
import { registerReports } from './reports.ts'
import { sealWith } from './seal.ts'
import { commonHeaders } from './security-headers.ts'
import { sessionsFor } from './session.ts'
import type { Site } from './site.ts'
import { triesWith } from './tries/tries.ts'
import { tellOfUnknownProxy } from './tries/unknown-proxy.ts'
import { voicesFor } from './texts/languages.ts'

export interface HttpServer {
  /** Takes a request of the host's: of plain `node:http`, Express, Fastify (`reply.hijack()`). Before body parsers. */
  node(request: IncomingMessage, response: ServerResponse): void
  /**
   * Answers a request of a host that speaks the web's standards: a route handler of Next, Hono. Nobody may have read
   * its body. Event streams stream; they end when `request.signal` aborts or the answer's body is cancelled. Who has
   * gone before there is an answer gets the status 499, which nobody reads.
   *
   * @throws CF_CONFIG for a caller's address that is none.
   * @example
   * export const GET = (request: Request) => server.fetch(request)
   * export const POST = GET
   */
  fetch(request: Request, caller?: FetchCaller): Promise<Response>
  /**
   * The signed address of an order's page, to send the payer to. `language` is the payer's, such as 'de' or 'fr-CA', for
   * this visit; one that there are no texts for is left out, and the browser's language decides.
   */
  checkoutUrl(orderId: string, options?: { readonly language?: string | undefined }): string
  /** Ends the event streams, answers what has begun, refuses the rest with 503. The engine is stopped apart from it. */
  close(): Promise<void>
}

/** An order's id may be long and is percent-encoded in its link. */
const LINK_CHARACTERS_MAX = 2_048

/**
 * The checkout's pages over HTTP, under the path of the engine's `publicUrl`.
 *
 * @throws CF_CONFIG naming the option that cannot be.
 * @example
 * const server = http(cf, { secret: secret(process.env.COUNTERFOIL_SECRET), brand: 'Tea & Co', shopUrl: 'https://shop.example/' })
 * app.use('/pay', server.node)
 * response.redirect(server.checkoutUrl(order.id))
 */
export function http(cf: Counterfoil, options: HttpOptions): HttpServer {
  const settings = settingsFrom(cf.publicUrl, { nowMs: () => cf.nowMs(), ...options })
  const seal = sealWith(settings.secret)
  const links = linksFor(settings, seal)
  const site: Site = {
    cf,
    settings,
    links,
    forms: formsWith(settings, seal),
    sessions: sessionsFor(settings),
    tries: triesWith(settings, cf),
    voices: voicesFor(settings),
  }
  const { inner, streams } = assemble(site)
  const underWay = new Set<Promise<void>>()
  let closing: Promise<void> | undefined

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await inner.ready()
    if (response.destroyed) return
    const answered = new Promise<void>((resolve) => response.once('close', resolve))
    underWay.add(answered)
    request.url = pathWithin(settings.base, request)
    inner.routing(request, response)
    await answered
    underWay.delete(answered)
  }

  const node = (request: IncomingMessage, response: ServerResponse): void => {
    if (closing !== undefined) {
      refuseAtTheEnd(settings, request, response)
      return
    }
    take(request, response).catch((error: unknown) => {
      logUnexpected(settings, error, 'taking a request')
      response.destroy()
    })
  }

  return {
    checkoutUrl: (orderId, { language } = {}) =>
      links.checkoutUrl(orderId, language === undefined ? undefined : site.voices.match(language)),
    node,
    fetch: fetchBy(node),
    close: () => {
      closing ??= (async () => {
        streams.closeAll()
        await Promise.all(underWay)
        await inner.close()
        await site.tries.close()
      })()
      return closing
    },
  }
}

function assemble(site: Site): { readonly inner: FastifyInstance; readonly streams: Streams } {
  const { limits, trustProxy } = site.settings
  const inner = fastify({
    // Bodies hold card data; what is worth a line goes to `log` (see error-page.ts).
    logger: false,
    bodyLimit: limits.bodyBytesMax,
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    routerOptions: { maxParamLength: LINK_CHARACTERS_MAX },
    // An address that cannot be decoded is one more that leads nowhere.
    frameworkErrors: (_error, request, reply) => void notFound(site, request, reply),
  })
  inner.removeAllContentTypeParsers()
  inner.register(fastifyCookie)
  inner.register(fastifyFormbody, { parser: (text: string) => new URLSearchParams(text) as never })
  // Before anything else can answer: redirects and refusals have them too. Pages and files put their own over them.
  const bare = { ...commonHeaders(site.settings), 'cache-control': 'no-store' }
  inner.addHook('onRequest', async (_request, reply) => void reply.headers(bare))
  inner.addHook('onRequest', async (request) => {
    if (!isConsumed(request.raw)) return
    throw failure(
      'CF_BODY_CONSUMED',
      'the host has read the form; mount http(cf).node before its body parsers, or hand http(cf).fetch a request that nobody has read',
    )
  })
  inner.addHook('onRequest', async (request, reply) => {
    // Fastify's own time limit ends with the body; this one goes on until there is an answer.
    const overdue = setTimeout(() => {
      if (!reply.sent) void sendErrorPage(site, new TookTooLong(limits.answerWithinMs), request, reply)
    }, limits.answerWithinMs)
    reply.raw.once('close', () => clearTimeout(overdue))
  })
  tellOfUnknownProxy(inner, site.settings)
  inner.setErrorHandler((error, request, reply) => sendErrorPage(site, error, request, reply))
  inner.setNotFoundHandler((request, reply) => notFound(site, request, reply))
  registerAssets(inner, site.settings)
  registerOrderPage(inner, site)
  registerPaying(inner, site)
  registerPaymentPage(inner, site)
  registerProviderPage(inner, site)
  registerReturns(inner, site)
  registerChangeOfMind(inner, site)
  registerNotifications(inner, site)
  if (site.settings.api !== undefined) registerApi(inner, site, site.settings.api)
  registerReports(inner, site.settings)
  const streams = registerEvents(inner, site)
  registerHealth(inner, site, streams)
  return { inner, streams }
}

const notFound = (site: Site, ...[request, reply]: NotFoundArguments): ReturnType<typeof sendErrorPage> =>
  sendErrorPage(site, failure('CF_LINK_INVALID', 'no page has this address'), request, reply)

type NotFoundArguments = [Parameters<typeof sendErrorPage>[2], Parameters<typeof sendErrorPage>[3]]
