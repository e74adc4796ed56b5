import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PayerReturn, ReturnResult } from '../../engine/api.ts'
import { CounterfoilError, failure } from '../../errors.ts'
import { logUnexpected } from '../log.ts'
import { payerBrowserOf } from '../payer-browser.ts'
import type { Site } from '../site.ts'
import { afterPaying } from './after-paying.ts'
import { sendBreakOut } from './break-out-page.ts'
import { showPayment } from './payment-page.ts'
import { returnFields } from './return-fields.ts'

type Door = PayerReturn['door']

interface Route {
  Params: { link: string; door?: string; token?: string }
  Body: URLSearchParams | undefined
}

const HOSTED_DOORS: ReadonlySet<string> = new Set([
  'success',
  'failure',
  'pending',
  'cancel',
  'error',
] satisfies Door[])

/**
 * /payments/:link/return/...: the payer's browser comes back from the provider. It comes from another site, so it has
 * neither our cookie nor a token of a form: the link names the payment, a one-time token the challenge, and the engine
 * believes nothing of it. Any door may be opened twice, late or by hand: it shows how the payment stands.
 */
export function registerReturns(inner: FastifyInstance, site: Site): void {
  const come = (
    path: string,
    take: (request: FastifyRequest<Route>, reply: FastifyReply) => Promise<unknown>,
  ): void => {
    inner.get<Route>(path, { exposeHeadRoute: false }, take)
    inner.post<Route>(path, take)
  }

  come('/payments/:link/return/:door', async (request, reply) => {
    const { door = '' } = request.params
    if (!HOSTED_DOORS.has(door)) throw failure('CF_LINK_INVALID', 'there is no such door')
    const result = await returned(site, request, { door: door as Door })
    return backFromHostedPage(site, request, reply, door as Door, result)
  })

  come('/payments/:link/return/challenge/:token', async (request, reply) => {
    // Browsers say when it is a whole window that comes back. Whoever does not say so may stand in our frame.
    const inFrame = request.headers['sec-fetch-dest'] !== 'document'
    try {
      const { token = '' } = request.params
      const address = afterPaying(await returned(site, request, { door: 'challenge', token }))
      return await (inFrame
        ? sendBreakOut(reply, site.settings, site.voices.of(request), address)
        : reply.redirect(address, 303))
    } catch (error) {
      if (!inFrame || (error instanceof CounterfoilError && error.status < 500)) throw error
      // No page of errors may stand in a frame: the payment's own page tells what can be told.
      logUnexpected(site.settings, error, `${request.method} /payments/:link/return/challenge/:token`)
      const address = site.settings.origin + site.links.paymentPath(request.params.link)
      return sendBreakOut(
        reply,
        site.settings,
        site.voices.of(request),
        address,
        error instanceof CounterfoilError ? error.status : 500,
      )
    }
  })
}

async function returned(
  { cf, settings }: Site,
  request: FastifyRequest<Route>,
  at: Pick<PayerReturn, 'door' | 'token'>,
): Promise<ReturnResult> {
  return cf.payerReturned({
    ...at,
    link: request.params.link,
    query: returnFields(request.raw.url ?? '', request.body),
    browser: payerBrowserOf(request),
    waitMs: settings.limits.payWaitMs,
  })
}

/**
 * Who comes back unpaid is not sent there again at once: the payment's page offers that, or another way. By these doors
 * the payer says to have paid, so the provider is being asked, and the page says that.
 */
async function backFromHostedPage(
  site: Site,
  request: FastifyRequest,
  reply: FastifyReply,
  door: Door,
  result: ReturnResult,
): Promise<FastifyReply> {
  const { next, notice, payerTask, statusUrl } = result
  const leadsOn = next.kind === 'redirect' || next.kind === 'post-form'
  if (leadsOn && payerTask?.kind !== 'hosted-page') return reply.redirect(`${statusUrl}/go`, 303)
  const askedAtMs = door === 'success' || door === 'pending' ? site.settings.nowMs() : undefined
  if (notice !== undefined) {
    return showPayment(site, request, reply, result, { notice, askedAtMs, elsewhere: true })
  }
  return reply.redirect(`${statusUrl}?${askedAtMs === undefined ? 'sent' : `asked=${askedAtMs}`}`, 303)
}
