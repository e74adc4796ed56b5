import type { PaymentView } from '../../engine/api.ts'
import { html, type Raw } from '../html.ts'
import { facts } from '../layout.ts'
import type { TextKey } from '../texts/texts.ts'
import type { Voice } from '../texts/voice.ts'

type AmountKey = Extract<TextKey, 'fact.amount' | 'fact.paid' | 'fact.refunded' | 'fact.not-charged'>

/** The stub below what happened: what is paid with what, and the shop's own word for how that stands. */
export function factsOf(
  voice: Voice,
  view: PaymentView,
  amountName: AmountKey,
  amountMinor: bigint = view.amountMinor,
): Raw {
  const amount = voice.money({ amountMinor, currency: view.currency })
  return html`<div class="stub">${facts([
    [voice.text(amountName), amount, 'sum'],
    [voice.text('fact.order'), (view.description ?? '').trim() === '' ? view.orderId : view.description],
    view.maskedCard === undefined ? undefined : [voice.text('fact.card'), cardOf(view.maskedCard)],
    view.statusWord === undefined ? undefined : [voice.text('fact.status'), view.statusWord],
  ])}</div>`
}

/** By its last digits, as cards are known by. */
function cardOf(masked: string): string {
  return masked.replace(/^.*?(\d{4})$/, '•••• $1')
}
