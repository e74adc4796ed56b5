import type { PaymentView } from '../../engine/api.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sign } from '../layout.ts'
import type { Site } from '../site.ts'
import { factsOf } from './payment-facts.ts'
import { noticeOf, type Visit } from './visit.ts'

export function paidPage({ settings }: Site, view: PaymentView, visit: Visit): Page {
  return {
    title: 'Payment successful',
    leadsToShop: true,
    main: html`<div class="ending">${sign('good')}<h1>Thank you, your payment is complete</h1>
${noticeOf(visit)}
<p>You can close this page.</p>
${factsOf(view, 'Paid')}
${settings.shopUrl !== undefined && html`<a class="button" href="${settings.shopUrl}">Back to the shop</a>`}</div>`,
  }
}

export function refundedPage(site: Site, view: PaymentView, visit: Visit): Page {
  const { shopUrl } = site.settings
  const refundedMinor = view.balances.refundedMinor > 0n ? view.balances.refundedMinor : view.amountMinor
  return {
    title: 'Payment refunded',
    leadsToShop: true,
    main: html`<div class="ending">${sign('note')}<h1>This payment was refunded</h1>
${noticeOf(visit)}
<p>${tookCard(site, view) ? 'The money goes back to the card that you paid with.' : 'The money goes back the way that you paid.'} Your bank may take a few days to show it.</p>
${factsOf(view, 'Refunded', refundedMinor)}
${shopUrl !== undefined && html`<a class="button plain" href="${shopUrl}">Back to the shop</a>`}</div>`,
  }
}

/** It ended unpaid, or was given back, because another payment of the order was first. */
export function notNeededPage(site: Site, view: PaymentView, visit: Visit): Page {
  const { shopUrl } = site.settings
  return {
    title: 'This order is paid',
    leadsToShop: true,
    main: html`<div class="ending">${sign('good')}<h1>This order is paid by your other payment</h1>
${noticeOf(visit)}
<p class="strong">This payment was not needed. You have not been charged for it.</p>
<p>If your bank shows a reserved amount, it is released by itself within a few days.</p>
${factsOf(view, 'Not charged')}
${shopUrl !== undefined && html`<a class="button" href="${shopUrl}">Back to the shop</a>`}</div>`,
  }
}

/** The same words for every decline: what the bank said would help those who try out stolen cards. */
export function unpaidPage(site: Site, view: PaymentView, visit: Visit): Page {
  const reversed = view.operations.some(({ kind }) => kind === 'reversal' || kind === 'void')
  return {
    title: 'Payment not successful',
    main: html`<div class="ending">${sign('bad')}<h1>The payment was not successful</h1>
${noticeOf(visit)}
<p class="strong">You have not been charged.</p>
<p>${reasonOf(site, view)}</p>
${reversed && html`<p>If your bank shows a reserved amount, it is released by itself within a few days.</p>`}
${factsOf(view, 'Not charged')}
${waysOn(site, view)}</div>`,
  }
}

function reasonOf(site: Site, { refusal, status, module }: PaymentView): string {
  if (refusal !== undefined) return refusal
  if (status !== 'declined') return 'The payment did not go through.'
  return tookCard(site, { module })
    ? 'The card was not accepted. Check the details, or use another card.'
    : 'The payment was not accepted. Try again, or pay another way.'
}

function waysOn(site: Site, view: PaymentView): Raw {
  const order = site.links.orderPath(view.orderId)
  if (!tookCard(site, view)) return html`<a class="button" href="${order}">Try again or pay another way</a>`
  return html`<a class="button" href="${site.links.formPath(view.orderId, view.module)}">Try another card</a>
<a class="button plain" href="${order}">Back to your order</a>`
}

/** The card was typed on our own page. A module that is gone meanwhile has no form to go back to. */
function tookCard({ cf }: Site, { module }: Pick<PaymentView, 'module'>): boolean {
  return cf.modules.find(({ name }) => name === module)?.kind === 'internal'
}
