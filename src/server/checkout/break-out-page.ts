import type { FastifyReply } from 'fastify'
import { html } from '../html.ts'
import { sendPage } from '../layout.ts'
import type { Settings } from '../options.ts'

/**
 * What a challenge's frame comes back to: it leads the window around it on. The only page of ours that may stand in a
 * frame, and only in our own.
 */
export function sendBreakOut(
  reply: FastifyReply,
  settings: Settings,
  address: string,
  status = 200,
): FastifyReply {
  return sendPage(reply, settings, {
    status,
    title: 'Back to your payment',
    scripts: ['break-out'],
    inOurFrame: true,
    leadsToShop: true,
    main: html`<div class="ending"><h1>Back to your payment</h1>
<p>This goes on by itself. If it does not, use the button.</p>
<a class="button" href="${address}" target="_top" data-top>Continue</a></div>`,
  })
}
