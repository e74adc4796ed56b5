import type { FastifyInstance } from 'fastify'
import { QUANTITY_MAX } from '../baskets.ts'
import { type ShopContext, sendPage } from '../context.ts'
import { moneyText } from '../money-text.ts'
import { type Product, products } from '../products.ts'
import { CURRENCY } from '../seed.ts'
import { notFound } from '../shop-error.ts'
import { tokenField } from './form.ts'
import { type Html, html } from './html.ts'
import { picture, tornCheque } from './pictures.ts'

/** The catalogue and a page for each product. */
export function addShelves(app: FastifyInstance, context: ShopContext): void {
  app.get('/', (request, reply) =>
    sendPage(context, request, reply, {
      title: 'Paper goods',
      content: html`<div class="hero"><h1>Write it down first.</h1>
<p class="lead">Paper goods for people who keep the stub: pens to fill it in with, ink that stays, and books that do not lose a page.</p>
${tornCheque}</div>
<ul class="shelves">${products(context.database).map((product) => card(product, true))}</ul>`,
    }),
  )

  app.get<{ Params: { sku: string } }>('/products/:sku', (request, reply) => {
    const all = products(context.database)
    const at = all.findIndex(({ sku }) => sku === request.params.sku)
    const product = all[at]
    if (product === undefined) throw notFound()
    const beside = [1, 2, 3, 4].map((further) => all[(at + further) % all.length] ?? product)
    return sendPage(context, request, reply, {
      title: product.name,
      content: html`<article class="product">
<div class="product-picture">${picture(product.picture)}</div>
<div>
<h1>${product.name}</h1>
<p class="lead">${product.description}</p>
<p class="price">${moneyText(product.priceMinor, CURRENCY)}</p>
<p>${stockWords(product)}</p>
${product.free > 0 ? addForm(product, tokenField(context.secret, request)) : html`<p><a class="button plain" href="/">Back to the shelves</a></p>`}
</div>
</article>
<h2>On the same shelf</h2>
<ul class="shelves">${beside.map((other) => card(other, false))}</ul>`,
    })
  })
}

function card(product: Product, withStock: boolean): Html {
  const { sku, name, priceMinor } = product
  return html`<li><a href="/products/${sku}">${picture(product.picture)}
<span class="words"><span class="name">${name}</span>
<span class="price">${moneyText(priceMinor, CURRENCY)}</span>
${withStock && stockWords(product)}</span></a></li>`
}

const FEW = 5

function stockWords({ free, reserved }: Product): Html {
  const aside = reserved > 0 && html` (${reserved} set aside for someone who is paying)`
  if (free <= 0) return html`<span class="stock none">Sold out${aside}</span>`
  if (free <= FEW) return html`<span class="stock few">Only ${free} left${aside}</span>`
  return html`<span class="stock">${free} in stock${aside}</span>`
}

function addForm({ sku, free }: Product, token: Html): Html {
  return html`<form method="post" action="/basket" class="row">
${token}
<input type="hidden" name="sku" value="${sku}">
<label>How many <input type="number" name="quantity" value="1" min="1" max="${Math.min(free, QUANTITY_MAX)}" required></label>
<button class="button">Put into the basket</button>
</form>`
}
