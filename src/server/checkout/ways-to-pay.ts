import type { FastifyReply, FastifyRequest } from 'fastify'
import { html, type Raw } from '../html.ts'
import { sealFields } from '../proven-form.ts'
import type { Order, PaymentModule, Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'

const onward = html`<svg class="onward" viewBox="0 0 20 20" aria-hidden="true"><path d="M7 4l6 6-6 6"></path></svg>`

/**
 * One button where there is one way to pay, else a list to choose from. A way is a link to the card form, or a form of
 * one button: that begins the payment, so it is sent and proven as a card form is.
 */
export function waysToPay(
  site: Site,
  voice: Voice,
  order: Order,
  request: FastifyRequest,
  reply: FastifyReply,
): Raw {
  const { modules } = site.cf
  const [only] = modules
  if (only === undefined) return html`<p>${voice.text('order.no-way')}</p>`
  let session: string | undefined
  const way = (module: PaymentModule, look: string, words: Raw): Raw => {
    const path = site.links.formPath(order.id, module.name)
    if (module.kind === 'internal') return html`<a class="${look}" href="${path}">${words}</a>`
    // One for all of them: a browser without a cookie is given one here.
    session ??= site.sessions.readOrBegin(request, reply)
    const seals = site.forms.issue({ session, orderId: order.id, module: module.name })
    return html`<form method="post" action="${path}">${sealFields(seals)}
<button class="${look}" type="submit">${words}</button></form>`
  }
  if (modules.length === 1) {
    const next = only.kind === 'internal' ? 'order.next-here' : 'order.next-there'
    return html`${way(only, 'button', voice.text('order.pay', { amount: voice.money(order) }))}
<p class="small">${voice.text(next)}</p>`
  }
  const choices = modules.map((module) => {
    const where = module.kind === 'internal' ? 'order.way-here' : 'order.way-there'
    const words = html`${nameOf(voice, module)}<span class="hint">${voice.text(where)}</span>${onward}`
    return html`<li>${way(module, 'choice', words)}</li>`
  })
  return html`<h2>${voice.text('order.ways')}</h2>
<ul class="choices">${choices}</ul>`
}

/** In the shop's words for this language, else as the module says it; what every card module says we can translate. */
function nameOf(voice: Voice, { name, label, kind }: PaymentModule): Raw {
  const own = voice.wayOf(name)
  if (own !== undefined) return html`${own}`
  return kind === 'internal' && label === 'Card' ? voice.text('order.way-card') : html`${label}`
}
