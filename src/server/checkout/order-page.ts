import type { FastifyInstance } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import { displayMoney } from '../display-money.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sendPage, sign } from '../layout.ts'
import type { Order, Site } from '../site.ts'
import { ownPayment } from './own-payment.ts'

const HELD_REFRESH_SECONDS = 10

/** GET /orders/:link: what is to be paid, and how. */
export function registerOrderPage(inner: FastifyInstance, site: Site): void {
  inner.get<{ Params: { link: string } }>('/orders/:link', async (request, reply) => {
    const orderId = site.links.orderIdOf(request.params.link)
    if (orderId === undefined) throw failure('CF_LINK_INVALID', 'the link of an order was not signed by us')
    const order = await site.cf.loadOrder(orderId)
    if (order === undefined) throw failure('CF_ORDER_UNKNOWN', 'the shop knows no such order')
    const record = await site.cf.order(orderId)
    const own = (): Promise<PaymentView | undefined> =>
      ownPayment(site, site.sessions.read(request), orderId, record.paymentId)
    switch (record.state) {
      case 'open':
        return sendPage(reply, site.settings, openPage(site, order))
      case 'held':
        return sendPage(reply, site.settings, heldPage(order, await own()))
      case 'claimed':
        return sendPage(reply, site.settings, paidPage(order, await own()))
      case 'closed':
        return sendPage(reply, site.settings, closedPage(order))
      default:
        throw new Error(`an order cannot be ${String(record.state satisfies never)}`)
    }
  })
}

function openPage({ cf, links }: Site, order: Order): Page {
  const ways = cf.modules.map(
    ({ name, label }, index) =>
      html`<a class="${index === 0 ? 'button' : 'button plain'}" href="${links.formPath(order.id, name)}">${cf.modules.length === 1 ? 'Pay' : `Pay with ${label}`} ${index === 0 && displayMoney(order)}</a>`,
  )
  return {
    title: 'Your order',
    main: html`${heading('Your order', order)}
${linesOf(order)}
${ways.length === 0 ? html`<p>This order cannot be paid here at the moment.</p>` : ways}
<p class="small">You will see the amount again before you pay.</p>`,
  }
}

function heldPage(order: Order, own: PaymentView | undefined): Page {
  return {
    title: 'A payment is under way',
    refreshSeconds: HELD_REFRESH_SECONDS,
    main: html`${heading('A payment is under way', order)}
<div class="notice"><p>A payment for this order has begun and has not ended yet. <strong>Do not pay again.</strong></p>
<p>${own === undefined ? 'If it ends unpaid, you can pay here: this page looks again by itself.' : html`<a href="${own.statusUrl}">See how your payment is going</a>`}</p></div>
${linesOf(order)}`,
  }
}

function paidPage(order: Order, own: PaymentView | undefined): Page {
  return {
    title: 'This order is paid',
    main: html`<div class="ending">${sign('good')}${heading('This order is paid', order)}</div>
${linesOf(order)}
${own !== undefined && html`<a class="button plain" href="${own.statusUrl}">See your payment</a>`}`,
  }
}

function closedPage(order: Order): Page {
  return {
    title: 'This order is closed',
    main: html`<div class="ending">${sign('note')}${heading('This order is closed', order)}
<p>It was cancelled or has expired, and can no longer be paid. To buy these things, make a new order in the shop.</p></div>
${linesOf(order)}`,
  }
}

function heading(title: string, order: Order): Raw {
  return html`<h1>${title}</h1>
<p class="sub">Order ${order.id}${order.description !== '' && ` - ${order.description}`}</p>`
}

function linesOf({ lines, amountMinor, currency }: Order): Raw {
  const rows = lines.map(
    (line) =>
      html`<tr><th scope="row">${line.name}${line.quantity !== 1 && html` <span class="times">x ${line.quantity}</span>`}</th><td>${displayMoney({ amountMinor: line.amountMinor, currency })}</td></tr>`,
  )
  return html`<table class="lines"><tbody>${rows}</tbody>
<tfoot><tr><th scope="row">Total</th><td>${displayMoney({ amountMinor, currency })}</td></tr></tfoot></table>`
}
