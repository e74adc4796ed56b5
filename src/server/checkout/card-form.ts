import type { CardFields } from '../../gateway/card.ts'
import type { FormSeals } from '../forms.ts'
import { html, type Raw } from '../html.ts'
import type { Page } from '../layout.ts'
import { sealFields } from '../proven-form.ts'
import type { Order, PaymentModule, Site } from '../site.ts'
import type { Voice } from '../texts/voice.ts'
import { type KeptFields, nothingKept } from './card-fields.ts'
import type { FieldProblem } from './card-problem-texts.ts'
import { deviceCheckFor } from './device-check.ts'
import { due, nameOfOrder } from './order-summary.ts'

export interface CardFormContent {
  readonly order: Order
  readonly module: PaymentModule
  readonly seals: FormSeals
  readonly kept?: KeptFields
  readonly problems?: readonly FieldProblem[]
}

/** The form where the payer types a card. Each rendering has an idempotency key of its own. */
export function cardFormPage(site: Site, voice: Voice, content: CardFormContent): Page {
  const { order, module, seals, kept = nothingKept, problems = [] } = content
  const failed = problems.length > 0
  const { field, problem } = fieldMaker(voice, problems)
  const device = deviceCheckFor(site, voice, module)
  const { scripts = [], ...powers } = device?.powers ?? {}
  return {
    status: failed ? 422 : 200,
    title: voice.text(failed ? 'card.check' : 'card.title'),
    form: true,
    ...powers,
    scripts: ['card-number', ...scripts],
    main: html`${due(voice, nameOfOrder(voice, order), order)}
<div class="body"><h1>${voice.text('card.title')}</h1>
${failed && summaryOf(voice, problems)}
<form method="post" action="${site.links.formPath(order.id, module.name)}" novalidate data-card>
${sealFields(seals)}
${device?.cardFields}
<div class="field">${field('number', voice.text('card.number'), html`inputmode="numeric" autocomplete="cc-number" maxlength="32" spellcheck="false"`)}${problem('number')}</div>
<fieldset class="field"><legend>${voice.text('card.expiry')}</legend>
<div class="pair">
<div>${field('expiryMonth', voice.text('card.month'), html`inputmode="numeric" autocomplete="cc-exp-month" maxlength="2" value="${kept.expiryMonth}"`)}</div>
<div>${field('expiryYear', voice.text('card.year'), html`inputmode="numeric" autocomplete="cc-exp-year" maxlength="4" value="${kept.expiryYear}"`)}</div>
</div>${problem('expiryMonth')}${problem('expiryYear')}</fieldset>
<div class="field">${field('securityCode', voice.text('card.code'), html`class="short" inputmode="numeric" autocomplete="cc-csc" maxlength="4"`, voice.text('card.code-hint'))}${problem('securityCode')}</div>
<div class="field last">${field('holder', voice.text('card.holder'), html`autocomplete="cc-name" maxlength="100" spellcheck="false" value="${kept.holder}"`)}${problem('holder')}</div>
<button class="button" type="submit">${voice.text('card.pay', { amount: voice.money(order) })}</button>
</form>
${device?.probe}
<p class="small">${voice.text('card.next')}</p>
<p class="small">${voice.text('card.once')}</p>
<p class="small"><a class="standing" href="${site.links.orderPath(order.id)}">${voice.text('go.order')}</a></p></div>`,
  }
}

type FieldName = keyof CardFields

const mark = html`<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="7"></circle><path d="M8 4.5v4M8 11v.25"></path></svg>`

/** The names of the fields are their ids too, so that a problem in the summary leads to its field. */
function fieldMaker(voice: Voice, problems: readonly FieldProblem[]) {
  const problemOf = (name: FieldName): FieldProblem | undefined =>
    problems.find(({ field }) => field === name)
  return {
    field: (name: FieldName, label: Raw, attributes: Raw, hint?: Raw): Raw => {
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
      return (
        found &&
        html`<span class="wrong" id="${name}-problem">${mark}<span>${voice.text(found.text)}</span></span>`
      )
    },
  }
}

/** It has the focus when the page is there, with a script and without. */
function summaryOf(voice: Voice, problems: readonly FieldProblem[]): Raw {
  return html`<div class="errors" role="alert" tabindex="-1" autofocus><h2>${voice.text('card.check')}</h2>
<ul>${problems.map(({ field, text }) => html`<li><a href="#${field}">${voice.text(text)}</a></li>`)}</ul>
<p>${voice.text('card.retype')}</p></div>`
}
