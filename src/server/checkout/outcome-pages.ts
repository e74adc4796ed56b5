import type { PaymentView } from '../../engine/api.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sign } from '../layout.ts'
import type { Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'
import { factsOf } from './payment-facts.ts'
import { noticeOf, type Visit } from './visit.ts'

export function paidPage(site: Site, voice: Voice, view: PaymentView, visit: Visit): Page {
  return {
    title: voice.text('paid.page'),
    leadsToShop: true,
    main: html`<div class="ending">${sign('good')}<h1>${voice.text('paid.title')}</h1>
${noticeOf(visit)}
<p>${voice.text('paid.text')}</p>
${toShop(site, voice, 'button')}</div>
${factsOf(voice, view, 'fact.paid')}`,
  }
}

export function refundedPage(site: Site, voice: Voice, view: PaymentView, visit: Visit): Page {
  const refundedMinor = view.balances.refundedMinor > 0n ? view.balances.refundedMinor : view.amountMinor
  return {
    title: voice.text('refunded.page'),
    leadsToShop: true,
    main: html`<div class="ending">${sign('note')}<h1>${voice.text('refunded.title')}</h1>
${noticeOf(visit)}
<p>${voice.text(tookCard(site, view) ? 'refunded.card' : 'refunded.other')}</p>
${toShop(site, voice, 'button plain')}</div>
${factsOf(voice, view, 'fact.refunded', refundedMinor)}`,
  }
}

/** It ended unpaid, or was given back, because another payment of the order was first. */
export function notNeededPage(site: Site, voice: Voice, view: PaymentView, visit: Visit): Page {
  return {
    title: voice.text('order.paid.title'),
    leadsToShop: true,
    main: html`<div class="ending">${sign('good')}<h1>${voice.text('not-needed.title')}</h1>
${noticeOf(visit)}
<p class="strong">${voice.text('not-needed.text')}</p>
<p>${voice.text('unpaid.reserved')}</p>
${toShop(site, voice, 'button')}</div>
${factsOf(voice, view, 'fact.not-charged')}`,
  }
}

/** The same words for every decline: what the bank said would help those who try out stolen cards. */
export function unpaidPage(site: Site, voice: Voice, view: PaymentView, visit: Visit): Page {
  const reversed = view.operations.some(({ kind }) => kind === 'reversal' || kind === 'void')
  return {
    title: voice.text('unpaid.page'),
    main: html`<div class="ending">${sign('bad')}<h1>${voice.text('unpaid.title')}</h1>
${noticeOf(visit)}
<p class="strong">${voice.text('unpaid.not-charged')}</p>
<p>${reasonOf(site, voice, view)}</p>
${reversed && html`<p>${voice.text('unpaid.reserved')}</p>`}
${waysOn(site, voice, view)}</div>
${factsOf(voice, view, 'fact.not-charged')}`,
  }
}

function reasonOf(site: Site, voice: Voice, { refusal, status, module }: PaymentView): Raw {
  if (refusal !== undefined) return html`${refusal}`
  if (status !== 'declined') return voice.text('unpaid.cancelled')
  return voice.text(tookCard(site, { module }) ? 'unpaid.card' : 'unpaid.other')
}

function waysOn(site: Site, voice: Voice, view: PaymentView): Raw {
  const order = site.links.orderPath(view.orderId)
  if (!tookCard(site, view)) return html`<a class="button" href="${order}">${voice.text('unpaid.again')}</a>`
  return html`<a class="button" href="${site.links.formPath(view.orderId, view.module)}">${voice.text('unpaid.another-card')}</a>
<a class="button plain" href="${order}">${voice.text('go.order')}</a>`
}

function toShop({ settings }: Site, voice: Voice, look: string): Raw | undefined {
  if (settings.shopUrl === undefined) return undefined
  return html`<a class="${look}" href="${settings.shopUrl}">${voice.text('frame.to-shop')}</a>`
}

/** The card was typed on our own page. A module that is gone meanwhile has no form to go back to. */
function tookCard({ cf }: Site, { module }: Pick<PaymentView, 'module'>): boolean {
  return cf.modules.find(({ name }) => name === module)?.kind === 'internal'
}
