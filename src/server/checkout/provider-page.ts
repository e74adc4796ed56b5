import type { FastifyInstance } from 'fastify'
import type { Counterfoil, PaymentView } from '../../engine/api.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sendPage } from '../layout.ts'
import { hiddenFields, webOrigin } from '../provider-form.ts'
import type { Site } from '../site.ts'
import { paymentByLink } from './payment-by-link.ts'

type ProviderPage = NonNullable<Awaited<ReturnType<Counterfoil['payerPage']>>>

/** The frame's name; its size is in the stylesheet. */
const FRAME = 'challenge'

/**
 * GET /payments/:link/go: leads the payer to the provider's page, or shows it in a frame. It follows a form of ours,
 * and browsers hold every redirect after a form to that form's `form-action`, which only allows us: so this is a page,
 * and moves on by itself.
 */
export function registerProviderPage(inner: FastifyInstance, site: Site): void {
  inner.get<{ Params: { link: string }; Querystring: Record<string, unknown> }>(
    '/payments/:link/go',
    async (request, reply) => {
      const { link } = request.params
      const view = await paymentByLink(site, link)
      const page = await site.cf.payerPage(link)
      if (page === undefined) return reply.redirect(`${view.statusUrl}?sent`, 303)
      const inPageOfItsOwn = request.query['page'] !== undefined
      return sendPage(reply, site.settings, pageFor(site, view, link, page, inPageOfItsOwn))
    },
  )
}

function pageFor(
  site: Site,
  view: PaymentView,
  link: string,
  page: ProviderPage,
  inPageOfItsOwn: boolean,
): Page {
  if (page.framed && !inPageOfItsOwn) return framedPage(site, view, link, page)
  return page.method === 'GET' ? movingPage(page) : postingPage(page)
}

function movingPage({ url }: ProviderPage): Page {
  return {
    title: 'To the payment page',
    // Only the web's addresses are gone to, which its origin proves.
    goTo: webOrigin(url) && url,
    main: html`${onTheWay}
<a class="button" href="${url}">Continue to the payment page</a></div>`,
  }
}

function postingPage({ url, fields }: ProviderPage): Page {
  return {
    title: 'To the payment page',
    scripts: ['send-form'],
    formsTo: [webOrigin(url)],
    main: html`${onTheWay}
<form method="post" action="${url}" data-send-at-once>${hiddenFields(fields)}
<button class="button" type="submit">Continue to the payment page</button></form></div>`,
  }
}

const onTheWay = html`<div class="ending"><h1>You are going to the payment page</h1>
<p>It opens by itself. If it does not, use the button.</p>`

/** Who is done there, or in another tab, is led on: by the page that the frame comes back to, and by the live feed. */
function framedPage(site: Site, view: PaymentView, link: string, page: ProviderPage): Page {
  const { links, settings } = site
  const { url, method, fields } = page
  const origin = webOrigin(url)
  const posts = method === 'POST'
  return {
    title: 'Your bank wants to know that it is you',
    scripts: ['watch-payment', ...(posts ? (['send-form'] as const) : [])],
    ...(posts && { formsTo: [origin] }),
    // The provider's page leads on to the bank's, which is at an address that nobody knows before; then back to us.
    framesFrom: [origin, 'https:', `${settings.origin}${settings.base}/payments/`],
    main: html`<h1>Your bank wants to know that it is you</h1>
<p>Answer it here. Then your payment goes on.</p>
<div data-events="${links.paymentEventsPath(link, view.version)}" data-task="${view.payerTask?.kind}" data-page="${view.statusUrl}">
${posts && intoFrame(url, fields)}
<iframe class="challenge" name="${FRAME}" title="The question of your bank"${!posts && html` src="${url}"`}></iframe></div>
<p class="small"><a href="${links.paymentPath(link, 'go')}?page">Open the question in a page of its own</a></p>
<p class="small"><a href="${view.statusUrl}">I cannot answer it</a></p>`,
  }
}

function intoFrame(url: string, fields: ProviderPage['fields']): Raw {
  return html`<form method="post" action="${url}" target="${FRAME}" data-send-at-once data-in-frame>${hiddenFields(fields)}
<button class="button" type="submit">Show the question of your bank</button></form>`
}
