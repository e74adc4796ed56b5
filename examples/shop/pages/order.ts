import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type ShopContext, sendPage } from '../context.ts'
import { moneyText } from '../money-text.ts'
import { orderLines, type ShopOrder } from '../orders.ts'
import { ownOrder } from '../own-order.ts'
import { toldAbout } from '../told.ts'
import { faultPanel } from './faults.ts'
import { tokenField } from './form.ts'
import { type Html, html } from './html.ts'
import { paymentPanels } from './payments.ts'
import { clock, day, pill } from './words.ts'

/** While something is under way the page looks again by itself. */
const RELOAD_AFTER_S = 3

/** One order: the stub with what was ordered, and beside it what the journal and the provider's ledger say. */
export function addOrder(app: FastifyInstance, context: ShopContext): void {
  app.get<{ Params: { id: string } }>('/orders/:id', async (request, reply) => {
    const order = ownOrder(context, request, request.params.id)
    const panels = await paymentPanels(context, request, order)
    return sendPage(context, request, reply, {
      title: `Order ${order.number}`,
      reloadAfterS: panels.underWay ? RELOAD_AFTER_S : undefined,
      content: html`<div class="counterfoil">
<div class="stub">${stub(context, request, order)}${told(context, order)}</div>
<div class="leaf">${panels.content}
<details class="break"><summary>Break something</summary>
${await faultPanel(context, request, order.id)}</details></div>
</div>`,
    })
  })

  app.get<{ Params: { id: string } }>('/orders/:id/pay', (request, reply) =>
    reply.redirect(context.checkoutUrl(ownOrder(context, request, request.params.id).id), 303),
  )
}

function stub({ database, secret }: ShopContext, request: FastifyRequest, order: ShopOrder): Html {
  const { id, number, status, currency, email, totalMinor, promotionCode, createdAtMs } = order
  return html`<h1>Order ${number} ${pill(status)}</h1>
<p class="lead">${day(createdAtMs)}, for ${email}</p>
<table class="lines">
<tbody>${orderLines(database, id).map(
    ({ name, quantity, amountMinor }) =>
      html`<tr><th scope="row">${name} <small>× ${quantity}</small></th><td>${moneyText(amountMinor, currency)}</td></tr>`,
  )}</tbody>
<tfoot><tr><th scope="row">Total${promotionCode !== undefined && html` <small>with ${promotionCode}</small>`}</th><td>${moneyText(totalMinor, currency)}</td></tr></tfoot>
</table>
${status !== 'cancelled' && html`<p class="actions"><a class="button" href="/orders/${id}/pay">${status === 'open' ? 'Pay' : 'See the payment page'}</a></p>`}
${
  status === 'open' &&
  html`<form method="post" action="/orders/${id}/cancel">${tokenField(secret, request)}
<button class="button plain">Cancel this order</button></form>`
}`
}

function told({ database }: ShopContext, { id }: ShopOrder): Html {
  const lines = toldAbout(database, id)
  return html`<h2>What the shop was told</h2>
${
  lines.length === 0
    ? html`<p class="empty">Nothing yet.</p>`
    : html`<ol class="entries">${lines.map(
        ({ method, state, reason, toldAtMs }) =>
          html`<li>${clock(toldAtMs)} ${method}${state !== 'done' && html` <b>${state}</b>`}${reason !== undefined && html`: ${reason}`}</li>`,
      )}</ol>
<p class="empty">Each by its key, each done once, however often it is told.</p>`
}`
}
