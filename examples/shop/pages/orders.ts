import type { FastifyInstance } from 'fastify'
import { type ShopContext, sendPage } from '../context.ts'
import { moneyText } from '../money-text.ts'
import { ordersOf, type ShopOrder } from '../orders.ts'
import { html } from './html.ts'
import { day, pill } from './words.ts'

/** What this browser has ordered. */
export function addOrders(app: FastifyInstance, context: ShopContext): void {
  app.get('/orders', (request, reply) => {
    const orders = ordersOf(context.database, request.visitor)
    return sendPage(context, request, reply, {
      title: 'Your orders',
      content: html`<h1>Your orders</h1>
${orders.length === 0 ? empty : html`<ul class="orders">${orders.map((order) => row(order))}</ul>`}`,
    })
  })
}

const empty = html`<p class="empty">Nothing has been ordered from this browser yet.</p>
<p><a class="button" href="/">To the shelves</a></p>`

function row({ id, number, status, totalMinor, currency, createdAtMs }: ShopOrder) {
  return html`<li><a href="/orders/${id}">
<span class="name">Order ${number}</span> ${day(createdAtMs)}
${pill(status)} <b class="amount">${moneyText(totalMinor, currency)}</b>
</a></li>`
}
