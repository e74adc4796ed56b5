import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { brokenNow } from '../breaking/breaking.ts'
import { type ShopContext, sendPage } from '../context.ts'
import { messageIdOf } from '../mail.ts'
import { moneyText } from '../money-text.ts'
import { orderLines, type ShopOrder } from '../orders.ts'
import { ownOrder } from '../own-order.ts'
import { productBySku } from '../products.ts'
import { type Told, toldAbout } from '../told.ts'
import { breakingBar } from './breaking-page.ts'
import { fieldOf, tokenField } from './form.ts'
import { type Html, html } from './html.ts'
import { brokenBar } from './layout.ts'
import { paymentPanels } from './payments.ts'
import { picture } from './pictures.ts'
import { clock, day, pill } from './words.ts'

/** While something is under way the page looks again by itself, also in a browser without scripts. */
const RELOAD_AFTER_S = 3

/** One order: the stub with what was ordered, and beside it what the journal and the provider's ledger say. */
export function addOrder(app: FastifyInstance, context: ShopContext): void {
  app.get<{ Params: { id: string } }>('/orders/:id', async (request, reply) => {
    const order = ownOrder(context, request, request.params.id)
    const { content, seen, underWay } = await look(context, request, order)
    return sendPage(context, request, reply, {
      title: `Order ${order.number}`,
      live: {
        url: `/orders/${order.id}/live`,
        seen,
        reloadAfterS: underWay ? RELOAD_AFTER_S : undefined,
      },
      content: content(),
    })
  })

  app.get<{ Params: { id: string } }>('/orders/:id/live', async (request, reply) => {
    const order = ownOrder(context, request, request.params.id)
    const { content, seen } = await look(context, request, order)
    if (fieldOf(request.query, 'seen') === seen) return reply.code(204).send()
    const broken = context.breaking === undefined ? undefined : brokenNow(context.breaking)
    const page = html`${brokenBar(broken)}<main id="content" data-live="/orders/${order.id}/live" data-seen="${seen}">${content()}</main>`
    return reply.type('text/html; charset=utf-8').send(page.toString())
  })

  app.get<{ Params: { id: string } }>('/orders/:id/pay', (request, reply) =>
    reply.redirect(context.checkoutUrl(ownOrder(context, request, request.params.id).id), 303),
  )
}

interface Look {
  readonly content: () => Html
  /** A digest of everything that the page is made of: the same as long as it says the same. */
  readonly seen: string
  readonly underWay: boolean
}

async function look(context: ShopContext, request: FastifyRequest, order: ShopOrder): Promise<Look> {
  const { breaking, database, simulator, sink } = context
  const told = toldAbout(database, order.id)
  const [panels, faults, mail] = await Promise.all([
    paymentPanels(context, request, order),
    breaking === undefined ? undefined : simulator.faults(),
    mailOf(told, sink),
  ])
  const bar = breaking === undefined ? undefined : await breakingBar(context, breaking, request, order.id)
  const parts = [
    order.status,
    panels.seen,
    told.map(({ key, state }) => `${key} ${state}`),
    mail,
    faults,
    breaking === undefined ? [] : brokenNow(breaking),
  ]
  return {
    underWay: panels.underWay,
    seen: createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22),
    content: () => html`<div class="counterfoil">
<div class="stub">${stub(context, request, order)}${toldList(told)}${mail !== undefined && html`<details id="order-mail"><summary>The order mail, as it arrived</summary><pre>${mail}</pre></details>`}</div>
<div class="leaf">${panels.content}</div>
${bar !== undefined && html`<div class="bar">${bar}</div>`}
</div>`,
  }
}

/** The mail of this order, once it has arrived: it is known by what the shop sent it under. */
async function mailOf(told: readonly Told[], sink: ShopContext['sink']): Promise<string | undefined> {
  const sent = told.filter(({ method }) => method === 'sendOrderMail')
  if (sent.length === 0) return undefined
  const ids = new Set(sent.map(({ key }) => messageIdOf(key)))
  const mails = await sink.mails()
  return mails.find(({ messageId }) => messageId !== undefined && ids.has(messageId))?.text
}

function stub({ database, secret }: ShopContext, request: FastifyRequest, order: ShopOrder): Html {
  const { id, number, status, currency, email, totalMinor, promotionCode, createdAtMs } = order
  return html`<h1>Order ${number} ${pill(status)}</h1>
<p class="lead">${day(createdAtMs)}, for ${email}</p>
<table class="lines">
<tbody>${orderLines(database, id).map(
    ({ sku, name, quantity, amountMinor }) =>
      html`<tr><th scope="row">${picture(productBySku(database, sku)?.picture ?? '')}<span>${name} <small>× ${quantity}</small></span></th><td>${moneyText(amountMinor, currency)}</td></tr>`,
  )}</tbody>
<tfoot><tr><th scope="row">Total${promotionCode !== undefined && html` <small>with ${promotionCode}</small>`}</th><td>${moneyText(totalMinor, currency)}</td></tr></tfoot>
</table>
${status !== 'cancelled' && html`<p class="actions"><a class="button${status !== 'open' && ' plain'}" href="/orders/${id}/pay">${status === 'open' ? 'Pay' : 'See the payment page'}</a></p>`}
${
  status === 'open' &&
  html`<form method="post" action="/orders/${id}/cancel">${tokenField(secret, request)}
<button class="button plain">Cancel this order</button></form>`
}`
}

function toldList(lines: readonly Told[]): Html {
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
