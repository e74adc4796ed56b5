import type { PaymentView } from '../../engine/api.ts'
import { html } from '../html.ts'
import { type Page, sign } from '../layout.ts'
import type { Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'
import { linkIn } from './change-of-mind.ts'
import { factsOf } from './payment-facts.ts'
import { noticeOf, type Visit } from './visit.ts'

export const REFRESH_SECONDS = 3

/**
 * The payment cannot be looked up at the moment. Whatever became of it stands: the payer goes on waiting, and the page
 * shows how it ended once that can be read again.
 */
export function unseenPage(voice: Voice): Page {
  return {
    title: voice.text('wait.page'),
    main: html`<div class="ending">
${sign('wait')}
<div role="status"><h1>${voice.text('wait.page')}</h1>
<p class="strong">${voice.text('do-not-pay-again')}</p>
<p>${voice.text('wait.next')}</p>
</div></div>`,
  }
}

/** Nothing is left to the payer but to wait. Who has just sent a form is led on where the provider asks for that. */
export function waitPage({ links, settings }: Site, voice: Voice, view: PaymentView, visit: Visit): Page {
  const link = linkIn(view)
  const { stillCheckingAfterMs } = settings.limits
  const begun = view.operations[0]?.intendedAtMs
  const waitedMs = begun === undefined ? 0 : settings.nowMs() - begun
  const still = view.status === 'in-progress' || waitedMs >= stillCheckingAfterMs
  const untilStillMs = Math.max(stillCheckingAfterMs - waitedMs, 0)
  return {
    title: voice.text('wait.page'),
    refreshSeconds: REFRESH_SECONDS,
    scripts: ['watch-payment'],
    main: html`<div class="ending${still && ' still'}" data-events="${links.paymentEventsPath(link, view.version)}" data-still-after-ms="${untilStillMs}"${visit.elsewhere === true && html` data-page="${view.statusUrl}"`}${visit.afterForm === true && html` data-go="${links.paymentPath(link, 'go')}"`}>
${sign('wait')}
${noticeOf(visit)}
<div role="status">
<div class="first"><h1>${voice.text('wait.title')}</h1>
<p>${voice.text('wait.text')}</p>
<p>${voice.text('wait.next')}</p></div>
<div class="later"><h1>${voice.text('still.title')}</h1>
<p class="strong">${voice.text('do-not-pay-again')}</p>
<p>${voice.text('still.text')}</p></div>
</div></div>
${factsOf(voice, view, 'fact.amount')}`,
  }
}
