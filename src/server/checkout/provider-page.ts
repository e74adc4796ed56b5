import type { FastifyInstance } from 'fastify'
import type { Counterfoil, PaymentView } from '../../engine/api.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sendPage, sign } from '../layout.ts'
import { hiddenFields, webOrigin } from '../provider-form.ts'
import type { Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'
import { due, nameOfPaid } from './order-summary.ts'
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
      const voice = site.voices.of(request)
      return sendPage(reply, site.settings, voice, pageFor(site, voice, view, link, page, inPageOfItsOwn))
    },
  )
}

function pageFor(
  site: Site,
  voice: Voice,
  view: PaymentView,
  link: string,
  page: ProviderPage,
  inPageOfItsOwn: boolean,
): Page {
  if (page.framed && !inPageOfItsOwn) return framedPage(site, voice, view, link, page)
  return page.method === 'GET' ? movingPage(voice, page) : postingPage(voice, page)
}

function movingPage(voice: Voice, { url }: ProviderPage): Page {
  return {
    title: voice.text('provider.page'),
    // Only the web's addresses are gone to, which its origin proves.
    goTo: webOrigin(url) && url,
    main: html`${onTheWay(voice)}
<a class="button" href="${url}">${voice.text('go.payment-page')}</a></div>`,
  }
}

function postingPage(voice: Voice, { url, fields }: ProviderPage): Page {
  return {
    title: voice.text('provider.page'),
    scripts: ['send-form'],
    formsTo: [webOrigin(url)],
    main: html`${onTheWay(voice)}
<form method="post" action="${url}" data-send-at-once>${hiddenFields(fields)}
<button class="button" type="submit">${voice.text('go.payment-page')}</button></form></div>`,
  }
}

function onTheWay(voice: Voice): Raw {
  return html`<div class="ending">${sign('wait')}<h1>${voice.text('provider.title')}</h1>
<p>${voice.text('provider.text')}</p>`
}

/** Who is done there, or in another tab, is led on: by the page that the frame comes back to, and by the live feed. */
function framedPage(site: Site, voice: Voice, view: PaymentView, link: string, page: ProviderPage): Page {
  const { links, settings } = site
  const { url, method, fields } = page
  const origin = webOrigin(url)
  const posts = method === 'POST'
  const title = voice.text('challenge.title')
  return {
    title,
    scripts: ['watch-payment', ...(posts ? (['send-form'] as const) : [])],
    ...(posts && { formsTo: [origin] }),
    // The provider's page leads on to the bank's, which is at an address that nobody knows before; then back to us.
    framesFrom: [origin, 'https:', `${settings.origin}${settings.base}/payments/`],
    main: html`${due(voice, nameOfPaid(voice, view), view)}
<div class="body"><h1>${title}</h1>
<p>${voice.text('challenge.text')}</p>
<div data-events="${links.paymentEventsPath(link, view.version)}" data-task="${view.payerTask?.kind}" data-page="${view.statusUrl}">
${posts && intoFrame(voice, url, fields)}
<iframe class="challenge" name="${FRAME}" title="${voice.text('challenge.frame')}"${!posts && html` src="${url}"`}></iframe></div>
<p class="small"><a class="standing" href="${links.paymentPath(link, 'go')}?page">${voice.text('challenge.own-page')}</a></p>
<p class="small"><a class="standing" href="${view.statusUrl}">${voice.text('challenge.cannot')}</a></p></div>`,
  }
}

function intoFrame(voice: Voice, url: string, fields: ProviderPage['fields']): Raw {
  return html`<form method="post" action="${url}" target="${FRAME}" data-send-at-once data-in-frame>${hiddenFields(fields)}
<button class="button" type="submit">${voice.text('challenge.show')}</button></form>`
}
