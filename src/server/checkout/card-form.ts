import type { CardFields, CardProblem } from '../../gateway/card.ts'
import { displayMoney } from '../display-money.ts'
import type { FormSeals } from '../forms.ts'
import { html, type Raw } from '../html.ts'
import type { Page } from '../layout.ts'
import { sealFields } from '../proven-form.ts'
import type { Order, PaymentModule, Site } from '../site.ts'
import { type KeptFields, nothingKept } from './card-fields.ts'
import { deviceCheckFor } from './device-check.ts'

export interface CardFormContent {
  readonly order: Order
  readonly module: PaymentModule
  readonly seals: FormSeals
  readonly kept?: KeptFields
  readonly problems?: readonly CardProblem[]
}

/** The form where the payer types a card. Each rendering has an idempotency key of its own. */
export function cardFormPage(site: Site, content: CardFormContent): Page {
  const { order, module, seals, kept = nothingKept, problems = [] } = content
  const failed = problems.length > 0
  const { field, problem } = fieldMaker(problems)
  const device = deviceCheckFor(site, module)
  return {
    status: failed ? 422 : 200,
    title: failed ? 'Check your card details' : 'Card details',
    form: true,
    ...device?.powers,
    main: html`<h1>Card details</h1>
<div class="due"><span class="sub">Order ${order.id}</span><span class="amount">${displayMoney(order)}</span></div>
${failed && summaryOf(problems)}
<form method="post" action="${site.links.formPath(order.id, module.name)}" novalidate data-card>
${sealFields(seals)}
${device?.cardFields}
<div class="field">${field('number', 'Card number', html`inputmode="numeric" autocomplete="cc-number" maxlength="23" spellcheck="false"`)}${problem('number')}</div>
<div class="field">${field('holder', 'Name on the card', html`autocomplete="cc-name" maxlength="100" spellcheck="false" value="${kept.holder}"`)}${problem('holder')}</div>
<fieldset class="field"><legend>Expiry date</legend>
<div class="pair">
<div>${field('expiryMonth', 'Month (MM)', html`inputmode="numeric" autocomplete="cc-exp-month" maxlength="2" value="${kept.expiryMonth}"`)}</div>
<div>${field('expiryYear', 'Year (YYYY)', html`inputmode="numeric" autocomplete="cc-exp-year" maxlength="4" value="${kept.expiryYear}"`)}</div>
</div>${problem('expiryMonth')}${problem('expiryYear')}</fieldset>
<div class="field">${field('securityCode', 'Security code', html`class="short" inputmode="numeric" autocomplete="cc-csc" maxlength="4"`, '3 digits on the back, or 4 on the front of American Express')}${problem('securityCode')}</div>
<button class="button" type="submit">Pay ${displayMoney(order)}</button>
</form>
${device?.probe}
<p class="small">You pay once, even if you press the button twice. Your card details are not stored.</p>
<p class="small"><a href="${site.links.orderPath(order.id)}">Back to your order</a></p>`,
  }
}

type FieldName = keyof CardFields

/** The names of the fields are their ids too, so that a problem in the summary leads to its field. */
function fieldMaker(problems: readonly CardProblem[]) {
  const problemOf = (name: FieldName): CardProblem | undefined => problems.find(({ field }) => field === name)
  return {
    field: (name: FieldName, label: string, attributes: Raw, hint?: string): Raw => {
      const wrong = problemOf(name) !== undefined
      const described = [hint !== undefined && `${name}-hint`, wrong && `${name}-problem`]
        .filter(Boolean)
        .join(' ')
      return html`<label for="${name}">${label}</label>
${hint !== undefined && html`<span class="hint" id="${name}-hint">${hint}</span>`}
<input type="text" id="${name}" name="${name}" required ${attributes}${described !== '' && html` aria-describedby="${described}"`}${wrong && html` aria-invalid="true"`}>`
    },
    problem: (name: FieldName): Raw | undefined => {
      const found = problemOf(name)
      return found && html`<span class="wrong" id="${name}-problem">${found.text}</span>`
    },
  }
}

function summaryOf(problems: readonly CardProblem[]): Raw {
  return html`<div class="errors" role="alert"><h2>Check your card details</h2>
<ul>${problems.map(({ field, text }) => html`<li><a href="#${field}">${text}</a></li>`)}</ul>
<p class="small">You have not been charged. Please type the card number and the security code again.</p></div>`
}
