import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CounterfoilError, failure } from '../../errors.ts'
import { type CardFields, type CardProblem, cardFrom, cardProblems } from '../../gateway/card.ts'
import { comesFromUs } from '../forms.ts'
import { sendPage } from '../layout.ts'
import type { Order, PaymentModule, Site } from '../site.ts'
import { cardFieldsIn, keptOf } from './card-fields.ts'
import { cardFormPage } from './card-form.ts'

interface FormRoute {
  Params: { link: string; module: string }
  Body: URLSearchParams | undefined
}

/** The card form at /orders/:link/pay/:module, shown and taken. */
export function registerCardPayment(inner: FastifyInstance, site: Site): void {
  const path = '/orders/:link/pay/:module'

  inner.get<FormRoute>(path, async (request, reply) => {
    const { order, module } = await placeOf(site, request.params)
    const record = await site.cf.order(order.id)
    // Held, claimed and closed orders take no card; the order's page says why.
    if (record.state !== 'open') return reply.redirect(site.links.orderPath(order.id), 303)
    const session = site.sessions.readOrBegin(request, reply)
    const seals = site.forms.issue({ session, orderId: order.id, module: module.name })
    return sendPage(reply, site.settings, cardFormPage(site, { order, module, seals }))
  })

  inner.post<FormRoute>(path, async (request, reply) => {
    const { order, module } = await placeOf(site, request.params)
    const body = request.body ?? new URLSearchParams()
    const { session, key } = provenForm(site, request, body, order, module)
    const fields = cardFieldsIn(body)
    const askAgain = (problems: readonly CardProblem[]): FastifyReply => {
      const seals = site.forms.issue({ session, orderId: order.id, module: module.name })
      const content = { order, module, seals, kept: keptOf(fields), problems }
      return sendPage(reply, site.settings, cardFormPage(site, content))
    }
    const nowMs = site.settings.nowMs()
    const problems = cardProblems(fields, nowMs)
    if (problems.length > 0) return askAgain(problems)
    try {
      const { statusUrl } = await site.cf.pay({
        orderId: order.id,
        module: module.name,
        key,
        card: cardFrom(fields, nowMs),
        payerIp: request.ip,
        waitMs: site.settings.limits.payWaitMs,
      })
      // The mark tells the payment's page that it ends a form's chain of redirects (see payment-page.ts).
      return await reply.redirect(`${statusUrl}?sent`, 303)
    } catch (error) {
      const problem = cardProblemIn(error)
      if (problem === undefined) throw error
      return askAgain([problem])
    }
  })
}

/** The order and the module that an address names. Whatever is wrong with it, nothing is there. */
async function placeOf(
  { cf, links }: Site,
  params: FormRoute['Params'],
): Promise<{ readonly order: Order; readonly module: PaymentModule }> {
  const orderId = links.orderIdOf(params.link)
  const module = cf.modules.find(({ name }) => name === params.module)
  if (orderId === undefined || module === undefined) {
    throw failure('CF_LINK_INVALID', 'the link of a card form was not signed by us, or its module is unknown')
  }
  const order = await cf.loadOrder(orderId)
  if (order === undefined) throw failure('CF_ORDER_UNKNOWN', 'the shop knows no such order')
  return { order, module }
}

/** The form must come from our page, in the browser that it was made for, unchanged and in time. */
function provenForm(
  { settings, sessions, forms }: Site,
  request: FastifyRequest,
  body: URLSearchParams,
  order: Order,
  module: PaymentModule,
): { readonly session: string; readonly key: string } {
  if (!comesFromUs(request.headers, settings.origin)) {
    throw failure('CF_FORM_EXPIRED', 'a card form was sent from another origin')
  }
  const session = sessions.read(request)
  if (session === undefined) throw failure('CF_FORM_EXPIRED', 'a card form came without its session cookie')
  const key = body.get('key') ?? ''
  const token = body.get('token') ?? ''
  if (!forms.accepts({ session, orderId: order.id, module: module.name }, { key, token })) {
    throw failure('CF_FORM_EXPIRED', 'a card form came too late, or was changed')
  }
  return { session, key }
}

const FIELDS: readonly (keyof CardFields)[] = [
  'number',
  'expiryMonth',
  'expiryYear',
  'securityCode',
  'holder',
]

/** The engine and its gateway may refuse a card that passed the first look. */
function cardProblemIn(error: unknown): CardProblem | undefined {
  if (!(error instanceof CounterfoilError) || error.code !== 'CF_CARD_INVALID') return undefined
  const field = FIELDS.find((name) => name === error.details['field']) ?? 'number'
  return { field, text: 'This card cannot be used as it was typed. Check it, or use another card.' }
}
