import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sendPage, sign } from '../layout.ts'
import { provenForm, sealFields } from '../proven-form.ts'
import type { Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'
import { paymentByLink } from './payment-by-link.ts'
import { factsOf } from './payment-facts.ts'

interface Route {
  Params: { link: string }
  Body: URLSearchParams | undefined
}

/** POST /payments/:link/another-way: the payer, back from the provider's page or on the way there, wants another. */
export function registerChangeOfMind(inner: FastifyInstance, site: Site): void {
  const path = '/payments/:link/another-way'

  // Who loads the answer again, or comes by hand, is shown what there is.
  inner.get<Route>(path, async ({ params }, reply) => {
    const view = await paymentByLink(site, params.link)
    return reply.redirect(view.statusUrl, 303)
  })

  inner.post<Route>(path, async (request, reply) => {
    const { link } = request.params
    const view = await paymentByLink(site, link)
    provenForm(site, request, request.body ?? new URLSearchParams(), formOf(view))
    const result = await site.cf.changeMind(link)
    const voice = site.voices.of(request)
    switch (result.kind) {
      case 'free':
        return reply.redirect(`${site.links.orderPath(view.orderId)}?another`, 303)
      case 'held':
        return sendPage(
          reply,
          site.settings,
          voice,
          heldPage(site, voice, result.payment, link, result.untilMs),
        )
      case 'under-way':
        return reply.redirect(`${view.statusUrl}?sent`, 303)
      default:
        throw new Error(`a change of mind cannot be ${String(result satisfies never)}`)
    }
  })
}

/** No module has a name like this: a form of one kind never stands for the other. */
const formOf = ({ id, orderId }: PaymentView) => ({ orderId, module: `another way than ${id}` })

/** The form with the button; `plain` where there is a better button beside it. */
export function anotherWayForm(
  site: Site,
  voice: Voice,
  view: PaymentView,
  request: FastifyRequest,
  reply: FastifyReply,
): Raw {
  const session = site.sessions.readOrBegin(request, reply)
  const seals = site.forms.issue({ ...formOf(view), session })
  return html`<form method="post" action="${site.links.paymentPath(linkIn(view), 'another-way')}">${sealFields(seals)}
<button class="button plain" type="submit">${voice.text('go.another-way')}</button></form>`
}

/** The link is the last part of the payment's address. */
export function linkIn({ statusUrl }: PaymentView): string {
  return decodeURIComponent(statusUrl.slice(statusUrl.lastIndexOf('/') + 1))
}

function heldPage(
  { links, settings }: Site,
  voice: Voice,
  view: PaymentView,
  link: string,
  untilMs: number,
): Page {
  const { payerTask } = view
  const isOpen = payerTask !== undefined && payerTask.untilMs > settings.nowMs()
  const title = voice.text('held.title')
  return {
    title,
    scripts: ['local-times'],
    main: html`<div class="ending">${sign('note')}<h1>${title}</h1>
<p class="strong">${voice.text('held.until', { time: voice.time(untilMs) })}</p>
<p>${voice.text('held.text')}</p>
${isOpen && html`<a class="button" href="${links.paymentPath(link, 'go')}">${voice.text('go.payment-page')}</a>`}
<a class="button plain" href="${links.orderPath(view.orderId)}">${voice.text('go.order')}</a></div>
${factsOf(voice, view, 'fact.amount')}`,
  }
}
