import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { displayMoney } from '../display-money.ts'
import { displayTime } from '../display-time.ts'
import { html, type Raw } from '../html.ts'
import { facts, type Page, sendPage, sign } from '../layout.ts'
import { provenForm, sealFields } from '../proven-form.ts'
import type { Site } from '../site.ts'
import { paymentByLink } from './payment-by-link.ts'

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
    switch (result.kind) {
      case 'free':
        return reply.redirect(`${site.links.orderPath(view.orderId)}?another`, 303)
      case 'held':
        return sendPage(reply, site.settings, heldPage(site, result.payment, link, result.untilMs))
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
  view: PaymentView,
  request: FastifyRequest,
  reply: FastifyReply,
): Raw {
  const session = site.sessions.readOrBegin(request, reply)
  const seals = site.forms.issue({ ...formOf(view), session })
  return html`<form method="post" action="${site.links.paymentPath(linkIn(view), 'another-way')}">${sealFields(seals)}
<button class="button plain" type="submit">Pay another way</button></form>`
}

/** The link is the last part of the payment's address. */
export function linkIn({ statusUrl }: PaymentView): string {
  return decodeURIComponent(statusUrl.slice(statusUrl.lastIndexOf('/') + 1))
}

function heldPage({ links, settings }: Site, view: PaymentView, link: string, untilMs: number): Page {
  const { payerTask } = view
  const isOpen = payerTask !== undefined && payerTask.untilMs > settings.nowMs()
  return {
    title: 'This order is held for your payment',
    scripts: ['local-times'],
    main: html`<div class="ending">${sign('note')}<h1>This order is held for your payment</h1>
<p class="strong">It is held until ${displayTime(untilMs)}.</p>
<p>Until then the payment that you have begun can still be made, and an order must not be paid twice. After that you can pay another way.</p>
${facts([
  ['Order', view.orderId],
  ['Amount', displayMoney(view)],
])}
${isOpen && html`<a class="button" href="${links.paymentPath(link, 'go')}">Continue to the payment page</a>`}
<a class="button plain" href="${links.orderPath(view.orderId)}">Back to your order</a></div>`,
  }
}
