import type { FastifyReply } from 'fastify'
import { html } from '../html.ts'
import { sendPage } from '../layout.ts'
import type { Settings } from '../options.ts'
import type { Voice } from '../texts/voice.ts'

/**
 * What a challenge's frame comes back to: it leads the window around it on. The only page of ours that may stand in a
 * frame, and only in our own.
 */
export function sendBreakOut(
  reply: FastifyReply,
  settings: Settings,
  voice: Voice,
  address: string,
  status = 200,
): FastifyReply {
  const title = voice.text('back.title')
  return sendPage(reply, settings, voice, {
    status,
    title,
    scripts: ['break-out'],
    inOurFrame: true,
    leadsToShop: true,
    main: html`<div class="ending"><h1>${title}</h1>
<p>${voice.text('back.text')}</p>
<a class="button" href="${address}" target="_top" data-top>${voice.text('back.go')}</a></div>`,
  })
}
