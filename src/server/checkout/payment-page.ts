import type { FastifyInstance } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { failure } from '../../errors.ts'
import { displayMoney } from '../display-money.ts'
import { html } from '../html.ts'
import { facts, type Page, sendPage, sign } from '../layout.ts'
import type { Site } from '../site.ts'
import { withNamedPage } from './shop-page.ts'

/** What the payer is told. */
type Told = 'wait' | 'paid' | 'refunded' | 'unpaid'

/**
 * Every status has one page. A decline or cancellation is only told once it is certain (`settled`): while a reversal
 * is under way "you have not been charged" would be a guess.
 */
function toldOf({ status, settled }: PaymentView): Told {
  switch (status) {
    case 'paid':
    case 'refunded':
      return status
    case 'declined':
    case 'cancelled':
      return settled ? 'unpaid' : 'wait'
    case 'started':
    case 'in-progress':
      return 'wait'
    default:
      return status satisfies never
  }
}

/** True once the payer's page need not wait any more. */
export function isFinished(view: PaymentView): boolean {
  return toldOf(view) !== 'wait'
}

const REFRESH_SECONDS = 3

/** GET /payments/:link: what became of a payment. Anyone who has the link may look; looking decides nothing. */
export function registerPaymentPage(inner: FastifyInstance, site: Site): void {
  inner.get<{ Params: { link: string } }>('/payments/:link', async (request, reply) => {
    const { link } = request.params
    const found = await site.cf.paymentByLink(link)
    if (found === undefined) throw failure('CF_LINK_INVALID', 'the link of a payment is unknown')
    const { view, shopPage } = await withNamedPage(site, found)
    if (shopPage !== undefined) {
      // Straight after a form the browser holds every redirect to the form's `form-action`, which only allows us:
      // there the page moves on by itself instead.
      if (!request.url.endsWith('?sent')) return reply.redirect(shopPage, 303)
      return sendPage(reply, site.settings, { ...paidPage(view, site), goTo: shopPage })
    }
    return sendPage(reply, site.settings, pageOf(view, link, site))
  })
}

function pageOf(view: PaymentView, link: string, site: Site): Page {
  const told = toldOf(view)
  switch (told) {
    case 'wait':
      return waitPage(view, link, site)
    case 'paid':
      return paidPage(view, site)
    case 'refunded':
      return refundedPage(view, site)
    case 'unpaid':
      return unpaidPage(view, site)
    default:
      return told satisfies never
  }
}

function waitPage(view: PaymentView, link: string, { links, settings }: Site): Page {
  const { stillCheckingAfterMs } = settings.limits
  const begun = view.operations[0]?.intendedAtMs
  const waitedMs = begun === undefined ? 0 : settings.nowMs() - begun
  const still = view.status === 'in-progress' || waitedMs >= stillCheckingAfterMs
  const untilStillMs = Math.max(stillCheckingAfterMs - waitedMs, 0)
  return {
    title: 'Your payment is being processed',
    refreshSeconds: REFRESH_SECONDS,
    script: true,
    main: html`<div class="ending${still && ' still'}" data-events="${links.paymentEventsPath(link, view.version)}" data-still-after-ms="${untilStillMs}">
${sign('wait')}
<div role="status">
<div class="first"><h1>Please wait</h1>
<p>Your payment is being processed. This usually takes a few seconds.</p></div>
<div class="later"><h1>Still checking</h1>
<p class="strong">Do not pay again.</p>
<p>It takes longer than usual to hear what became of your payment. You can close this page; we will find out. This page's address shows how it ended whenever you come back.</p></div>
</div>
${factsOf(view, 'Amount')}</div>`,
  }
}

function paidPage(view: PaymentView, { settings }: Site): Page {
  return {
    title: 'Payment successful',
    leadsToShop: true,
    main: html`<div class="ending">${sign('good')}<h1>Thank you, your payment is complete</h1>
<p>You can close this page.</p>
${factsOf(view, 'Paid')}
${settings.shopUrl !== undefined && html`<a class="button" href="${settings.shopUrl}">Back to the shop</a>`}</div>`,
  }
}

function refundedPage(view: PaymentView, { settings }: Site): Page {
  return {
    title: 'Payment refunded',
    leadsToShop: true,
    main: html`<div class="ending">${sign('note')}<h1>This payment was refunded</h1>
<p>The money goes back to the card that you paid with. Your bank may take a few days to show it.</p>
${factsOf(view, 'Refunded', view.balances.refundedMinor > 0n ? view.balances.refundedMinor : view.amountMinor)}
${settings.shopUrl !== undefined && html`<a class="button plain" href="${settings.shopUrl}">Back to the shop</a>`}</div>`,
  }
}

/** The same words for every decline: what the bank said would help those who try out stolen cards. */
function unpaidPage(view: PaymentView, { links }: Site): Page {
  const reversed = view.operations.some(({ kind }) => kind === 'reversal' || kind === 'void')
  return {
    title: 'Payment not successful',
    main: html`<div class="ending">${sign('bad')}<h1>The payment was not successful</h1>
<p class="strong">You have not been charged.</p>
<p>${view.refusal ?? (view.status === 'declined' ? 'The card was not accepted. Check the details, or use another card.' : 'The payment did not go through.')}</p>
${reversed && html`<p>If your bank shows a reserved amount, it is released by itself within a few days.</p>`}
${factsOf(view, 'Not charged')}
<a class="button" href="${links.formPath(view.orderId, view.module)}">Try another card</a>
<a class="button plain" href="${links.orderPath(view.orderId)}">Back to your order</a></div>`,
  }
}

function factsOf(view: PaymentView, amountName: string, amountMinor: bigint = view.amountMinor) {
  return facts([
    ['Order', view.orderId],
    [amountName, displayMoney({ amountMinor, currency: view.currency })],
    view.maskedCard === undefined ? undefined : ['Card', view.maskedCard],
  ])
}
