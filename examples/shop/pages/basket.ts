import type { FastifyInstance } from 'fastify'
import { addToBasket, type BasketLine, basketOf, QUANTITY_MAX, setQuantity } from '../baskets.ts'
import { type ShopContext, sendPage } from '../context.ts'
import { moneyText } from '../money-text.ts'
import { CURRENCY } from '../seed.ts'
import { notFound } from '../shop-error.ts'
import { fieldOf, tokenField, wholeOf } from './form.ts'
import { type Html, html } from './html.ts'
import { picture } from './pictures.ts'

/** The basket: look, put in, change, take out. */
export function addBasket(app: FastifyInstance, context: ShopContext): void {
  const { database, secret } = context

  app.get('/basket', (request, reply) => {
    const lines = basketOf(database, request.visitor)
    return sendPage(context, request, reply, {
      title: 'Your basket',
      content: lines.length === 0 ? empty : full(lines, tokenField(secret, request)),
    })
  })

  app.post('/basket', (request, reply) => {
    const quantity = wholeOf(request.body, 'quantity', { min: 1, max: QUANTITY_MAX })
    if (!addToBasket(database, request.visitor, fieldOf(request.body, 'sku'), quantity)) throw notFound()
    return reply.redirect('/basket', 303)
  })

  app.post('/basket/line', (request, reply) => {
    const remove = fieldOf(request.body, 'do') === 'remove'
    const quantity = remove ? 0 : wholeOf(request.body, 'quantity', { min: 0, max: QUANTITY_MAX })
    setQuantity(database, request.visitor, fieldOf(request.body, 'sku'), quantity)
    return reply.redirect('/basket', 303)
  })
}

const empty = html`<h1>Your basket</h1>
<p class="empty">There is nothing in it yet.</p>
<p><a class="button" href="/">To the shelves</a></p>`

function full(lines: readonly BasketLine[], token: Html): Html {
  const totalMinor = lines.reduce((total, line) => total + line.amountMinor, 0n)
  return html`<h1>Your basket</h1>
<ul class="basket">${lines.map((line) => row(line, token))}</ul>
<p class="total"><span>Total</span> <b>${moneyText(totalMinor, CURRENCY)}</b></p>
<p class="actions"><a class="button" href="/checkout">Check out</a> <a class="button plain" href="/">Go on shopping</a></p>`
}

function row(
  { sku, name, picture: drawing, quantity, priceMinor, amountMinor }: BasketLine,
  token: Html,
): Html {
  return html`<li>
${picture(drawing)}
<div class="basket-name"><a href="/products/${sku}">${name}</a><small>${moneyText(priceMinor, CURRENCY)} each</small></div>
<form method="post" action="/basket/line" class="row">
${token}
<input type="hidden" name="sku" value="${sku}">
<label><span class="hidden">How many of ${name}</span><input type="number" name="quantity" value="${quantity}" min="0" max="${QUANTITY_MAX}" required></label>
<button class="button small plain">Change</button>
<button class="button small plain" name="do" value="remove" formnovalidate>Remove</button>
</form>
<b class="amount">${moneyText(amountMinor, CURRENCY)}</b>
</li>`
}
