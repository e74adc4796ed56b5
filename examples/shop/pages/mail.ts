import type { FastifyInstance } from 'fastify'
import { type ShopContext, sendPage } from '../context.ts'
import { html } from './html.ts'
import { day } from './words.ts'

/** What arrived at the mail sink. */
export function addMail(app: FastifyInstance, context: ShopContext): void {
  app.get('/mail', async (request, reply) => {
    const mails = await context.sink.mails()
    return sendPage(context, request, reply, {
      title: 'Mail that was sent',
      content: html`<h1>Mail that was sent</h1>
<p class="lead">Over real SMTP, to a server of this process that delivers nothing.</p>
${mails.length === 0 && html`<p class="empty">No mail yet. Pay an order, and one comes.</p>`}
<div class="mails">${mails.map(
        ({ subject, from, to, dateMs, text }) => html`<article class="mail card">
<h2>${subject === '' ? '(no subject)' : subject}</h2>
<p class="empty">From ${from}, to ${to}, ${day(dateMs)}</p>
<pre>${text}</pre>
</article>`,
      )}</div>`,
    })
  })
}
