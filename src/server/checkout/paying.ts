import type { FastifyInstance, FastifyReply } from 'fastify'
import { CounterfoilError, failure } from '../../errors.ts'
import { type CardFields, cardFrom, cardProblems } from '../../gateway/card.ts'
import { sendPage } from '../layout.ts'
import { payerBrowserOf } from '../payer-browser.ts'
import { provenForm } from '../proven-form.ts'
import type { Order, PaymentModule, Site } from '../site.ts'
import { afterPaying } from './after-paying.ts'
import { cardFieldsIn, keptOf } from './card-fields.ts'
import { cardFormPage } from './card-form.ts'
import { type FieldProblem, fieldProblem } from './card-problem-texts.ts'
import { mayBegin } from './may-begin.ts'

interface FormRoute {
  Params: { link: string; module: string }
  Body: URLSearchParams | undefined
}

/**
 * /orders/:link/pay/:module begins a payment. Of a card module it has a form, shown and taken; of a module whose payers
 * pay on the provider's page it only takes what the order's page sends.
 */
export function registerPaying(inner: FastifyInstance, site: Site): void {
  const path = '/orders/:link/pay/:module'

  inner.get<FormRoute>(path, async (request, reply) => {
    const { order, module } = await placeOf(site, request.params)
    // Held, claimed and closed orders take no card, and other modules never do; the order's page says why.
    const takesCard = module.kind === 'internal' && (await mayBegin(site, request, order.id))
    if (!takesCard) return reply.redirect(site.links.orderPath(order.id), 303)
    const tried = { kind: 'card', orderId: order.id, address: request.ip } as const
    await site.tries.check({ ...tried, session: site.sessions.read(request) })
    const session = site.sessions.readOrBegin(request, reply)
    const seals = site.forms.issue({ session, orderId: order.id, module: module.name })
    const voice = site.voices.of(request)
    return sendPage(reply, site.settings, voice, cardFormPage(site, voice, { order, module, seals }))
  })

  inner.post<FormRoute>(path, async (request, reply) => {
    const { order, module } = await placeOf(site, request.params)
    const body = request.body ?? new URLSearchParams()
    const of = { orderId: order.id, module: module.name }
    const { session, key } = provenForm(site, request, body, of)
    const asked = {
      ...of,
      key,
      payerIp: request.ip,
      browser: payerBrowserOf(request, body),
      waitMs: site.settings.limits.payWaitMs,
    }
    const tried = { key, session, orderId: order.id, address: request.ip }
    if (module.kind === 'external') {
      const result = await site.tries.during({ ...tried, kind: 'page' }, () => site.cf.pay(asked))
      return reply.redirect(afterPaying(result), 303)
    }
    const fields = cardFieldsIn(body)
    const askAgain = (problems: readonly FieldProblem[]): FastifyReply => {
      const voice = site.voices.of(request)
      const seals = site.forms.issue({ ...of, session })
      const content = { order, module, seals, kept: keptOf(fields), problems }
      return sendPage(reply, site.settings, voice, cardFormPage(site, voice, content))
    }
    const nowMs = site.settings.nowMs()
    const problems = cardProblems(fields, nowMs)
    if (problems.length > 0) return askAgain(problems.map((problem) => fieldProblem(problem, fields, nowMs)))
    try {
      const card = cardFrom(fields, nowMs)
      const form = { ...tried, kind: 'card', cardNumber: fields.number } as const
      const result = await site.tries.during(form, () => site.cf.pay({ ...asked, card }))
      return await reply.redirect(afterPaying(result), 303)
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

const FIELDS: readonly (keyof CardFields)[] = [
  'number',
  'expiryMonth',
  'expiryYear',
  'securityCode',
  'holder',
]

/** The engine and its gateway may refuse a card that passed the first look. */
function cardProblemIn(error: unknown): FieldProblem | undefined {
  if (!(error instanceof CounterfoilError) || error.code !== 'CF_CARD_INVALID') return undefined
  const field = FIELDS.find((name) => name === error.details['field']) ?? 'number'
  return { field, text: 'card.wrong.refused' }
}
