import type { PaymentView } from '../../engine/api.ts'
import { html, type Raw } from '../html.ts'
import type { Order } from '../site.ts'
import type { Voice } from '../texts/voice.ts'

/** More lines than these are folded away, so that the way to pay stays in sight. */
const LINES_SHOWN_MAX = 4

/** What the payer knows the order by: what it is, and its id only where the shop says nothing else. */
export function nameOfOrder(voice: Voice, { id, description }: Pick<Order, 'id' | 'description'>): Raw {
  return description.trim() === '' ? voice.text('order.number', { order: id }) : html`${description}`
}

/** The same of a payment, which keeps what the order was called when it began. */
export function nameOfPaid(voice: Voice, view: Pick<PaymentView, 'orderId' | 'description'>): Raw {
  return nameOfOrder(voice, { id: view.orderId, description: view.description ?? '' })
}

/** The stub: the amount, what it is for, and each line. `title` is the page's heading, where it stands here. */
export function orderStub(voice: Voice, order: Order, title?: Raw): Raw {
  return html`<div class="stub">
${title === undefined ? html`<p class="soft">${voice.text('order.to-pay')}</p>` : html`<h1>${title}</h1>`}
<p class="amount">${voice.money(order)}</p>
<p class="of">${nameOfOrder(voice, order)}</p>
${linesOf(voice, order)}</div>`
}

/** The same below what happened to the order: there the amount is one fact among others. */
export function orderBelow(voice: Voice, order: Order): Raw {
  return html`<div class="stub"><p class="of">${nameOfOrder(voice, order)}</p>
${linesOf(voice, order)}</div>`
}

/** One line of what is paid with how much, above a form. */
export function due(voice: Voice, name: Raw, amount: Parameters<Voice['money']>[0]): Raw {
  return html`<div class="stub due"><p>${name}</p><p class="amount">${voice.money(amount)}</p></div>`
}

function linesOf(voice: Voice, { lines, amountMinor, currency }: Order): Raw | undefined {
  if (lines.length === 0) return undefined
  const rows = lines.map(
    (line) =>
      html`<tr><th scope="row">${line.name}${line.quantity !== 1 && html` <span class="times">× ${line.quantity}</span>`}</th><td>${voice.money({ amountMinor: line.amountMinor, currency })}</td></tr>`,
  )
  const table = html`<table class="lines"><tbody>${rows}</tbody>
<tfoot><tr><th scope="row">${voice.text('order.total')}</th><td>${voice.money({ amountMinor, currency })}</td></tr></tfoot></table>`
  if (lines.length <= LINES_SHOWN_MAX) return table
  return html`<details><summary>${voice.text('order.lines', { count: lines.length })}</summary>
${table}</details>`
}
