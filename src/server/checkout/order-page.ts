import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import { displayMoney } from '../display-money.ts'
import { displayTime } from '../display-time.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sendPage, sign } from '../layout.ts'
import { sealFields } from '../proven-form.ts'
import type { Order, PaymentModule, Site } from '../site.ts'
import { anotherWayForm, linkIn } from './change-of-mind.ts'
import { mayBeLeft } from './may-begin.ts'
import { ownPayment } from './own-payment.ts'

const HELD_REFRESH_SECONDS = 10

interface Route {
  Params: { link: string }
  Querystring: Record<string, unknown>
}

/** GET /orders/:link: what is to be paid, and how. */
export function registerOrderPage(inner: FastifyInstance, site: Site): void {
  inner.get<Route>('/orders/:link', async (request, reply) => {
    const orderId = site.links.orderIdOf(request.params.link)
    if (orderId === undefined) throw failure('CF_LINK_INVALID', 'the link of an order was not signed by us')
    const order = await site.cf.loadOrder(orderId)
    if (order === undefined) throw failure('CF_ORDER_UNKNOWN', 'the shop knows no such order')
    const record = await site.cf.order(orderId)
    const own =
      record.state === 'open'
        ? undefined
        : await ownPayment(site, site.sessions.read(request), orderId, record.paymentId)
    const ways = (): Raw => waysToPay(site, order, request, reply)
    switch (record.state) {
      case 'open':
        return sendPage(reply, site.settings, openPage(site, order, ways()))
      case 'held': {
        // The payer has said so before: another payment may begin beside the one that was left unpaid.
        const another = request.query['another'] !== undefined && own !== undefined && mayBeLeft(site, own)
        if (another) return sendPage(reply, site.settings, openPage(site, order, ways(), own))
        const leave = own?.payerTask === undefined ? undefined : anotherWayForm(site, own, request, reply)
        return sendPage(reply, site.settings, heldPage(site, order, own, leave))
      }
      case 'claimed':
        return sendPage(reply, site.settings, paidPage(order, own))
      case 'closed':
        return sendPage(reply, site.settings, closedPage(order))
      default:
        throw new Error(`an order cannot be ${String(record.state satisfies never)}`)
    }
  })
}

/** `left` is the payment that the payer has left at the provider. */
function openPage({ cf, links }: Site, order: Order, ways: Raw, left?: PaymentView): Page {
  return {
    title: 'Your order',
    form: cf.modules.some(({ kind }) => kind === 'external'),
    main: html`${heading('Your order', order)}
${linesOf(order)}
${ways}
${left !== undefined && html`<p class="small"><a href="${links.paymentPath(linkIn(left), 'go')}">Continue the payment that you have begun</a></p>`}
<p class="small">${cf.modules.some(({ kind }) => kind === 'internal') ? 'You will see the amount again before you pay.' : 'You pay on the page of the payment provider.'}</p>`,
  }
}

/** A link to the card form, or a form of one button: it begins the payment, so it is sent and proven as a card form is. */
function waysToPay(
  { cf, forms, links, sessions }: Site,
  order: Order,
  request: FastifyRequest,
  reply: FastifyReply,
): Raw {
  if (cf.modules.length === 0) return html`<p>This order cannot be paid here at the moment.</p>`
  let session: string | undefined
  const ways = cf.modules.map((module, index) => {
    const look = index === 0 ? 'button' : 'button plain'
    const text = html`${nameOf(cf.modules, module)} ${index === 0 && displayMoney(order)}`
    const path = links.formPath(order.id, module.name)
    if (module.kind === 'internal') return html`<a class="${look}" href="${path}">${text}</a>`
    // One for all of them: a browser without a cookie is given one here.
    session ??= sessions.readOrBegin(request, reply)
    const seals = forms.issue({ session, orderId: order.id, module: module.name })
    return html`<form method="post" action="${path}">${sealFields(seals)}
<button class="${look}" type="submit">${text}</button></form>`
  })
  return html`${ways}`
}

/** A label may be a name, as 'Card', or say it all, as 'Pay on the next page'. */
function nameOf(modules: readonly PaymentModule[], { label }: PaymentModule): string {
  if (modules.length === 1) return 'Pay'
  return /^pay\b/i.test(label) ? label : `Pay with ${label}`
}

function heldPage(
  { links, settings }: Site,
  order: Order,
  own: PaymentView | undefined,
  leave: Raw | undefined,
): Page {
  const { payerTask } = own ?? {}
  const isOpen = payerTask !== undefined && payerTask.untilMs > settings.nowMs()
  return {
    title: 'A payment is under way',
    refreshSeconds: HELD_REFRESH_SECONDS,
    form: leave !== undefined,
    ...(isOpen && { scripts: ['local-times'] as const }),
    main: html`${heading('A payment is under way', order)}
<div class="notice"><p>A payment for this order has begun and has not ended yet. <strong>Do not pay again.</strong></p>
<p>${own === undefined ? 'If it ends unpaid, you can pay here: this page looks again by itself.' : html`<a href="${own.statusUrl}">See how your payment is going</a>`}</p></div>
${linesOf(order)}
${
  own !== undefined &&
  isOpen &&
  html`<a class="button" href="${links.paymentPath(linkIn(own), 'go')}">Continue to ${payerTask.kind === 'challenge' ? 'your bank' : 'the payment page'}</a>
<p class="small">You can do that until ${displayTime(payerTask.untilMs)}.</p>`
}
${leave}`,
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
