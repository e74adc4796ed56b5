import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sendPage, sign } from '../layout.ts'
import type { Order, Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'
import { anotherWayForm, linkIn } from './change-of-mind.ts'
import { mayBeLeft } from './may-begin.ts'
import { orderBelow, orderStub } from './order-summary.ts'
import { ownPayment } from './own-payment.ts'
import { waysToPay } from './ways-to-pay.ts'

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
    const voice = site.voices.of(request)
    site.voices.remember(request, reply)
    return sendPage(reply, site.settings, voice, await pageOf(site, voice, order, request, reply))
  })
}

async function pageOf(
  site: Site,
  voice: Voice,
  order: Order,
  request: FastifyRequest<Route>,
  reply: FastifyReply,
): Promise<Page> {
  const { state, paymentId } = await site.cf.order(order.id)
  const own =
    state === 'open' ? undefined : await ownPayment(site, site.sessions.read(request), order.id, paymentId)
  const ways = (): Raw => waysToPay(site, voice, order, request, reply)
  switch (state) {
    case 'open':
      return openPage(site, voice, order, ways())
    case 'held': {
      // The payer has said so before: another payment may begin beside the one that was left unpaid.
      const another = request.query['another'] !== undefined && own !== undefined && mayBeLeft(site, own)
      if (another) return openPage(site, voice, order, ways(), own)
      const leave =
        own?.payerTask === undefined ? undefined : anotherWayForm(site, voice, own, request, reply)
      return heldPage(site, voice, order, own, leave)
    }
    case 'claimed':
      return paidPage(voice, order, own)
    case 'closed':
      return closedPage(voice, order)
    default:
      throw new Error(`an order cannot be ${String(state satisfies never)}`)
  }
}

/** `left` is the payment that the payer has left at the provider. */
function openPage({ cf, links }: Site, voice: Voice, order: Order, ways: Raw, left?: PaymentView): Page {
  const title = voice.text('order.title')
  return {
    title,
    form: cf.modules.some(({ kind }) => kind === 'external'),
    main: html`${orderStub(voice, order, title)}
<div class="body">${ways}
${left !== undefined && html`<p class="small"><a class="standing" href="${links.paymentPath(linkIn(left), 'go')}">${voice.text('order.continue-begun')}</a></p>`}</div>`,
  }
}

function heldPage(
  { links, settings }: Site,
  voice: Voice,
  order: Order,
  own: PaymentView | undefined,
  leave: Raw | undefined,
): Page {
  const { payerTask } = own ?? {}
  const isOpen = payerTask !== undefined && payerTask.untilMs > settings.nowMs()
  const title = voice.text('order.held.title')
  const go = payerTask?.kind === 'challenge' ? 'go.bank' : 'go.payment-page'
  return {
    title,
    refreshSeconds: HELD_REFRESH_SECONDS,
    form: leave !== undefined,
    ...(isOpen && { scripts: ['local-times'] as const }),
    main: html`<div class="ending">${sign('note')}<h1>${title}</h1>
<p>${voice.text('order.held.text')}</p>
<p class="strong">${voice.text('do-not-pay-again')}</p>
${own === undefined && html`<p>${voice.text('order.held.looks-again')}</p>`}
${
  own !== undefined &&
  isOpen &&
  html`<a class="button" href="${links.paymentPath(linkIn(own), 'go')}">${voice.text(go)}</a>
<p class="small">${voice.text('go.until', { time: voice.time(payerTask.untilMs) })}</p>`
}
${own !== undefined && html`<a class="button plain" href="${own.statusUrl}">${voice.text('go.see-going')}</a>`}
${leave}</div>
${orderBelow(voice, order)}`,
  }
}

function paidPage(voice: Voice, order: Order, own: PaymentView | undefined): Page {
  const title = voice.text('order.paid.title')
  return {
    title,
    main: html`<div class="ending">${sign('good')}<h1>${title}</h1>
<p>${voice.text('order.paid.text')}</p>
${own !== undefined && html`<a class="button plain" href="${own.statusUrl}">${voice.text('go.see-payment')}</a>`}</div>
${orderBelow(voice, order)}`,
  }
}

function closedPage(voice: Voice, order: Order): Page {
  const title = voice.text('order.closed.title')
  return {
    title,
    main: html`<div class="ending">${sign('note')}<h1>${title}</h1>
<p>${voice.text('order.closed.text')}</p></div>
${orderBelow(voice, order)}`,
  }
}
