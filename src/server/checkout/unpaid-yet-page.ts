import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sign } from '../layout.ts'
import type { Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'
import { anotherWayForm, linkIn } from './change-of-mind.ts'
import { factsOf } from './payment-facts.ts'
import { noticeOf, type Visit } from './visit.ts'
import { REFRESH_SECONDS } from './wait-page.ts'

type Task = NonNullable<PaymentView['payerTask']>

/**
 * The payer has something to do at the provider. Who comes back from there and says to have paid is not told "not paid"
 * while the provider is being asked, nor after the time for it: then only that we ask.
 */
export function unpaidYetPage(
  site: Site,
  voice: Voice,
  view: PaymentView,
  visit: Visit,
  request: FastifyRequest,
  reply: FastifyReply,
): Page {
  const { links, settings } = site
  const task = view.payerTask as Task
  const nowMs = settings.nowMs()
  const isOver = task.untilMs <= nowMs
  const askedForMs = visit.askedAtMs === undefined ? undefined : nowMs - visit.askedAtMs
  const untilStillMs = untilStill(settings.limits.stillCheckingAfterMs, askedForMs)
  const asks = isOver || (task.kind === 'hosted-page' && untilStillMs > 0)
  const ways = waysOn(site, voice, view, task, isOver, visit.elsewhere === true, request, reply)
  return {
    title: voice.text(asks ? 'unpaid-yet.checking' : words[task.kind].title),
    form: visit.elsewhere !== true,
    scripts: ['watch-payment', 'local-times'],
    refreshSeconds: asks ? REFRESH_SECONDS : UNPAID_REFRESH_SECONDS,
    main: html`<div class="ending${isOver && ' still'}" data-events="${links.paymentEventsPath(linkIn(view), view.version)}" data-task="${task.kind}"${asks && !isOver && html` data-still-after-ms="${untilStillMs}"`}${visit.elsewhere === true && html` data-page="${view.statusUrl}"`}>
${sign(asks ? 'wait' : 'note')}
${noticeOf(visit)}
${
  asks
    ? asking(voice, ways)
    : html`<h1>${voice.text(words[task.kind].title)}</h1>
<p>${voice.text(task.refusedOnce ? 'unpaid-yet.refused' : words[task.kind].text)}</p>
${ways}`
}</div>
${factsOf(voice, view, 'fact.amount')}`,
  }
}

/** It changes when the provider tells us, which the payer need not wait for. */
const UNPAID_REFRESH_SECONDS = 15

/** A time in the future, or long past, is of nobody who has just come back. */
function untilStill(stillAfterMs: number, askedForMs: number | undefined): number {
  if (askedForMs === undefined || askedForMs < 0) return 0
  return Math.max(stillAfterMs - askedForMs, 0)
}

const words = {
  'hosted-page': { title: 'unpaid-yet.title', text: 'unpaid-yet.text', go: 'go.payment-page' },
  challenge: { title: 'unpaid-yet.bank.title', text: 'unpaid-yet.bank.text', go: 'go.bank' },
} as const satisfies Record<Task['kind'], unknown>

function asking(voice: Voice, ways: Raw): Raw {
  return html`<div role="status">
<div class="first"><h1>${voice.text('asking.title')}</h1>
<p>${voice.text('wait.next')}</p></div>
<div class="later"><h1>${voice.text('asking.still.title')}</h1>
<p>${voice.text('asking.still.text')}</p></div>
</div>
<div class="later">${ways}</div>`
}

function waysOn(
  site: Site,
  voice: Voice,
  view: PaymentView,
  task: Task,
  isOver: boolean,
  elsewhere: boolean,
  request: FastifyRequest,
  reply: FastifyReply,
): Raw {
  const go = site.links.paymentPath(linkIn(view), 'go')
  return html`${
    !isOver &&
    html`<a class="button" href="${go}">${voice.text(words[task.kind].go)}</a>
<p class="small">${voice.text('go.until', { time: voice.time(task.untilMs) })}</p>`
  }
${elsewhere ? html`<a class="button plain" href="${view.statusUrl}">${voice.text('go.another-way')}</a>` : anotherWayForm(site, voice, view, request, reply)}`
}
