import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type BasketLine, basketOf } from '../baskets.ts'
import { type ShopContext, sendPage } from '../context.ts'
import { moneyText } from '../money-text.ts'
import { placeOrder } from '../orders.ts'
import { isRandomId, randomId } from '../random-id.ts'
import { CURRENCY } from '../seed.ts'
import { ShopError } from '../shop-error.ts'
import { fieldOf, isEmail, tokenField } from './form.ts'
import { type Html, html } from './html.ts'
import { picture } from './pictures.ts'

type Field = 'email' | 'promotion' | 'basket'

interface FormState {
  readonly formKey: string
  readonly email: string
  readonly promotion: string
  readonly problems: Readonly<Partial<Record<Field, string>>>
}

/** Asks where the mail goes, makes the order, and hands the payer over to the payment pages. */
export function addCheckout(app: FastifyInstance, context: ShopContext): void {
  const { database } = context

  app.get('/checkout', (request, reply) => {
    const lines = basketOf(database, request.visitor)
    if (lines.length === 0) return reply.redirect('/basket', 303)
    const state = { formKey: randomId(), email: '', promotion: '', problems: {} }
    return sendPage(context, request, reply, {
      title: 'Check out',
      content: form(context, request, lines, state),
    })
  })

  app.post('/checkout', (request, reply) => {
    const { body, visitor } = request
    const email = fieldOf(body, 'email')
    const promotion = fieldOf(body, 'promotion').toUpperCase().slice(0, 40)
    const formKey = fieldOf(body, 'form')
    if (!isRandomId(formKey)) {
      throw new ShopError(403, 'This form has expired', 'Open the page again and send the form from there.')
    }
    const again = (problems: FormState['problems']) =>
      sendPage(context, request, reply, {
        status: 422,
        title: 'Check out',
        content: form(context, request, basketOf(database, visitor), { formKey, email, promotion, problems }),
      })
    if (!isEmail(email)) {
      return again({ email: 'Give an address that mail can be sent to, such as jane@example.com.' })
    }
    const promotionCode = promotion === '' ? undefined : promotion
    const ordered = placeOrder(database, { formKey, visitor, email, promotionCode })
    if (ordered.kind === 'refused') return again({ [ordered.field]: ordered.reason })
    return reply.redirect(context.checkoutUrl(ordered.orderId), 303)
  })
}

function form(
  { secret }: ShopContext,
  request: FastifyRequest,
  lines: readonly BasketLine[],
  { formKey, email, promotion, problems }: FormState,
): Html {
  const totalMinor = lines.reduce((total, line) => total + line.amountMinor, 0n)
  return html`<h1>Check out</h1>
${problems.basket !== undefined && html`<p class="notice bad" role="alert">${problems.basket} <a href="/basket">Change the basket</a></p>`}
<div class="checkout">
<section class="card" aria-labelledby="summary"><h2 id="summary">What you order</h2>
<table class="lines">
<tbody>${lines.map(
    (line) =>
      html`<tr><th scope="row">${picture(line.picture)}<span>${line.name} <small>× ${line.quantity}</small></span></th><td>${moneyText(line.amountMinor, CURRENCY)}</td></tr>`,
  )}</tbody>
<tfoot><tr><th scope="row">Total</th><td>${moneyText(totalMinor, CURRENCY)}</td></tr></tfoot>
</table></section>
<form method="post" action="/checkout" class="stacked" novalidate>
${tokenField(secret, request)}
<input type="hidden" name="form" value="${formKey}">
${field({ name: 'email', type: 'email', label: 'Email', hint: 'The order mail goes here. It never leaves this machine.', value: email, problem: problems.email, autocomplete: 'email' })}
${field({ name: 'promotion', type: 'text', label: 'Code, if you have one', hint: 'Try WELCOME10. LASTONE works once for everybody together.', value: promotion, problem: problems.promotion, autocomplete: 'off' })}
<button class="button">Order, and go to the payment</button>
<p class="empty">You choose how to pay on the next page, and nothing is charged before.</p>
</form>
</div>`
}

interface FieldOptions {
  readonly name: string
  readonly type: string
  readonly label: string
  readonly hint: string
  readonly value: string
  readonly problem: string | undefined
  readonly autocomplete: string
}

function field({ name, type, label, hint, value, problem, autocomplete }: FieldOptions): Html {
  const wrong = problem !== undefined
  return html`<div class="field">
<label for="${name}">${label}</label>
<small id="${name}-hint">${hint}</small>
${wrong && html`<span class="wrong" id="${name}-wrong">${problem}</span>`}
<input id="${name}" name="${name}" type="${type}" value="${value}" maxlength="254" autocomplete="${autocomplete}" aria-describedby="${name}-hint${wrong && ` ${name}-wrong`}"${wrong && html` aria-invalid="true"`}>
</div>`
}
