import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentView } from '../../engine/api.ts'
import { displayTime } from '../display-time.ts'
import { html, type Raw } from '../html.ts'
import { type Page, sign } from '../layout.ts'
import type { Site } from '../site.ts'
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
  const ways = waysOn(site, view, task, isOver, visit.elsewhere === true, request, reply)
  return {
    title: asks ? 'We are checking your payment' : words[task.kind].title,
    form: visit.elsewhere !== true,
    scripts: ['watch-payment', 'local-times'],
    refreshSeconds: asks ? REFRESH_SECONDS : UNPAID_REFRESH_SECONDS,
    main: html`<div class="ending${isOver && ' still'}" data-events="${links.paymentEventsPath(linkIn(view), view.version)}" data-task="${task.kind}"${asks && !isOver && html` data-still-after-ms="${untilStillMs}"`}${visit.elsewhere === true && html` data-page="${view.statusUrl}"`}>
${sign(asks ? 'wait' : 'note')}
${noticeOf(visit)}
${
  asks
    ? asking(ways)
    : html`<h1>${words[task.kind].title}</h1>
<p>${words[task.kind].text}</p>
${ways}`
}
${factsOf(view, 'Amount')}</div>`,
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
  'hosted-page': {
    title: 'You have not paid yet',
    text: 'The payment provider has not told us of a payment. If you have just paid on its page, you need do nothing: this page changes by itself.',
    go: 'Continue to the payment page',
  },
  challenge: {
    title: 'Your bank is waiting for you',
    text: 'It wants to know that it is you. Your payment goes on after that.',
    go: 'Continue to your bank',
  },
} as const satisfies Record<Task['kind'], { title: string; text: string; go: string }>

function asking(ways: Raw): Raw {
  return html`<div role="status">
<div class="first"><h1>We are checking with the payment provider</h1>
<p>You need do nothing: this page changes by itself.</p></div>
<div class="later"><h1>We are still checking with the payment provider</h1>
<p>If you have paid, do not pay again. You can close this page; its address shows how it ended whenever you come back.</p></div>
</div>
<div class="later">${ways}</div>`
}

function waysOn(
  site: Site,
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
    html`<a class="button" href="${go}">${words[task.kind].go}</a>
<p class="small">You can do that until ${displayTime(task.untilMs)}.</p>`
  }
${elsewhere ? html`<a class="button plain" href="${view.statusUrl}">Pay another way</a>` : anotherWayForm(site, view, request, reply)}`
}
