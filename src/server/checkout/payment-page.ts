import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { type Page, sendPage } from '../layout.ts'
import type { Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'
import { notNeededPage, paidPage, refundedPage, unpaidPage } from './outcome-pages.ts'
import { paymentByLink } from './payment-by-link.ts'
import { withNamedPage } from './shop-page.ts'
import { unpaidYetPage } from './unpaid-yet-page.ts'
import type { Visit } from './visit.ts'
import { waitPage } from './wait-page.ts'

/** What the payer is told. */
type Told = 'wait' | 'unpaid-yet' | 'paid' | 'refunded' | 'unpaid'

/**
 * Every status has one page. A decline or cancellation is only told once it is certain (`settled`): while a reversal
 * is under way "you have not been charged" would be a guess. What the payer's bank disputes is the shop's to settle.
 */
function toldOf({ status, settled, payerTask }: PaymentView): Told {
  switch (status) {
    case 'paid':
    case 'disputed':
      return 'paid'
    case 'refunded':
      return status
    case 'declined':
    case 'cancelled':
      return settled ? 'unpaid' : 'wait'
    case 'started':
    case 'in-progress':
      return payerTask === undefined ? 'wait' : 'unpaid-yet'
    default:
      return status satisfies never
  }
}

/** True once the payer's page need not wait any more. One that waits for its payer is not finished. */
export function isFinished(view: PaymentView): boolean {
  const told = toldOf(view)
  return told !== 'wait' && told !== 'unpaid-yet'
}

/** GET /payments/:link: what became of a payment. Anyone who has the link may look; looking decides nothing. */
export function registerPaymentPage(inner: FastifyInstance, site: Site): void {
  inner.get<{ Params: { link: string }; Querystring: Record<string, unknown> }>(
    '/payments/:link',
    async (request, reply) => {
      const found = await paymentByLink(site, request.params.link)
      const askedAtMs = timeIn(request.query['asked'])
      const afterForm = request.query['sent'] !== undefined || askedAtMs !== undefined
      return showPayment(site, request, reply, found, { afterForm, askedAtMs })
    },
  )
}

function timeIn(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Sends the payment's page, or the payer on to the page that the shop has named. */
export async function showPayment(
  site: Site,
  request: FastifyRequest,
  reply: FastifyReply,
  found: PaymentView,
  visit: Visit,
): Promise<FastifyReply> {
  const { view, shopPage } = await withNamedPage(site, found)
  const isPaidOtherwise = toldOf(view) === 'unpaid' && (await paidByAnother(site, view))
  const voice = site.voices.of(request)
  const shown = isPaidOtherwise
    ? notNeededPage(site, voice, view, visit)
    : pageOf(site, voice, view, visit, request, reply)
  const page = { ...shown, ...movesOn(view, visit) }
  if (shopPage === undefined || visit.notice !== undefined) return sendPage(reply, site.settings, voice, page)
  // Straight after a form the browser holds every redirect to the form's `form-action`, which only allows us: there
  // the page moves on by itself instead.
  if (visit.afterForm !== true) return reply.redirect(shopPage, 303)
  return sendPage(reply, site.settings, voice, { ...page, goTo: shopPage })
}

/** The order has another payment, so that this one was given back: nobody should be told to pay again. */
async function paidByAnother({ cf }: Site, { id, orderId }: PaymentView): Promise<boolean> {
  const { state, paymentId } = await cf.order(orderId)
  return state === 'claimed' && paymentId !== id
}

/** A page that is shown elsewhere looks again at its own address: loading itself would bring the payer back once more. */
function movesOn({ statusUrl }: PaymentView, { elsewhere, askedAtMs }: Visit): Pick<Page, 'refreshTo'> {
  if (elsewhere !== true) return {}
  return { refreshTo: askedAtMs === undefined ? statusUrl : `${statusUrl}?asked=${askedAtMs}` }
}

function pageOf(
  site: Site,
  voice: Voice,
  view: PaymentView,
  visit: Visit,
  request: FastifyRequest,
  reply: FastifyReply,
): Page {
  const told = toldOf(view)
  switch (told) {
    case 'wait':
      return waitPage(site, voice, view, visit)
    case 'unpaid-yet':
      return unpaidYetPage(site, voice, view, visit, request, reply)
    case 'paid':
      return paidPage(site, voice, view, visit)
    case 'refunded':
      return refundedPage(site, voice, view, visit)
    case 'unpaid':
      return unpaidPage(site, voice, view, visit)
    default:
      return told satisfies never
  }
}
