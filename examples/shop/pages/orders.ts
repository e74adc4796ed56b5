import type { OrderLine } from 'counterfoil'
import type { FastifyInstance } from 'fastify'
import { type ShopContext, sendPage } from '../context.ts'
import { moneyText } from '../money-text.ts'
import { orderLines, ordersOf, type ShopOrder } from '../orders.ts'
import { productBySku } from '../products.ts'
import { type Html, html } from './html.ts'
import { picture } from './pictures.ts'
import { day, pill } from './words.ts'

/** What this browser has ordered. */
export function addOrders(app: FastifyInstance, context: ShopContext): void {
  const { database } = context
  app.get('/orders', (request, reply) => {
    const orders = ordersOf(database, request.visitor)
    return sendPage(context, request, reply, {
      title: 'Your orders',
      content: html`<h1>Your orders</h1>
${
  orders.length === 0
    ? empty
    : html`<ul class="orders">${orders.map((order) => {
        const lines = orderLines(database, order.id)
        const first = lines[0] === undefined ? undefined : productBySku(database, lines[0].sku)
        return row(order, lines, first?.picture ?? '')
      })}</ul>`
}`,
    })
  })
}

const empty = html`<p class="empty">Nothing has been ordered from this browser yet.</p>
<p><a class="button" href="/">To the shelves</a></p>`

function row(
  { id, number, status, totalMinor, currency, createdAtMs }: ShopOrder,
  lines: readonly OrderLine[],
  drawing: string,
): Html {
  return html`<li><a href="/orders/${id}">${picture(drawing)}
<span class="name">Order ${number}</span> <b class="amount">${moneyText(totalMinor, currency)}</b>
<span class="what">${whatIsIn(lines)}</span>
${day(createdAtMs)} ${pill(status)}
</a></li>`
}

/** The first thing by its name, the rest by their number. */
function whatIsIn([first, ...more]: readonly OrderLine[]): string {
  if (first === undefined) return ''
  const words = first.quantity > 1 ? `${first.quantity} × ${first.name}` : first.name
  return more.length === 0 ? words : `${words}, and ${more.length} more`
}
